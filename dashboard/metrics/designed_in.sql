/*
title    = "Projects with security designed in"
question = "Does security see what we build before we build it?"
also     = ["security by design", "secure by design", "shift left"]
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
method   = "Of the projects whose building has started, those whose security review was over by then. A start without a time takes in that day in the organisation's zone: a review on it counts as before it."
pitfalls = "Says that there was a review, not what came of it. Projects that nobody listed are not in it. Cancelled projects, and those that have not begun to build, are left out and shown."
*/
with zone as (select value as name from setting where name = 'timezone'),
timed as (
    select project.*, as_of."at" as as_of,
           timezone(zone.name, timezone('UTC', build_starts_at))::date > timezone(zone.name, timezone('UTC', as_of."at"))::date as to_come
    from project
    cross join zone
    left join as_of on as_of.record = 'project' and as_of.instance = project.instance
)
select record_id, build_starts_at as "at", coalesce(security_reviewed_at <= build_starts_at, false) as met, business_unit, owner, name, status,
       build_starts_at, security_reviewed_at, live_at, as_of,
       case when status = 'cancelled' then 'cancelled'
            when to_come or status = 'planned' then 'not begun yet' end as left_out
from timed
