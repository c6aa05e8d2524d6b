-- One row per incident that several records tell of. Each fact is that of the first record in the group's order
-- that has it; a time only where it does not contradict those of the records before.
with told as (
    select incident.*, lead, place, first_value(coalesce(detected_at, opened_at)) over (
               partition by lead order by place
           ) as begins
    from incident
    join incident_group using (record_id)
),
clock as (
    select lead, arg_min(status, place) as status,
           arg_min(instance, place) filter (status is not null) as instance,
           arg_min(restored_at, place) filter (restored_at >= begins) as restored_at,
           arg_min(closed_at, place) filter (closed_at >= begins) as closed_at
    from told
    group by lead
),
fact as (
    select told.lead,
           arg_min(told.key, place) as key,
           arg_min(source, place) as source,
           arg_min(told.instance, place) as instance,
           max(effective_at) as effective_at,
           arg_min(sequence, place) as sequence,
           arg_min(load, place) as load,
           arg_min(row, place) as row,
           arg_min(title, place) as title,
           arg_min(domain, place) as domain,
           arg_min(severity, place) as severity,
           arg_min(services, place) filter (len(services) > 0) as services,
           arg_min(components, place) filter (len(components) > 0) as components,
           arg_min(opened_at, place) as opened_at,
           arg_min(occurred_at, place) filter (occurred_at <= begins or place = 1) as occurred_at,
           arg_min(detected_at, place) filter (
               place = 1 or coalesce(detected_at <= clock.restored_at, true)
           ) as detected_at,
           arg_min(acknowledged_at, place) filter (acknowledged_at >= begins or place = 1) as acknowledged_at,
           arg_min(contained_at, place) filter (contained_at >= begins or place = 1) as contained_at,
           arg_min(reported_at, place) as reported_at,
           arg_min(classified_at, place) as classified_at,
           arg_min(reportable_under, place) filter (len(reportable_under) > 0) as reportable_under,
           arg_min(impact, place) as impact,
           -- A record that has only its end still ends the outage.
           coalesce(
               arg_min({'starts': outage_started_at, 'ends': outage_ended_at}, place)
                   filter (outage_started_at is not null),
               arg_min({'starts': outage_started_at, 'ends': outage_ended_at}, place)
                   filter (outage_ended_at is not null)
           ) as outage,
           arg_min(caused_by, place) as caused_by,
           arg_min(supplier, place) as supplier,
           arg_min(problem, place) as problem,
           arg_min(change, place) as change,
           list_distinct(flatten(list(coalesce(links, [])))) as links,
           list_distinct(flatten(list(coalesce(aliases, [])))) as aliases,
           arg_min(recorded_cost, place) as recorded_cost,
           arg_min(hours_worked, place) as hours_worked,
           arg_min(clients_affected, place) as clients_affected,
           arg_min(records_affected, place) as records_affected,
           arg_min(team, place) as team
    from told
    join clock on clock.lead = told.lead
    group by told.lead
)
select fact.lead as record_id, key, source, coalesce(clock.instance, fact.instance) as instance, effective_at, sequence,
       load, row, title, domain, severity, status, services, components, opened_at, occurred_at, detected_at,
       acknowledged_at, contained_at,
       case when status in ('resolved', 'closed') then clock.restored_at end as restored_at,
       reported_at, classified_at, reportable_under,
       case when status in ('closed', 'cancelled') then clock.closed_at end as closed_at,
       impact, outage.starts as outage_started_at, outage.ends as outage_ended_at, caused_by, supplier, problem, change, links,
       aliases, recorded_cost, hours_worked, clients_affected, records_affected, team
from fact
join clock on clock.lead = fact.lead
