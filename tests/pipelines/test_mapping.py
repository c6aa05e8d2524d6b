"""A source made by hand: what is suggested for an unknown export, and that what is saved reads it from then on."""

import json
import tomllib
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from pipelines import numbers
from pipelines.asked import UNASKED, Asked
from pipelines.dates import day_at, end_at, macros, time_after
from pipelines.errors import NotReady
from pipelines.mapping import (
    Draft,
    Look,
    as_toml,
    days_beside,
    durations,
    is_clock,
    lacking,
    look,
    meanings,
    no_downtime,
    preview,
    save,
    source_of,
    suggest,
    targets,
)
from pipelines.records import RECORDS
from pipelines.snapshot import open_snapshot
from pipelines.source import read_source, sources
from pipelines.warehouse import load, rejects
from pipelines.words import VALUES, WORDS

HEADER = ["Ticket no.", "Raised on", "Sorted out on", 'Urg"ency', "Where it stands", "Comment"]
ROWS = [
    ["T-1", "2026-09-01 08:00", "2026-09-01 12:00", "P1", "sorted", "x"],
    ["T-2", "2026-09-02 08:00", "", "P4", "waiting", "x"],
    ["T-3", "2026-09-03 08:00", "", "P9", "waiting", "x"],  # no severity: the cell is refused
]


def export(path: Path, rows: list[list[str]] = ROWS, header: list[str] = HEADER) -> Path:
    quoted = [['"' + cell.replace('"', '""') + '"' for cell in row] for row in [header, *rows]]
    path.write_text("\n".join(map(",".join, quoted)) + "\n", "utf-8")
    return path


def drafted() -> Draft:
    return Draft(
        "incident",
        {
            "key": ["Ticket no."],
            "opened_at": ["Raised on"],
            "restored_at": ["Sorted out on"],
            "severity": ['Urg"ency'],
            "status": ["Where it stands"],
        },
        values={
            "severity": {"P1": 1, "P4": 4},
            "status": {"sorted": "resolved", "waiting": "open", 'it\'s "odd" \\ \n': "open"},
        },
        fixed={"domain": "operational"},
        moment="load",
        title='The desk\'s "tickets"',
    )


def test_what_is_in_a_file_is_seen_by_column(tmp_path):
    [seen] = look(export(tmp_path / "tickets.csv"), tmp_path, "tickets.csv", UNASKED)
    assert (seen.count, list(seen.columns)) == (3, HEADER)
    raised, urgency = seen.columns["Raised on"], seen.columns['Urg"ency']
    assert (raised.dates, raised.distinct, urgency.dates) == (1, 3, 0)
    assert urgency.values == {"P1": 1, "P4": 1, "P9": 1}


def test_columns_are_suggested_by_their_names_and_by_what_they_hold(tmp_path):
    rows = [["INC1", "2026-09-01 08:00", "a@x", "2026-09-03", "1"], ["INC2", "2026-09-02", "b@x", "n/a", "1"]]
    header = ["Incident Number", "Opened", "Closed", "closedAt", "Summary"]  # Closed holds no dates
    [seen] = look(export(tmp_path / "x.csv", rows, header), tmp_path, "x.csv", UNASKED)
    found = suggest(seen, "incident", sources())
    assert found["opened_at"] == "Opened" and found["closed_at"] == "closedAt"
    assert "Closed" not in found.values()


def test_a_column_that_tells_every_row_apart_is_the_key_where_none_is_called_so(tmp_path):
    rows = [["7", "2026-09-01", "a"], ["8", "2026-09-01", "a"]]
    [seen] = look(export(tmp_path / "x.csv", rows, ["zzz", "qqq", "www"]), tmp_path, "x.csv", UNASKED)
    assert suggest(seen, "incident", sources()) == {"key": "zzz", "opened_at": "qqq"}


def test_a_number_that_one_row_lacks_is_the_key_before_a_title_that_all_have(tmp_path):
    header = ["Vorfall-Nr.", "Kurzbeschreibung", "Eröffnet am"]
    rows = [[f"VF-{day}", f"Ausfall {day}", f"2026-09-{day}"] for day in range(10, 16)]
    rows += [["", "ohne Nummer", "2026-09-16"]]
    [seen] = look(export(tmp_path / "x.csv", rows, header), tmp_path, "x.csv", UNASKED)
    found = suggest(seen, "incident", sources())
    assert (found["key"], found["title"]) == ("Vorfall-Nr.", "Kurzbeschreibung")


