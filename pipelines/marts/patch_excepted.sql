-- From when to when each asset and patch that exceptions name is excepted, and from when to when it is not: while every
-- weakness that it still leaves open is under an exception, be it one for all of them or one for each. Null: no end.
-- records: all rows of that patch.
with named as (
    select distinct asset, patch from patch_exception
),
member as (
    -- An asset by every name that it goes by.
    select asset, patch, asset as name from named
    union all
    select named.asset, named.patch, asset_name.name from named join asset_name on asset_name.id = named.asset
),
one as (
    select member.asset, member.patch, record_id, unnest(case when len(cves) > 0 then cves else [null] end) as cve,
           state, fixed_at
    from patch
    join member on member.name = lower(patch.asset) and member.patch = coalesce(patch.patch, patch.key)
),
unit as (
    -- A weakness that is not there, or is gone nobody knows since when, needs no exception.
    from one where coalesce(state, '') <> 'not applicable' and (coalesce(state, '') <> 'fixed' or fixed_at is not null)
),
edge as (
    select asset, patch, unnest([since, until]) as "at" from patch_exception
    union
    select asset, patch, fixed_at from unit where fixed_at is not null
    union
    select asset, patch, '-infinity'::timestamp from named
),
stretch as (
    select asset, patch, "at" as since,
           coalesce(lead("at") over (partition by asset, patch order by "at"), 'infinity'::timestamp) as until
    from edge
),
covered as (
    select stretch.asset, stretch.patch, stretch.since, unit.record_id, unit.cve,
           coalesce(unit.fixed_at <= stretch.since, false) as gone, count(exception) > 0 as held
    from stretch
    join unit using (asset, patch)
    left join patch_exception as held on held.record_id = unit.record_id
         and coalesce(held.cve = unit.cve, held.cve is null)
         and held.since <= stretch.since and held.until >= stretch.until
    group by all
),
state as (
    select asset, patch, stretch.since, stretch.until,
           coalesce(bool_and(held or gone) and bool_or(held), false) as excepted
    from stretch
    left join covered using (asset, patch, since)
    group by all
),
marked as (
    select *, coalesce(excepted <> lag(excepted) over (partition by asset, patch order by since), true) as begins
    from state
),
numbered as (
    select *, count(*) filter (begins) over (partition by asset, patch order by since) as number from marked
),
lead_record as (
    select asset, patch, min(record_id) as record_id, list_sort(list(distinct record_id)) as records from one group by asset, patch
)
select record_id, records, asset, patch, excepted,
       nullif(min(since), '-infinity'::timestamp) as since, nullif(max(until), 'infinity'::timestamp) as until
from numbered
join lead_record using (asset, patch)
group by record_id, records, asset, patch, number, excepted
