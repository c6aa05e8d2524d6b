/*
title    = "Overdue exposure of tier 1 services"
question = "How long do the services we depend on most run with overdue patches?"
also     = ["exposure window", "asset-days overdue", "vulnerability age"]
kind     = "span"
unit     = "days"
better   = "lower"
by       = ["service", "business_unit"]
owners   = ["CIO", "CISO"]
reads    = ["patch"]
unique   = true
lacks    = ["tier unknown"]
matters  = "5 %"
says     = "Assets of tier 1 services ran for {value} with a patch overdue, in {n:stretch|stretches}."
dated_by = "the days that fall in the period"
method   = "Asset-days: each day on which an asset of a tier 1 service lacked at least one patch past its due date, however many. The tier is that of its services, the highest of several, else its own. Due dates as for patches installed on time; what is under an exception of the register is not overdue while that holds."
pitfalls = "An asset with one overdue patch counts as one with twenty. Grows with the number of assets scanned. Assets whose tier nobody states are left out and shown, and so are the days under an accepted exception."
*/
with service_tier as (
    select lower(name) as id, arg_max(tier, (effective_at, record_id)) as tier from service group by lower(name)
),
own_tier as (
    select hash(coalesce(asset_name.id, lower(asset.name))) as id, arg_max(tier, (effective_at, record_id)) as tier
    from asset
    left join asset_name on asset_name.name = lower(asset.name)
    group by all
),
late as (
    select cluster as id, asset, services, business_units, patch_obligation.record_id,
           greatest(due_at + interval 1 microsecond, held.since) as since,
           least(installed_at, held.until) as until, as_of, coalesce(excepted, false) as excepted
    from patch_obligation
    left join (select record_id, excepted, since, until from patch_excepted) as held using (record_id)
    where left_out is null and due_at < coalesce(installed_at, as_of)
),
placed as (
    select named.id, any_value(services) as services, min(service_tier.tier) as tier
    from (select id, services, unnest(services) as service
          from (select id, any_value(services) as services from late group by id)) as named
    left join service_tier on service_tier.id = lower(named.service)
    group by named.id
),
told as (
    select late.*, greatest(since, coalesce(until, as_of)) as stopped_at,
           case when coalesce(placed.tier, own_tier.tier) is null then 'tier unknown'
                when excepted then 'accepted exception' end as left_out
    from late
    join placed using (id)
    left join own_tier using (id)
    where coalesce(since < until, true) and coalesce(placed.tier, own_tier.tier, 1) = 1
),
marked as (
    -- A row that starts after all before it have stopped begins a new stretch.
    select *, coalesce(since > max(stopped_at) over earlier, true) as begins
    from told
    window earlier as (partition by id, left_out order by since, record_id rows between unbounded preceding and 1 preceding)
),
numbered as (
    select *, count(*) filter (begins) over (
        partition by id, left_out order by since, record_id rows unbounded preceding) as number
    from marked
)
select concat_ws(' ', min(asset), left_out, strftime(min(since), '%Y-%m-%d %H:%M'), 'UTC') as record_id, min(asset) as asset,
       min(since) as since,
       case when not coalesce(bool_or(until is null), false) then max(stopped_at) end as until,
       1 / 24 as rate, any_value(services) as services, any_value(business_units) as business_units,
       list(distinct record_id) as patches, max(as_of) as as_of, left_out
from numbered
group by id, left_out, number
