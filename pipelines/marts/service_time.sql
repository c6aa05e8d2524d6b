-- The days on which a service of the catalogue was disturbed: stretches of its agreed hours, and of outages outside of
-- them. what: planned maintenance, else outage, else degradation; null for none.
with agreed as (
    select service, on_day, since, until
    from (select distinct service, on_day from disturbance) as day
    join catalogue using (service)
    join agreed_time using (on_day)
    where known and agreed_time.calendar = coalesce(lower(catalogue.calendar), '')
),
event as (
    select service, on_day, since as "at", 1 as agreed, 0 as maintenance, 0 as outage, 0 as degradation, 1 as sign
    from agreed
    union all
    select service, on_day, until, 1, 0, 0, 0, -1 from agreed
    union all
    select service, on_day, unnest([since, until]), 0, (what = 'planned maintenance')::integer, (what = 'outage')::integer,
           (what = 'degradation')::integer, unnest([1, -1])
    from disturbance
),
moment as (
    select service, on_day, "at", sum(agreed * sign) as agreed, sum(maintenance * sign) as maintenance,
           sum(outage * sign) as outage, sum(degradation * sign) as degradation
    from event
    group by all
),
stretch as (
    select service, on_day, "at" as since, lead("at") over so_far as until,
           sum(agreed) over so_far > 0 as agreed,
           case when sum(maintenance) over so_far > 0 then 'planned maintenance'
                when sum(outage) over so_far > 0 then 'outage'
                when sum(degradation) over so_far > 0 then 'degradation' end as what
    from moment
    window so_far as (partition by service, on_day order by "at")
)
select service, on_day, since, until, agreed, what
from stretch
where until is not null and (agreed or what = 'outage')
