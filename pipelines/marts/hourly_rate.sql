-- What an hour costs, of what, by service ('*': every one without a rate of its own), from a day on. rate: in words.
with zone as (select value as name from setting where name = 'timezone'),
told as (
    select coalesce(what, 'downtime') as what, lower(service) as id,
           timezone(zone.name, timezone('UTC', from_at))::date as from_day, service, cost_per_hour
    from rate
    cross join zone
    -- Of several lists the newest counts, of the same moment the last by name.
    qualify row_number() over (
        partition by coalesce(what, 'downtime'), id, from_day order by effective_at desc, record_id desc) = 1
)
select what, id, from_day, cost_per_hour,
       concat(if(service = '*', 'every other service', service), ': ', replace(format('{:,.2f}', cost_per_hour), '.00', ''),
              ' an hour of ', what, ' from ', from_day) as rate
from told
