-- The incidents of severity 1, 2 and unknown, each as incident_clock tells of it: what boards read, kept apart from the many.
select * exclude (instance, reported_at, classified_at, reportable_under, records_affected) from incident_clock where major
