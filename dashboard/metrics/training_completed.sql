/*
title    = "Security training completed on time"
question = "Have our people taken the training we asked of them?"
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
method   = "One per person and course each time it was asked for, completed by its due date. A date without a time means the end of that day in the organisation's zone; completed on the due date is in time. Courses of one person are taken alike, so changes are tested by person."
pitfalls = "Says that a course was taken, not that it worked. People who have left, or whom nobody assigned, are in it only as the list has them. Courses not due yet are left out and shown."
*/
with zone as (select value as name from setting where name = 'timezone'),
timed as (
    select training.*, as_of."at" as as_of,
           case when due_at <> date_trunc('day', due_at) then due_at
                else timezone('UTC', timezone(zone.name, due_at + interval 1 day)) - interval 1 microsecond end as until_at,
           case when completed_at <> date_trunc('day', completed_at) then completed_at
                else timezone('UTC', timezone(zone.name, completed_at + interval 1 day)) - interval 1 microsecond end as done_at
    from training
    cross join zone
    left join as_of on as_of.record = 'training' and as_of.instance = training.instance
)
select record_id, until_at as "at", coalesce(done_at <= until_at, false) as met,
       coalesce(person, record_id) as cluster, course, business_unit, person, assigned_at, due_at, completed_at, as_of,
       case when until_at > as_of then 'not due yet' end as left_out
from timed
