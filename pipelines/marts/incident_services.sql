-- Each list of services that incidents name, as the catalogue has them, and their business units.
with given as (
    select distinct services from incident_one
    union select mapped from component_service
)
select given.services as given,
       list_sort(list(distinct service_name.service)) as services,
       list_sort(list(distinct service_name.business_unit)) as business_units
from (select services, unnest(services) as name from given) as given
join service_name on service_name.id = lower(name)
group by given.services
