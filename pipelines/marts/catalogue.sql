-- Services as the catalogue names them: one row per name, whatever its capitals; of several lists the newest counts.
select lower(name) as id,
       arg_max(name, effective_at) as service,
       coalesce(arg_max(business_unit, effective_at), 'Unassigned') as business_unit,
       coalesce(arg_max(customer_facing, effective_at), true) as customer_facing
from service
group by lower(name)
