/*
title    = "Incidents caused by changes"
question = "How often do we break it ourselves?"
also     = ["change-related incidents"]
kind     = "count"
unit     = "incidents"
better   = "lower"
by       = ["severity", "domain", "service", "business_unit"]
owners   = ["CIO"]
reads    = ["incident", "change"]
unique   = true
lacks    = ["no cause named", "names itself", "its cause is not loaded"]
matters  = "5 %"
says     = "{value:incident was|incidents were} caused by a change."
dated_by = "when the incident was detected, else opened"
method   = "Incidents of every severity whose chain of causes holds a change: what they name as their cause, or what that names as its own, up to eight steps. The change that mends an incident is none of its causes. A number that ServiceNow gives to changes (CHG…) tells one also where the changes are not loaded."
pitfalls = "A least number: an incident that names no cause may have one. Those, and those whose cause is in no export that is loaded, are left out and shown; where they are many, a change of how well causes are recorded moves this number more than changes do."
*/
select record_id, "at", severity, domain, services, business_units, causes, incidents, opened_at, as_of,
       coalesce(left_out, case when causes is null and known is not null then 'names itself'
                               when causes is null then 'no cause named'
                               when not by_change then 'its cause is not loaded' end) as left_out
from incident_clock
left join cause_chain using (record_id)
where causes is null or by_change or not known
