-- What caused an incident, and what caused that: one row per incident that names a cause; causes is null where it names
-- only itself. `caused_by` names incidents,
-- changes or problems, `problem` a problem; the change that mends an incident is none of its causes. A reference names
-- a record by its key or alias, alone, at the end of an address, or after its instance or source ("jira_issue:OPS-12").
-- Its own tool's incident comes first; a name without a digit, or of digits alone, tells no incident of another tool;
-- one that fits several records is not followed, nor one that names the incident itself. Chains end at eight steps, so that one in a circle ends too.
with recursive reference as (
    select coalesce(lead, record_id) as record_id, instance, 'any' as what, trim(unnest(string_split_regex(caused_by, '[,;|\n]'))) as told
    from incident left join incident_group using (record_id)
    where caused_by is not null
    union all
    select coalesce(lead, record_id), instance, 'problem', problem
    from incident left join incident_group using (record_id)
    where problem is not null
),
spelt as (
    select distinct record_id, instance, what, told, unnest([
               {'name': told, 'prefix': null},
               {'name': regexp_extract(split_part(split_part(told, '?', 1), '#', 1), '://.*?([^/]+)/*$', 1), 'prefix': null},
               {'name': regexp_extract(told, 'sys_id(?:=|%3[Dd])([0-9a-f]{32})', 1), 'prefix': null},
               {'name': regexp_extract(told, '^([^:/]+):(.+)$', 2), 'prefix': regexp_extract(told, '^([^:/]+):(.+)$', 1)}
           ], recursive := true)
    from reference
),
named as (
    select record_id, instance, what, told, lower(name) as name, lower(prefix) as prefix,
           length(name) >= 4 and regexp_matches(name, '[0-9]') and not regexp_full_match(name, '[0-9]+') as distinctive
    from spelt
    where name <> ''
),
also as (
    select record_id, source, instance, lower(unnest(aliases)) as name from incident where aliases is not null
),
found as (
    select named.*, 'incident' as kind, incident.record_id as cause, incident.source, incident.instance as elsewhere
    from named join incident on lower(incident.key) = name where what = 'any'
    union
    select named.*, 'incident', also.record_id, also.source, also.instance from named join also using (name) where what = 'any'
    union
    select named.*, 'change', change.record_id, change.source, change.instance
    from named join change on lower(change.key) = name where what = 'any'
    union
    select named.*, 'problem', problem.record_id, problem.source, problem.instance
    from named join problem on lower(problem.key) = name
),
likely as (
    select found.* replace (coalesce(incident_group.lead, cause) as cause),
           prefix is not null or (kind = 'incident' and elsewhere = instance) as near
    from found left join incident_group on incident_group.record_id = cause
    where coalesce(prefix in (lower(elsewhere), lower(source)), true)
      and (prefix is not null or kind <> 'incident' or elsewhere = instance or distinctive)
),
chosen as (
    select record_id, what, told, any_value(kind) as kind, any_value(cause) as cause
    from (from likely qualify near = bool_or(near) over (partition by record_id, what, told))
    group by all
    having count(distinct cause) = 1
),
edge as (
    select distinct record_id, told, cause, coalesce(cause = record_id, false) as itself,
           -- What is not loaded is known by the number that ServiceNow gives it, or by the column it stands in.
           coalesce(kind, case when what = 'problem' or told ilike 'PRB0%' then 'problem'
                               when told ilike 'CHG0%' then 'change' end) as kind
    from reference left join chosen using (record_id, what, told)
    where told <> ''
),
-- Records by their hash, since a long chain has many steps.
link as (
    select distinct hash(record_id) as effect, hash(cause) as cause from edge where kind = 'incident' and cause is not null and not itself
),
chain as (
    select effect, cause, 1 as step from link
    union
    select chain.effect, link.cause, step + 1
    from chain join link on link.effect = chain.cause
    where step < 8
),
naming as (
    select record_id, hash(record_id) as id, list(coalesce(cause, told) order by told) filter (not itself) as causes,
           coalesce(list(cause order by cause) filter (kind = 'incident' and not itself), []) as incidents,
           bool_or(coalesce(kind = 'change', false)) as change, bool_or(coalesce(kind = 'problem', false)) as problem,
           bool_or(kind is not null and not itself) as known
    from edge
    group by record_id
),
being as (
    select hash(record_id) as id, domain = 'security' as security, supplier is not null as supplier,
           coalesce(impact = 'outage', severity <= (select value::integer from setting where name = 'outage_severity')) as outage
    from incident_one
    where hash(record_id) in (select cause from link)
),
reached as (
    select effect as id, bool_or(security) as security, bool_or(outage) as outage, bool_or(supplier) as supplier,
           bool_or(change) as change, bool_or(problem) as problem
    from (select distinct effect, cause from chain where cause <> effect) as step
    join being on being.id = cause
    left join naming on naming.id = cause
    group by effect
)
select record_id, causes, incidents, known,
       coalesce(reached.security, false) as by_security, coalesce(outage, false) as by_outage,
       coalesce(supplier, false) as by_supplier, coalesce(naming.change or reached.change, naming.change) as by_change,
       coalesce(naming.problem or reached.problem, naming.problem) as by_problem
from naming
left join reached using (id)
