/*
title    = "Projects with security designed in"
question = "Does security see what we build before we build it?"
kind     = "share"
unit     = "percent"
better   = "higher"
by       = ["business_unit", "owner"]
owners   = ["CISO", "CIO"]
reads    = ["project"]
unique   = true
matters  = "1 point"
says     = "{value} of the projects that began to build had their security review before ({met} of {n})."
dated_by = "when building started"
method   = "Of the projects whose building has started, those whose security review was over by then. A start without a time is that day in the organisation's zone, and a review on that day counts as before it."
pitfalls = "Says that there was a review, not what came of it. Projects that nobody listed are not in it. Cancelled projects, and those that have not begun to build, are left out and shown."
*/
with zone as (select value as name from setting where name = 'timezone'),
timed as (
    select project.*, as_of."at" as as_of,
           case when build_starts_at <> date_trunc('day', build_starts_at) then build_starts_at
                else timezone('UTC', timezone(zone.name, build_starts_at)) end as started_at,
           case when build_starts_at <> date_trunc('day', build_starts_at) then build_starts_at + interval 1 microsecond
                else timezone('UTC', timezone(zone.name, build_starts_at + interval 1 day)) end as before_at,
           case when security_reviewed_at <> date_trunc('day', security_reviewed_at) then security_reviewed_at
                else timezone('UTC', timezone(zone.name, security_reviewed_at)) end as reviewed_at
    from project
    cross join zone
    left join as_of on as_of.record = 'project' and as_of.instance = project.instance
)
select record_id, started_at as "at", coalesce(reviewed_at < before_at, false) as met, business_unit, owner, name, status,
       build_starts_at, security_reviewed_at, live_at, as_of,
       case when status = 'cancelled' then 'cancelled'
            when started_at > as_of or status = 'planned' then 'not begun yet' end as left_out
from timed
