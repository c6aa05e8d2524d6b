-- Survey answers of clients. Measures are never mixed into one number: trust counts where it is asked, else the
-- measure with the most answers; the others stand aside.
with named as (
    select given,
           list_sort(list(distinct service_name.service)) as services,
           list_sort(list(distinct service_name.business_unit)) as business_units
    from (select given, unnest(given) as name from (select distinct services as given from client_score))
    join service_name on service_name.id = lower(name)
    group by given
),
counted as (
    select coalesce(measure, '') as measure
    from client_score
    group by coalesce(measure, '')
    order by coalesce(measure, '') ilike '%trust%' desc, count(*) desc, measure
    limit 1
)
select record_id, answered_at as at, client, measure, score, invited,
       coalesce(named.services, ['Unassigned']) as services,
       coalesce(named.business_units, ['Unassigned']) as business_units,
       case when coalesce(measure, '') <> (select measure from counted) then 'another measure' end as left_out,
       as_of.at as as_of
from client_score
left join named on named.given = client_score.services
left join as_of on as_of.record = 'client_score' and as_of.instance = client_score.instance
order by "at"