def test_columns_of_a_nested_file_are_suggested_by_their_last_step_or_the_one_before(tmp_path):
    """“firm.name” is who the firm is, and “firm” holds it and its country; “finished” is when the audit was."""
    file = tmp_path / "x.json"
    one = {"label": "Payments", "scheme": {"standard": "SOC 2"}, "firm": {"name": "Harrow", "country": "CH"}}
    found = [{"ref": f"A{n}", "finished": f"2026-09-0{n}", "verdict": "qualified", **one} for n in (1, 2, 3)]
    file.write_text(json.dumps({"audits": found}), "utf-8")
    seen = look(file, tmp_path, "x.json", UNASKED)[0]
    assert suggest(seen, "audit", sources()) == {
        "key": "ref",
        "title": "label",
        "framework": "scheme.standard",
        "auditor": "firm.name",
        "completed_at": "finished",
        "opinion": "verdict",
    }


def test_a_name_before_a_dot_is_a_column_of_its_own_in_a_flat_file(tmp_path):
    rows = [["INC1", "2026-09-01", "Mail", "x"], ["INC2", "2026-09-02", "Shop", "y"]]
    header = ["number", "opened_at", "service", "service.code"]
    [seen] = look(export(tmp_path / "x.csv", rows, header), tmp_path, "x.csv", UNASKED)
    assert suggest(seen, "incident", sources())["services"] == "service"


def test_when_something_was_patched_is_not_when_its_row_was_updated(tmp_path):
    header = ["Host", "KB", "Seen first", "Deadline", "Patched"]
    rows = [
        ["web-01", "KB1", "2026-09-01", "2026-09-15", "2026-09-10"],
        ["web-01", "KB2", "2026-09-01", "2026-09-15", ""],
    ]
    [seen] = look(export(tmp_path / "x.csv", rows, header), tmp_path, "x.csv", UNASKED)
    found = suggest(seen, "patch", sources())
    assert (found["due_at"], found["fixed_at"]) == ("Deadline", "Patched")
    assert "effective_at" not in found


def test_a_column_whose_texts_mean_values_is_suggested_though_its_name_is_another(tmp_path):
    [seen] = look(export(tmp_path / "tickets.csv"), tmp_path, "tickets.csv", UNASKED)
    found = suggest(seen, "incident", sources())
    assert (found["key"], found["opened_at"], found["severity"]) == ("Ticket no.", "Raised on", 'Urg"ency')
    assert "Sorted out on" not in found.values()


@pytest.mark.parametrize(
    ("header", "severity", "status"),
    [
        ("Störungsnummer,Kurzbeschreibung,Priorität,Zustand,Eröffnet am,Gelöst am,Geschlossen am,Betroffener Dienst,Auswirkung",
         "Hoch", "Geschlossen"),
        ("Numéro,Objet,Priorité,Statut,Date de création,Résolu le,Date de clôture,Service concerné,Impact", "Élevée", "Clos"),
        ("Número,Asunto,Prioridad,Estado,Fecha de apertura,Resuelto el,Fecha de cierre,Servicio afectado,Impacto",
         "Alta", "Cerrado"),
    ],
)  # fmt: skip
def test_columns_and_values_in_other_languages_are_suggested(tmp_path, header, severity, status):
    day = "2026-09-0{} 08:00"
    rows = [
        [
            f"S-{n}",
            f"Kasse {n}",
            severity,
            status,
            day.format(n),
            day.format(n + 1),
            day.format(n + 2),
            "Kasse",
            "x",
        ]
        for n in range(1, 4)
    ]
    [seen] = look(export(tmp_path / "x.csv", rows, header.split(",")), tmp_path, "x.csv", UNASKED)
    expected = [
        "key",
        "title",
        "severity",
        "status",
        "opened_at",
        "restored_at",
        "closed_at",
        "services",
        "impact",
    ]
    assert suggest(seen, "incident", sources()) == dict(zip(expected, header.split(","), strict=True))
    assert meanings([severity], "severity", "incident", sources()) == {severity: 2}
    assert meanings([status], "status", "incident", sources()) == {status: "closed"}


