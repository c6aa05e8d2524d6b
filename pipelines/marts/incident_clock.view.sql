-- One row per incident: how long its service took to come back, from detection (else opening), and what stands in
-- the way of saying so.
with told as (
    select incident_one.* replace (case when len(services) > 0 then services else mapped end as services)
    from incident_one
    left join component_service using (components)
),
clocked as (
    select told.*,
           coalesce(detected_at, opened_at) as started_at,
           coalesce(severity <= 2, true) as major,
           restored_at is null and status = 'open' as still_open,
           as_of.at as as_of
    from told
    left join as_of on as_of.record = 'incident' and as_of.instance = told.instance
)
select record_id, instance, started_at as at, opened_at, occurred_at, detected_at, acknowledged_at, contained_at, reported_at,
       classified_at, reportable_under, records_affected, domain, severity, major,
       coalesce(incident_services.services, ['Unassigned']) as services,
       coalesce(incident_services.business_units, ['Unassigned']) as business_units,
       case when still_open then greatest(epoch(as_of) - epoch(started_at), 0)
            else epoch(restored_at) - epoch(started_at) end / 3600 as hours,
       not still_open as finished,
       recorded_cost, hours_worked,
       case when status = 'cancelled' then 'cancelled'
            when impact = 'maintenance' then 'planned maintenance' end as left_out,
       case when restored_at is not null or still_open then null
            when status is null then 'status unknown'
            else 'no restore time' end as missing,
       as_of
from clocked
left join (
    -- Each list stands once; only of a group does DuckDB know it, and skips the join where nothing reads what it adds.
    select given, first(services) as services, first(business_units) as business_units from incident_services group by given
) as incident_services on incident_services.given = clocked.services
