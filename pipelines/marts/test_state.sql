-- The state of each control on each resource from one run of its tests to the next. What is under an accepted exception
-- does not count while the exception holds.
with run as (
    select control_test.control, scope, coalesce(assurance, 'monitoring') as assurance, resource, test_run.ended_at as run_at,
           held.since as held_since, held.until as held_until,
           coalesce(bool_or(everywhere or list_contains(resources, lower(resource))), false) as excepted,
           any_value(title) as title, min(severity) as severity,
           list_sort(list_distinct(flatten(list(coalesce(frameworks, []))))) as frameworks,
           count(*) filter (result in ('pass', 'fail')) as tests,
           count(*) filter (result = 'pass') as passed,
           count(*) filter (result = 'manual') as manual,
           count(*) filter (result = 'not tested') as untested,
           count(*) filter (result = 'informational') as informational,
           max(as_of.at) as as_of
    from control_test
    join test_run on test_run.subject = hash(control_test.control, scope, coalesce(assurance, 'monitoring'))
         and test_run.tested_at = control_test.tested_at
    left join as_of on as_of.record = 'control_test' and as_of.instance = control_test.instance
    left join control_exception as held on held.control = lower(control_test.control)
    group by control_test.control, scope, coalesce(assurance, 'monitoring'), resource, test_run.ended_at, held.since, held.until
),
state as (
    select *, greatest(run_at, held_since) as since,
           nullif(least(
               lead(run_at) over (partition by control, scope, assurance, resource, held_since order by run_at),
               held_until
           ), 'infinity'::timestamp) as until
    from run
)
select concat_ws(' / ', control, scope, assurance, resource) as record_id,
       control, title, scope, assurance, resource, severity, frameworks, since, until,
       passed = tests as met,
       case when tests > 0 and excepted then 'accepted exception'
            when tests > 0 then null
            when manual > 0 then 'manual'
            when untested > 0 then 'not tested'
            when informational > 0 then 'informational'
            else 'not applicable' end as left_out,
       as_of
from state
where coalesce(since < until, true)
order by since