def test_a_list_whose_only_times_are_when_an_outage_began_and_ended_is_told_from_them(tmp_path):
    header = ["Vorgangsnr.", "Dienst", "Beginn", "Ende", "Zustand"]
    rows = [
        ["L-1", "Kasse", "3.8.2026 08:15", "3.8.2026 10:45", "erledigt"],
        ["L-2", "Kasse", "9.8.2026 22:00", "10.8.2026 01:15", "erledigt"],
        ["L-3", "Kasse", "14.8.2026 09:00", "14.8.2026 09:30", "erledigt"],
        ["L-4", "Kasse", "demnächst", "21.8.2026 12:00", "erledigt"],  # no date
        ["L-5", "Portal", "28.8.2026 17:00", "", "in Arbeit"],
        ["Summe", "", "", "", ""],  # no record
    ]
    [seen] = look(export(tmp_path / "x.csv", rows, header), tmp_path, "x.csv", UNASKED)
    assert suggest(seen, "incident", sources()) == {
        "key": "Vorgangsnr.",
        "services": "Dienst",
        "outage_started_at": "Beginn",
        "outage_ended_at": "Ende",
        "status": "Zustand",
        "opened_at": "Beginn",  # needed, and the only one that can be it
    }
    assert meanings(["erledigt"], "status", "incident", sources()) == {"erledigt": "resolved"}


def test_what_comes_of_a_mapping_is_shown_by_the_settings_of_the_organisation(tmp_path):
    (tmp_path / "settings.toml").write_text('currency = "GBP"\n')
    file = export(tmp_path / "x.csv", [["1", "2026-09-01", "12.50"]], ["No", "Opened", "Cost (GBP)"])
    [seen] = look(file, tmp_path, "x.csv", UNASKED)
    mapped = {"opened_at": ["Opened"], "recorded_cost": ["Cost (GBP)"]}
    source = source_of(Draft("incident", mapped, joined=["No"]), seen, "costs", sources())
    assert preview(seen, source, UNASKED, tmp_path).rejects == []


def test_a_list_of_incidents_of_which_no_downtime_comes_says_so():
    def mapped(*more, record="incident"):
        columns = {column: [column] for column in ("key", "opened_at", *more)}
        return source_of(Draft(record, columns, joined=["key"]), Look("", None, 0, {}, [], []), "x", {})

    assert "which of them were outages" in no_downtime(mapped("severity", "restored_at"), 0)
    assert no_downtime(mapped("severity", "restored_at"), 2) == ""
    assert "which of them were outages" in no_downtime(mapped("restored_at"), 2)
    assert "when one ended" in no_downtime(mapped("impact"), 0)
    assert no_downtime(mapped("impact", "outage_ended_at"), 0) == ""
    assert no_downtime(mapped(record="problem"), 0) == ""


def test_values_are_suggested_from_what_sources_know_and_from_levels():
    found = meanings(["P1", "Sev 3", "Critical", "zzz", "P9"], "severity", "incident", sources())
    assert found == {"P1": 1, "Sev 3": 3, "Critical": 1}
    assert meanings(["Resolved", "xyzzy"], "status", "incident", sources()) == {"Resolved": "resolved"}


def test_a_saved_mapping_reads_back_and_recognises_the_file_from_then_on(tmp_path):
    file, data = export(tmp_path / "tickets.csv"), tmp_path / "data"
    data.mkdir()
    [seen] = look(file, data, "tickets.csv", UNASKED)
    source = source_of(drafted(), seen, "desk_tickets", sources(data))
    assert lacking(source) == []
    checked = preview(seen, source, UNASKED, data)
    assert [(row["key"], row["severity"], row["status"], row["domain"]) for row in checked.rows] == [
        ("T-1", 1, "resolved", "operational"),
        ("T-2", 4, "open", "operational"),
        ("T-3", None, "open", "operational"),
    ]
    assert [(one["value"], one["row"]) for one in checked.rejects] == [("P9", 4)]

    path = save(source, data)
    assert path == data / "sources" / "incident" / "desk_tickets.toml"
    assert read_source(path) == source == sources(data)["desk_tickets"]
    assert tomllib.loads(as_toml(source))["values"]["status"]['it\'s "odd" \\ \n'] == "open"
    assert [*(data / "sources" / "incident").iterdir()] == [path], "nothing else is left there"
    [outcome] = load([file], data)
    assert (outcome.error, outcome.source, outcome.accepted, outcome.cells_refused) == (
        None,
        "desk_tickets",
        3,
        1,
    )


