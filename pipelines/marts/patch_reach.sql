-- Up to when each set of sources that tell of a patch is complete: the last of them decides.
with told as (
    select reach, unnest(from_json(reach, '["VARCHAR"]')) as instance from (select distinct reach from patch_due)
)
select reach, max(as_of."at") as as_of
from told
left join as_of on as_of.record = 'patch' and as_of.instance = told.instance
group by reach
