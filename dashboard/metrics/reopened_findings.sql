/*
title    = "Reopened audit findings"
question = "Does what we call mended stay mended?"
also     = ["recurring issues", "regressed findings"]
kind     = "count"
unit     = "findings"
better   = "lower"
by       = ["framework", "severity", "owner", "service", "business_unit"]
owners   = ["CISO"]
reads    = ["finding"]
matters  = "5 %"
says     = "{value:finding was|findings were} reopened after having been closed."
dated_by = "when the export or the row that said so was made"
method   = "From the versions of each finding: open in one, after the last one that said either said closed. A finding reopened several times in a period counts once."
pitfalls = "Seen only where an export was loaded while the finding was closed: between two exports a finding can close and reopen unseen. Findings that turned out not applicable are left out and shown."
*/
with version as (
    select record_id, status, effective_at,
           last_value(case when status in ('open', 'closed') then status end ignore nulls) over (
               partition by record_id order by effective_at, sequence, load, "row"
               rows between unbounded preceding and 1 preceding) as before
    from finding_version
    where record_id in (select record_id from finding_past)
)
select record_id, effective_at as "at", framework, severity, owner, services, business_units, key, title, control, audit,
       raised_at, due_at, closed_at, as_of, case when left_out = 'not applicable' then left_out end as left_out
from version
join finding_obligation using (record_id)
where version.status = 'open' and version.before = 'closed'
