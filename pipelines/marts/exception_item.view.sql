-- What each exception holds for, and from when to when that would be late or failing were there no exception: one row per
-- exception and patch, finding or state of a control. Null since: no due date; null until: still so.
select exception, 'patch' as kind, record_id, concat_ws(': ', patch_obligation.asset, patch_obligation.patch) as item,
       services, due_at + interval 1 microsecond as since, installed_at as until, as_of
from (select distinct exception, asset, patch from patch_exception)
join (select distinct asset, patch, record_id from patch_excepted) using (asset, patch)
join patch_obligation using (record_id)
where left_out is null
union all
select exception, 'finding', record_id, concat_ws(': ', key, title), services, due_at + interval 1 microsecond, closed_at, as_of
from finding_exception
join finding_obligation using (record_id)
where left_out is null
union all
select exception_term.record_id, 'control', control_state.record_id, control_state.record_id, [], control_state.since,
       control_state.until, control_state.as_of
from exception_term
join control_state on lower(control_state.control) = exception_term.control
where (len(assets) > 0 or len(services) = 0) and not met
