/*
title    = "Availability"
question = "Were our services up when we had promised they would be?"
also     = ["uptime", "SLA attainment", "service level"]
kind     = "rate"
unit     = "percent"
of       = "hours"
better   = "higher"
by       = ["service", "business_unit", "calendar"]
owners   = ["CIO"]
reads    = ["incident", "service", "calendar"]
items    = "services"
unique   = true
lacks    = ["agreed hours not known", "not in the list of services", "names no service"]
matters  = "0.05 points"
says     = "Services were up in {value} of their agreed hours: down for {rest} of {of}."
dated_by = "the day, in the organisation's time zone, on which the hours fell"
method   = "Agreed hours without an outage, of all agreed hours, by service and day, over every service of the catalogue that clients use: one without any incident counts in full. Agreed hours are those of the service's calendar, by the clock of its time zone, without its holidays and without planned maintenance; a service without a calendar is agreed round the clock. Outages are those of hours of downtime, merged by service. Days count from that of the first incident on, the last one up to where every source is complete."
pitfalls = "An outage outside agreed hours or during planned maintenance takes nothing off: hours of downtime hold it all the same. Degradations count as up, and are shown. A service that the catalogue does not list has no agreed hours; its outages are left out and shown. Every hour of every service weighs the same. n counts days of services."
*/
select record_id, "at", services, business_units, calendar, amount, "of", hours_down, incidents, as_of, left_out
from service_day
