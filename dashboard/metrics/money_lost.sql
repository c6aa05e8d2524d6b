/*
title    = "Money lost to incidents"
question = "What did it cost us?"
kind     = "total"
unit     = "money"
better   = "lower"
board    = 6
by       = ["basis", "service", "business_unit", "domain", "severity"]
owners   = ["CIO", "CISO"]
reads    = ["incident"]
unique   = true
lacks    = ["no rate"]
matters  = "5 %"
says     = "Incidents cost {value}: {recorded} recorded, {modelled} modelled from downtime."
dated_by = "recorded costs by when the incident was opened, downtime by the day it fell on"
method   = "Costs recorded on incidents, plus the hours of downtime at the service's cost per hour in force on that day (days of the organisation's time zone)."
pitfalls = "Modelled costs are an estimate, no better than the rates. Downtime of services without a rate is left out and shown. An incident whose recorded cost already holds its downtime counts that part twice."
*/
select record_id, opened_at as "at", recorded_cost as amount, 'recorded' as basis, services, business_units,
       domain, severity, null as hours, null as cost_per_hour, as_of, left_out
from incident_clock
where recorded_cost is not null
union all
select record_id, "at", amount, 'modelled', services, business_units,
       domain, severity, hours, cost_per_hour, as_of, left_out
from outage_cost
