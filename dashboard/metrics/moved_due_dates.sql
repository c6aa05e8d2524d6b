/*
title    = "Due dates moved after the fact"
question = "Do we keep our dates, or do we move them?"
also     = ["extended due dates", "re-baselined dates"]
kind     = "count"
unit     = "due dates"
better   = "lower"
by       = ["kind", "severity", "service", "business_unit"]
owners   = ["CISO", "CIO"]
reads    = ["finding", "patch"]
matters  = "5 %"
says     = "{value:due date was moved later, or taken away, after it had|due dates were moved later, or taken away, after they had} passed."
dated_by = "when the export or the row that moved it was made"
method   = "From the versions of findings and patches: a due date that is later than the one before it, or gone, in a version of which the one before had passed (a date without a time at the end of that day) and that is not closed. A finding, or a patch of an asset, counts once in a period."
pitfalls = "Dates moved later before they had passed are left out and shown: that is planning. Where exports carry no update times, a date counts as moved when the export was made that first shows it: moved in time, but first seen after the old date, it counts. Only dates that sources state: those worked out from the days agreed never move."
*/
with version as (
    select 'finding' as kind, record_id, due_at, effective_at, sequence, load, "row", status is distinct from 'closed' as still_open
    from finding_version
    where record_id in (select record_id from finding_past)
    union all
    select 'patch', record_id, due_at, effective_at, sequence, load, "row", state is distinct from 'fixed'
    from patch_version
    where record_id in (select record_id from patch_past where due_at is not null)
),
followed as (
    select *, lag(due_at) over versions as previous,
           last_value(due_at ignore nulls) over (versions rows between unbounded preceding and 1 preceding) as was
    from version
    window versions as (partition by kind, record_id order by effective_at, sequence, load, "row")
),
moved as (
    select kind, record_id, effective_at as "at", was as due_before, due_at as due_after,
           effective_at > was as passed
    from followed
    where still_open and (due_at > was or (due_at is null and previous is not null))
),
named as (
    select moved.* exclude (record_id), obligation.record_id, asset, patch, obligation.severity, services, business_units, as_of,
           concat_ws(': ', asset, patch) as item, left_out
    from moved
    join (select record_id, coalesce(asset_name.id, lower(asset)) as asset_id, coalesce(patch, key) as patch_name
          from patch left join asset_name on asset_name.name = lower(asset)) as own using (record_id)
    join (select * exclude ("at") from patch_obligation) as obligation
         on obligation.cluster = hash(asset_id) and obligation.patch = patch_name
    where kind = 'patch'
    union all by name
    select moved.*, severity, services, business_units, as_of, concat_ws(': ', key, title) as item, left_out
    from moved
    join (select * exclude ("at") from finding_obligation) as finding using (record_id)
    where kind = 'finding'
)
select record_id, "at", kind, severity, services, business_units, item, due_before, due_after, as_of,
       case when left_out in ('not applicable', 'informational') then left_out
            when not passed then 'moved before it had passed' end as left_out
from named
