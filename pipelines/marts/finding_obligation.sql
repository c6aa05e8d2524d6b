-- One row per finding of an audit, with the date by which it is to be closed; where an exception is in force on it, the end of the exception takes its
-- place. What its tool has excepted counts as open once the register of exceptions names it.
with reopened as (
    select record_id, max(effective_at) as last_at from finding_past where status = 'open' group by record_id
),
noted as (
    -- What is closed without a date is closed since the export that said so, where one before said that it was open.
    select record_id, min(effective_at) as noted_at
    from finding_version
    join reopened using (record_id)
    where status = 'closed' and effective_at > last_at
    group by record_id
),
registered as (
    select distinct record_id, true as registered from finding_excepted
),
audited as (
    -- The framework of an audit, for findings that name only the audit.
    select lower(key) as id, min(framework) as framework from audit group by lower(key)
),
named as (
    select given,
           list_sort(list(distinct coalesce(service_name.service, name))) as services,
           list_sort(list(distinct coalesce(service_name.business_unit, 'Unassigned'))) as business_units
    from (select services as given, unnest(services) as name from (select distinct services from finding))
    left join service_name on service_name.id = lower(name)
    group by given
),
mapped as (
    select given, list_sort(list(distinct mapped_name.service)) as services,
           list_sort(list(distinct coalesce(service_name.business_unit, 'Unassigned'))) as business_units
    from (select components as given, unnest(components) as name from (select distinct components from finding))
    join mapped_name on mapped_name.id = lower(name)
    left join service_name on service_name.id = lower(mapped_name.service)
    group by given
),
told as (
    select record_id, finding.key, title, coalesce(finding.framework, audited.framework) as framework, audit, control, severity, owner,
           coalesce(named.services, mapped.services, ['Unassigned']) as services,
           coalesce(named.business_units, mapped.business_units, ['Unassigned']) as business_units,
           raised_at, repeat_of,
           due_at, case when status = 'closed' then coalesce(closed_at, noted_at) end as closed_at,
           case when status = 'not applicable' then 'not applicable'
                when status is null then 'state unknown'
                when status = 'excepted' and not coalesce(registered, false) then 'excepted by its tool'
                when status = 'closed' and closed_at is null and noted_at is null then 'no close date' end as left_out,
           as_of.at as as_of
    from finding
    left join noted using (record_id)
    left join registered using (record_id)
    left join audited on audited.id = lower(audit)
    left join named on named.given = finding.services
    left join mapped on mapped.given = finding.components
    left join as_of on as_of.record = 'finding' and as_of.instance = finding.instance
)
select told.*, excused.until - interval 1 microsecond as excepted_until,
       coalesce(excepted_until, due_at, raised_at) as at,
       case when due_at is null then 'no due date'
            when due_at > as_of then 'not due yet'
            when excepted_until > as_of then 'accepted exception' end as not_due
from told
left join finding_excepted as excused on excused.record_id = told.record_id and excused.excepted
     and coalesce(excused.since <= due_at, true) and excused.until > due_at
     and coalesce(closed_at > due_at, true)
