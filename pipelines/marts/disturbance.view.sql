-- Outages, maintenance and degradations of the services that the catalogue knows, cut where the organisation's days begin.
select service, on_day, greatest(downtime.since, day.since) as since, least(stopped_at, day.until) as until,
       case when left_out in ('planned maintenance', 'degradation') then left_out else 'outage' end as what, incidents
from downtime
join agreed_time as day on day.calendar = '' and downtime.since < day.until and stopped_at > day.since
where known and stopped_at > downtime.since
  and (left_out is null or left_out in ('planned maintenance', 'degradation', 'internal service'))
