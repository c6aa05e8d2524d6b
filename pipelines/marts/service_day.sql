-- Agreed hours and those without an outage, by service and day of the organisation; what does not count stands apart,
-- by its reason.
with part as (
    select *, (epoch(until) - epoch(since)) / 3600 as hours,
           unnest(case when not agreed then ['outside agreed hours']
                       when what = 'planned maintenance' then ['planned maintenance']
                       when what = 'degradation' then [null, 'degradation']
                       else [null] end) as reason
    from service_time
),
quiet as (
    select calendar, on_day, min(since) as "at", sum(epoch(until) - epoch(since)) / 3600 as hours from agreed_time group by all
),
summed as (
    select service, on_day, reason, min(since) as "at",
           coalesce(sum(hours) filter (what is distinct from 'outage'), 0) as amount, sum(hours) as "of"
    from part
    group by service, on_day, reason
    union all
    select service, on_day, null, "at", hours, hours
    from catalogue
    join quiet on quiet.calendar = coalesce(lower(catalogue.calendar), '')
    anti join service_time using (service, on_day)
    where known
),
hit as (
    select service, on_day, list_sort(list_distinct(flatten(list(incidents)))) as incidents
    from disturbance
    group by service, on_day
),
held as (
    select lower(name) as calendar,
           min(coalesce(timezone(zone.value, timezone('UTC', from_at))::date, date '0001-01-01')) as from_day
    from calendar
    join (select value from setting where name = 'timezone') as zone on true
    where coalesce(monday, tuesday, wednesday, thursday, friday, saturday, sunday) is not null
    group by all
),
unsaid as (
    select service, on_day, 'agreed hours not known' as reason, min(day.since) as "at", null as amount, null as "of"
    from catalogue
    join agreed_time as day on day.calendar = ''
    left join held on held.calendar = lower(catalogue.calendar)
    where known and catalogue.calendar is not null and coalesce(on_day < from_day, true)
    group by service, on_day
),
told as (
    from summed
    union all by name
    from unsaid
)
select concat_ws(' ', service, on_day, reason) as record_id, "at", [service] as services, [business_unit] as business_units,
       coalesce(calendar, 'Round the clock') as calendar, amount, "of", "of" - amount as hours_down, incidents,
       coalesce(reason, case when not customer_facing then 'internal service' end) as left_out,
       (select max(until) from clock_shift) as as_of
from told
join catalogue using (service)
left join hit using (service, on_day)
-- Of an internal service nothing counts; which of its hours would have is no matter.
where known and (customer_facing or reason is null)
union all
-- What the catalogue does not know has no agreed hours to count against.
select record_id, since, services, business_units, 'Not known', 0,
       (epoch(stopped_at) - epoch(since)) / 3600 as hours, hours, incidents,
       coalesce(left_out, if(service = 'Unassigned', 'names no service', 'not in the list of services')), as_of
from downtime
where (left_out is null and not known) or left_out in ('no end recorded', 'ends before its start')
