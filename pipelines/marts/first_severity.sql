-- Incidents whose severity is no longer the one that they were first rated with; of an incident that several records
-- tell of, by the record that rates it.
with first as (
    select record_id, arg_min(severity, (effective_at, coalesce(sequence, -1), load, row)) as severity
    from incident_past
    where severity is not null
    group by record_id
),
rating as (
    select lead, arg_min(record_id, place) as record_id
    from incident_group join incident using (record_id)
    where severity is not null
    group by lead
)
select coalesce(rating.lead, record_id) as record_id, first.severity as first_severity
from first
join incident using (record_id)
left join rating using (record_id)
where first.severity <> incident.severity
