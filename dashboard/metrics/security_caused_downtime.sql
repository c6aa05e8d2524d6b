/*
title    = "Downtime caused by security incidents"
question = "How much of our downtime do attackers and leaks cause?"
also     = ["downtime caused by attacks", "cyber-caused outages"]
kind     = "rate"
unit     = "percent"
of       = "hours"
better   = "lower"
by       = ["service", "business_unit", "severity"]
owners   = ["CISO", "CIO"]
reads    = ["incident"]
matters  = "1 point"
says     = "{value} of the hours of downtime ({of} in {n:outage|outages}) were caused by security incidents."
dated_by = "the day, in the organisation's time zone, on which the hours fell"
method   = "Hours of downtime of outages that are security incidents themselves, or whose chain of causes holds one, of all hours of downtime; both as hours of downtime counts them. A chain follows what an incident names as its cause (an incident, a change, a problem) to what that names as its own, up to eight steps."
pitfalls = "Only as good as causes are recorded: an outage that names none counts as not caused by security. Hours of downtime by cause shows how much that is. Where outages of one service overlap, one of them caused by a security incident makes all of their merged hours so. A quiet month for operations makes the share rise though security was no worse."
*/
select record_id, "at", case when cause = 'security incident' then hours else 0 end as amount, hours as "of",
       cause, service, services, business_units, domain, severity, incidents, as_of, null as left_out
from outage_cost
