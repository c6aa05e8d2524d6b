-- One row per asset and patch, by due date: the rows of several weaknesses or ports that one patch closes are one, and
-- it is installed when all of them are fixed; a machine is one with its domain and without. The date stated by the tool
-- comes first, then that of the known exploited weakness (never before it was seen; not where the settings hold those to
-- our own days), then first seen plus the days agreed for its severity: of a day, which begins at the organisation's
-- midnight, until the end of the last of them. Where an exception is in force on its due date, the end of the exception takes its place.
-- What its tool has excepted counts as open once the register of exceptions names it: the register decides then.
with zone as (select value as name from setting where name = 'timezone'),
policy as (select count(*) > 0 as own from setting where name = 'known_exploited_due' and value = 'own'),
exploited as (
    select named.record_id, min(known_exploited.due_at) as due_at
    from (select record_id, unnest(cves) as cve from patch) as named, known_exploited
    where known_exploited.cve = upper(named.cve)
    group by named.record_id
),
seen as (
    -- A scan that knows no more than itself does not restart the clock of what an earlier one saw.
    select record_id, min(first_seen_at) as earlier_at from patch_past group by record_id
),
opened as (
    select record_id, max(patch_past.effective_at) as last_at
    from patch_past
    semi join (from patch where state = 'fixed' and fixed_at is null) as undated using (record_id)
    where state = 'open'
    group by record_id
),
noted as (
    -- What a tool fixes without a date is fixed since the export that said so, where one before said that it was open.
    select record_id, min(effective_at) as noted_at
    from patch_version
    join opened using (record_id)
    where state = 'fixed' and effective_at > last_at
    group by record_id
),
registered as (
    select distinct unnest(records) as record_id from patch_excepted
),
several as (
    -- Of most there is one row, and nothing to bring together.
    select hash(coalesce(asset_name.id, lower(asset)), coalesce(patch, key)) as pair
    from patch
    left join asset_name on asset_name.name = lower(asset)
    group by pair having count(*) > 1
),
source as (
    select instance, row_number() over (order by instance)::usmallint as number, to_json([instance])::varchar as reach
    from as_of where record = 'patch'
),
numbered as (
    -- Up to when a row is known depends on whose it is, which each load moves: patch_reach tells it.
    select list(instance order by number) as names, list(reach order by number) as alone from source
),
told as not materialized (
    select patch.record_id, asset, coalesce(asset_name.id, lower(asset)) as asset_id, coalesce(patch, key) as patch, severity,
           least(first_seen_at, earlier_at) as first_seen_at, coalesce(fixed_at, noted_at) as fixed_at, patch.due_at,
           exploited.record_id is not null as known_exploited, exploited.due_at as exploited_due_at,
           case when patch.state = 'excepted' and registered.record_id is not null then 'open' else patch.state end as state,
           coalesce(patch.state = 'open' or (patch.state = 'excepted' and registered.record_id is not null), false) as still_open,
           source.number as teller
    from patch
    left join exploited using (record_id)
    left join seen using (record_id)
    left join noted using (record_id)
    left join asset_name on asset_name.name = lower(asset)
    left join registered on registered.record_id = patch.record_id
    left join source using (instance)
),
one as (
    select record_id, asset_id, asset, patch, severity, first_seen_at, due_at as stated_due_at, exploited_due_at,
           known_exploited, still_open, severity is null as unrated, state is null as unknown,
           coalesce(state = 'excepted', false) as excepted, coalesce(state, '') = 'not applicable' as not_applicable,
           fixed_at, coalesce(state = 'fixed' and fixed_at is null, false) as undated, teller, null::usmallint[] as tellers
    from told
    where hash(asset_id, patch) not in (from several)
    union all
    select min(record_id) as record_id, asset_id, min(asset) as asset, patch,
           min(severity) as severity, min(first_seen_at) as first_seen_at,
           min(due_at) as stated_due_at, min(exploited_due_at) as exploited_due_at,
           bool_or(known_exploited) as known_exploited,
           bool_or(still_open) as still_open,
           bool_or(severity is null) as unrated, bool_or(state is null) as unknown,
           coalesce(bool_or(state = 'excepted'), false) as excepted,
           bool_and(coalesce(state, '') = 'not applicable') as not_applicable,
           max(fixed_at) as fixed_at, coalesce(bool_or(state = 'fixed' and fixed_at is null), false) as undated,
           null as teller, list_sort(list_distinct(coalesce(list(teller) filter (still_open), list(teller)))) as tellers
    from told
    where hash(asset_id, patch) in (from several)
    group by asset_id, patch
),
dated as (
    select one.* exclude (exploited_due_at, teller, tellers),
           case when len(tellers) > 1 then to_json(list_transform(tellers, lambda number: names[number]))::varchar
                else alone[coalesce(teller, tellers[1])] end as reach,
           -- In every zone midnight is at a whole quarter of an hour: of all other moments the zone is not asked.
           case when epoch_us(first_seen_at) % 900000000 = 0 then timezone(zone.name, timezone('UTC', first_seen_at)) end as shown_at,
           case when stated_due_at is not null then stated_due_at
                when exploited_due_at is not null and not own then exploited_due_at
                when shown_at = date_trunc('day', shown_at)
                    then timezone('UTC', timezone(zone.name, shown_at + to_days(days + 1) - interval 1 microsecond))
                else first_seen_at + to_days(days) end as promised_at,
           case when stated_due_at is null and exploited_due_at is not null and not own then first_seen_at end as earliest_at,
           case when not own then exploited_due_at end as listed_at
    from one
    cross join zone
    cross join policy
    cross join numbered
    left join patch_days on patch_days.severity = one.severity
),
due as (
    select * exclude (shown_at, promised_at, earliest_at, listed_at),
           case when not still_open then fixed_at end as installed_at,
           greatest(promised_at, earliest_at) as due_at,
           case when listed_at is not null then greatest(listed_at, first_seen_at) end as listed_at
    from dated
),
excused as (
    select record_id, since, until from patch_excepted where excepted
)
select due.record_id, asset, hash(asset_id) as cluster, patch, severity, known_exploited, first_seen_at, due_at,
       case when known_exploited then coalesce(listed_at, due_at) end as exploited_due_at,
       excused.until - interval 1 microsecond as excepted_until,
       coalesce(excepted_until, due_at, first_seen_at) as at,
       installed_at,
       still_open, case when not still_open then (epoch(fixed_at) - epoch(first_seen_at)) / 3600 end as hours,
       coalesce(asset_service.services, patch_asset.services, ['Unassigned']) as services,
       coalesce(asset_service.business_units, patch_asset.business_units, ['Unassigned']) as business_units,
       case when not_applicable then 'not applicable'
            when not still_open and unknown then 'state unknown'
            when not still_open and excepted then 'excepted by its tool'
            when not still_open and undated then 'no fix date'
            when unrated and coalesce(severity, 5) = 5 then 'severity unknown'
            when severity = 5 then 'informational' end as left_out,
       reach
from due
left join asset_service on asset_service.id = asset_id
left join patch_asset on patch_asset.id = asset_id
left join excused on excused.record_id = due.record_id
     and coalesce(excused.since <= due_at, true) and excused.until > due_at
     and coalesce(installed_at > due_at, true)
order by "at"
