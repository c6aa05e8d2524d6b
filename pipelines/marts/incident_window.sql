-- The outages within an incident that several records tell of: those of the first tool in the group's order that
-- records any, each with its own services and times.
with told as (
    select incident.*, lead, place
    from incident
    join incident_group using (record_id)
    where outage_started_at is not null
),
kept as (
    select lead, arg_min(instance, place) as instance from told group by lead
)
select lead as record_id, told.services, told.components, told.impact, outage_started_at, outage_ended_at
from told
join kept using (lead, instance)
