/*
title    = "Audit controls passing"
question = "Will we pass the audit?"
also     = ["compliance rate", "control effectiveness"]
kind     = "share"
unit     = "percent"
better   = "higher"
board    = 3
by       = ["framework", "assurance", "scope", "severity"]
owners   = ["CISO"]
reads    = ["control_test"]
unique   = true
matters  = "1 point"
says     = "{value} of the controls tested pass everywhere ({met} of {n})."
dated_by = "the state at the period's end that the latest tests gave"
method   = "A control passes in a scope (an account, an audit) when every test of its newest run passes. Tests that follow each other within six hours are one run, until a resource is tested again. While an exception of the register holds for a control, or for some of its resources, that does not count; past its end it does."
pitfalls = "A control that fails on one of twenty machines fails. Controls whose latest tests are manual, informational, not applicable or came to no result, and those under an accepted exception, are left out and shown. An exception has to name the control as its tests do, and resources by their own names. A test stands until the next one, however old it is. Audits and continuous monitoring are kept apart."
*/
select record_id, since, until, met, control, title, scope, assurance, severity, frameworks, tests, passed,
       as_of, left_out
from control_state