def test_a_saved_mapping_can_be_changed_and_keeps_what_was_not_said_anew(tmp_path):
    file = export(tmp_path / "tickets.csv")
    [seen] = look(file, tmp_path, "tickets.csv", UNASKED)
    first = source_of(drafted(), seen, "desk_tickets", sources()).model_copy(
        update={"null": ["n/a"], "documentation": "https://example.com"}
    )
    save(first, tmp_path)
    changed = Draft(
        "incident",
        {"key": ["Ticket no."], "opened_at": ["Raised on"], "title": ["Comment"]},
        base=first,
        moment="load",
    )
    save(source_of(changed, seen, "desk_tickets", sources(tmp_path)), tmp_path)
    held = sources(tmp_path)["desk_tickets"]
    assert held.columns == {"key": ["Ticket no."], "opened_at": ["Raised on"], "title": ["Comment"]}
    assert (held.null, held.documentation) == (["n/a"], "https://example.com")


def test_a_value_that_a_shipped_source_does_not_know_is_given_a_meaning_beside_those_it_knows(tmp_path):
    header = ["number", "opened_at", "sys_updated_on", "state", "priority"]
    rows = [
        ["INC1", "2026-09-01", "2026-09-02", "Parked", "0 - Black"],
        ["INC2", "2026-09-01", "2026-09-02", "New", "Odd"],
    ]
    file, data = export(tmp_path / "incidents.csv", rows, header), tmp_path / "data"
    load([file], data)
    told = {one["value"]: one["todo"] for one in rejects(data, 1)}
    assert {*told} == {"Parked", "0 - Black", "Odd"}
    assert all(
        "Change the mapping" in one and "sources/incident/servicenow_incident.toml" in one
        for one in told.values()
    )

    [seen] = look(file, data, file.name, UNASKED)
    base = sources()["servicenow_incident"]
    mapped = {"key": ["number"], "opened_at": ["opened_at"], "effective_at": ["sys_updated_on"], "status": ["state"],
              "severity": ["priority"]}  # fmt: skip
    meant = {"status": {"Parked": "open", "New": "open"}, "severity": {"0 - Black": 1}}
    changed = Draft("incident", mapped, values=meant, recognise=base.recognise, base=base)
    source = source_of(changed, seen, base.name, sources())
    assert source.values["status"] == base.values["status"] | {"Parked": "open", "New": "open"}
    assert source.values["severity"] == base.values["severity"] | {"0 - Black": 1}
    assert source.values["impact"] == base.values["impact"], "not asked about: this file has no such column"
    save(source, data)
    [outcome] = load([file], data)
    assert [one["value"] for one in rejects(data, outcome.load)] == ["Odd"], "left without a meaning"
    withdrawn = Draft("incident", mapped, values={"severity": {}}, base=source)
    left = source_of(withdrawn, seen, base.name, sources(data)).values["severity"]
    assert left == base.values["severity"], "its meaning was taken away"


def test_what_a_shipped_source_computes_still_reads_its_columns_where_the_rest_is_said_anew(tmp_path):
    header = ["number", "opened_at", "sys_updated_on", "state", "priority", "time_worked"]
    rows = [
        ["INC1", "2026-09-01", "2026-09-02", "Closed", "2 - High", "7200"],
        ["INC2", "2026-09-01", "2026-09-02", "Parked", "2 - High", ""],
    ]
    file, data = export(tmp_path / "incidents.csv", rows, header), tmp_path / "data"
    [seen] = look(file, data, file.name, UNASKED)
    base = sources()["servicenow_incident"]
    mapped = {
        "key": ["number"],
        "opened_at": ["opened_at"],
        "effective_at": ["sys_updated_on"],
        "severity": ["priority"],
    }
    changed = Draft(
        "incident",
        mapped,
        values={"status": {"Closed": "closed", "Parked": "open"}},
        recognise=base.recognise,
        base=base,
    )
    save(source_of(changed, seen, base.name, sources()), data)
    [outcome] = load([file], data)
    assert (outcome.error, rejects(data, outcome.load)) == (None, [])
    _, con = open_snapshot(data)
    with con:
        told = con.execute("select key, status, hours_worked from incident order by key").fetchall()
    assert told == [("INC1", "closed", 2), ("INC2", "open", None)]


def test_a_nested_file_in_which_a_list_is_empty_can_be_mapped(tmp_path):
    answer = EXPORTS / "graph_alert.json"
    [seen] = look(answer, tmp_path, answer.name, UNASKED)
    assert (seen.rows, seen.count) == ("value", 4)


