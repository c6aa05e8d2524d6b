/*
title    = "Major incidents"
question = "How often does it go badly wrong, in security and in operations?"
also     = ["P1 and P2 incidents", "sev 1 and sev 2", "critical incidents"]
kind     = "count"
unit     = "incidents"
better   = "lower"
by       = ["domain", "service", "business_unit", "severity"]
owners   = ["CIO", "CISO"]
reads    = ["incident"]
unique   = true
lacks    = ["severity unknown"]
matters  = "5 %"
says     = "{value:incident was|incidents were} of severity 1 or 2."
dated_by = "when the incident was detected, else opened"
method   = "Security and operational incidents of severity 1 and 2, in one ledger. One that several tools tell of, by the references they carry, counts once."
pitfalls = "Counts what was rated severe: a change of how incidents are rated changes the number. Cancelled incidents, planned maintenance and incidents without a severity are left out and shown."
*/
select record_id, "at", severity, domain, services, business_units, opened_at, as_of,
       coalesce(left_out, case when severity is null then 'severity unknown' end) as left_out
from major_incident
