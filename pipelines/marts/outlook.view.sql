-- What is open and has a date by which it is to be done: patches, findings, planned audits, and exceptions, which end. While
-- an exception holds, what it holds for is due when it ends: one row for each time free of exceptions in which it is or
-- falls due, up to free_until.
select 'patch' as kind, record_id, concat_ws(': ', asset, patch) as item,
       greatest(due_at, free.since - interval 1 microsecond) as due_at, free.until as free_until,
       severity, null as owner, services, business_units, as_of
from patch_obligation
left join (select record_id, since, until from patch_excepted where not excepted) as free using (record_id)
where left_out is null and installed_at is null and due_at is not null and coalesce(due_at < free.until, true)
union all
select 'finding', record_id, concat_ws(': ', key, title), greatest(due_at, free.since - interval 1 microsecond), free.until,
       severity, owner, services, business_units, as_of
from finding_obligation
left join (select record_id, since, until from finding_excepted where not excepted) as free using (record_id)
where left_out is null and closed_at is null and due_at is not null and coalesce(due_at < free.until, true)
union all
select 'audit', record_id, concat_ws(': ', framework, title),
       due_at, null, null, auditor, null, null, as_of."at"
from audit
left join as_of on as_of.record = 'audit' and as_of.instance = audit.instance
where completed_at is null and opinion is null and due_at is not null
union all
select 'exception', record_id, concat_ws(': ', key, title), until - interval 1 microsecond, null, null, approver,
       null, null, as_of
from exception_term
