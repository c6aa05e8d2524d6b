-- Agreed hours and those without an outage, by group of services and day of the organisation, by the rule of the group.
-- Any down, all down: a moment is agreed where it is for one of its services, and down where any, or every one, of those
-- is down. Weighted: the hours of each service, by its share of the weights.
with written as (
    select name as service_group, rule, unnest(services) as item
    from service_group
    -- Of several lists the newest counts.
    qualify row_number() over (partition by lower(name) order by effective_at desc, record_id desc) = 1
),
parted as (
    select *, regexp_extract(item, '^(.*?)\s*(?:=\s*(\d+(?:\.\d+)?))?$', ['name', 'weight']) as told from written
),
member as (
    select distinct on (service_group, service) service_group, rule, coalesce(catalogue.service, told.name) as service,
           catalogue.service is not null as known, coalesce(nullif(told.weight, '')::double, 1) as weight
    from parted
    left join catalogue on known and catalogue.id = lower(told.name)
),
share as (
    select service_group, rule, service, weight / nullif(sum(weight) over (partition by service_group), 0) as share
    from member
    where known
),
spent as (
    select service_group, rule, share, on_day, since, until, (what is not distinct from 'outage')::integer as down
    from service_time
    join share using (service)
    where agreed and what is distinct from 'planned maintenance'
    union all
    select service_group, rule, share, on_day, since, until, 0
    from share
    join catalogue using (service)
    join agreed_time on agreed_time.calendar = coalesce(lower(catalogue.calendar), '')
    anti join service_time using (service, on_day)
    where known
),
moment as (
    select service_group, rule, on_day, "at", sum(agreed) as agreed, sum(down) as down
    from (
        select service_group, rule, on_day, since as "at", 1 as agreed, down from spent
        union all
        select service_group, rule, on_day, until, -1, -down from spent
    )
    where rule in ('any down', 'all down')
    group by service_group, rule, on_day, "at"
),
stretch as (
    select service_group, rule, on_day, "at" as since,
           (epoch(lead("at") over so_far) - epoch("at")) / 3600 as hours,
           sum(agreed) over so_far as agreed, sum(down) over so_far as down
    from moment
    window so_far as (partition by service_group, on_day order by "at")
),
summed as (
    select service_group, rule, on_day, min(since) as "at",
           coalesce(sum(hours) filter (if(rule = 'any down', down = 0, down < agreed)), 0) as amount, sum(hours) as "of"
    from stretch
    where agreed > 0
    group by service_group, rule, on_day
    union all
    select service_group, rule, on_day, min(since),
           sum((1 - down) * share * (epoch(until) - epoch(since))) / 3600, sum(share * (epoch(until) - epoch(since))) / 3600
    from spent
    where rule = 'weighted'
    group by service_group, rule, on_day
),
hit as (
    select service_group, on_day, list_sort(list_distinct(flatten(list(incidents)))) as incidents
    from disturbance
    join share using (service)
    where what = 'outage'
    group by service_group, on_day
)
select concat_ws(' ', service_group, on_day) as record_id, "at", service_group, rule, amount, "of",
       "of" - amount as hours_down, incidents, null as left_out, (select max(until) from clock_shift) as as_of
from summed
left join hit using (service_group, on_day)
union all
-- A group is told without those of its services that nobody lists.
select concat_ws(' ', service_group, on_day, service), min(since), service_group, rule, null, null, null, null,
       'not in the list of services', (select max(until) from clock_shift)
from member
join agreed_time on calendar = ''
where not known
group by service_group, rule, service, on_day
