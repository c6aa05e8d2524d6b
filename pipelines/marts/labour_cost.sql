-- What the work on incidents cost, where its hours were counted, at the rate in force on the day on which the incident
-- was opened: the highest of its services' own, else that of every other. Without any rate for work there is none.
with price as (
    select * from hourly_rate where what = 'labour'
),
worked as (
    select incident_clock.*, '*' as every, timezone(zone.value, timezone('UTC', opened_at))::date as on_day
    from incident_clock
    join setting as zone on zone.name = 'timezone'
    where hours_worked > 0 and exists (from price)
),
named as (
    select record_id, on_day, lower(unnest(services)) as id from worked
),
own as (
    select record_id, max(cost_per_hour) as cost_per_hour, arg_max(rate, cost_per_hour) as rate
    from named
    asof join price on price.id = named.id and on_day >= from_day
    group by record_id
),
priced as (
    select worked.*, coalesce(own.cost_per_hour, other.cost_per_hour) as cost_per_hour, coalesce(own.rate, other.rate) as rate
    from worked
    left join own on own.record_id = worked.record_id
    asof left join price as other on other.id = every and worked.on_day >= other.from_day
)
select record_id, opened_at as "at", services, business_units, domain, severity, hours_worked as hours,
       cost_per_hour, hours_worked * cost_per_hour as amount, rate, as_of,
       coalesce(left_out, case when cost_per_hour is null then 'no rate for work' end) as left_out
from priced
