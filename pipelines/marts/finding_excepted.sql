-- From when to when each finding that exceptions name is excepted, and from when to when it is not. Null: no end.
with edge as (
    select record_id, unnest([since, until, '-infinity'::timestamp]) as "at" from finding_exception
),
stretch as (
    select record_id, "at" as since,
           coalesce(lead("at") over (partition by record_id order by "at"), 'infinity'::timestamp) as until
    from (select distinct record_id, "at" from edge)
),
state as (
    select stretch.record_id, stretch.since, stretch.until, count(exception) > 0 as excepted
    from stretch
    left join finding_exception as held on held.record_id = stretch.record_id
         and held.since <= stretch.since and held.until >= stretch.until
    group by stretch.record_id, stretch.since, stretch.until
),
marked as (
    select *, coalesce(excepted <> lag(excepted) over (partition by record_id order by since), true) as begins
    from state
),
numbered as (
    select *, count(*) filter (begins) over (partition by record_id order by since) as number from marked
)
select record_id, excepted,
       nullif(min(since), '-infinity'::timestamp) as since, nullif(max(until), 'infinity'::timestamp) as until
from numbered
group by record_id, number, excepted
