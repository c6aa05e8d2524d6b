/*
title    = "Overdue patches"
question = "What should be patched by now, and is not?"
also     = ["patch backlog", "patches past SLA", "overdue vulnerabilities"]
kind     = "count"
unit     = "patches"
better   = "lower"
by       = ["service", "owner", "severity", "business_unit"]
owners   = ["CIO", "CISO"]
reads    = ["patch"]
unique   = true
lacks    = ["no due date"]
matters  = "5 %"
says     = "{value:patch is|patches are} missing past the agreed date."
dated_by = "the state at the period's end"
method   = "One per asset and patch, missing at the period's end and past its due date. Due dates as for patches installed on time. While every weakness left open is under an exception of the register it is not overdue; past the exception's end it is again. The owner is the one that the asset list names for the asset, as it stands now, else that of its service, where it has one service."
pitfalls = "Grows with the number of assets scanned: read it beside patches installed on time and asset coverage. What its tool excepts without an end, what has no due date, no known severity or no known state is left out and shown."
*/
with named as (
    select hash(coalesce(asset_name.id, lower(asset.name))) as id, arg_max(owner, (effective_at, record_id)) as owner
    from asset
    left join asset_name on asset_name.name = lower(asset.name)
    where owner is not null
    group by all
),
serving as (
    select [name] as services, arg_max(owner, (effective_at, record_id)) as owner from service where owner is not null group by name
)
select record_id, coalesce(greatest(due_at + interval 1 microsecond, held.since), first_seen_at) as since,
       least(installed_at, held.until) as until,
       services, coalesce(named.owner, serving.owner) as owner, severity, business_units, due.asset, due.patch, first_seen_at,
       due_at, installed_at, known_exploited, as_of,
       coalesce(left_out, case when due_at is null then 'no due date'
                               when excepted then 'accepted exception' end) as left_out
from patch_obligation as due
left join patch_excepted as held using (record_id)
left join named on named.id = due.cluster
left join serving using (services)
where coalesce(greatest(due_at + interval 1 microsecond, held.since) < least(installed_at, held.until), true)
