/*
title    = "Leavers' access removed within a day"
question = "Can people who have left us still get in?"
also     = ["deprovisioning", "offboarding", "JML", "joiner, mover, leaver"]
kind     = "share"
unit     = "percent"
better   = "higher"
by       = ["business_unit"]
owners   = ["CIO", "CISO"]
reads    = ["leaver"]
unique   = true
matters  = "1 point"
says     = "{value} of the leavers had lost their last access within 24 hours of their last day ({met} of {n})."
dated_by = "the last day at work"
method   = "From the last day at work to the removal of the last access, by the same time of the next day. A date without a time means the end of that day in the organisation's zone, of both: removed on the day after the last one is in time, two days after is not."
pitfalls = "As the list says it: access that nobody listed is not in it. Still open counts as missed once the 24 hours are over. Leavers whose 24 hours are not over are left out and shown."
*/
select record_id, last_day_at as "at", coalesce(access_removed_at <= until_at, false) as met, business_unit, person,
       last_day_at, access_removed_at, until_at, as_of,
       case when until_at > as_of then 'not due yet' end as left_out
from leaver_access
