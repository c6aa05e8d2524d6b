-- From when to when each asset had been seen by patch tooling in the last days: every version of the asset is cut
-- where its last sighting becomes too old and where it retires.
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
)
select record_id, name, tier, since, until, met, left_out,
       coalesce(asset_service.services, ['Unassigned']) as services,
       coalesce(asset_service.business_units, ['Unassigned']) as business_units,
       as_of.at as as_of
from piece
left join asset_service on asset_service.id = lower(name)
left join as_of on as_of.record = 'asset' and as_of.instance = piece.instance
where (until is null or since < until)
  and (not met or seen_until is not null)
  and (left_out is null or retired_at is not null)
order by since
