-- The service of assets that only patches tell of, by the service map.
with name as (
    select distinct lower(asset) as name, coalesce(asset_name.id, lower(asset)) as id
    from patch
    left join asset_name on asset_name.name = lower(asset)
    where exists (from service_rule)
      and coalesce(asset_name.id, lower(asset)) not in (select id from asset_service)
),
told as (
    select id, name.name, coalesce(
               (select arg_min(service, place) from service_rule where exact and service_rule.name = name.name),
               (select arg_min(service, place) from service_rule where not exact and name.name like likeness escape '\')
           ) as service
    from name
),
mapped as (
    -- Of two names of one machine, the full one comes first.
    select id, first(service order by length(name) desc) as service from told where service is not null group by id
)
select mapped.id, [coalesce(catalogue.service, mapped.service)] as services,
       [coalesce(catalogue.business_unit, 'Unassigned')] as business_units,
       coalesce(catalogue.known, false) as known
from mapped
left join catalogue on catalogue.id = lower(mapped.service)
