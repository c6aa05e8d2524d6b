-- What downtime cost by the service's rate: one row per outage and day of the organisation's time zone, at the rate
-- in force on that day, the service's own before that of every other. Downtime without a rate has no amount and says so.
-- The incidents of an outage stand with its first day: there may be thousands of them, and hundreds of days.
with zone as (select value as name from setting where name = 'timezone'),
outage as (
    select downtime.* exclude (incidents), timezone(zone.name, timezone('UTC', since)) as local_since,
           timezone(zone.name, timezone('UTC', stopped_at)) as local_until
    from downtime, zone
    where left_out is null
),
day as (
    select outage.*, unnest(generate_series(local_since::date, local_until::date, interval 1 day)) as starts,
           starts + interval 1 day as ends
    from outage
),
midnight as (
    -- Where the clock shows midnight twice, the day begins with the first.
    select shown, case when timezone(zone.name, later - interval 1 hour) = shown then later - interval 1 hour else later end as moment
    from (select shown, timezone(zone.name, shown) as later from (select distinct unnest([starts, ends]) as shown from day), zone), zone
),
part as (
    select day.*, lower(service) as id, '*' as every, starts::date as on_day,
           greatest(since, timezone('UTC', begins.moment)) as from_at, least(stopped_at, timezone('UTC', stops.moment)) as to_at
    from day
    join midnight as begins on begins.shown = starts
    join midnight as stops on stops.shown = ends
),
price as (
    select * from hourly_rate where what = 'downtime'
),
priced as (
    select part.*, coalesce(own.cost_per_hour, other.cost_per_hour) as cost_per_hour, coalesce(own.rate, other.rate) as rate
    from part
    asof left join price as own on own.id = part.id and on_day >= own.from_day
    asof left join price as other on other.id = every and on_day >= other.from_day
    where to_at > part.from_at
)
select priced.record_id, from_at as at, service, services, business_units, domain, severity, cause,
       (epoch(to_at) - epoch(from_at)) / 3600 as hours, cost_per_hour, hours * cost_per_hour as amount, rate, told.incidents, as_of,
       case when cost_per_hour is null then 'no rate' end as left_out
from priced
left join (select record_id, since, incidents from downtime) as told on told.record_id = priced.record_id and told.since = from_at
order by "at"
