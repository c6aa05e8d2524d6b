-- The time in which services are agreed to be up, in UTC: one row per calendar and stretch, cut where the organisation's
-- days begin. The calendar '' is round the clock. A moment is agreed where the clock on the calendar's wall then shows a
-- time within its hours: what it shows twice counts twice, what it skips not at all.
with local_day as (
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
    select local_day.*, calendar, from_day
    from local_day
    join (select distinct calendar, zone from calendar_week) as own using (zone)
    asof join (select distinct calendar as name, from_day, zone as hung from calendar_week) as held
      on held.name = calendar and held.from_day <= on_day
    where hung = zone
),
open as (
    select calendar, greatest(on_day::timestamp + to_minutes(opens) - ahead, since) as since,
           least(on_day::timestamp + to_minutes(closes) - ahead, until) as until
    from ruled
    join calendar_week using (calendar, from_day)
    where weekday = (on_day - date '2024-01-01') % 7 and not list_contains(holidays, on_day)
)
select '' as calendar, on_day, since, until from day where since < until
union all
select calendar, on_day, greatest(open.since, day.since), least(open.until, day.until)
from open
join day on open.since < day.until and open.until > day.since
where open.since < open.until and day.since < day.until
