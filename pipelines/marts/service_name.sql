-- Every service that is named anywhere, one row per name, whatever its capitals: as the catalogue names it, else as the
-- service map reads a name (a configuration item, a tag), else as most incidents and answers of clients write it.
with written as (
    select unnest(services) as name, count(*) as times
    from (select services from incident union all select services from client_score)
    group by services
),
spelling as (
    select name, sum(times) as times from written group by name
),
mapped as (
    select mapped_name.id, coalesce(target.service, mapped_name.service) as service,
           coalesce(target.business_unit, 'Unassigned') as business_unit,
           coalesce(target.customer_facing, true) as customer_facing,
           coalesce(target.known, false) as known
    from mapped_name
    left join catalogue as own on own.id = mapped_name.id and own.known
    left join catalogue as target on target.id = lower(mapped_name.service)
    where own.id is null
),
target as (
    -- What the map names and nothing else does.
    select distinct on (lower(service)) lower(service) as id, service, business_unit, customer_facing, known
    from mapped
    where lower(service) not in (select id from catalogue) and lower(service) not in (select id from mapped)
),
told as (
    select * exclude (calendar) from catalogue where id not in (select id from mapped)
    union all
    from mapped
    union all
    from target
)
from told
union all
select lower(name), first(name order by times desc, name), 'Unassigned', true, false
from spelling
where lower(name) not in (select id from told)
group by lower(name)
