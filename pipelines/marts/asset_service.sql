-- The services and business units of each asset, by its name without regard to capitals.
with listed as (
    select lower(name) as id, arg_max(business_unit, effective_at) as business_unit,
           list_distinct(flatten(list(coalesce(services, [])))) as services
    from asset
    group by lower(name)
),
hit as (
    select owned.*, catalogue.service, catalogue.business_unit as service_unit
    from (
        select id, business_unit, unnest(case when len(services) > 0 then services else ['Unassigned'] end) as name
        from listed
    ) as owned
    left join catalogue on catalogue.id = lower(name)
)
select id, list_sort(list(distinct coalesce(service, name))) as services,
       list_sort(list(distinct coalesce(business_unit, service_unit, 'Unassigned'))) as business_units
from hit
group by id
