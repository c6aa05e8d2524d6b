-- The service of assets that only patches tell of, by the service map.
with name as (
    select distinct lower(asset) as id from patch
    where exists (from service_rule) and lower(asset) not in (select id from asset_service)
),
mapped as (
    select id, coalesce(
               (select arg_min(service, place) from service_rule where exact and service_rule.name = id),
               (select arg_min(service, place) from service_rule where not exact and id like likeness escape '\')
           ) as service
    from name
)
select mapped.id, [coalesce(catalogue.service, mapped.service)] as services,
       [coalesce(catalogue.business_unit, 'Unassigned')] as business_units,
       coalesce(catalogue.known, false) as known
from mapped
left join catalogue on catalogue.id = lower(mapped.service)
where mapped.service is not null
