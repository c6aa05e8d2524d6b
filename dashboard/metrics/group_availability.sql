/*
title    = "Availability of service groups"
question = "Could what clients do with several of our services be done?"
also     = ["composite availability", "end-to-end availability", "uptime"]
kind     = "rate"
unit     = "percent"
of       = "hours"
better   = "higher"
by       = ["service_group"]
owners   = ["CIO"]
reads    = ["incident", "service_group", "service", "calendar"]
items    = "service_group"
unique   = true
lacks    = ["not in the list of services"]
matters  = "0.05 points"
says     = "Groups of services were up in {value} of their agreed hours: down for {rest} of {of}."
dated_by = "the day, in the organisation's time zone, on which the hours fell"
method   = "As availability, for groups of services by the rule of each. Any down: the group is down while any of its services is. All down: while all of them are. Both over the hours agreed for at least one of them, and of its services only those count that are agreed up at that moment. Weighted: the hours of each service, by its share of the weights."
pitfalls = "Read each group by itself: services may stand in several, so that all groups together count an outage more than once. A service that the catalogue does not list is left out of its group, and shown; one that it calls internal counts."
*/
select record_id, "at", service_group, rule, amount, "of", hours_down, incidents, as_of, left_out
from group_day
