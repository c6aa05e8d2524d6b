-- The state of each control in a scope from one run of its tests to the next: it passes when every one of the run's
-- tests passes. What an auditor found and what monitoring sees are kept apart.
with run as (
    select control, scope, coalesce(assurance, 'monitoring') as assurance, test_run.ended_at as since,
           any_value(title) as title, min(severity) as severity,
           list_sort(list_distinct(flatten(list(coalesce(frameworks, []))))) as frameworks,
           count(*) filter (result in ('pass', 'fail')) as tests,
           count(*) filter (result = 'pass') as passed,
           count(*) filter (result = 'manual') as manual,
           count(*) filter (result = 'not tested') as untested,
           count(*) filter (result = 'informational') as informational,
           max(as_of.at) as as_of
    from control_test
    join test_run on test_run.subject = hash(control, scope, coalesce(assurance, 'monitoring'))
         and test_run.tested_at = control_test.tested_at
    left join as_of on as_of.record = 'control_test' and as_of.instance = control_test.instance
    group by control, scope, coalesce(assurance, 'monitoring'), test_run.ended_at
)
select concat_ws(' / ', control, scope, assurance) as record_id,
       control, title, scope, assurance, severity, frameworks, since,
       lead(since) over (partition by control, scope, assurance order by since) as until,
       tests, passed, passed = tests as met,
       case when tests > 0 then null
            when manual > 0 then 'manual'
            when untested > 0 then 'not tested'
            when informational > 0 then 'informational'
            else 'not applicable' end as left_out,
       as_of
from run
order by since