def test_columns_that_stand_in_for_the_one_chosen_stay_where_it_is_left_as_it_was(tmp_path):
    header = ["Plugin ID", "Risk", "Host", "Name", "CVSS v3.0 Base Score", "CVSS v2.0 Base Score"]
    file = export(tmp_path / "scan.csv", [["1", "High", "h", "n", "", "6.8"]], header)
    [seen] = look(file, tmp_path, file.name, UNASKED)
    base = sources()["nessus_list"]

    def scored(column):
        draft = Draft("patch", {"severity": ["Risk"], "cvss": [column]}, base=base)
        return source_of(draft, seen, base.name, sources()).columns["cvss"]

    assert scored("CVSS v3.0 Base Score") == base.columns["cvss"]
    assert scored("CVSS v2.0 Base Score")[0] == "CVSS v2.0 Base Score"
    assert "CVSS v3.0 Base Score" not in scored("CVSS v2.0 Base Score")


def test_what_is_refused_is_told_by_the_rows_of_the_file(tmp_path):
    file = export(tmp_path / "tickets.csv")
    file.write_text("Tickets of September\n\n" + file.read_text("utf-8"), "utf-8")
    [seen] = look(file, tmp_path, "tickets.csv", UNASKED)
    source = source_of(drafted(), seen, "desk_tickets", sources())
    assert [(one["value"], one["row"]) for one in preview(seen, source, UNASKED, tmp_path).rejects] == [
        ("P9", 6)
    ]


def test_what_is_asked_is_told_by_the_rows_of_the_file(tmp_path):
    file = export(tmp_path / "x.csv", [["R1", "04/03/2026"], ["R2", "05/03/2026"]], ["ref", "day (local)"])
    file.write_text("Tickets\n\n" + file.read_text("utf-8"), "utf-8")
    [seen] = look(file, tmp_path, "x.csv", UNASKED)
    draft = Draft("incident", {"key": ["ref"], "opened_at": ["day (local)"]}, moment="load")
    asked = preview(seen, source_of(draft, seen, "day_list", sources()), UNASKED, tmp_path).outcome
    assert asked.asks == {"dates": ["dmy", "mdy"]}
    assert "row 4, day (local), '04/03/2026'" in asked.error


EXPORTS = Path(__file__).parents[1] / "exports"
BY_HAND = ["Nr", "Datum", "Beginn", "Ende", "Dauer (Min.)", "Dienst", "Auswirkung"]
KEPT = [
    ["S-1", "12.09.2026", "08:30", "10:00", "90", "Zahlungen", "Ausfall"],
    ["S-2", "13.09.2026", "8.30.00", "9.15", "45,5", "Zahlungen", "Ausfall"],
    ["S-3", "02.10.2026", "0830", "0915", "45 Minuten", "Zahlungen", "Ausfall"],
    ["S-4", "03.10.2026", "23:30", "01:15", "kurz", "Zahlungen", "Ausfall"],
]


def read_by(draft: Draft, file: Path, data: Path) -> tuple[dict[str, tuple], list[tuple]]:
    """What a draft makes of a file: the times by key, and what of them is refused."""
    [seen] = look(file, data, file.name, UNASKED)
    source = source_of(draft, seen, "kept_by_hand", sources(data))
    save(source, data)
    [outcome] = load([file], data, asked=Asked(as_of=datetime(2026, 10, 5)))
    assert (outcome.error, outcome.source) == (None, "kept_by_hand")
    _, con = open_snapshot(data)
    with con:
        told = con.execute("select key, opened_at, outage_ended_at from incident").fetchall()
    refused = [(one["row"], one["column"], one["value"], one["reason"]) for one in rejects(data, 1)]
    return {key: tuple(t and f"{t:%m-%d %H:%M}" for t in times) for key, *times in told}, refused


def by_hand(**said) -> Draft:
    columns = {"key": ["Nr"], "services": ["Dienst"], "impact": ["Auswirkung"], **said.pop("columns", {})}
    return Draft("incident", columns, values={"impact": {"Ausfall": "outage"}}, moment="load", **said)


