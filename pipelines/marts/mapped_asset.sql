-- The service that the service map gives each name of an asset, and each of its components and services.
with name as (
    select distinct lower(name) as id
    from (
        select name from asset
        union all
        select unnest(components) from asset
        union all
        select unnest(services) from asset
        union all
        select name from asset_name
    )
    where exists (from service_rule)
),
mapped as (
    select id, coalesce(
               (select arg_min(service, place) from service_rule where exact and service_rule.name = id),
               (select arg_min(service, place) from service_rule where not exact and id like likeness escape '\')
           ) as service
    from name
)
from mapped where service is not null
