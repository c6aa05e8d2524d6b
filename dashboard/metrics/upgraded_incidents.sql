/*
title    = "Incidents upgraded"
question = "How many incidents turn out worse than they were first rated?"
also     = ["severity escalations", "escalated incidents"]
kind     = "share"
unit     = "percent"
better   = "lower"
by       = ["domain", "severity", "first_severity", "service", "business_unit"]
owners   = ["CIO", "CISO"]
reads    = ["incident"]
unique   = true
matters  = "1 point"
says     = "{value} of the incidents have a higher severity than they were first rated with ({met} of {n})."
dated_by = "when the incident was detected, else opened"
method   = "Of all incidents that have a severity, those whose severity now is higher than in the first version that had one, as the exports of their tool tell them: rows of a log, or lists exported one after another."
pitfalls = "Rating up what turned out worse is right; a high share says that incidents are rated too low when they are opened, and answered too slowly. What was changed between two exports and back is not seen, and an incident that was only ever exported in its last state counts as unchanged."
*/
select record_id, "at", coalesce(severity < first_severity, false) as met, severity,
       coalesce(first_severity, severity) as first_severity, domain, services, business_units, opened_at, as_of,
       coalesce(left_out, case when severity is null then 'severity unknown' end) as left_out
from incident_clock
left join first_severity using (record_id)
