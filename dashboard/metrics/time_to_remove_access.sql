/*
title    = "Time to remove leavers' access"
question = "How long can people who have left us still get in?"
also     = ["mean time to deprovision", "offboarding time"]
kind     = "duration"
unit     = "hours"
better   = "lower"
by       = ["business_unit"]
owners   = ["CIO", "CISO"]
reads    = ["leaver"]
unique   = true
matters  = "5 %"
says     = "Half of the {n:leaver|leavers} had lost their last access within {value} of their last day, nine in ten within {p90}."
one      = "The one leaver had lost the last access within {value} of the last day."
waits    = "{open:leaver still has|leavers still have} access, of {n} counted."
dated_by = "the last day at work"
method   = "From the last day at work to the removal of the last access, by Kaplan–Meier: access still open counts for as long as it is known to have been open. A date without a time means the end of that day in the organisation's zone; access removed before the last day ended took no time."
pitfalls = "As the list says it: access that nobody listed is not in it. Where the list has dates without times, it is true to the day only. Leavers whose last day is not over are left out and shown."
*/
select record_id, last_day_at as "at",
       greatest(epoch(coalesce(access_removed_at, as_of)) - epoch(last_day_at), 0) / 3600 as hours,
       access_removed_at is not null as finished, business_unit, person, last_day_at, access_removed_at, as_of,
       case when last_day_at > as_of then 'not left yet' end as left_out
from leaver_access
