-- Records that tell of one incident, for each that has others: the group is named after the record that leads it. By the
-- setting `prefer`, then those that rate a severity, then those that others name, then the one opened first. More
-- than twenty records that hang together are no one incident: they are left apart.
with recursive edge as (
    select one, other, told_by from incident_link where followed
    union all
    select other, one, told_by from incident_link where followed
),
named as (
    select distinct one as record_id from edge
    where list_contains(told_by, other) and not list_contains(told_by, one)
),
spread(record_id, root, step) using key (record_id) as (
    select distinct one, one, 0 from edge
    union
    select edge.other, min(spread.root), any_value(spread.step) + 1
    from spread
    join edge on edge.one = spread.record_id
    join recurring.spread as known on known.record_id = edge.other
    where spread.root < known.root and spread.step < 20
    group by edge.other
),
small as (
    select root from spread group by root having count(*) <= 20
),
-- A name that has not spread all the way belongs to more records than that.
torn as (
    select here.root from edge
    join spread as here on here.record_id = edge.one
    join spread as there on there.record_id = edge.other
    where here.root <> there.root
),
ranked as (
    select incident.record_id, spread.root, row_number() over (
               partition by spread.root
               order by list_position(string_split(prefer.value, ', '), incident.source) nulls last,
                        severity is null, named.record_id is null, opened_at, incident.record_id
           ) as place
    from spread
    join incident on incident.record_id = spread.record_id
    left join named on named.record_id = spread.record_id
    left join (select value from setting where name = 'prefer') as prefer on true
    where spread.root in (select root from small) and spread.root not in (select root from torn)
)
select record_id, first_value(record_id) over (partition by root order by place) as lead, place
from ranked
order by lead, place