def test_a_date_and_a_time_of_day_in_two_columns_are_one_time(tmp_path):
    file = export(tmp_path / "list.csv", KEPT, BY_HAND)
    [seen] = look(file, tmp_path, "list.csv", UNASKED)
    assert days_beside(seen, "Ende") == ["Datum"]
    assert [name for name, one in seen.columns.items() if is_clock(one)] == []  # 0830 may be a number
    [seen] = look(export(tmp_path / "b.csv", KEPT[:2], BY_HAND), tmp_path, "b.csv", UNASKED)
    assert [name for name, one in seen.columns.items() if is_clock(one)] == ["Beginn", "Ende"]
    found = suggest(seen, "incident", sources())
    assert (found["opened_at"], found["outage_ended_at"]) == ("Beginn", "Ende")
    assert "Datum" not in found.values()

    starts = {"opened_at": ["Beginn"], "outage_started_at": ["Beginn"]}
    columns = starts | {"outage_ended_at": ["Ende"]}
    draft = by_hand(columns=columns, days=dict.fromkeys(columns, "Datum"))
    told, refused = read_by(draft, file, tmp_path)
    assert told == {
        "S-1": ("09-12 08:30", "09-12 10:00"),
        "S-2": ("09-13 08:30", "09-13 09:15"),
        "S-3": ("10-02 08:30", "10-02 09:15"),
        "S-4": ("10-03 23:30", "10-04 01:15"),  # of the same date, an end before its start is of the next day
    }
    assert refused == []


def test_each_time_of_day_is_of_the_date_before_it_and_a_duration_is_an_end_where_none_is_told(tmp_path):
    header = [
        "Ref",
        "Start date",
        "Start time",
        "End date",
        "End time",
        "Duration (min)",
        "Response time",
        "Hops",
    ]
    row = ["1", "2026-09-12", "08:30", "2026-09-13", "01:15", "1005", "00:05:00", "7"]
    [seen] = look(export(tmp_path / "a.csv", [row], header), tmp_path, "a.csv", UNASKED)
    assert [days_beside(seen, name)[0] for name in ("Start time", "End time")] == ["Start date", "End date"]
    assert durations(seen) == [("Duration (min)", "min")]

    few = [n for n, name in enumerate(header) if not name.startswith("End")]
    file = export(tmp_path / "b.csv", [[row[n] for n in few]], [header[n] for n in few])
    [seen] = look(file, tmp_path, "b.csv", UNASKED)
    found = suggest(seen, "incident", sources())
    assert (found["opened_at"], found["outage_ended_at"]) == ("Start time", "Duration (min)")


def test_lists_in_other_languages_are_suggested_whole(tmp_path):
    header = ["Date", "Heure début", "Heure de fin", "Service", "Gravité"]
    rows = [
        ["12/11/2026", "08:30", "10:00", "Paiements", "Majeure"],
        ["13/11/2026", "09:00", "09:30", "Site", "Critique"],
    ]
    [seen] = look(export(tmp_path / "a.csv", rows, header), tmp_path, "a.csv", UNASKED)
    found = suggest(seen, "incident", sources())
    assert (found["opened_at"], found["outage_ended_at"]) == ("Heure début", "Heure de fin")
    assert meanings(["Majeure", "Mineure"], "severity", "incident", sources()) == {"Majeure": 2, "Mineure": 4}

    header = ["Rechner", "KB", "Schweregrad", "Entdeckt am", "Behoben am", "Status"]
    rows = [
        ["web01", "KB501", "hoch", "05.10.2026", "07.10.2026", "Behoben"],
        ["web02", "KB502", "mittel", "06.10.2026", "", "Offen"],
    ]
    [seen] = look(export(tmp_path / "b.csv", rows, header), tmp_path, "b.csv", UNASKED)
    found = suggest(seen, "patch", sources())
    assert {
        target: found.get(target)
        for target in ("asset", "patch", "first_seen_at", "fixed_at", "state", "effective_at")
    } == {
        "asset": "Rechner",
        "patch": "KB",
        "first_seen_at": "Entdeckt am",
        "fixed_at": "Behoben am",
        "state": "Status",
        "effective_at": None,
    }
    assert meanings(["Behoben", "Offen"], "state", "patch", sources()) == {
        "Behoben": "fixed",
        "Offen": "open",
    }


