/*
title    = "Incidents reported in time"
question = "Do we tell those whom we must tell within the time that the law gives?"
also     = ["notification deadlines", "breach notification", "regulatory reporting"]
kind     = "share"
unit     = "percent"
better   = "higher"
by       = ["regime", "domain", "severity", "service", "business_unit"]
owners   = ["CISO"]
reads    = ["incident", "calendar"]
matters  = "1 point"
says     = "{value} of the incidents that had to be reported were, within every deadline that held for them ({met} of {n})."
dated_by = "when the incident was detected, else opened"
method   = "An incident is in time when its first report lies within the deadline of each regime of the settings that it falls under: hours from detection (else opening), weekends included; DORA: 4 hours after it was classified as major and 24 hours after detection (4 hours after it was classified, where that came later); SEC: the end of the fourth business day after it was found material, in your time zone. It falls under the regimes that its record states; where it states none, but was reported or found reportable, under all of the settings (SEC: incidents of security); where it is only known to have exposed records, under GDPR. One not reported whose deadline lies ahead is still running and left out; once the deadline has passed it is missed."
pitfalls = "No duty is made up: severe security incidents of which no duty is stated are left out and shown, and so is everything while the settings name no regime. Detection stands for becoming aware, which in law may be later: what is in time here is in time, what is late deserves a look. Business days leave out weekends, and holidays only where a calendar named SEC is loaded: without it a deadline that spans one lies a day too early here. One time of report is known for an incident, the first: whether later reports followed (NIS2 after its early warning, DORA's intermediate and final ones) is not measured, nor to whom it went. A date without a time counts as its midnight. Where no record of a source tells of a report, an empty time says nothing and is left out."
*/
select record_id, "at", coalesce(reported_at <= due_at, false) as met, regime, reported_at, due_at, classified_at,
       severity, domain, services, business_units, opened_at, as_of,
       coalesce(left_out, case when due_at is null then 'not yet classified'
                               when reported_at is not null then null
                               when as_of <= due_at then 'still running'
                               when not heard then 'its source tells of no report' end) as left_out
from report_clock
