-- Services as the catalogue names them: one row per name, whatever its capitals; of several lists the newest counts, of the
-- same moment the last by name.
-- Services that only assets name follow, as most of them write it; they are not known.
select lower(name) as id,
       arg_max(name, (effective_at, record_id)) as service,
       coalesce(arg_max(business_unit, (effective_at, record_id)), 'Unassigned') as business_unit,
       coalesce(arg_max(customer_facing, (effective_at, record_id)), true) as customer_facing,
       true as known,
       arg_max(calendar, (effective_at, record_id)) as calendar
from service
group by lower(name)
union all
select lower(name), first(name order by times desc, name), 'Unassigned', true, false, null
from (select name, count(*) as times from (select unnest(services) as name from asset) group by name)
where lower(name) not in (select lower(service.name) from service)
group by lower(name)
