-- One row per leaver: when the last day at work was over and the last access gone, and by when it had to be: at the same
-- time of the next day, in the organisation's zone.
with zone as (select value as name from setting where name = 'timezone')
select record_id, person, business_unit, last_day_at, access_removed_at, as_of."at" as as_of,
       timezone('UTC', timezone(zone.name, timezone(zone.name, timezone('UTC', last_day_at)) + interval 1 day)) as until_at
from leaver
cross join zone
left join as_of on as_of.record = 'leaver' and as_of.instance = leaver.instance
