/*
title    = "Control tests passing"
question = "How much of what is tested passes?"
also     = ["check pass rate", "compliance score"]
kind     = "share"
unit     = "percent"
better   = "higher"
by       = ["framework", "assurance", "scope", "severity"]
owners   = ["CISO"]
reads    = ["control_test"]
unique   = true
matters  = "1 point"
says     = "{value} of the tests of a control on a resource pass ({met} of {n})."
dated_by = "the state at the period's end that the latest test gave"
method   = "One test per control, scope and resource, in its latest state; what is under an accepted exception is left out and shown while that holds. Tests of one control stand or fall together, so changes are tested by control."
pitfalls = "A control with many resources weighs more than one with few: read it beside audit controls passing."
*/
select record_id, since, until, met, control as cluster, control, title, scope, resource, assurance, severity,
       frameworks, as_of, left_out
from test_state
