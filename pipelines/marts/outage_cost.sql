-- What downtime cost by the service's rate: one row per outage and day of the organisation's time zone, at the rate
-- in force on that day. Downtime of a service without a rate has no amount and says so.
with zone as (select value as name from setting where name = 'timezone'),
outage as (
    select downtime.*, timezone(zone.name, timezone('UTC', since)) as local_since,
           timezone(zone.name, timezone('UTC', stopped_at)) as local_until
    from downtime, zone
    where left_out is null
),
day as (
    select outage.*, unnest(generate_series(local_since::date, local_until::date, interval 1 day)) as starts
    from outage
),
part as (
    select day.*, starts::date as on_day,
           greatest(since, timezone('UTC', timezone(zone.name, starts::timestamp))) as from_at,
           least(stopped_at, timezone('UTC', timezone(zone.name, starts::timestamp + interval 1 day))) as to_at
    from day, zone
),
price as (
    select lower(service) as id, from_at::date as from_day, arg_max(cost_per_hour, effective_at) as cost_per_hour
    from rate
    group by all
)
select record_id, part.from_at as at, service, services, business_units, domain, severity,
       (epoch(to_at) - epoch(part.from_at)) / 3600 as hours,
       cost_per_hour, hours * cost_per_hour as amount, as_of,
       case when cost_per_hour is null then 'no rate' end as left_out
from part
asof left join price on price.id = lower(service) and on_day >= from_day
where to_at > part.from_at
order by "at"
