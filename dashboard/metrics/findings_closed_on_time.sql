/*
title    = "Audit findings closed on time"
question = "Do we mend what auditors find by the date we agreed?"
also     = ["audit issues closed on time", "audit actions", "finding SLA"]
kind     = "share"
unit     = "percent"
better   = "higher"
by       = ["framework", "severity", "owner", "service", "business_unit"]
owners   = ["CISO"]
reads    = ["finding"]
unique   = true
matters  = "1 point"
says     = "{value} of the findings that fell due were closed by their date ({met} of {n})."
dated_by = "when the finding fell due, or its exception ended"
method   = "One per finding, by the due date agreed for it as it stands now; a date without a time means the end of that day. Where an exception of the register is in force on the due date, the exception's end takes its place. What is closed without a date is closed since the export that said so."
pitfalls = "A finding that was reopened counts as open all the time, between its closing and its reopening too: read it beside reopened findings. Late and still open counts as missed. A due date that was moved is met by the new date: read it beside due dates moved. An exception that begins after the due date changes nothing: the date was missed. Findings without a due date, not due yet, under an exception, or excepted by their tool without an end are left out and shown."
*/
select record_id, "at", coalesce(closed_at <= coalesce(excepted_until, due_at), false) as met,
       framework, severity, owner, services, business_units, key, title, control, audit, raised_at, due_at,
       excepted_until, closed_at, as_of, coalesce(left_out, not_due) as left_out
from finding_obligation
