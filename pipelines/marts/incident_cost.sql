-- What incidents cost by their own records: one row per incident with a recorded cost.
select record_id, opened_at as "at", services, business_units, domain, severity, recorded_cost as amount, as_of, left_out
from incident_clock
where recorded_cost is not null
order by "at"
