-- The state of each control in a scope from one test to the next: it passes when every one of the tests made at that
-- moment passes. What an auditor found and what monitoring sees are kept apart.
with moment as (
    select control, scope, coalesce(assurance, 'monitoring') as assurance, tested_at,
           any_value(title) as title, min(severity) as severity,
           list_sort(list_distinct(flatten(list(coalesce(frameworks, []))))) as frameworks,
           count(*) filter (result in ('pass', 'fail')) as tests,
           count(*) filter (result = 'pass') as passed,
           count(*) filter (result = 'manual') as manual,
           count(*) filter (result = 'informational') as informational,
           max(as_of.at) as as_of
    from control_test
    left join as_of on as_of.record = 'control_test' and as_of.source = control_test.source
    group by control, scope, coalesce(assurance, 'monitoring'), tested_at
)
select concat_ws(' / ', control, scope, assurance) as record_id,
       control, title, scope, assurance, severity, frameworks,
       tested_at as since,
       lead(tested_at) over (partition by control, scope, assurance order by tested_at) as until,
       tests, passed, passed = tests as met,
       case when tests > 0 then null
            when manual > 0 then 'manual'
            when informational > 0 then 'informational'
            else 'not applicable' end as left_out,
       as_of
from moment
order by since
