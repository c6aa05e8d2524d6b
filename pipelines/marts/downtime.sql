-- Outages by service: those that overlap are one. What does not count is merged apart, by its reason.
with told as (
    select * from incident_one anti join incident_window using (record_id)
    union all by name
    select incident_merged.* replace (
               -- What an outage names itself, be it by a component, is nearer to it than the services of its incident.
               case when len(incident_window.services) > 0 then incident_window.services
                    else coalesce(own.mapped, incident_merged.services) end as services,
               case when len(incident_window.components) > 0 then incident_window.components else incident_merged.components end as components,
               coalesce(incident_window.impact, incident_merged.impact) as impact,
               incident_window.outage_started_at as outage_started_at,
               incident_window.outage_ended_at as outage_ended_at
           )
    from incident_merged
    join incident_window using (record_id)
    left join component_service as own on own.components = incident_window.components
),
outage as (
    select record_id, domain, severity, status, as_of.at as as_of,
           case when domain = 'security' or by_security then 1
                when supplier is not null or by_supplier then 2
                when by_change then 3
                when by_problem then 4
                when causes is not null then 5 end as cause,
           unnest(case when len(services) > 0 then list_distinct(services)
                       else coalesce(component_service.mapped, ['Unassigned']) end) as name,
           coalesce(impact, 'outage') as impact,
           -- The first sign of it, where no outage was recorded apart.
           coalesce(outage_started_at, occurred_at, least(detected_at, opened_at)) as started_at,
           coalesce(outage_ended_at, restored_at) as ended_at
    from told
    left join as_of on as_of.record = 'incident' and as_of.instance = told.instance
    left join component_service using (components)
    left join cause_chain using (record_id)
    where impact in ('outage', 'degradation', 'maintenance')
       or (impact is null and severity <= (select value::integer from setting where name = 'outage_severity'))
),
hit as (
    select outage.*, coalesce(service_name.known, false) as known,
           coalesce(service_name.service, outage.name) as service,
           coalesce(service_name.business_unit, 'Unassigned') as business_unit,
           ended_at is null and status = 'open' as still_open,
           case when status = 'cancelled' then 'cancelled'
                when impact = 'maintenance' then 'planned maintenance'
                when impact = 'degradation' then 'degradation'
                when not service_name.customer_facing then 'internal service'
                when ended_at < started_at then 'ends before its start'
                when ended_at is null and not coalesce(still_open, false) then 'no end recorded' end as left_out
    from outage
    left join service_name on service_name.id = lower(outage.name)
),
clipped as (
    select *, greatest(started_at, case when still_open then as_of else ended_at end) as stopped_at
    from hit
),
marked as (
    -- A row that starts after all before it have stopped begins a new outage.
    select *, coalesce(started_at > max(stopped_at) over earlier, true) as begins
    from clipped
    window earlier as (
        partition by service, impact, left_out order by started_at, record_id
        rows between unbounded preceding and 1 preceding
    )
),
numbered as (
    select *, sum(begins::integer) over (
        partition by service, impact, left_out order by started_at, record_id rows unbounded preceding
    ) as number
    from marked
)
select concat_ws(' ', service, impact, left_out, rtrim(rtrim(strftime(min(started_at), '%Y-%m-%d %H:%M:%S.%f'), '0'), '.'), 'UTC') as record_id,
       service, [service] as services, [any_value(business_unit)] as business_units,
       impact, min(started_at) as since,
       max(stopped_at) as stopped_at,
       coalesce(max(stopped_at) filter (still_open) = max(stopped_at), false) as open_now,
       case when not open_now then max(stopped_at) end as until,
       list_sort(list_distinct(list(record_id))) as incidents,
       min(severity) as severity,
       case when bool_or(domain = 'security') then 'security' else 'operational' end as domain,
       ['security incident', 'supplier', 'change', 'problem', 'other'][min(cause)] as cause,
       any_value(known) as known,
       left_out,
       case when open_now then max(stopped_at) else max(as_of) end as as_of
from numbered
group by service, impact, left_out, number
order by since
