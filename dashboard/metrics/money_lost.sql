/*
title    = "Money lost to incidents"
question = "What did it cost us?"
also     = ["cost of incidents", "cost of downtime", "financial impact", "incident losses"]
kind     = "total"
unit     = "money"
better   = "lower"
board    = 6
by       = ["basis", "service", "business_unit", "domain", "severity", "rate"]
owners   = ["CIO", "CISO"]
reads    = ["incident", "rate", "penalty"]
unique   = true
lacks    = ["no rate", "no rate for work", "no end recorded", "ends before its start"]
matters  = "5 %"
says     = "Incidents cost {value}: {apart}."
dated_by = "recorded costs and work by when the incident was opened, penalties by the day they are owed for, downtime by the day it fell on"
method   = "Four sorts, always told apart. Recorded: costs noted on incidents. Modelled: hours of downtime at the service's cost per hour in force on that day (days of the organisation's time zone). Labour: hours of work noted on incidents at the cost of an hour of work in force when they were opened, once the list of rates has one. Penalties: what is owed to clients, as listed."
pitfalls = "Modelled costs and labour are estimates, no better than the rates; those used stand with each row and under rate. Downtime of services without a rate and outages without an end are left out and shown. An incident whose recorded cost already holds its downtime, its work or its penalties counts that part twice. Hours of work are only what people or tools noted."
*/
select record_id, "at", amount, 'recorded' as basis, services, business_units,
       domain, severity, null as hours, null as cost_per_hour, 'recorded, no rate' as rate, null as incidents, as_of, left_out
from incident_cost
union all
select record_id, "at", amount, 'modelled', services, business_units,
       domain, severity, hours, cost_per_hour, coalesce(rate, 'no rate'), incidents, as_of, left_out
from outage_cost
union all
select record_id, since, null, 'modelled', services, business_units, domain, severity, null, null, 'not known', incidents, as_of, left_out
from downtime where left_out in ('no end recorded', 'ends before its start')
union all
select record_id, "at", amount, 'labour', services, business_units,
       domain, severity, hours, cost_per_hour, coalesce(rate, 'no rate'), null, as_of, left_out
from labour_cost
union all
select record_id, charged_at, amount, 'penalties', [coalesce(service_name.service, penalty.service, 'Unassigned')],
       [coalesce(business_unit, 'Unassigned')], null, null, null, null, 'recorded, no rate', null, null, null
from penalty
left join service_name on service_name.id = lower(penalty.service)
