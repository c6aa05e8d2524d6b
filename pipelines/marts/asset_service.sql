-- The services and business units of each asset, by its name without regard to capitals and domain: those that it states, else
-- those that the service map gives its name and components. What it states may be a name that the map knows, too.
with listed as (
    select coalesce(asset_name.id, lower(asset.name)) as id, arg_max(business_unit, (effective_at, record_id)) as business_unit,
           list_distinct(list_concat(list(lower(asset.name)), list(alias.name))) as names,
           list_distinct(flatten(list(coalesce(services, [])))) as services,
           list_distinct(flatten(list(coalesce(components, [])))) as components
    from asset
    left join asset_name on asset_name.name = lower(asset.name)
    left join asset_name as alias on alias.id = lower(asset.name)
    group by all
),
named as (
    select own.id, coalesce(stated.service, mapped_asset.service, own.name) as service
    from (select id, unnest(services) as name from listed) as own
    left join catalogue as stated on stated.id = lower(own.name) and stated.known
    left join mapped_asset on mapped_asset.id = lower(own.name)
    union all
    select part.id, mapped_asset.service
    from (select id, unnest(list_concat(names, components)) as name from listed where len(services) = 0) as part
    join mapped_asset on mapped_asset.id = lower(part.name)
),
hit as (
    select listed.id, coalesce(catalogue.service, named.service, 'Unassigned') as service,
           coalesce(listed.business_unit, catalogue.business_unit, 'Unassigned') as business_unit,
           coalesce(catalogue.known, false) as known
    from listed
    left join named on named.id = listed.id
    left join catalogue on catalogue.id = lower(named.service)
)
select id, list_sort(list(distinct service)) as services, list_sort(list(distinct business_unit)) as business_units,
       bool_or(known) as known
from hit
group by id
