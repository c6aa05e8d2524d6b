/*
title    = "Time to acknowledge incidents"
question = "How soon does somebody take it on?"
also     = ["MTTA", "mean time to acknowledge", "response time"]
kind     = "duration"
unit     = "hours"
better   = "lower"
by       = ["severity", "domain", "service", "business_unit"]
owners   = ["CIO", "CISO"]
reads    = ["incident"]
unique   = true
matters  = "5 %"
says     = "Half of the {n:incident|incidents} were taken on within {value}, nine in ten within {p90}."
one      = "The one incident was taken on within {value}."
waits    = "{open:incident has|incidents have} not been taken on, of {n} counted."
dated_by = "when the incident was detected, else opened"
method   = "Detected (else opened) to acknowledged, of incidents of every severity, by Kaplan–Meier: one that is open and not yet acknowledged counts for as long as it is known to have waited, up to the date to which its source is complete."
pitfalls = "An incident that is over and was never acknowledged neither waits nor was taken on: left out and shown. A rule that acknowledges by itself makes this number look good and helps nobody."
*/
select record_id, "at",
       case when acknowledged_at is null and not incident_clock.finished then hours
            else (epoch(acknowledged_at) - epoch("at")) / 3600 end as hours,
       acknowledged_at is not null as finished,
       severity, domain, services, business_units, acknowledged_at, opened_at, as_of,
       coalesce(left_out, case when acknowledged_at < "at" then 'acknowledged before it was detected'
                               when acknowledged_at is not null or not incident_clock.finished then null
                               when missing = 'status unknown' then missing
                               else 'no time of acknowledgement' end) as left_out
from incident_clock
