/*
title    = "Hours of downtime"
question = "How long could clients not use our services?"
also     = ["outage hours", "unplanned downtime", "unavailability"]
kind     = "span"
unit     = "hours"
better   = "lower"
board    = 1
by       = ["service", "business_unit", "severity", "domain", "cause"]
owners   = ["CIO", "CISO"]
reads    = ["incident"]
unique   = true
lacks    = ["no end recorded"]
matters  = "5 %"
says     = "Services were down for {value}, in {n:outage|outages}."
dated_by = "the hours of each outage that fall in the period"
method   = "An incident is an outage where its source says so (an impact of its own, an outage record), by severity only if the settings say so. It runs from the outage's start (else when it occurred, was detected or opened, the first of these known) to the outage's end (else the service's restore); one still open runs to the date up to which its source is complete. Overlapping outages of one service are one, and an incident that several tools tell of counts once. An outage record beside an incident counts for what it names itself, services or a component that the service map knows, else for the services of its incident. An outage of several services counts for each; one that names none counts once, as Unassigned. Its cause is the first of these that its incidents, or the records that they name as their causes, tell: a security incident, a supplier, a change, a problem, another record; Unknown where none is named."
pitfalls = "Degradations, planned maintenance and services that the catalogue calls internal are left out and shown. A service that the catalogue does not know counts. An outage that was closed without an end has no hours and is left out."
*/
select record_id, service, services, business_units, severity, domain, cause, known,
       since, until, as_of, incidents, left_out
from downtime
