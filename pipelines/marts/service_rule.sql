-- The rules of the service map, ready to be held against names: an exact name comes before every pattern, then the lowest
-- priority, then the longer rule. likeness: the pattern as `like` reads it.
select lower(name) as name,
       coalesce("match", 'exact') = 'exact' as exact,
       replace(replace(replace(replace(replace(
           lower(name), '\', '\\'), '%', '\%'), '_', '\_'), '*', '%'), '?', '_') as likeness,
       service,
       row_number() over (
           order by coalesce("match", 'exact'), priority nulls last, length(name) desc, effective_at desc, service
       ) as place
from service_map
