/*
title    = "Security incidents that began as outages or changes"
question = "How often does an outage, or a change of our own, open the door?"
kind     = "count"
unit     = "incidents"
better   = "lower"
by       = ["began_as", "severity", "service", "business_unit"]
owners   = ["CISO", "CIO"]
reads    = ["incident", "change"]
unique   = true
lacks    = ["no cause named", "names itself", "its cause is not loaded"]
matters  = "5 %"
says     = "{value:security incident|security incidents} began as an outage or by a change."
dated_by = "when the incident was detected, else opened"
method   = "Security incidents whose chain of causes holds an outage or a change: what they name as their cause, or what that names as its own, up to eight steps. Where it holds both, it began as an outage."
pitfalls = "A least number: security incidents that name no cause, or one that is in no export that is loaded, are left out and shown. A chain says what somebody wrote down, not what was proved."
*/
select record_id, "at", case when by_outage then 'outage' when by_change then 'change' end as began_as,
       severity, domain, services, business_units, causes, incidents, opened_at, as_of,
       coalesce(left_out, case when causes is null and known is not null then 'names itself'
                               when causes is null then 'no cause named'
                               when not by_outage and not by_change then 'its cause is not loaded' end) as left_out
from incident_clock
left join cause_chain using (record_id)
where domain = 'security' and (causes is null or by_outage or by_change or not known)
