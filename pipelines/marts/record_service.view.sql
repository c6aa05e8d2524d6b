-- What each incident, asset and patch is told of, and whether that comes to a service that the catalogue knows. Where there is no
-- catalogue, what is written as a service is one.
with free as (
    select count(*) = 0 as anything from service
),
told as (
    select record_id, components,
           case when len(services) > 0 then services else mapped end as services
    from incident_one
    left join component_service using (components)
),
named as (
    select services, bool_or(service_name.known or anything) as known
    from (select services, unnest(services) as name from (select distinct services from told)), free
    join service_name on service_name.id = lower(name)
    group by services
)
select 'incident' as kind, record_id,
       case when len(told.services) > 0 then told.services when len(components) > 0 then components else [null] end as names,
       coalesce(known, false) as known
from told
left join named on named.services = told.services
union all
select 'asset', min(asset.record_id), [min(asset.name)],
       any_value(asset_service.known or (anything and asset_service.services <> ['Unassigned']))
from asset
left join asset_name on asset_name.name = lower(asset.name)
join asset_service on asset_service.id = coalesce(asset_name.id, lower(asset.name)), free
group by asset_service.id
union all
select 'patch', record_id, [asset],
       coalesce(asset_service.known, patch_asset.known, false) or (anything and patch_obligation.services <> ['Unassigned'])
from patch_obligation
left join asset_name on asset_name.name = lower(asset)
left join asset_service on asset_service.id = coalesce(asset_name.id, lower(asset))
left join patch_asset on patch_asset.id = coalesce(asset_name.id, lower(asset)), free
