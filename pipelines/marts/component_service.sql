-- The services that the service map gives the components of incidents, for those that name no service.
select components, list_sort(list(distinct mapped_name.service)) as mapped
from (select components, unnest(components) as name from (select distinct components from incident))
join mapped_name on mapped_name.id = lower(name)
group by components
