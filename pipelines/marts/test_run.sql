-- When each run of a control's tests ended: those that follow each other within six hours are one run, since tools test
-- resource by resource. A resource tested again at another moment begins the next run, so that each stands in a run
-- with the tests of one moment. A control in a scope is known by its hash, which is a much smaller key.
with recursive test as (
    select distinct hash(control, scope, coalesce(assurance, 'monitoring')) as subject, tested_at,
           hash(resource) as resource
    from control_test
),
paused as (
    select subject, tested_at,
           coalesce(tested_at >= lag(tested_at) over (partition by subject order by tested_at) + interval 6 hours, true)
               as apart
    from (select distinct subject, tested_at from test)
),
spell as (
    -- What stands between two pauses is one spell of tests: one run or, where resources are tested again, several.
    select *, count(*) filter (apart) over (partition by subject order by tested_at) as spell from paused
),
again as (
    select subject, spell, tested_at, apart,
           lead(tested_at) over (partition by subject, spell, resource order by tested_at) as again_at
    from test
    join spell using (subject, tested_at)
),
moment as (
    -- repeats_at: when the first resource is tested again of those tested at this moment or later.
    select subject, tested_at, apart,
           min(min(again_at)) over (partition by subject, spell order by tested_at desc) as repeats_at
    from again
    group by subject, spell, tested_at, apart
),
start as (
    select subject, tested_at, repeats_at from moment where apart
    union all
    select moment.subject, moment.tested_at, moment.repeats_at
    from start
    join moment on moment.subject = start.subject and moment.tested_at = start.repeats_at
),
numbered as (
    select subject, tested_at,
           count(start.subject) over (partition by subject order by tested_at) as run
    from moment
    left join start using (subject, tested_at)
)
select subject, tested_at, max(tested_at) over (partition by subject, run) as ended_at
from numbered
