-- Names that come to no service of the catalogue, and how many records each leaves without one; no name: they name nothing.
-- The service map is where to say what they belong to.
select kind, name, count(distinct record_id) as records
from (select kind, record_id, unnest(names) as name from record_service where not known)
group by kind, name
order by records desc, kind, name
