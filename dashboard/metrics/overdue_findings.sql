/*
title    = "Overdue audit findings"
question = "What did auditors find that should be mended by now, and is not?"
also     = ["past due audit issues", "overdue audit actions"]
kind     = "count"
unit     = "findings"
better   = "lower"
by       = ["age", "framework", "severity", "owner", "service", "business_unit"]
owners   = ["CISO"]
reads    = ["finding"]
unique   = true
lacks    = ["state unknown", "no due date"]
matters  = "5 %"
says     = "{value:finding is|findings are} open past the agreed date."
dated_by = "the state at the period's end"
method   = "Findings that are open at the period's end and past their due date, by how long they are past it. A due date without a time means the end of that day. While an exception of the register holds, a finding is not overdue; past its end it is again."
pitfalls = "A finding that was reopened counts as open all the time, between its closing and its reopening too: read it beside reopened findings. By the due date as it stands now: one that was moved makes a finding that was overdue look as if it had not been; read it beside due dates moved. Findings without a due date are never overdue: they are left out and shown, as is what its tool excepts without an end. In the rows, since and until are those of the age, not of the finding."
*/
with band as (
    from (values ('0–30 days', 0, 30), ('31–90 days', 30, 90), ('91–180 days', 90, 180), ('over 180 days', 180, null))
        as band(age, first_day, last_day)
),
dated as (
    -- Overdue from the moment after the due date.
    select *, due_at + interval 1 microsecond as late_from from finding_obligation where due_at is not null
),
piece as (
    select dated.*, age, greatest(late_from + to_days(first_day), held.since) as since,
           least(closed_at, held.until, late_from + to_days(last_day)) as until,
           case when excepted then 'accepted exception' end as excused
    from dated
    cross join band
    left join finding_excepted as held using (record_id)
    union all by name
    select *, raised_at as since, closed_at as until, 'no due date' as excused
    from finding_obligation
    where due_at is null
)
select record_id, since, until, age, framework, severity, owner, services, business_units, key, title, control, audit,
       raised_at, due_at, closed_at, as_of, coalesce(left_out, excused) as left_out
from piece
where coalesce(since < until, true)
