/*
title    = "Clean audit opinions"
question = "Do our auditors sign without reservation?"
also     = ["unqualified opinions", "unmodified opinions"]
kind     = "share"
unit     = "percent"
better   = "higher"
by       = ["framework", "auditor", "scope"]
owners   = ["CISO"]
reads    = ["audit"]
unique   = true
matters  = "1 point"
says     = "{value} of the audits completed ended in an unqualified opinion ({met} of {n})."
dated_by = "when the report was issued"
method   = "Of the audits completed with an opinion, those whose opinion is unqualified. A date without a time is that day in the organisation's zone."
pitfalls = "Few audits: a single one moves it far. Audits that give no opinion (certifications, penetration tests) are left out and shown. An unqualified opinion can stand beside findings: read it beside them."
*/
select record_id, completed_at as "at", opinion = 'unqualified' as met, framework, auditor, scope, title, period, completed_at,
       opinion, as_of."at" as as_of,
       case when completed_at > as_of."at" then 'not issued yet' when opinion is null then 'no opinion given' end as left_out
from audit
left join as_of on as_of.record = 'audit' and as_of.instance = audit.instance
where completed_at is not null or opinion is not null
