/*
title    = "Repeat findings"
question = "What do auditors find again?"
also     = ["repeat audit issues", "recurring findings"]
kind     = "count"
unit     = "findings"
better   = "lower"
by       = ["framework", "severity", "control", "owner", "service", "business_unit"]
owners   = ["CISO"]
reads    = ["finding"]
unique   = true
lacks    = ["no control or audit named"]
matters  = "5 %"
says     = "{value:finding repeats|findings repeat} one of the audit before."
dated_by = "when the finding was raised"
method   = "A finding repeats where its source says so, or where the audit before it, of the same framework and scope, had a finding on the same control. Audits follow each other by when they were completed, else by when their first finding was raised; one without any finding on the control ends the row."
pitfalls = "The same control can fail for another reason. A finding that names no control, or no audit, cannot be told to repeat unless its source says so: left out and shown. Findings that turned out not applicable repeat nothing."
*/
with held as (
    select lower(key) as audit, lower(framework) as framework, lower(coalesce(scope, '')) as scope, completed_at
    from audit
),
named as (
    select record_id, lower(finding.framework) as framework, lower(audit) as audit, lower(control) as control, raised_at,
           left_out is distinct from 'not applicable' as valid
    from finding_obligation as finding
),
placed as (
    select framework, audit, null as raised_at from held
    union all
    select coalesce(named.framework, held.framework), audit, raised_at from named left join held using (audit)
),
conducted as (
    select placed.framework, coalesce(held.scope, '') as scope, audit,
           coalesce(min(completed_at), min(raised_at)) as "at"
    from placed
    left join held using (audit)
    where audit is not null and (completed_at is not null or raised_at is not null)
    group by all
),
followed as (
    select *, lag(audit) over (partition by framework, scope order by "at", audit) as before from conducted
),
again as (
    select distinct named.record_id
    from named
    join followed on followed.audit = named.audit and followed.framework is not distinct from named.framework
    join named as earlier on earlier.audit = followed.before and earlier.control = named.control
         and earlier.framework is not distinct from named.framework and earlier.valid
),
told as (
    select finding.*,
           again.record_id is not null
               or coalesce(lower(trim(repeat_of)) not in ('', 'no', 'none', 'false', '-'), false) as repeats,
           control is null or audit is null as unknown
    from finding_obligation as finding
    left join again using (record_id)
)
select record_id, raised_at as "at", framework, severity, control, owner, services, business_units, key, title, audit,
       repeat_of, due_at, closed_at, as_of,
       case when left_out = 'not applicable' then left_out
            when not repeats then 'no control or audit named' end as left_out
from told
where repeats or unknown
