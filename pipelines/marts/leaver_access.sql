-- One row per leaver: when the last day at work was over and the last access gone, and by when it had to be. A date
-- without a time means the end of that day in the organisation's zone.
with zone as (select value as name from setting where name = 'timezone')
select record_id, person, business_unit, last_day_at, access_removed_at, as_of."at" as as_of,
       case when last_day_at <> date_trunc('day', last_day_at) then last_day_at
            else timezone('UTC', timezone(zone.name, last_day_at + interval 1 day)) - interval 1 microsecond end as left_at,
       case when access_removed_at <> date_trunc('day', access_removed_at) then access_removed_at
            else timezone('UTC', timezone(zone.name, access_removed_at + interval 1 day)) - interval 1 microsecond end
           as removed_at,
       case when last_day_at <> date_trunc('day', last_day_at) then last_day_at + interval 1 day
            else timezone('UTC', timezone(zone.name, last_day_at + interval 2 day)) - interval 1 microsecond end as until_at
from leaver
cross join zone
left join as_of on as_of.record = 'leaver' and as_of.instance = leaver.instance