def test_an_end_may_be_told_as_how_long_it_was_after_the_start(tmp_path):
    file = export(tmp_path / "list.csv", KEPT, BY_HAND)
    draft = by_hand(
        columns={"opened_at": ["Beginn"]},
        days={"opened_at": "Datum"},
        lasted={"outage_ended_at": ("Dauer (Min.)", "min")},
    )
    told, refused = read_by(draft, file, tmp_path)
    assert {key: ended for key, (_, ended) in told.items()} == {
        "S-1": "09-12 10:00",
        "S-2": "09-13 09:15",
        "S-3": "10-02 09:15",  # it states its own unit
        "S-4": None,
    }
    reason = "not a date or time, nor a duration that leads to one, such as 90 or 1 h 30 min"
    assert refused == [(5, "Dauer (Min.)", "kurz", reason)]


def test_a_date_that_stands_among_durations_is_read_in_no_order_that_is_guessed(tmp_path):
    rows = [["1", "2026-03-01", "08:30", "90"], ["2", "2026-03-02", "08:30", "04/03/2026 10:00"]]
    file = export(tmp_path / "list.csv", rows, ["Ref", "Day", "Clock", "Duration (min)"])
    [seen] = look(file, tmp_path, file.name, UNASKED)
    said = {"days": {"opened_at": "Day"}, "lasted": {"outage_ended_at": ("Duration (min)", "min")}}
    draft = Draft("incident", {"key": ["Ref"], "opened_at": ["Clock"]}, moment="load", **said)
    asked = preview(seen, source_of(draft, seen, "kept_by_hand", sources()), UNASKED, tmp_path).outcome
    assert asked.asks == {"dates": ["dmy", "mdy"]}


@pytest.mark.parametrize(
    ("day", "clock", "said"),
    [
        ("2026-09-12 00:00:00", "08:30:00", "2026-09-12 08:30:00"),  # as a workbook gives them
        ("2026-09-12 00:00:00", "1899-12-30 08:30:00", "2026-09-12 08:30:00"),
        ("2026-09-12", "0.354166666666667", "2026-09-12 08:30:00"),
        ("2026-09-12", "0,5", "2026-09-12 12:00:00"),
        ("2026-09-12", "0", "2026-09-12 00:00:00"),
        ("2026-09-12", "0.999999", "2026-09-12 23:59:59"),  # not the midnight before
        ("12 Sep 2026", "8 pm", "12 Sep 2026 8:00 pm"),
        ("12/09/2026", " 8:30 a.m. ", "12/09/2026 8:30 a.m."),
        ("2026-09-12", "930", "2026-09-12 9:30"),
        ("2026-09-12", "", None),
        ("2026-09-12", None, None),
        ("2026-09-12", "noon", "2026-09-12 noon"),  # which is refused as a time
        (None, "08:30", None),
    ],
)
def test_a_time_of_day_is_laid_on_its_date(day, clock, said):
    with duckdb.connect() as con:
        con.execute(day_at())
        assert con.execute("select day_at(?, ?)", [day, clock]).fetchall() == [(said,)]


def test_a_time_of_day_that_is_missing_is_not_made_up(tmp_path):
    rows = [
        ["S-1", "12.09.2026", "08:30", "", "", "Zahlungen", "Ausfall"],
        ["S-2", "13.09.2026", "", "09:15", "", "Zahlungen", "Ausfall"],
    ]
    columns = {"opened_at": ["Beginn"], "outage_ended_at": ["Ende"]}
    draft = by_hand(columns=columns, days=dict.fromkeys(columns, "Datum"))
    told, refused = read_by(draft, export(tmp_path / "list.csv", rows, BY_HAND), tmp_path)
    assert told == {"S-1": ("09-12 08:30", None)}
    assert refused == [(3, "Datum and Beginn", None, "is empty")]


@pytest.mark.parametrize(
    ("zone", "end", "said"),
    [
        ("UTC", "10:00", "2026-10-24 10:00"),
        ("UTC", "24:00", "2026-10-24 24:00"),  # the end of that day
        ("UTC", "01:15", "2026-10-25T01:15:00.000Z"),
        ("Europe/Berlin", "01:15", "2026-10-24T23:15:00.000Z"),
        ("Europe/Berlin", "05:00", "2026-10-25T04:00:00.000Z"),  # clocks were turned back at three
        ("UTC", "23:30", "2026-10-24 23:30"),
        ("UTC", None, None),
    ],
)
def test_an_end_of_the_same_date_is_after_its_start(zone, end, said):
    start = "23:30" if end in ("01:15", "05:00", "23:30", None) else "08:00"
    with duckdb.connect() as con:
        for macro in (*macros(zone, "dmy", names=("time_of",)), day_at(), end_at(zone)):
            con.execute(macro)
        sql = "select end_at(day_at('2026-10-24', ?), '2026-10-24', ?)"
        assert con.execute(sql, [start, end]).fetchall() == [(said,)]


