-- Every service that is named anywhere, one row per name, whatever its capitals: as the catalogue names it, else as
-- most incidents and answers of clients write it.
with written as (
    select unnest(services) as name, count(*) as times
    from (select services from incident union all select services from client_score)
    group by services
),
spelling as (
    select name, sum(times) as times from written group by name
)
from catalogue
union all
select lower(name), first(name order by times desc, name), 'Unassigned', true, false
from spelling
where lower(name) not in (select id from catalogue)
group by lower(name)
