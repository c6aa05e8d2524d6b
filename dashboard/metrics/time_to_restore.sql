/*
title    = "Time to restore service"
question = "When it goes wrong, how soon is the service back?"
also     = ["MTTR", "mean time to restore", "mean time to recover", "recovery time"]
kind     = "duration"
unit     = "hours"
better   = "lower"
board    = 2
by       = ["service", "business_unit", "severity", "domain"]
owners   = ["CIO", "CISO"]
reads    = ["incident"]
unique   = true
matters  = "5 %"
says     = "Half of the {n:major incident|major incidents} were restored within {value}, nine in ten within {p90}."
one      = "The one major incident was restored within {value}."
waits    = "{open:major incident is|major incidents are} not restored, of {n} counted."
dated_by = "when the incident was detected, else opened"
method   = "Detected (else opened) to restored, of incidents of severity 1 and 2, by Kaplan–Meier: an incident still open counts for as long as it is known to have been open, up to the date to which its source is complete."
pitfalls = "A median, since one long incident would carry a mean. An incident closed without a restore time is neither restored nor open: left out and shown. Closing a ticket is not restoring a service: where an export has only a resolved time, that is what is measured."
*/
select record_id, "at", hours, finished, severity, domain, services, business_units, opened_at, as_of,
       coalesce(left_out, case when severity is null then 'severity unknown' end, missing) as left_out
from major_incident
