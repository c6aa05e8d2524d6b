/*
title    = "Exceptions ending soon"
question = "Which accepted risks come back to us in the next 90 days?"
also     = ["risk acceptances ending", "expiring waivers"]
kind     = "count"
unit     = "exceptions"
better   = "lower"
by       = ["ends_in", "approver"]
owners   = ["CISO"]
reads    = ["exception"]
unique   = true
matters  = "5 %"
says     = "{value:accepted exception ends|accepted exceptions end} within 90 days."
dated_by = "the state at the period's end"
method   = "Exceptions of the register that are in force at the period's end and end within 90 days of it, by how many days are left. A date without a time means that whole day in the organisation's zone."
pitfalls = "By the end that the register gives now: one that was put off is not ending soon, and was not. What an exception holds for is counted beside it (items); one that holds for nothing names nothing that is known."
*/
with band as (
    from (values ('0–30 days', 0, 30), ('31–60 days', 30, 60), ('61–90 days', 60, 90)) as band(ends_in, low, high)
),
held as (
    select exception, count(distinct record_id) as items from exception_item group by exception
)
select term.record_id, greatest(term.since, term.until - to_days(high)) as since, term.until - to_days(low) as until,
       ends_in, approver, key, title, reason as why, term.until as ends_at, coalesce(items, 0) as items, as_of,
       null as left_out
from exception_term as term
cross join band
left join held on held.exception = term.record_id
where greatest(term.since, term.until - to_days(high)) < term.until - to_days(low)
