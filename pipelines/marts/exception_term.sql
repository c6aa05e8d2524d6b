-- The accepted exceptions, each from the beginning of its first day to the end of its last in the organisation's zone
-- (a moment of day is taken as it stands), with what it names ready to be held against records.
with zone as (select value as name from setting where name = 'timezone')
select record_id, key, title, approver, reason,
       list_distinct(list_transform(coalesce(assets, []), lambda name: lower(name))) as assets,
       lower(patch) as patch,
       list_distinct(list_transform(coalesce(cves, []), lambda name: upper(name))) as cves,
       lower(control) as control, lower(finding) as finding,
       list_distinct(list_transform(coalesce(services, []), lambda name: lower(name))) as services,
       case when from_at <> date_trunc('day', from_at) then from_at
            else timezone('UTC', timezone(zone.name, from_at)) end as since,
       case when until_at <> date_trunc('day', until_at) then until_at
            else timezone('UTC', timezone(zone.name, until_at + interval 1 day)) end as until,
       as_of."at" as as_of
from exception
cross join zone
left join as_of on as_of.record = 'exception' and as_of.instance = exception.instance
