-- The time in which services are agreed to be up, in UTC: one row per calendar and stretch, cut where the organisation's
-- days begin. The calendar '' is round the clock. A moment is agreed where the clock on the calendar's wall then shows a
-- time within its hours: what it shows twice counts twice, what it skips not at all.
with stated as (
    select lower(name) as calendar, coalesce(time_zone, (select value from setting where name = 'timezone')) as zone,
           coalesce(from_at::date, date '0001-01-01') as from_day,
           list_transform(coalesce(holidays, []), lambda day: day::date) as holidays,
           [monday, tuesday, wednesday, thursday, friday, saturday, sunday] as week
    from calendar
    -- Of several lists the newest counts.
    qualify row_number() over (partition by lower(name), from_day order by effective_at desc) = 1
),
weekly as (
    select calendar, from_day, unnest(week) as hours, unnest([0, 1, 2, 3, 4, 5, 6]) as weekday from stated
),
part as (
    select calendar, from_day, weekday,
           regexp_extract(unnest(hours), '(\d+):(\d+)\D+(\d+):(\d+)', ['h', 'm', 'to_h', 'to_m']) as t
    from weekly
),
lasting as (
    select calendar, from_day, weekday, t.h::integer * 60 + t.m::integer as opens,
           t.to_h::integer * 60 + t.to_m::integer as closes_at,
           case when closes_at > opens then closes_at else closes_at + 1440 end as closes
    from part
),
within as (
    select calendar, from_day, weekday, opens, least(closes, 1440) as closes from lasting
    union all
    select calendar, from_day, (weekday + 1) % 7, 0, closes - 1440 from lasting where closes > 1440
),
marked as (
    select *, coalesce(opens > max(closes) over (
               partition by calendar, from_day, weekday order by opens, closes
               rows between unbounded preceding and 1 preceding
           ), true) as begins
    from within
),
numbered as (
    select *, sum(begins::integer) over (
               partition by calendar, from_day, weekday order by opens, closes rows unbounded preceding
           ) as number
    from marked
),
merged as (
    select calendar, from_day, weekday, min(opens) as opens, max(closes) as closes
    from numbered
    group by calendar, from_day, weekday, number
),
local_day as (
    select clock_shift.*, unnest(generate_series((since + ahead)::date, (until + ahead)::date, interval 1 day))::date as on_day
    from clock_shift
),
day as (
    select on_day, greatest(on_day::timestamp - ahead, since) as since,
           least(on_day::timestamp + interval 1 day - ahead, until) as until
    from local_day
    where home
),
ruled as (
    select local_day.*, calendar, from_day, holidays
    from local_day
    join (select distinct calendar, zone from stated) as own using (zone)
    asof join (select calendar as name, from_day, zone as hung, holidays from stated) as held
      on held.name = calendar and held.from_day <= on_day
    where hung = zone
),
open as (
    select calendar, greatest(on_day::timestamp + to_minutes(opens) - ahead, since) as since,
           least(on_day::timestamp + to_minutes(closes) - ahead, until) as until
    from ruled
    join merged using (calendar, from_day)
    where weekday = (on_day - date '2024-01-01') % 7 and not list_contains(holidays, on_day)
)
select '' as calendar, on_day, since, until from day where since < until
union all
select calendar, on_day, greatest(open.since, day.since), least(open.until, day.until)
from open
join day on open.since < day.until and open.until > day.since
where open.since < open.until and day.since < day.until
