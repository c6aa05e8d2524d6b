-- Which exceptions hold for which findings: those that name the finding, else its control. What an exception of a control
-- says of services narrows it; one of single assets is about tests, not findings.
select finding.record_id, term.record_id as exception, term.since, term.until
from finding
join exception_term as term on term.finding = lower(finding.key)
union
select finding.record_id, term.record_id, term.since, term.until
from finding
join exception_term as term on term.finding is null and term.control = lower(finding.control)
where len(term.assets) = 0
  and (len(term.services) = 0
       or list_has_any(term.services, list_transform(coalesce(finding.services, []), lambda name: lower(name))))
