/*
title    = "Time to patch"
question = "How long do known weaknesses stay open?"
also     = ["MTTP", "mean time to patch", "MTTR", "mean time to remediate"]
kind     = "duration"
unit     = "hours"
better   = "lower"
by       = ["severity", "service", "business_unit"]
owners   = ["CIO", "CISO"]
reads    = ["patch"]
unique   = true
matters  = "5 %"
says     = "Half of the {n:patch|patches} were in place within {value} of being needed, nine in ten within {p90}."
one      = "The one patch was in place within {value} of being needed."
waits    = "{open:patch is|patches are} not in place, of {n} counted."
dated_by = "when the weakness was first seen"
method   = "First seen to installed, one per asset and patch, by Kaplan–Meier: what is still open counts for as long as it is known to have been open, up to the date to which its source is complete."
pitfalls = "Starts when the scanner saw the weakness, not when the vendor released the patch. Follows the mix of severities: read it by severity. An accepted exception does not stop the clock: the weakness is as open as before. What its tool excepts is left out and shown, until the register of exceptions names it."
*/
select record_id, first_seen_at as "at", hours, installed_at is not null as finished,
       severity, services, business_units, asset, patch, due_at, installed_at, as_of, left_out
from patch_obligation
