/*
title    = "Time to report incidents"
question = "How soon do we tell those whom we must tell?"
also     = ["notification time", "breach notification"]
kind     = "duration"
unit     = "hours"
better   = "lower"
by       = ["regime", "domain", "severity", "service", "business_unit"]
owners   = ["CISO"]
reads    = ["incident"]
unique   = true
matters  = "5 %"
says     = "Half of the {n:incident|incidents} to be reported were reported within {value}, nine in ten within {p90}."
one      = "The one incident to be reported was reported within {value}."
waits    = "{open:incident is|incidents are} still to be reported, of {n} counted."
dated_by = "when the incident was detected, else opened"
method   = "Detected (else opened) to the first report, of incidents that were reported, and of those that fall under a regime of the settings and were not: they count for as long as they are known to have gone unreported, closed or not, since closing an incident reports it to nobody. Which regimes an incident falls under stands at Incidents reported in time."
pitfalls = "The laws' clocks start when the organisation becomes aware, or has classified the incident; this one starts at detection and is never shorter. A report before detection is a wrong date: left out and shown. Where no record of a source tells of a report, an empty time says nothing and is left out."
*/
select record_id, any_value("at") as "at",
       (epoch(coalesce(any_value(reported_at), greatest(any_value(as_of), any_value("at")))) - epoch(any_value("at"))) / 3600 as hours,
       any_value(reported_at) is not null as finished,
       coalesce(list(regime order by regime) filter (regime is not null), ['Unassigned']) as regimes,
       any_value(severity) as severity, any_value(domain) as domain, any_value(services) as services,
       any_value(business_units) as business_units, any_value(reported_at) as reported_at,
       any_value(opened_at) as opened_at, any_value(as_of) as as_of,
       case when any_value(reported_at) is not null then nullif(any_value(left_out), 'under no regime of the settings')
            when any_value(left_out) is null and not any_value(heard) then 'its source tells of no report'
            else any_value(left_out) end as left_out
from report_clock
group by record_id
