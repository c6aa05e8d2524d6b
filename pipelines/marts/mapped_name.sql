-- The service that the service map gives each name which incidents, changes, problems, findings or clients write.
with written as (
    select unnest(names) as name
    from (
        select services as names from incident union
        select components from incident union
        select services from client_score union
        select services from change union
        select components from change union
        select services from problem union
        select components from problem union
        select services from finding union
        select components from finding
    )
    where exists (from service_rule)
),
name as (
    select distinct lower(name) as id from written
),
mapped as (
    select id, coalesce(
               (select arg_min(service, place) from service_rule where exact and service_rule.name = id),
               (select arg_min(service, place) from service_rule where not exact and id like likeness escape '\')
           ) as service
    from name
)
from mapped where service is not null
