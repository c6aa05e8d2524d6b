/*
title    = "Audit controls passing"
question = "Will we pass the audit?"
also     = ["compliance rate", "control effectiveness"]
kind     = "share"
unit     = "percent"
better   = "higher"
board    = 3
by       = ["framework", "assurance", "scope", "severity", "family"]
owners   = ["CISO"]
reads    = ["control_test"]
unique   = true
matters  = "1 point"
says     = "{value} of the controls tested pass everywhere ({met} of {n})."
dated_by = "the state at the period's end that the latest tests gave"
method   = "A control passes in a scope (an account, an audit) when every test of its newest run passes. Tests that follow each other within six hours are one run, until a resource is tested again. While an exception of the register holds for a control, or for some of its resources, that does not count; past its end it does. Its family is how its name begins: AC of AC-2, CC6 of CC6.1, A.8 of A.8.24, iam of iam_root_mfa."
pitfalls = "A control that fails on one of twenty machines fails. Controls whose latest tests are manual, informational, not applicable or came to no result, and those under an accepted exception, are left out and shown. An exception has to name the control as its tests do, and resources by their own names. A test stands until the next one, however old it is. Audits and continuous monitoring are kept apart."
*/
select record_id, since, until, met, control, title, scope, assurance, severity, frameworks, tests, passed,
       regexp_extract(control, '^([A-Za-z]\.\d+|[^\s._:/()-]+|.)', 1) as family, as_of, left_out
from control_state
