-- Every incident once: those that one record tells of as they are, and those of several as they are merged.
select * from incident anti join incident_group using (record_id)
union all by name
select * from incident_merged
