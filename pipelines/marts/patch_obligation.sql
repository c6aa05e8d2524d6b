-- One row per asset and patch, by due date: the rows of several weaknesses or ports that one patch closes are one, and
-- it is installed when all of them are fixed; a machine is one with its domain and without. The date stated by the tool comes first, then that of the known
-- exploited weakness (never before it was seen), then first seen plus the days agreed for its severity. A due date
-- without a time of day, which stands at midnight, means the end of that day in the organisation's zone.
with zone as (select value as name from setting where name = 'timezone'),
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
told as (
    select record_id, asset, coalesce(asset_name.id, lower(asset)) as asset_id, coalesce(patch, key) as patch, severity,
           least(first_seen_at, earlier_at) as first_seen_at, coalesce(fixed_at, noted_at) as fixed_at, patch.due_at,
           exploited.record_id is not null as known_exploited, exploited.due_at as exploited_due_at,
           state, coalesce(state = 'open', false) as still_open,
           as_of.at as as_of
    from patch
    left join exploited using (record_id)
    left join seen using (record_id)
    left join noted using (record_id)
    left join asset_name on asset_name.name = lower(asset)
    left join as_of on as_of.record = 'patch' and as_of.instance = patch.instance
),
one as (
    select min(record_id) as record_id, asset_id, min(asset) as asset, patch,
           min(severity) as severity, min(first_seen_at) as first_seen_at,
           min(due_at) as stated_due_at, min(exploited_due_at) as exploited_due_at,
           bool_or(known_exploited) as known_exploited,
           bool_or(still_open) as still_open,
           bool_or(severity is null) as unrated, bool_or(state is null) as unknown,
           coalesce(bool_or(state = 'excepted'), false) as excepted,
           bool_and(coalesce(state, '') = 'not applicable') as not_applicable,
           max(fixed_at) as fixed_at, coalesce(bool_or(state = 'fixed' and fixed_at is null), false) as undated,
           coalesce(max(as_of) filter (still_open), max(as_of)) as as_of
    from told
    group by asset_id, patch
),
dated as (
    select one.*, zone.name as zone,
           case when stated_due_at is not null then stated_due_at
                when exploited_due_at is not null then exploited_due_at
                else first_seen_at + to_days(days) end as promised_at,
           case when stated_due_at is null and exploited_due_at is not null then first_seen_at end as earliest_at
    from one
    cross join zone
    left join patch_days on patch_days.severity = one.severity
),
due as (
    select * exclude (zone, promised_at, earliest_at),
           greatest(
               case when promised_at <> date_trunc('day', promised_at) then promised_at
                    else timezone('UTC', timezone(zone, promised_at + interval 1 day)) - interval 1 microsecond end,
               earliest_at
           ) as due_at
    from dated
)
select record_id, asset, hash(asset_id) as cluster, patch, severity, known_exploited, first_seen_at, due_at,
       coalesce(due_at, first_seen_at) as at,
       case when not still_open then fixed_at end as installed_at,
       (epoch(case when still_open then greatest(as_of, first_seen_at) else fixed_at end)
        - epoch(first_seen_at)) / 3600 as hours,
       coalesce(asset_service.services, patch_asset.services, ['Unassigned']) as services,
       coalesce(asset_service.business_units, patch_asset.business_units, ['Unassigned']) as business_units,
       case when unrated and coalesce(severity, 5) = 5 then 'severity unknown'
            when severity = 5 then 'informational'
            when not_applicable then 'not applicable'
            when still_open then null
            when unknown then 'state unknown'
            when excepted then 'accepted exception'
            when undated then 'no fix date' end as left_out,
       case when due_at is null then 'no due date' when due_at > as_of then 'not due yet' end as not_due,
       as_of
from due
left join asset_service on asset_service.id = asset_id
left join patch_asset on patch_asset.id = asset_id
order by "at"
