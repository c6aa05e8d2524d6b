-- Which records of incidents tell of the same one: pairs, with what says so. A reference names a record of another
-- tool by its key or alias, alone, at the end of an address, or after the record's instance or source ("jira_issue:OPS-12").
-- A name without a digit, or of digits alone, tells no tool and needs that; one that fits records of two instances is
-- not followed. What a person says of a pair comes first.
with told as (
    select record_id, instance, unnest(links) as told from incident where links is not null
),
reference as (
    select distinct record_id, instance, told, unnest([
               told,
               regexp_extract(split_part(split_part(told, '?', 1), '#', 1), '://.*?([^/]+)/*$', 1),
               regexp_extract(told, 'sys_id(?:=|%3[Dd])([0-9a-f]{32})', 1)
           ]) as name
    from told
),
distinctive as (
    select record_id, instance, told, lower(name) as name from reference
    where length(name) >= 4 and regexp_matches(name, '[0-9]') and not regexp_full_match(name, '[0-9]+')
),
also as (
    select record_id, instance, lower(unnest(aliases)) as name from incident where aliases is not null
),
found as (
    select distinctive.*, incident.record_id as other, incident.instance as elsewhere
    from distinctive join incident on lower(incident.key) = distinctive.name
    union
    select distinctive.*, also.record_id, also.instance
    from distinctive join also on also.name = distinctive.name
    union
    select reference.record_id, reference.instance, told, lower(name), incident.record_id, incident.instance
    from reference join incident on lower(incident.record_id) = lower(name)
    where contains(name, ':')
    union
    select reference.record_id, reference.instance, told, lower(name), incident.record_id, incident.instance
    from reference join incident on lower(incident.source || ':' || incident.key) = lower(name)
    where contains(name, ':')
),
exported as (
    select least(record_id, other) as one, greatest(record_id, other) as other,
           list_sort(list(distinct record_id)) as told_by,
           min(record_id || ' names ' || told) as reason, bool_and(places > 1) as ambiguous
    from (select *, count(distinct elsewhere) over (partition by record_id, told) as places
          from found where elsewhere <> instance)
    group by 1, 2
),
by_hand as (
    select least(link.one, link.other) as one, greatest(link.one, link.other) as other,
           arg_max(same, (effective_at, record_id)) as same, coalesce(arg_max(link.reason, (effective_at, record_id)), 'by hand') as reason
    from link
    where link.one <> link.other
      and link.one in (select record_id from incident) and link.other in (select record_id from incident)
    group by 1, 2
)
select one, other,
       case when same then 'linked by hand' when not same then 'cut by hand'
            when ambiguous then 'two tools have what it names' else 'named' end as what,
       coalesce(by_hand.reason, exported.reason) as reason, told_by,
       coalesce(same, not ambiguous) as followed
from exported
full join by_hand using (one, other)
order by one, other
