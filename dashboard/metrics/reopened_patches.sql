/*
title    = "Patches missing again"
question = "Does what we patched stay patched?"
also     = ["recurring vulnerabilities", "resurfaced vulnerabilities"]
kind     = "count"
unit     = "patches"
better   = "lower"
by       = ["severity", "service", "business_unit"]
owners   = ["CIO"]
reads    = ["patch"]
matters  = "5 %"
says     = "{value:patch was|patches were} found missing again after having been installed."
dated_by = "when it was found missing again, as the source says, else when the export that said so was made"
method   = "One per asset and patch: where the source says that it came back, or its versions say open after fixed. One that comes back several times in a period counts once."
pitfalls = "Between two scans a patch can go and come back unseen. A machine set up anew from an old image brings many of them back at once. What counts in no other number of patches (informational, not applicable) is left out and shown."
*/
with version as (
    select record_id, state, effective_at, reopened_at,
           last_value(case when state in ('open', 'fixed') then state end ignore nulls) over (
               partition by record_id order by effective_at, sequence, load, "row"
               rows between unbounded preceding and 1 preceding) as before
    from patch_version
    where record_id in (select record_id from patch_past)
),
told as (
    select record_id, coalesce(reopened_at, effective_at) as "at" from version where state = 'open' and before = 'fixed'
    union
    select record_id, reopened_at from patch_version where reopened_at is not null
),
named as (
    select distinct hash(coalesce(asset_name.id, lower(patch.asset))) as cluster, coalesce(patch.patch, patch.key) as patch, "at"
    from told
    join patch using (record_id)
    left join asset_name on asset_name.name = lower(patch.asset)
)
select record_id, named."at", severity, services, business_units, asset, patch, first_seen_at, due_at, installed_at, as_of,
       case when left_out in ('not applicable', 'informational', 'severity unknown') then left_out end as left_out
from named
join (select * exclude ("at") from patch_obligation) as obligation using (cluster, patch)
