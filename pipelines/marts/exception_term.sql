-- The accepted exceptions, each from its first moment until after its last, with what it names ready to be held against
-- records.
select record_id, key, title, approver, reason,
       list_distinct(list_transform(coalesce(assets, []), lambda name: lower(name))) as assets,
       lower(patch) as patch,
       list_distinct(list_transform(coalesce(cves, []), lambda name: upper(name))) as cves,
       lower(control) as control, lower(finding) as finding,
       list_distinct(list_transform(coalesce(services, []), lambda name: lower(name))) as services,
       from_at as since, until_at + interval 1 microsecond as until,
       as_of."at" as as_of
from exception
left join as_of on as_of.record = 'exception' and as_of.instance = exception.instance
