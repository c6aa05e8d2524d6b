/*
title    = "Time to detect incidents"
question = "How long does it go on before we notice?"
also     = ["MTTD", "mean time to detect", "dwell time"]
kind     = "duration"
unit     = "hours"
better   = "lower"
by       = ["domain", "severity", "service", "business_unit"]
owners   = ["CISO", "CIO"]
reads    = ["incident"]
unique   = true
matters  = "5 %"
says     = "Half of the {n:incident|incidents} had been noticed within {value} of their beginning, nine in ten within {p90}."
one      = "The one incident had been noticed within {value} of its beginning."
waits    = "{open:incident has|incidents have} not been noticed, of {n} counted."
dated_by = "when the incident was detected, else opened"
method   = "Occurred to detected, of incidents of every severity for which both times are recorded."
pitfalls = "Dated by detection, not by beginning: of what began lately only the part that was noticed fast is known, and it would look like an improvement. What nobody has noticed is in no export. When an incident began is found out afterwards, and for few of them: those without it, or without a time of detection, are left out and shown."
*/
select record_id, "at", (epoch(detected_at) - epoch(occurred_at)) / 3600 as hours, true as finished,
       severity, domain, services, business_units, occurred_at, detected_at, opened_at, as_of,
       coalesce(left_out, case when occurred_at is null then 'no time of occurrence'
                               when detected_at is null then 'no time of detection'
                               when detected_at < occurred_at then 'detected before it occurred' end) as left_out
from incident_clock
