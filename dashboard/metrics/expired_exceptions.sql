/*
title    = "Exceptions expired and still open"
question = "Which accepted risks ran out without anything having been mended?"
also     = ["expired risk acceptances", "expired waivers"]
kind     = "count"
unit     = "exceptions"
better   = "lower"
by       = ["kind", "approver", "service"]
owners   = ["CISO"]
reads    = ["exception", "patch", "finding", "control_test"]
matters  = "5 %"
says     = "{value:exception has|exceptions have} run out with something still open."
dated_by = "the state at the period's end"
method   = "Exceptions of the register that have ended, where at the period's end a patch or finding they held for is past its due date and open, or a control fails, and no other exception holds for it."
pitfalls = "One row for each item, each exception counted once. An exception is as wide as what it names: one that ran out and names a whole asset stays in this for any patch that is overdue there."
*/
with free as (
    select record_id, since as free_from, until as free_until from patch_excepted where not excepted
    union all
    select record_id, since, until from finding_excepted where not excepted
)
select term.record_id, greatest(term.until, item.since, free_from) as since, least(item.until, free_until) as until,
       item.kind, approver, services, term.key, title, why, term.until as ended_at, item.item, item.record_id as item_record,
       as_of, null as left_out
from exception_item as item
join (select record_id, key, title, reason as why, approver, until from exception_term) as term on term.record_id = item.exception
left join free on free.record_id = item.record_id
where item.since is not null
  and coalesce(greatest(term.until, item.since, free_from) < least(item.until, free_until), true)
