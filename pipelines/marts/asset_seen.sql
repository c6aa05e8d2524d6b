-- From when to when each asset had been seen by patch tooling in the last days: every version of the asset is cut
-- where its last sighting becomes too old and where it retires. An asset that several sources name, with its domain or without,
-- is one: seen while any of them saw it, else retired while any of them says so.
with version as (
    select record_id, name, services, tier, last_seen_at, retired_at, source, instance, effective_at as starts,
           lead(effective_at) over (partition by record_id order by effective_at, sequence, load) as ends
    from asset_version
),
cut as (
    select version.*, last_seen_at + to_days(seen_days) as seen_until
    from version, (select value::integer as seen_days from setting where name = 'seen_days')
),
piece as (
    select *, unnest([
        {'since': starts, 'until': least(ends, seen_until, retired_at), 'met': true, 'left_out': null},
        {'since': greatest(starts, seen_until), 'until': least(ends, retired_at), 'met': false, 'left_out': null},
        {'since': greatest(starts, retired_at), 'until': ends, 'met': false, 'left_out': 'retired'}
    ], recursive := true)
    from cut
),
told as (
    select record_id, coalesce(asset_name.id, lower(piece.name)) as id, piece.name, tier, since, until, met, left_out, as_of.at as as_of
    from piece
    left join asset_name on asset_name.name = lower(piece.name)
    left join as_of on as_of.record = 'asset' and as_of.instance = piece.instance
    where (until is null or since < until)
      and (not met or seen_until is not null)
      and (left_out is null or retired_at is not null)
),
several as (
    select id, min(record_id) as record_id from told group by id having count(distinct record_id) > 1
),
edge as (
    select distinct id, unnest([since, coalesce(until, 'infinity'::timestamp)]) as "at" from told semi join several using (id)
),
stretch as (
    select id, "at" as since, lead("at") over (partition by id order by "at") as until from edge
),
met_by_any as (
    select several.record_id, several.id, min(name) as name, min(tier) as tier, stretch.since,
           nullif(stretch.until, 'infinity'::timestamp) as until, bool_or(met) as met,
           case when not bool_or(met) and count(left_out) > 0 then 'retired' end as left_out, max(as_of) as as_of
    from stretch
    join several using (id)
    join told on told.id = stretch.id
             and told.since <= stretch.since and coalesce(told.until, 'infinity'::timestamp) >= stretch.until
    group by all
),
one as (
    select * from told anti join several using (id)
    union all by name
    select * from met_by_any
)
select record_id, name, tier, since, until, met, left_out,
       coalesce(asset_service.services, ['Unassigned']) as services,
       coalesce(asset_service.business_units, ['Unassigned']) as business_units,
       as_of
from one
left join asset_service using (id)
order by since
