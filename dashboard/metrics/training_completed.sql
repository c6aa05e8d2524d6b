/*
title    = "Security training completed on time"
question = "Have our people taken the training we asked of them?"
also     = ["security awareness training", "training completion rate"]
kind     = "share"
unit     = "percent"
better   = "higher"
by       = ["course", "business_unit"]
owners   = ["CISO"]
reads    = ["training"]
unique   = true
matters  = "1 point"
says     = "{value} of the courses that fell due were completed by their date ({met} of {n})."
dated_by = "when the course fell due"
method   = "One per person and course each time it was asked for, completed by its due date. A due date without a time means the end of that day in the organisation's zone: completed on it is in time. Courses of one person are taken alike, so changes are tested by person."
pitfalls = "Says that a course was taken, not that it worked. People who have left, or whom nobody assigned, are in it only as the list has them. Courses not due yet are left out and shown."
*/
select record_id, due_at as "at", coalesce(completed_at <= due_at, false) as met,
       coalesce(person, record_id) as cluster, course, business_unit, person, assigned_at, due_at, completed_at,
       as_of."at" as as_of,
       case when due_at > as_of."at" then 'not due yet' end as left_out
from training
left join as_of on as_of.record = 'training' and as_of.instance = training.instance
