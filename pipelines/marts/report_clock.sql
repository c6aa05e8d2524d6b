-- The clocks by which incidents have to be reported: one row per incident and regime of the settings that it falls
-- under. An incident falls under the regimes that its record states; where it states none, but that it was reported
-- or found to be one that must be, under all (SEC: those of security); where all that is known is that it exposed records,
-- under GDPR. Those under none of the settings, and severe security incidents of which nothing is stated, have one
-- row without a regime.
--   GDPR 72 h: aware + 72 h, Art. 33(1) of Regulation (EU) 2016/679
--   NIS2 24 h, 72 h: aware + 24 h early warning, + 72 h notification, Art. 23(4) of Directive (EU) 2022/2555
--   DORA: classified + 4 h and aware + 24 h; classified later than that, + 4 h: Art. 5(1) of Delegated Regulation (EU) 2025/301
--   SEC: the fourth business day after it was found material, Form 8-K, Item 1.05 and General Instruction B.1; days of
--   the organisation's time zone, without weekends and the holidays of the calendar named SEC, where one is loaded
with zone as (select value as name from setting where name = 'timezone'),
holiday as (
    select coalesce(list(day::date), []) as days
    from (select unnest(holidays) as day from calendar where lower(name) = 'sec')
),
regime as (
    select distinct unnest(string_split(value, ', ')) as regime from setting where name = 'regimes' and value <> ''
),
told as (
    select *, list_transform(reportable_under, lambda name: lower(name)) as stated,
           reported_at is not null or classified_at is not null as reportable
    from incident_clock
    where reported_at is not null or classified_at is not null or len(reportable_under) > 0
       or records_affected > 0 or (domain = 'security' and severity <= 2)
),
-- Instances of which some records tell when they were reported: of another, an empty time says nothing.
telling as (
    select distinct instance from incident where reported_at is not null
),
heard as (
    select record_id from told semi join telling using (instance)
    union
    select lead from incident_group
    where record_id in (select record_id from incident semi join telling using (instance))
),
duty as (
    select record_id, regime from told, regime
    where case when len(stated) > 0 then list_has_any(stated, [lower(regime), lower(regexp_replace(regime, ' \d+ h$', ''))])
               when reportable then regime <> 'SEC' or domain = 'security'
               else records_affected > 0 and regime ilike '%gdpr %' end
)
select record_id, told."at", regime, reported_at,
       case regime
           when 'DORA' then case when classified_at > told."at" + interval 24 hour then classified_at + interval 4 hour
                                 else least(classified_at + interval 4 hour, told."at" + interval 24 hour) end
           when 'SEC' then timezone('UTC', timezone(zone.name, list_filter(
               list_transform(range(1, 30), lambda n: timezone(zone.name, timezone('UTC', classified_at))::date + n::integer),
               lambda day: isodow(day) < 6 and not list_contains(holiday.days, day)
           )[4] + interval 1 day)) - interval 1 microsecond
           else told."at" + to_hours(regexp_extract(regime, ' (\d+) h$', 1)::integer) end as due_at,
       record_id in (from heard) as heard,
       severity, domain, services, business_units, classified_at, opened_at, as_of,
       coalesce(left_out, case when reported_at < told."at" then 'reported before it was detected'
                               when regime is not null then null
                               when reportable or len(stated) > 0 or records_affected > 0 then 'under no regime of the settings'
                               else 'no duty stated' end) as left_out
from told
left join duty using (record_id), zone, holiday
