-- One row per asset and patch, by due date: the rows of several weaknesses or ports that one patch closes are one, and
-- it is installed when all of them are fixed. The date stated by the tool comes first, then that of the known
-- exploited weakness (never before it was seen), then first seen plus the days agreed for its severity.
with exploited as (
    select named.record_id, min(known_exploited.due_at) as due_at
    from (select record_id, unnest(cves) as cve from patch) as named, known_exploited
    where known_exploited.cve = upper(named.cve)
    group by named.record_id
),
told as (
    select record_id, asset, coalesce(patch, key) as patch, severity, first_seen_at, fixed_at, patch.due_at,
           exploited.record_id is not null as known_exploited, exploited.due_at as exploited_due_at,
           coalesce(state, 'open') as state, coalesce(state = 'open', true) as still_open,
           as_of.at as as_of
    from patch
    left join exploited using (record_id)
    left join as_of on as_of.record = 'patch' and as_of.source = patch.source
),
one as (
    select min(record_id) as record_id, min(asset) as asset, patch,
           min(severity) as severity, min(first_seen_at) as first_seen_at,
           min(due_at) as stated_due_at, min(exploited_due_at) as exploited_due_at,
           bool_or(known_exploited) as known_exploited,
           bool_or(still_open) as still_open,
           bool_or(state = 'excepted') as excepted, bool_and(state = 'not applicable') as not_applicable,
           max(fixed_at) as fixed_at, bool_or(state = 'fixed' and fixed_at is null) as undated,
           coalesce(max(as_of) filter (still_open), max(as_of)) as as_of
    from told
    group by lower(asset), patch
)
select record_id, asset, patch, one.severity, known_exploited, first_seen_at,
       case when stated_due_at is not null then stated_due_at
            when exploited_due_at is not null then greatest(exploited_due_at, first_seen_at)
            else first_seen_at + to_days(days) end as due_at,
       coalesce(due_at, first_seen_at) as at,
       case when not still_open then fixed_at end as installed_at,
       (epoch(case when still_open then greatest(as_of, first_seen_at) else fixed_at end)
        - epoch(first_seen_at)) / 3600 as hours,
       coalesce(asset_service.services, ['Unassigned']) as services,
       coalesce(asset_service.business_units, ['Unassigned']) as business_units,
       case when coalesce(one.severity, 5) = 5 then 'informational'
            when not_applicable then 'not applicable'
            when not still_open and excepted then 'accepted exception'
            when not still_open and undated then 'no fix date' end as left_out,
       case when due_at is null then 'no due date' when due_at > as_of then 'not due yet' end as not_due,
       as_of
from one
left join patch_days on patch_days.severity = one.severity
left join asset_service on asset_service.id = lower(asset)
order by "at"
