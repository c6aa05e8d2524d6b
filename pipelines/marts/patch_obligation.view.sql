-- One row per asset and patch: what patch_due says of it, and what follows from up to when it is known.
select patch_due.* exclude (still_open, hours, reach),
       case when still_open then (epoch(greatest(as_of, first_seen_at)) - epoch(first_seen_at)) / 3600 else hours end as hours,
       case when due_at is null then 'no due date'
            when due_at > as_of then 'not due yet'
            when excepted_until > as_of then 'accepted exception' end as not_due,
       as_of
from patch_due
left join patch_reach using (reach)
