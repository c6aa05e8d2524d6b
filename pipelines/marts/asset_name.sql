-- Machines that are named with and without their domain: the short name and the full one by which both count. Only where
-- one full name alone, of all that are known, begins with the short one, and no tool lists both: there they are two machines.
with known as (
    select distinct lower(name) as name, instance from asset
    union
    select lower(asset), instance from (select distinct asset, instance from patch)
),
whole as (
    select distinct name, split_part(name, '.', 1) as short
    from known
    where regexp_matches(name, '^[a-z0-9][a-z0-9_-]*(\.[a-z0-9][a-z0-9-]*)+$') and regexp_matches(name, '\.[a-z][a-z0-9-]*[a-z]$')
),
alone as (
    select short, min(name) as id from whole
    where regexp_matches(short, '[a-z]') and short <> 'localhost'
    group by short
    having count(*) = 1
)
select short as name, id
from alone
join known on known.name = alone.short
left join known as listed on listed.name = alone.id and listed.instance = known.instance
group by short, id
having count(listed.name) = 0
