"""What a list of rates or of calendars that is loaded late, or mended, does to numbers that were told before: a restatement
is said.

A rate or a week's agreed hours hold from their date on, so one whose date lies in the past changes the modelled costs, or the
availability, of days that are over.
"""

from datetime import date

import duckdb

SAYS = "restates "
# What an hour of downtime or work came to, by day of the organisation: hours, and their cost at the rates.
COSTS = """
    select timezone(zone.value, timezone('UTC', cost.at))::date as on_day, sum(hours), coalesce(sum(amount), 0)
    from (
        select "at", hours, amount from outage_cost
        union all
        select "at", hours, amount from labour_cost where coalesce(left_out, 'no rate for work') = 'no rate for work'
    ) as cost
    join setting as zone on zone.name = 'timezone'
    group by on_day, zone.value
    having on_day < (select timezone(zone.value, timezone('UTC', max("at")))::date from as_of where record = 'incident')
"""
# By day of the organisation: what the calendars alone agree for what clients use, in hours, and the sums of availability.
AGREED = """
    with quiet as (
        select calendar, on_day, sum(epoch(until) - epoch(since)) / 3600 as hours from agreed_time group by all
    ),
    agreed as (
        select on_day, sum(hours) as hours
        from catalogue join quiet on quiet.calendar = coalesce(lower(catalogue.calendar), '')
        where known and customer_facing
        group by on_day
    ),
    told as (
        select timezone(zone.value, timezone('UTC', day.at))::date as on_day, sum(amount) as up, sum("of") as "of"
        from service_day as day
        join setting as zone on zone.name = 'timezone'
        where left_out is null
        group by all
    )
    select on_day, hours, coalesce(up, 0), coalesce("of", 0)
    from agreed
    left join told using (on_day)
    where on_day < (select date_trunc('day', max("at")) from as_of where record = 'incident')
"""
Costs = dict[date, tuple[float, float]]
Hours = dict[date, tuple[float, float, float]]


def costs(con: duckdb.DuckDBPyConnection) -> Costs:
    """Hours and modelled cost of each day that is over; none where nothing is told yet."""
    if not _made(con, "outage_cost", "labour_cost"):
        return {}
    return {on_day: (hours, amount) for on_day, hours, amount in con.execute(COSTS).fetchall()}


def restated(before: Costs, now: Costs, currency: str) -> str:
    """What has changed of days whose downtime and work are what they were, in words; empty where nothing has."""
    days = sorted(
        day
        for day, (hours, amount) in before.items()
        if day in now and abs(now[day][0] - hours) < 1e-6 and abs(now[day][1] - amount) > 0.005
    )
    if not days:
        return ""
    then, becomes = (sum(costs[day][1] for day in days) for costs in (before, now))
    return f"{SAYS}modelled costs of {_past(days)}: {then:,.0f} becomes {becomes:,.0f} {currency}"


def agreed(con: duckdb.DuckDBPyConnection) -> Hours:
    """Hours agreed, up, and of which they are, of each day that is over; none where nothing is told yet."""
    if not _made(con, "agreed_time", "catalogue", "service_day"):
        return {}
    return {on_day: tuple(sums) for on_day, *sums in con.execute(AGREED).fetchall()}


def rescheduled(before: Hours, now: Hours) -> str:
    """What calendars have changed of the availability of days that were told, in words; empty where nothing has."""
    none = (0.0, 0.0, 0.0)
    days = sorted(
        day
        for day in before.keys() | now.keys()
        if before and min(before) <= day <= max(before)
        if abs(before.get(day, none)[0] - now.get(day, none)[0]) > 1e-6
    )
    if not days:
        return ""
    then, becomes = (
        [sum(hours.get(day, none)[place] for day in days) for place in range(3)] for hours in (before, now)
    )
    return (
        f"{SAYS}availability of {_past(days)}: of {then[0]:,.0f} agreed hours become {becomes[0]:,.0f}, "
        f"and {_share(then)} becomes {_share(becomes)}"
    )


def _share(sums: list[float]) -> str:
    return f"{100 * sums[1] / sums[2]:.2f} %" if sums[2] else "nothing"


def _past(days: list[date]) -> str:
    months = len({(day.year, day.month) for day in days})
    within = f" in {months} months" if months > 1 else ""
    return f"{len(days):,} past day{'s' if len(days) > 1 else ''}{within}, from {days[0]:%-d %B %Y} on"


def _made(con: duckdb.DuckDBPyConnection, *marts: str) -> bool:
    made = con.execute(
        """select count(*) from duckdb_tables()
        where database_name = current_database() and table_name in (select unnest(?))""",
        [[*marts]],
    )
    return made.fetchall()[0][0] == len(marts)
