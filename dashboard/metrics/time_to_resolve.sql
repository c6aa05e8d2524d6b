/*
title    = "Time to resolve incidents"
question = "How soon is any incident resolved, large or small?"
also     = ["MTTR", "mean time to resolve", "resolution time"]
kind     = "duration"
unit     = "hours"
better   = "lower"
by       = ["service", "business_unit", "severity", "domain"]
owners   = ["CIO"]
reads    = ["incident"]
unique   = true
matters  = "5 %"
says     = "Half of the {n:incident|incidents} were resolved within {value}, nine in ten within {p90}."
one      = "The one incident was resolved within {value}."
waits    = "{open:incident is|incidents are} not resolved, of {n} counted."
dated_by = "when the incident was detected, else opened"
method   = "As time to restore service, over incidents of every severity."
pitfalls = "Follows the mix of severities: more small incidents make it faster without anything having improved. Read it by severity. Incidents closed without a resolved time are left out and shown."
*/
select record_id, "at", hours, finished, severity, domain, services, business_units, opened_at, as_of,
       coalesce(left_out, missing) as left_out
from incident_clock
