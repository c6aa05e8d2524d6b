"""What a list of rates that is loaded late, or mended, does to costs that were told before: a restatement is said.

A rate holds from its date on, so one whose date lies in the past changes the modelled costs of days that are over.
"""

from datetime import date

import duckdb

SAYS = "restates modelled costs"
# What an hour of downtime or work came to, by day of the organisation: hours, and their cost at the rates.
COSTS = """
    select timezone(zone.value, timezone('UTC', cost.at))::date as on_day, sum(hours), coalesce(sum(amount), 0)
    from (
        select "at", hours, amount from outage_cost
        union all
        select "at", hours, amount from labour_cost where coalesce(left_out, 'no rate for work') = 'no rate for work'
    ) as cost
    join setting as zone on zone.name = 'timezone'
    where cost.at < (select date_trunc('day', max("at")) from as_of where record = 'incident')
    group by on_day
"""
Costs = dict[date, tuple[float, float]]


def costs(con: duckdb.DuckDBPyConnection) -> Costs:
    """Hours and modelled cost of each day that is over; none where nothing is told yet."""
    made = con.execute(
        "select count(*) from duckdb_tables() where table_name in ('outage_cost', 'labour_cost')"
    )
    if made.fetchall()[0][0] < 2:
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
    months = len({(day.year, day.month) for day in days})
    then, becomes = (sum(costs[day][1] for day in days) for costs in (before, now))
    of = f"{len(days):,} past day{'s' if len(days) > 1 else ''}"
    within = f" in {months} months" if months > 1 else ""
    return (
        f"{SAYS} of {of}{within}, from {days[0]:%-d %B %Y} on: {then:,.0f} becomes {becomes:,.0f} {currency}"
    )
