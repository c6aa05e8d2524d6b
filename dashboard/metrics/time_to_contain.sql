/*
title    = "Time to contain security incidents"
question = "How soon can an attack spread no further?"
also     = ["MTTC", "mean time to contain"]
kind     = "duration"
unit     = "hours"
better   = "lower"
by       = ["severity", "service", "business_unit"]
owners   = ["CISO"]
reads    = ["incident"]
unique   = true
matters  = "5 %"
says     = "Half of the {n:security incident|security incidents} were contained within {value}, nine in ten within {p90}."
one      = "The one security incident was contained within {value}."
waits    = "{open:security incident is|security incidents are} not contained, of {n} counted."
dated_by = "when the incident was detected, else opened"
method   = "Detected (else opened) to contained, of security incidents of every severity, by Kaplan–Meier: one that is open and not yet contained counts for as long as it is known to have been so, up to the date to which its source is complete."
pitfalls = "Operational incidents are not counted: they are restored, not contained. A security incident that is over without a time of containment is left out and shown, and so is an incident of which nobody says whether it is one of security. Follows the mix: more small ones make it faster. Read it by severity."
*/
select record_id, "at",
       case when contained_at is null and not incident_clock.finished then hours
            else (epoch(contained_at) - epoch("at")) / 3600 end as hours,
       contained_at is not null as finished,
       severity, domain, services, business_units, contained_at, opened_at, as_of,
       coalesce(left_out, case when domain is null then 'domain unknown'
                               when contained_at < "at" then 'contained before it was detected'
                               when contained_at is not null or not incident_clock.finished then null
                               when missing = 'status unknown' then missing
                               else 'no time of containment' end) as left_out
from incident_clock
where domain = 'security' or domain is null
