/*
title    = "Incidents downgraded"
question = "Are incidents rated down after they were opened?"
also     = ["severity downgrades", "reclassified incidents"]
kind     = "share"
unit     = "percent"
better   = "lower"
by       = ["domain", "severity", "first_severity", "service", "business_unit"]
owners   = ["CIO", "CISO"]
reads    = ["incident"]
unique   = true
matters  = "1 point"
says     = "{value} of the incidents have a lower severity than they were first rated with ({met} of {n})."
dated_by = "when the incident was detected, else opened"
method   = "Of all incidents that have a severity, those whose severity now is lower than in the first version that had one, as the exports of their tool tell them: rows of a log, or lists exported one after another."
pitfalls = "Rating down what was opened too high is right; a rising share, or one that takes incidents out of the major ones, is worth a question: it makes every number of major incidents look better. What was changed between two exports and back is not seen, and an incident that was only ever exported in its last state counts as unchanged."
*/
select record_id, "at", coalesce(severity > first_severity, false) as met, severity,
       coalesce(first_severity, severity) as first_severity, domain, services, business_units, opened_at, as_of,
       coalesce(left_out, case when severity is null then 'severity unknown' end) as left_out
from incident_clock
left join first_severity using (record_id)
