/*
title    = "Patches installed on time"
question = "Are known weaknesses closed by the date we promised?"
also     = ["patch compliance", "remediation SLA", "vulnerabilities remediated within SLA"]
kind     = "share"
unit     = "percent"
better   = "higher"
board    = 4
by       = ["service", "business_unit", "severity"]
owners   = ["CIO", "CISO"]
reads    = ["patch"]
unique   = true
matters  = "1 point"
says     = "{value} of the patches that fell due were in place by their date ({met} of {n})."
dated_by = "when the patch fell due, or its exception ended"
method   = "One per asset and patch, installed when all of its weaknesses are fixed; a machine with its domain and without (web01, web01.example.com) is one asset where no other full name begins so and no tool lists both. Due on the date its source states, else on that of the known exploited weakness (never before it was first seen), else after the days agreed for its severity. A due date without a time means the end of that day. Where every weakness that a patch leaves open is under an exception of the register on its due date, the exception's end takes the place of that date. Patches of one asset are installed together, so changes are tested by asset."
pitfalls = "Late and still open counts as missed. What is not due yet and what is under an accepted exception are left out and shown; when the exception ends, the patch counts, then and not before. An exception that begins after the due date changes nothing here: the date was missed. What its tool excepts without an end is left out as such until the register of exceptions names it; then the register decides. Left out too is what the scanner rates informational and what has no known severity or state. Scanners name only the assets they see: read it beside asset coverage. Two tools that name one machine by names of which neither holds the other count it twice."
*/
select record_id, "at", coalesce(installed_at <= coalesce(excepted_until, due_at), false) as met, cluster,
       services, business_units, severity, asset, patch, first_seen_at, due_at, excepted_until, installed_at, known_exploited,
       as_of, coalesce(left_out, not_due) as left_out
from patch_obligation
