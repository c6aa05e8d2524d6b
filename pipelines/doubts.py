"""Whether an export is likely to be whole: cut off at a tool's limit, or far smaller than those before it.

A doubtful export is loaded, with its warnings. It does not say how far the data reaches, and one of the complete
state closes nothing, until a person says that it is whole: half an export must not look like an improvement.
"""

import duckdb

from pipelines.records import RECORDS

# Where tools and file formats are known to end an export.
LIMITS = {
    500, 1_000, 2_000, 2_500, 5_000, 10_000, 15_000, 20_000, 25_000, 30_000, 50_000, 65_535, 65_536, 100_000,
    150_000, 200_000, 250_000, 500_000, 1_000_000, 1_048_575, 1_048_576,
}  # fmt: skip
LAST = 5  # loads whose median an export is compared with
FEW = 10  # below so many, half of it is no sign of anything
WHOLE = "If it is whole all the same, load it again with --complete."


def measured(con: duckdb.DuckDBPyConnection, record: str) -> dict:
    """The size of the staged export: how many assets or services it tells of, and which time its records span."""
    kind = RECORDS[record]
    told = kind.covers or ("services" if "services" in kind.columns else None)
    several = told and kind.columns[told].type == "list"
    value = f"unnest({told})" if several else told or "null"
    placed = kind.placed_by or "null::timestamp"
    usable = "from stage where not set_aside and not rejected"
    covered, first, last = con.execute(
        f"""select (select count(distinct value) from (select {value} as value {usable})), min({placed}), max({placed})
        {usable}"""
    ).fetchall()[0]
    return {"covered": covered if told else None, "first_at": first, "last_at": last}


def doubts(con: duckdb.DuckDBPyConnection, row: dict) -> list[str]:
    """Why the staged export may not be whole, for people; none where a person has said that it is.

    row: the load so far, with what `measured` gives.
    """
    if row["asked"].complete or row["asked"].mends:
        return []
    lost = len(row["split"])
    tables = con.execute(
        "select count(*), count(*) filter (not set_aside) from stage group by sheet order by sheet"
    ).fetchall()
    rows = sum(kept for _, kept in tables) + lost
    whole = {count + lost for counts in tables for count in counts} | {rows}
    read = sum(count for count, _ in tables) + lost
    return [*_contradicted(row["totals"], rows, read), *_cut_off(whole), *_smaller(con, row, rows)]


def _contradicted(told: list[tuple[str, int]], rows: int, read: int) -> list[str]:
    """Where an export states totals and none of them is what was read. Of several tables each may state its own.

    rows: without what was set aside, which is notes in one export and other work in another. read: with it.
    """
    counts = [count for _, count in told]
    if not counts or {rows, read} & {*counts, sum(counts)}:
        return []
    return [f"It states “{told[0][0]}”, but {rows:,} rows were read. Hold it against the tool. {WHOLE}"]


def _cut_off(rows: set[int]) -> list[str]:
    for count in sorted(rows):
        for lines, what in ((count, "rows"), (count + 1, "lines, its header among them,")):
            if lines in LIMITS:
                return [
                    f"It holds exactly {lines:,} {what} and may have been cut off there: many tools end an export at "
                    f"such a number. Hold it against the tool's own count. {WHOLE}"
                ]
    return []


def _smaller(con: duckdb.DuckDBPyConnection, row: dict, rows: int) -> list[str]:
    """Half or less of the median of the last loads of this source instance that span about as long.

    Loads before the last one that a person called whole do not count, nor those that were in doubt themselves.
    """
    kind = RECORDS[row["record"]]
    if kind.reference:  # lists kept by people, of which each brings what is new
        return []
    spans = kind.placed_by and kind.closing is None
    similar = "epoch(last_at) - epoch(first_at) + 86400"
    usual_rows, usual_covered = con.execute(
        f"""with sound as (
          select * from load
          where record = $record and instance = $instance and withdrawn_at is null and not doubtful
            and options ->> 'mends' is null
            and load >= coalesce((
              select max(load) from load where record = $record and instance = $instance and withdrawn_at is null
                and coalesce((options ->> 'complete')::boolean, false)), 0)
            and (not $spans or ({similar}) / (epoch($last::timestamp) - epoch($first::timestamp) + 86400)
              between 0.5 and 2)
          order by moment desc, load desc limit {LAST})
        select median(rows_read - set_aside), median(covered) from sound""",
        {
            "record": row["record"],
            "instance": row["instance"],
            "spans": bool(spans),
            "first": row["first_at"],
            "last": row["last_at"],
        },
    ).fetchall()[0]
    noun = f"{kind.covers or 'service'}s"
    fewer = [
        (f"{now:,} {what}", f"{usual:,.0f}")
        for now, usual, what in ((rows, usual_rows, "rows"), (row["covered"], usual_covered, noun))
        if usual is not None and now is not None and usual >= FEW and 2 * now <= usual
    ]
    if not fewer:
        return []
    held, before = (" and ".join(told) for told in zip(*fewer, strict=True))
    return [
        f"It holds {held}, and the exports of {row['instance']} before it {before} (their median): "
        f"half or less. A filter may have been set, or the export cut off. {WHOLE}"
    ]
