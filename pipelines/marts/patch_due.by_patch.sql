-- The rows of patches of which patch_due may say other than it did: all of the assets and patches of what is touched, as it was
-- and as it is, and of what came under an exception or out of it; and all of the assets that now go by another name or
-- belong to another service.
with alias as (
    -- An asset that is named with its domain and without, now or before.
    select name, id from asset_name
    union
    select name, id from was.asset_name
),
excepted as (
    select unnest(records) as record_id from (
        (from patch_excepted except from was.patch_excepted)
        union all
        (from was.patch_excepted except from patch_excepted))
),
changed as (
    select lower(asset) as name, coalesce(patch, key) as patch from patch_version semi join touched using (record_id)
    union
    select lower(asset), coalesce(patch, key) from patch semi join excepted using (record_id)
),
changed_id as (
    select patch, name as id from changed
    union
    select patch, id from changed join alias using (name)
),
changed_name as (
    select patch, id as name from changed_id
    union
    select patch, name from changed_id join alias using (id)
),
renamed as (
    (from asset_name except from was.asset_name) union all (from was.asset_name except from asset_name)
),
moved_id as (
    select unnest([name, id]) as id from renamed
    union
    select id from ((from asset_service except from was.asset_service) union all (from was.asset_service except from asset_service))
    union
    select id from ((from patch_asset except from was.patch_asset) union all (from was.patch_asset except from patch_asset))
),
moved_name as (
    select id as name from moved_id
    union
    select name from moved_id join alias using (id)
)
select rowid as place, record_id from patch
semi join changed_name on changed_name.name = lower(asset) and changed_name.patch = coalesce(patch.patch, key)
union
select rowid, record_id from patch
where lower(asset) in (from moved_name)
