-- The stretches of time between the beginnings and ends of the exceptions that name a control: in each, whether it is
-- excepted everywhere, or on which resources. Tests know no services: an exception that is narrowed to services, and
-- names no assets, excepts no control.
with term as (
    from exception_term where control is not null and (len(assets) > 0 or len(services) = 0)
),
edge as (
    select control, unnest([since, until, '-infinity'::timestamp]) as "at" from term
),
stretch as (
    select control, "at" as since,
           coalesce(lead("at") over (partition by control order by "at"), 'infinity'::timestamp) as until
    from (select distinct control, "at" from edge)
)
select stretch.control, stretch.since, stretch.until,
       coalesce(bool_or(len(assets) = 0), false) as everywhere,
       coalesce(list_distinct(flatten(list(assets) filter (assets is not null))), []) as resources
from stretch
left join term on term.control = stretch.control and term.since <= stretch.since and term.until >= stretch.until
group by stretch.control, stretch.since, stretch.until