@pytest.mark.parametrize(
    ("lasted", "unit", "said"),
    [
        ("90", "min", "2026-09-12T10:00:00.000Z"),
        ("1,5", "h", "2026-09-12T10:00:00.000Z"),
        ("0.125", "h", "2026-09-12T08:37:30.000Z"),
        ("1:30:00", "min", "2026-09-12T10:00:00.000Z"),
        ("27m 56s", "h", "2026-09-12T08:57:56.000Z"),
        ("PT2H", "", "2026-09-12T10:30:00.000Z"),
        ("90", "", "90"),  # of what, nobody says
        ("1,234", "min", "1,234"),
        ("1.234", "min", "1.234"),
        ("1,234 min", "min", "1,234 min"),
        ("999999999999", "min", "999999999999"),
        ("9999999999999999999:00:00", "min", "9999999999999999999:00:00"),
        ("long", "min", "long"),
        (None, "min", None),
    ],
)
def test_a_duration_leads_from_the_start_to_the_end(lasted, unit, said):
    with duckdb.connect() as con:
        for macro in (*macros("UTC", "dmy", names=("time_of",)), *numbers.macros(), time_after()):
            con.execute(macro)
        assert con.execute("select time_after('2026-09-12 08:30', ?, ?)", [lasted, unit]).fetchall() == [
            (said,)
        ]


def test_several_columns_together_make_a_key(tmp_path):
    rows = [["a", "1", "2026-09-01"], ["a", "2", "2026-09-01"], ["b", "", "2026-09-01"]]
    [seen] = look(export(tmp_path / "x.csv", rows, ["one", "two", "day"]), tmp_path, "x.csv", UNASKED)
    draft = Draft("incident", {"opened_at": ["day"]}, joined=["one", "two"], moment="load")
    checked = preview(seen, source_of(draft, seen, "joined_list", sources()), UNASKED, tmp_path)
    assert [row["key"] for row in checked.rows] == ["a:1", "a:2"]
    assert checked.outcome.rejected == 1, "a key with a part missing is none"


def test_rows_of_a_nested_file_are_named_by_their_path(tmp_path):
    file = tmp_path / "x.json"
    found = [{"ref": f"R{n}", "when": {"start": f"2026-09-0{n} 08:00"}} for n in (1, 2, 3)]
    file.write_text(json.dumps({"answer": {"items": found}}), "utf-8")
    seen = look(file, tmp_path, "x.json", UNASKED)[0]
    draft = Draft("incident", {"key": ["ref"], "opened_at": ["when.start"]}, moment="load")
    source = source_of(draft, seen, "nested_list", sources())
    save(source, tmp_path)
    [outcome] = load([file], tmp_path)
    assert (outcome.source, outcome.accepted, outcome.error) == ("nested_list", 3, None)


@pytest.mark.parametrize("name", ["../../x", "", "X", "a b", "1a", "a.b", "a" * 41])
def test_a_name_that_is_no_name_is_refused(tmp_path, name):
    [seen] = look(export(tmp_path / "tickets.csv"), tmp_path, "tickets.csv", UNASKED)
    source = source_of(drafted(), seen, "x1", sources()).model_copy(update={"name": name})
    with pytest.raises(NotReady, match="cannot be a name"):
        save(source, tmp_path)
    assert not (tmp_path / "sources").exists()


def test_a_name_belongs_to_one_kind_of_record(tmp_path):
    [seen] = look(export(tmp_path / "tickets.csv"), tmp_path, "tickets.csv", UNASKED)
    save(source_of(drafted(), seen, "desk_tickets", sources()), tmp_path)
    other = Draft("leaver", {"key": ["Ticket no."], "last_day_at": ["Raised on"]})
    with pytest.raises(NotReady, match="of incident records already"):
        save(source_of(other, seen, "desk_tickets", sources()), tmp_path)


def test_words_of_other_languages_are_of_columns_and_values_that_there_are():
    columns = {name: column for record in RECORDS for name, column in targets(record).items()}
    assert not WORDS.keys() - columns.keys()
    for name, words in VALUES.items():
        assert {*words.values()} <= {
            v for record in RECORDS.values() if name in record.columns for v in record.columns[name].allowed
        }
