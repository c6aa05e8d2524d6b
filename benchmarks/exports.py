"""The large exports that the benchmarks take in; the same bytes on every machine.

Made in a process of their own (`python -m benchmarks.exports NAME`), so that making them counts towards
nobody's memory.
"""

import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import xlsxwriter

from pipelines.convert import quoted

WORK = Path(__file__).parent / "work"
ROWS = 1_000_000
SHEET_ROWS = 100_000

# Two years of incidents, a million of them one every 63 seconds, in the order in which they were opened; some of the last
# are open.
INCIDENTS = """
with drawn as (
  select i, (i * 2654435761) % 1000003 as draw, timestamp '2024-07-01' + to_seconds(i * 63000000 // $rows) as opened
  from range($rows) numbers(i)
),
told as (
  select *, opened + to_seconds(600 + draw // 3 % 20000) as resolved,
    case when i < $rows * 0.98 then 'Closed' when draw // 11 % 3 = 0 then 'New' else 'Resolved' end as state
  from drawn
)
select
  printf('INC%07d', i) as number,
  state as incident_state,
  state <> 'Closed' as active,
  draw % 7 as reassignment_count,
  draw % 3 as reopen_count,
  1 + draw % 20 as sys_mod_count,
  case when draw % 20 = 0 then draw % 5000 end as u_cost,
  'Caller ' || draw % 5000 as caller_id,
  'Agent ' || draw % 200 as opened_by,
  opened as opened_at,
  'Report ' || i || ': something does not work as it should' as short_description,
  if(state = 'New', opened, resolved + to_seconds(432000)) as sys_updated_at,
  case when draw % 25 = 0 then 'Outage' when draw % 25 < 3 then 'Degradation' else 'None' end as u_service_impact,
  'Location ' || draw % 150 as location,
  'Category ' || draw % 50 as category,
  'Subcategory ' || draw % 250 as subcategory,
  'Service ' || draw // 100 % 40 as business_service,
  ['1 - High', '2 - Medium', '3 - Low'][1 + draw % 3] as impact,
  ['1 - High', '2 - Medium', '3 - Low'][1 + draw // 3 % 3] as urgency,
  case when draw % 100 = 0 then '1 - Critical' when draw % 100 < 5 then '2 - High'
    when draw % 100 < 60 then '3 - Moderate' else '4 - Low' end as priority,
  'Group ' || draw % 80 as assignment_group,
  'Resolver ' || draw % 300 as assigned_to,
  case when state = 'Closed' then 'code ' || draw % 12 end as close_code,
  case when state in ('Resolved', 'Closed') then resolved end as resolved_at,
  case when state = 'Closed' then resolved + to_seconds(432000) end as closed_at
from told
order by i
"""

# Weaknesses of 20,000 assets, 50 of them on each, found over the same two years; four in five are fixed.
PATCHES = """
with drawn as (
  select i, (i * 2654435761) % 1000003 as draw, timestamp '2024-07-01' + to_seconds(i * 60) as found
  from range($rows) numbers(i)
)
select
  100000 + i // 20000 as "Plugin ID",
  printf('CVE-2024-%05d', i // 20000) as "CVE",
  2.0 + draw % 80 / 10 as "CVSS",
  ['Critical', 'High', 'Medium', 'Low'][1 + draw % 4] as "Risk",
  printf('host-%05d.example.com', i % 20000) as "Host",
  'TCP' as "Protocol",
  ['0', '22', '443'][1 + draw % 3] as "Port",
  'Update of package ' || i // 20000 as "Name",
  'An update is missing' as "Synopsis",
  'Update the package' as "Solution",
  if(draw % 5 = 0, 'Active', 'Fixed') as "Vulnerability State",
  printf('10.%d.%d.%d', i % 20000 // 62500, i % 20000 // 250 % 250, i % 250) as "IP Address",
  printf('host-%05d.example.com', i % 20000) as "FQDN",
  'Linux' as "OS",
  'Local Security Checks' as "Plugin Family",
  strftime(found, '%Y-%m-%dT%H:%M:%SZ') as "First Found",
  '2026-06-30T00:00:00Z' as "Last Found",
  '2026-06-30T00:00:00Z' as "Indexed At",
  strftime(found - interval 9 day, '%Y-%m-%dT%H:%M:%SZ') as "Plugin Publication Date",
  if(draw % 5 = 0, null, strftime(least(found + to_seconds(3600 * (draw % 2000)), timestamp '2026-06-29'),
    '%Y-%m-%dT%H:%M:%SZ')) as "Last Fixed"
from drawn
order by i
"""

