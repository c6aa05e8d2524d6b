-- Which exceptions hold for which weaknesses of which assets: one row per row of a patch, weakness and exception. An
-- exception is about patches where it names a patch, weaknesses, or assets and nothing else. All that it names has to
-- fit; services narrow it only where it names no assets.
with given as (
    select record_id, unnest(assets) as name from exception_term
),
alias as (
    -- Every name by which an asset goes that an exception names, with its domain and without.
    select given.record_id, unnest([given.name, whole.id, short.name]) as name
    from given
    left join asset_name as whole on whole.name = given.name
    left join asset_name as short on short.id = given.name
),
term as (
    select exception_term.* replace (coalesce(names, []) as assets)
    from exception_term
    left join (select record_id, list(distinct name) as names from alias group by record_id) using (record_id)
    where patch is not null or len(cves) > 0 or (len(assets) > 0 and control is null and finding is null)
),
hit as (
    select patch.record_id, lower(asset) as name, coalesce(patch.patch, patch.key) as patch, null as cve, term.record_id as exception
    from patch
    join term on term.patch = lower(coalesce(patch.patch, patch.key)) and len(term.cves) = 0
    union all
    select named.record_id, lower(asset), named.patch, named.cve, term.record_id
    from (select record_id, asset, coalesce(patch, key) as patch, unnest(cves) as cve from patch) as named
    join (select record_id, patch, unnest(cves) as cve from term) as term
         on term.cve = upper(named.cve) and coalesce(term.patch = lower(named.patch), true)
    union all
    select patch.record_id, lower(patch.asset), coalesce(patch.patch, patch.key), null, term.record_id
    from patch
    join (select record_id, unnest(assets) as asset from term where patch is null and len(cves) = 0) as term
         on term.asset = lower(patch.asset)
)
select distinct hit.record_id, coalesce(asset_name.id, hit.name) as asset, hit.patch, hit.cve, hit.exception, since, until
from hit
join term on term.record_id = hit.exception
left join asset_name on asset_name.name = hit.name
left join asset_service on asset_service.id = coalesce(asset_name.id, hit.name)
left join patch_asset on patch_asset.id = coalesce(asset_name.id, hit.name)
where case when len(assets) > 0 then list_contains(assets, hit.name)
           when len(term.services) > 0 then list_has_any(term.services, list_transform(
               coalesce(asset_service.services, patch_asset.services, ['Unassigned']), lambda name: lower(name)))
           else true end
