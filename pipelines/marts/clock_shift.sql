-- How far the clocks of each time zone in use are ahead of UTC, and from when to when, over the days that incidents
-- cover: from that of the first one on, as the organisation counts days, up to where every source is complete that
-- still reports. Without a catalogue of services there is none.
with home as (
    select value as zone from setting where name = 'timezone'
),
complete as (
    select "at", max("at") over () as newest from as_of where record = 'incident'
),
reach as (
    -- A source that is half a year behind the newest reports no more.
    select min("at") as until from complete where "at" >= newest - interval 180 day
),
opened as (
    select opened_at::date as on_day, min(opened_at) as first
    from incident, reach
    where opened_at < until and exists (from service)
    group by on_day
),
apart as (
    select first, on_day - lag(on_day) over (order by on_day) as days from opened
),
begun as (
    -- What lies a year and more before all other incidents is a wrong date, not the day on which the records begin.
    select max(first) as first from apart where days is null or days > 366
),
covered as (
    select timezone('UTC', timezone(zone, date_trunc('day', timezone(zone, timezone('UTC', first))))) as since, until
    from begun, home, reach
    where first is not null
),
zone as (
    select zone from home union select time_zone from calendar where time_zone is not null
),
day as (
    select zone, until, unnest(generate_series(since, until + interval 1 day, interval 1 day)) as "at"
    from zone, covered
),
shifted as (
    select *, timezone(zone, timezone('UTC', "at")) - "at" as ahead from day
),
turning as (
    select *, lead(ahead) over (partition by zone order by "at") <> ahead as turns from shifted
),
minute as (
    -- A day in which clocks are put forward or back is looked at minute by minute.
    select zone, until, unnest(generate_series("at" + interval 1 minute, "at" + interval 1439 minute, interval 1 minute)) as "at"
    from turning
    where turns
),
told as (
    from shifted
    union all
    select *, timezone(zone, timezone('UTC', "at")) - "at" from minute
),
changed as (
    select *, zone = (from home) as home
    from told
    qualify ahead is distinct from lag(ahead) over (partition by zone order by "at")
)
select zone, home, "at" as since, least(lead("at") over (partition by zone order by "at"), until) as until, ahead
from changed
where "at" < until