BAD = 6000
COUNTING = [
    "Plugin ID", "CVE", "Risk", "Host", "Protocol", "Port", "Name", "Vulnerability State", "First Found", "Last Found",
    "Last Fixed",
]  # fmt: skip

SHEET_COLUMNS = [f"Column {n}" for n in range(1, 26)]


def sheet_rows() -> Iterator[list[object]]:
    """What the workbook holds, row by row: texts that look like numbers, columns that turn late, holes."""
    start = datetime(2024, 7, 1)
    for i in range(SHEET_ROWS):
        draw = i * 2654435761 % 1000003
        late = i >= SHEET_ROWS - 100
        yield [
            f"INC{i:07d}",
            f"{draw % 100000:05d}",  # 00123 stays 00123
            "n/a" if late else draw % 10,  # a number until near the end, then text
            draw if late else f"Text {draw}",
            start + timedelta(seconds=63 * i),
            None if i % 3 else start + timedelta(seconds=draw),
            draw / 7,
            i % 2 == 0,
            None if i < SHEET_ROWS // 2 else "filled in the second half only",
            f'= {draw}, with a comma, a "quote" and an é',
            *[f"Value {(draw + n) % 500}" for n in range(10)],
            *[(draw + n) % 1000 for n in range(5)],
        ]


def _write_sheet(path: Path) -> None:
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "default_date_format": "yyyy-mm-dd hh:mm:ss",
    }
    with xlsxwriter.Workbook(path, options) as book:
        sheet = book.add_worksheet("Export")
        sheet.write_row(0, 0, SHEET_COLUMNS)
        for row, cells in enumerate(sheet_rows(), start=1):
            sheet.write_row(row, 0, cells)


def _write_csv(sql: str, times: int = 1) -> Callable[[Path], None]:
    return lambda path: duckdb.execute(
        f"copy ({sql}) to '{path}' (header, delimiter ',')".replace("$rows", str(times * ROWS))
    )


def _write_dirty(path: Path) -> None:
    """The incidents, 6,000 of them with an opening cost that is no number."""
    cost = f"case when i % 166 = 0 and i < {166 * BAD} then 'n. n.' else u_cost::varchar end"
    sql = f"select * exclude (i) replace ({cost} as u_cost)"
    numbered = f"select *, row_number() over () - 1 as i from ({INCIDENTS})"
    _write_csv(f"{sql} from ({numbered}) order by i")(path)


def _write_lines(path: Path) -> None:
    duckdb.execute(f"copy ({INCIDENTS}) to '{path}' (format json)".replace("$rows", str(ROWS)))


WRITERS = {
    "incidents.csv": _write_csv(INCIDENTS),
    "many_incidents.csv": _write_csv(INCIDENTS, 5),
    "patches.csv": _write_csv(PATCHES),
    "incidents.xlsx": _write_sheet,
    "incidents_dirty.csv": _write_dirty,
    "incidents.jsonl": _write_lines,
    # Ten times the patches, in the columns that count.
    "many_patches.csv": _write_csv(f"select {', '.join(map(quoted, COUNTING))} from ({PATCHES})", 10),
}


def made(name: str) -> Path:
    """The export of that name, made unless it is there."""
    path = WORK / name
    if not path.exists():
        print(f"Making {name} ...", flush=True)
        subprocess.run([sys.executable, "-m", "benchmarks.exports", name], check=True)
    return path


if __name__ == "__main__":
    WORK.mkdir(exist_ok=True)
    unfinished = WORK / f"unfinished-{sys.argv[1]}"
    WRITERS[sys.argv[1]](unfinished)
    unfinished.rename(WORK / sys.argv[1])
