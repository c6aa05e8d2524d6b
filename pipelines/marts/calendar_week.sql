-- The weekly hours of each calendar from a day on, in minutes of the day: what touches, overlaps or lasts past midnight is
-- cut and merged into one row a weekday (0: Monday) and stretch; of a week without any, one row without a weekday.
with home as (select value as name from setting where name = 'timezone'),
stated as (
    select lower(calendar.name) as calendar, coalesce(time_zone, home.name) as zone,
           coalesce(timezone(home.name, timezone('UTC', from_at))::date, date '0001-01-01') as from_day,
           list_transform(coalesce(holidays, []), lambda day: day::date) as holidays,
           [monday, tuesday, wednesday, thursday, friday, saturday, sunday] as week
    from calendar
    cross join home
    -- Of several lists the newest counts.
    qualify row_number() over (partition by lower(calendar.name), from_day order by effective_at desc, record_id desc) = 1
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
)
select calendar, from_day, zone, holidays, weekday, opens, closes
from stated
left join merged using (calendar, from_day)
