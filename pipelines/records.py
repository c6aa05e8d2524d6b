"""The kinds of record: their columns, types, keys and allowed values. A new kind is one more entry of RECORDS.

Types (as they stand in DuckDB): text (varchar), time (timestamp, UTC), number (double), integer (bigint),
flag (boolean), list (varchar[]).
"""

import re
from dataclasses import dataclass, field

LARGEST = "1e15"  # below it are the numbers of records, so that their sums are numbers too


@dataclass(frozen=True)
class Column:
    """One column of a record kind.

    type: text, time, number, integer, flag or list.
    allowed: the values it may hold, empty for any; a value outside is a refused cell, never a default.
    low, high: the smallest and largest number it may hold.
    separators: regular expression of what parts the items of a list that is no JSON array; a comma only
        where no item can hold one.
    unit: of a number: money, percent (its sign may be left out), any (whichever its row is about), or "" for a plain one.
    ends: of a time: a date alone stands for the end of that day, in the organisation's zone; else for its beginning.
    help: what it is, for templates and the mapping page.
    """

    type: str = "text"
    allowed: tuple = ()
    low: float | None = None
    high: float | None = None
    separators: str = r"[;|\n]"
    unit: str = ""
    ends: bool = False
    help: str = ""


@dataclass(frozen=True)
class Record:
    """One kind of record.

    required: columns without which a row is rejected (the key, and the date that places it).
    counts_only: column -> SQL condition on the typed columns; the value is null where it does not hold,
        since tools fill times in back in time and reopened items keep old ones.
    checks: column -> (SQL condition it must meet, reason); where it fails the cell is refused.
    event: True where every row is an event of its own that nothing supersedes.
    reference: True for lists kept by people (catalogues, targets), which do not decide whether a period is closed.
    closing: what an export of the complete state does to a record that it no longer lists: (SQL condition on the
        record, column -> SQL; $moment is the export's moment). covers: the column whose values an export speaks for;
        what lies outside them is not closed. begins: the column that says since when it is known; it keeps the
        earliest that any export of the complete state has told.
    cadence: days after which an export is expected to be followed by the next, unless its source says otherwise.
    """

    title: str
    columns: dict[str, Column]
    required: tuple[str, ...] = ()
    counts_only: dict[str, str] = field(default_factory=dict)
    checks: dict[str, tuple[str, str]] = field(default_factory=dict)
    event: bool = False
    reference: bool = False
    closing: tuple[str, dict[str, str]] | None = None
    covers: str | None = None
    begins: str | None = None
    cadence: int | None = None

    @property
    def placed_by(self) -> str | None:
        """The column that places a record in time, where its kind has one."""
        return next((c for c in self.required if c in self.columns and self.columns[c].type == "time"), None)

    @property
    def starts(self) -> dict[str, list[str]]:
        """Each end, with the columns from which it may be counted: the first of them that holds a time is meant."""
        ends = {end: sql for end, (sql, _) in self.checks.items() if self.columns[end].type == "time"}
        return {
            end: [c for c in (*re.findall(r"\w+", sql), self.placed_by) if c != end and c in self.columns]
            for end, sql in ends.items()
        }


TEXT, TIME, NUMBER, LIST, FLAG = Column(), Column("time"), Column("number"), Column("list"), Column("flag")
SEVERITY = Column("integer", allowed=(1, 2, 3, 4), help="1 critical, 2 high, 3 medium, 4 low")
TIER = Column("integer", allowed=(1, 2, 3, 4), help="how much depends on it: 1 most, 4 least")
OWNER = Column(help="who answers for it")
UNIT = Column(help="the part of the organisation that it belongs to")
SERVICE = Column(help="the business service, named as in the list of services")
FRAMEWORK = Column(help="the standard or law it is held against, such as ISO 27001 or SOC 2")
COMPONENTS = Column(
    "list", help="configuration items, components or tags, which the service map turns into services"
)

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
CLOCK = r"([01]?\d|2[0-3]):[0-5]\d"
HOURS = Column(
    "list",
    separators=r"[,;\n]",
    help="the hours of that day, such as 08:00-18:00, or 22:00-06:00 into the next; empty where there are none",
)
HOLIDAYS = Column(
    "list", separators=r"[,;\s]", help="dates without any hours, written 2026-12-25; 2026-12-26"
)


def _not_before(column: str, *starts: str) -> dict[str, tuple[str, str]]:
    start = f"coalesce({', '.join(starts)})" if len(starts) > 1 else starts[0]
    return {column: (f"{column} >= {start}", f"before its start ({' or '.join(starts)})")}


def _each(column: str, condition: str, reason: str) -> dict[str, tuple[str, str]]:
    """Every item of a list meets a condition, in which it is `i`."""
    return {column: (f"len(list_filter({column}, lambda i: not coalesce({condition}, false))) = 0", reason)}


RECORDS: dict[str, Record] = {
    "incident": Record(
        "Incidents, of security and of operations",
        {
            "title": Column(help="what happened, in a few words"),
            "domain": Column(allowed=("security", "operational"), help="whose matter it is"),
            "severity": SEVERITY,
            "status": Column(
                allowed=("open", "resolved", "closed", "cancelled"),
                help="where it stands; resolved: the service is back",
            ),
            "services": Column("list", help="the business services that it hit"),
            "components": Column(
                "list",
                help="configuration items, components or tags, which the service map turns into services",
            ),
            "opened_at": Column(
                "time", help="when the tool says it was opened; places the incident in a period"
            ),
            "occurred_at": Column("time", help="when it began, as far as is known"),
            "detected_at": Column("time", help="when somebody or something noticed it"),
            "acknowledged_at": Column("time", help="when somebody took it on"),
            "contained_at": Column("time", help="when it could spread no further"),
            "restored_at": Column(
                "time", help="when the service was back; counts only where its status says so"
            ),
            "reported_at": Column("time", help="when it was reported to those who must be told"),
            "classified_at": Column(
                "time", help="when it was found to be one that must be reported: major, significant, material"
            ),
            "reportable_under": Column(
                "list",
                separators=r"[,;|\n]",
                help="the rules under which it must be reported, such as GDPR, NIS2",
            ),
            "closed_at": Column(
                "time", help="when the record was closed; counts only where its status says so"
            ),
            "impact": Column(
                allowed=("outage", "degradation", "none", "maintenance"),
                help="what it did to the services; only an outage is downtime",
            ),
            "outage_started_at": Column(
                "time", help="since when the service was down, if not since it was opened"
            ),
            "outage_ended_at": Column("time", help="until when it was down, if not until it was restored"),
            "caused_by": Column(help="the reference of the incident or change that caused it"),
            "supplier": Column(help="the supplier whose failure caused it, where one did"),
            "problem": Column(help="the reference of the problem behind it"),
            "change": Column(help="the reference of the change that mends it"),
            "links": Column("list", separators=r"[,;|\s]", help="what other tools call it"),
            "aliases": Column(
                "list", separators=r"[,;|\s]", help="what its own tool calls it besides its key"
            ),
            "recorded_cost": Column(
                "number", low=0, unit="money", help="what it cost, in your currency, where that was counted"
            ),
            "hours_worked": Column(
                "number", low=0, help="hours of work on it, of all people together, where they were counted"
            ),
            "clients_affected": Column("integer", low=0, help="how many clients it touched"),
            "records_affected": Column("integer", low=0, help="how many records of data it exposed"),
            "team": Column(help="who worked on it"),
        },
        required=("key", "opened_at"),
        counts_only={
            "restored_at": "status in ('resolved', 'closed')",
            "closed_at": "status in ('closed', 'cancelled')",
        },
        checks={
            **_not_before("restored_at", "detected_at", "opened_at"),
            **_not_before("closed_at", "opened_at"),
            **_not_before("contained_at", "detected_at", "opened_at"),
            **_not_before("acknowledged_at", "detected_at", "opened_at"),
            **_not_before("classified_at", "detected_at", "opened_at"),
            **_not_before("outage_ended_at", "outage_started_at"),
        },
        cadence=31,
    ),
    "patch": Record(
        "Weaknesses and the patches that close them, by asset",
        {
            "asset": Column(help="the machine or device that lacks it"),
            "patch": Column(help="KB number, package or scanner plugin"),
            "cves": Column(
                "list", separators=r"[,;|\s]", help="the weaknesses that it closes, such as CVE-2026-1001"
            ),
            "title": Column(help="what it mends, in a few words"),
            "severity": Column(
                "integer",
                allowed=(1, 2, 3, 4, 5),
                help="1 critical, 2 high, 3 medium, 4 low, 5 informational",
            ),
            "cvss": Column("number", low=0, high=10, help="the score of the weakness, from 0 to 10"),
            "first_seen_at": Column(
                "time", help="since when it is known to be missing; the clock starts here"
            ),
            "released_at": Column("time", help="when its maker released it"),
            "due_at": Column(
                "time", ends=True, help="by when it is to be installed, where that is agreed for it alone"
            ),
            "fixed_at": Column("time", help="when it was installed; counts only where its state is fixed"),
            "state": Column(
                allowed=("open", "fixed", "excepted", "not applicable"),
                help="where it stands; excepted: its risk is accepted",
            ),
            "reopened_at": Column("time", help="when it was found to be missing again"),
        },
        required=("key", "asset", "first_seen_at"),
        counts_only={"fixed_at": "state = 'fixed'"},
        checks=_not_before("fixed_at", "first_seen_at"),
        closing=("state = 'open'", {"state": "'fixed'", "fixed_at": "$moment"}),
        covers="asset",
        begins="first_seen_at",
        cadence=31,
    ),
    "asset": Record(
        "Assets that patch tooling should see",
        {
            "name": Column(help="the machine or device, named as patch tooling names it"),
            "services": Column("list", help="the business services that it carries"),
            "components": Column("list", help="tags and groups, which the service map turns into services"),
            "business_unit": UNIT,
            "owner": OWNER,
            "tier": TIER,
            "last_seen_at": Column("time", help="when patch tooling last heard from it"),
            "retired_at": Column("time", help="when it was taken out of use"),
            "baseline_ok": Column("flag", help="whether it meets the agreed configuration"),
        },
        required=("key", "name"),
        cadence=31,
    ),
    "control_test": Record(
        "Tests of controls, by monitoring tools and auditors",
        {
            "control": Column(help="the control that was tested, such as A.8.8"),
            "title": Column(help="what the test looks at"),
            "frameworks": Column(
                "list", separators=r"[,;|\n]", help="the standards that ask for it, such as ISO 27001, SOC 2"
            ),
            "scope": Column(help="an account, a subscription or an audit"),
            "resource": Column(help="what was tested: a system, an account, a sample"),
            "result": Column(
                allowed=("pass", "fail", "informational", "not applicable", "manual", "not tested"),
                help="manual: a person has to test it; not tested: the test came to no result",
            ),
            "assurance": Column(
                allowed=("monitoring", "audit"), help="tested by a tool all the time, or by an auditor"
            ),
            "tested_at": Column("time", help="when it was tested"),
            "severity": SEVERITY,
        },
        required=("key", "control", "tested_at", "result"),
        event=True,
        cadence=31,
    ),
    "service": Record(
        "Business services",
        {
            "name": Column(help="the service, named as the business names it"),
            "owner": OWNER,
            "business_unit": UNIT,
            "tier": TIER,
            "customer_facing": Column("flag", help="whether clients use it; downtime counts these"),
            "calendar": Column(
                help="the calendar of its agreed hours, as the list of calendars names it; empty: round the clock"
            ),
        },
        required=("key", "name"),
        reference=True,
    ),
    "service_group": Record(
        "Groups of services, and when a group counts as down",
        {
            "name": Column(help="what the group is called, such as Pay by card"),
            "rule": Column(
                allowed=("any down", "all down", "weighted"),
                help="it is down while any of its services is, or all of them are; weighted: each counts by its weight",
            ),
            "services": Column(
                "list",
                help="its services, as the list of services names them; with weights as Payments = 3; Cards = 1",
            ),
        },
        required=("key", "name", "rule", "services"),
        reference=True,
    ),
    "calendar": Record(
        "Calendars: the hours in which services are agreed to be up",
        {
            "name": Column(help="what services call it, such as Office hours"),
            "time_zone": Column(
                help="where its clock hangs, such as Europe/London; empty: as the organisation's settings say"
            ),
            "from_at": Column(
                "time", help="the day from which these hours hold; days before keep what held then"
            ),
            **dict.fromkeys(DAYS, HOURS),
            "holidays": HOLIDAYS,
        },
        required=("key", "name"),
        checks={
            "time_zone": (
                "lower(time_zone) in (select lower(name) from pg_timezone_names())",
                "not a time zone, such as Europe/London",
            ),
            **{
                name: check
                for day in DAYS
                for name, check in _each(
                    day,
                    f"regexp_full_match(i, '{CLOCK} ?[-–] ?({CLOCK}|24:00)')",
                    "not hours of a day, such as 08:00-18:00 or 08:00-12:00; 13:00-17:00",
                ).items()
            },
            **_each(
                "holidays",
                r"regexp_full_match(i, '\d{4}-\d\d-\d\d') and try(cast(i as date)) is not null",
                "not dates such as 2026-12-25; 2026-12-26",
            ),
        },
        reference=True,
    ),
    "rate": Record(
        "Cost of an hour, of downtime or of work on incidents, by service, from a date on",
        {
            "service": Column(help="the business service, or * for every one without a rate of its own"),
            "what": Column(
                allowed=("downtime", "labour"),
                help="what there is an hour of: downtime of the service (where left empty), or work on its incidents",
            ),
            "cost_per_hour": Column("number", low=0, unit="money", help="what it costs, in your currency"),
            "from_at": Column("time", help="the day from which this holds; days before keep what held then"),
        },
        required=("key", "service", "cost_per_hour", "from_at"),
        reference=True,
    ),
    "penalty": Record(
        "Penalties and credits owed to clients for incidents",
        {
            "service": SERVICE,
            "client": Column(help="to whom it is owed"),
            "amount": Column("number", low=0, unit="money", help="what is owed, in your currency"),
            "charged_at": Column("time", help="the day on which what it is owed for happened"),
            "incident": Column(help="the reference of the incident, where it is owed for one"),
            "reason": Column(help="the clause of the contract, or what was missed"),
        },
        required=("key", "amount", "charged_at"),
        reference=True,
    ),
    "known_exploited": Record(
        "Weaknesses known to be exploited",
        {
            "cve": TEXT,
            "title": TEXT,
            "added_at": TIME,
            "due_at": Column("time", ends=True),
            "ransomware": FLAG,
        },
        required=("key", "cve", "added_at"),
        reference=True,
    ),
    "client_score": Record(
        "Answers of clients to a survey",
        {
            "answered_at": Column("time", help="when the client answered"),
            "client": Column(help="who answered, or a number in their place"),
            "services": Column("list", help="the services that the answer is about"),
            "measure": Column(help="what was asked for, such as Trust or Satisfaction"),
            "score": Column(
                "number", low=0, high=100, unit="percent", help="the answer, from 0 (worst) to 100 (best)"
            ),
            "invited": Column("integer", low=0, help="how many were asked in this survey"),
        },
        required=("key", "answered_at", "score"),
        cadence=100,
    ),
    "target": Record(
        "What was agreed for a metric, by whom, from which date on",
        {
            "metric": Column(
                help="the metric's name, as `dashboard metrics` lists it, such as patches_on_time"
            ),
            "value": Column(
                "number",
                unit="any",
                help="what was agreed, in the metric's unit; hours and money are for a quarter",
            ),
            "at_risk": Column(
                "number",
                unit="any",
                help="where the value turns from on target to off target, if not at once",
            ),
            "from_at": Column("time", help="the day from which it holds; days before keep what held then"),
            "service": Column(help="the service that it holds for; empty for all of them together"),
            "business_unit": Column(
                help="the business unit that it holds for; empty for all of them together"
            ),
            "owners": Column("list", separators=r"[,;|\n]", help="who answers for it, such as CIO, CISO"),
            "agreed_by": Column(help="who agreed it"),
        },
        required=("key", "metric", "value", "from_at"),
        reference=True,
    ),
    "annotation": Record(
        "What happened that a reader of trends should know",
        {
            "text": Column(help="what happened, in a few words, such as Moved to the new data centre"),
            "happened_at": Column("time", help="the day on which it happened, or began"),
            "until_at": Column("time", ends=True, help="the day on which it ended, where it lasted"),
            "metric": Column(help="the metric's name, where it concerns one alone; empty for all"),
            "service": Column(help="the service that it concerns; empty for all"),
        },
        required=("key", "text", "happened_at"),
        checks=_not_before("until_at", "happened_at"),
        reference=True,
    ),
    "decision": Record(
        "Decisions asked of the board",
        {
            "text": Column(help="what the board is asked to decide, in one sentence"),
            "owner": Column(help="who asks for it"),
            "asked_at": Column("time", help="when it was asked for"),
            "due_at": Column("time", ends=True, help="by when it is needed"),
            "status": Column(allowed=("asked", "made", "done", "dropped"), help="how far it has come"),
            "reason": Column(help="why it is asked, or why it was decided so"),
            "outcome": Column(help="what was decided, in one sentence"),
            "decided_by": Column(help="who decided it"),
            "decided_at": Column("time", help="when it was decided, or dropped"),
            "do_by_at": Column("time", ends=True, help="by when what was decided is to be done"),
            "done_at": Column("time", help="when it was done"),
        },
        required=("key", "text", "asked_at"),
        counts_only={
            "decided_at": "status in ('made', 'done', 'dropped')",
            "done_at": "status = 'done'",
        },
        checks={**_not_before("decided_at", "asked_at"), **_not_before("done_at", "decided_at", "asked_at")},
        reference=True,
    ),
    "change": Record(
        "Changes to services",
        {
            "title": Column(help="what is changed, in a few words"),
            "kind": Column(allowed=("standard", "normal", "emergency"), help="how it was approved"),
            "risk": Column(
                "integer", allowed=(1, 2, 3, 4), help="what may go wrong: 1 critical, 2 high, 3 medium, 4 low"
            ),
            "status": Column(allowed=("planned", "open", "closed", "cancelled"), help="how far it has come"),
            "outcome": Column(allowed=("successful", "with issues", "unsuccessful"), help="how it ended"),
            "services": Column("list", help="the business services that it touches"),
            "components": COMPONENTS,
            "opened_at": Column("time", help="when it was asked for"),
            "started_at": Column("time", help="when the work began"),
            "ended_at": Column("time", help="when the work was done"),
            "closed_at": Column(
                "time", help="when the record was closed; counts only where its status says so"
            ),
            "links": Column("list", separators=r"[,;|\s]", help="what other tools call it"),
            "team": Column(help="who does it"),
        },
        required=("key", "opened_at"),
        counts_only={"closed_at": "status in ('closed', 'cancelled')"},
        checks={**_not_before("ended_at", "started_at"), **_not_before("closed_at", "opened_at")},
        cadence=31,
    ),
    "problem": Record(
        "Problems: the causes behind incidents",
        {
            "title": Column(help="what keeps happening, in a few words"),
            "severity": SEVERITY,
            "status": Column(
                allowed=("open", "resolved", "closed", "cancelled"),
                help="where it stands; resolved: its cause is gone",
            ),
            "known_error": Column("flag", help="whether its cause is known"),
            "services": Column("list", help="the business services that it troubles"),
            "components": COMPONENTS,
            "opened_at": Column("time", help="when it was opened"),
            "resolved_at": Column(
                "time", help="when its cause was gone; counts only where its status says so"
            ),
            "closed_at": Column(
                "time", help="when the record was closed; counts only where its status says so"
            ),
            "change": Column(help="the reference of the change that mends it"),
            "links": Column("list", separators=r"[,;|\s]", help="what other tools call it"),
            "team": Column(help="who works on it"),
        },
        required=("key", "opened_at"),
        counts_only={
            "resolved_at": "status in ('resolved', 'closed')",
            "closed_at": "status in ('closed', 'cancelled')",
        },
        checks={**_not_before("resolved_at", "opened_at"), **_not_before("closed_at", "opened_at")},
        cadence=31,
    ),
    "audit": Record(
        "Audits, planned and completed",
        {
            "title": Column(help="what the audit is called"),
            "framework": FRAMEWORK,
            "auditor": Column(help="who audits"),
            "scope": Column(help="what is audited: a company, a site, a system"),
            "period": Column(help="the time that was audited, as the auditor names it"),
            "due_at": Column("time", ends=True, help="when it is planned to be completed"),
            "completed_at": Column("time", help="when the report was issued; empty until then"),
            "opinion": Column(
                allowed=("unqualified", "qualified", "adverse", "disclaimer"),
                help="the auditor's opinion, where the report gives one",
            ),
        },
        required=("key", "framework"),
    ),
    "finding": Record(
        "Findings of audits and assessments",
        {
            "title": Column(help="what was found"),
            "framework": FRAMEWORK,
            "audit": Column(help="the key of its audit"),
            "control": Column(help="the control that failed, such as A.8.8"),
            "severity": SEVERITY,
            "status": Column(
                allowed=("open", "closed", "excepted", "not applicable"),
                help="where it stands; excepted: its risk is accepted",
            ),
            "raised_at": Column("time", help="when it was raised"),
            "due_at": Column("time", ends=True, help="by when it is to be closed, as agreed"),
            "closed_at": Column("time", help="when it was closed; counts only where its status says so"),
            "repeat_of": Column(help="the key of the finding it repeats, or yes"),
            "owner": OWNER,
            "services": Column("list", help="the business services that it touches"),
            "components": COMPONENTS,
        },
        required=("key", "title", "raised_at"),
        counts_only={"closed_at": "status = 'closed'"},
        checks=_not_before("closed_at", "raised_at"),
        closing=("status = 'open'", {"status": "'closed'", "closed_at": "$moment"}),
        covers="framework",
        begins="raised_at",
        cadence=100,
    ),
    "exception": Record(
        "Accepted risks: what may stay open, who approved it, and until when",
        {
            "title": Column(help="what is accepted, in a few words"),
            "assets": Column(
                "list", separators=r"[,;|\n]", help="the assets that it holds for; empty for all"
            ),
            "patch": Column(help="the patch that may stay out: KB number, package or scanner plugin"),
            "cves": Column(
                "list", separators=r"[,;|\s]", help="the weaknesses that may stay open, such as CVE-2026-1001"
            ),
            "control": Column(help="the control that need not be met"),
            "finding": Column(help="the key of the finding"),
            "services": Column("list", help="the business services that it touches"),
            "reason": Column(help="why it is accepted"),
            "approver": Column(help="who accepted the risk"),
            "from_at": Column("time", help="the day from which it holds"),
            "until_at": Column(
                "time", ends=True, help="the day on which it ends; after it, what it covers counts again"
            ),
        },
        required=("key", "approver", "from_at", "until_at"),
        checks=_not_before("until_at", "from_at"),
        reference=True,
    ),
    "risk": Record(
        "The risk register",
        {
            "title": Column(help="what may happen, in one sentence"),
            "category": Column(help="the kind of risk, in the words of your register"),
            "owner": OWNER,
            "services": Column("list", help="the business services that it threatens"),
            "likelihood": Column("integer", allowed=(1, 2, 3, 4, 5), help="1 rare to 5 almost certain"),
            "consequence": Column("integer", allowed=(1, 2, 3, 4, 5), help="1 negligible to 5 severe"),
            "loss_low": Column(
                "number", low=0, unit="money", help="what it would cost if it goes well, in your currency"
            ),
            "loss_high": Column(
                "number", low=0, unit="money", help="what it would cost if it goes badly, in your currency"
            ),
            "treatment": Column(
                allowed=("reduce", "accept", "transfer", "avoid"), help="what is done about it"
            ),
            "status": Column(allowed=("open", "closed"), help="whether it still stands"),
            "raised_at": Column("time", help="when it was entered in the register"),
            "reviewed_at": Column("time", help="when it was last reviewed"),
            "due_at": Column("time", ends=True, help="by when its treatment is to be in place"),
        },
        required=("key", "title"),
        checks=_not_before("reviewed_at", "raised_at"),
        reference=True,
    ),
    "project": Record(
        "Projects, and when security looked at them",
        {
            "name": Column(help="what the project is called"),
            "owner": OWNER,
            "business_unit": UNIT,
            "status": Column(allowed=("planned", "open", "closed", "cancelled"), help="how far it has come"),
            "build_starts_at": Column("time", ends=True, help="when building starts or started"),
            "security_reviewed_at": Column(
                "time", help="when security had reviewed its design; empty until then"
            ),
            "live_at": Column("time", help="when it went live; empty until then"),
        },
        required=("key", "name", "build_starts_at"),
        cadence=100,
    ),
    "leaver": Record(
        "People who left, and when their access ended",
        {
            "person": Column(help="a staff number rather than a name"),
            "business_unit": UNIT,
            "last_day_at": Column("time", ends=True, help="the last day at work"),
            "access_removed_at": Column(
                "time", ends=True, help="when the last access was removed; empty until then"
            ),
        },
        required=("key", "last_day_at"),
        cadence=31,
    ),
    "training": Record(
        "Security training, by person and course",
        {
            "person": Column(help="a staff number rather than a name"),
            "course": Column(help="what the course is called"),
            "business_unit": UNIT,
            "assigned_at": Column("time", help="when the person was asked to take it"),
            "due_at": Column("time", ends=True, help="by when it is to be completed"),
            "completed_at": Column("time", help="when it was completed; empty until then"),
        },
        required=("key", "course", "due_at"),
        cadence=100,
    ),
    "service_map": Record(
        "What belongs to which service: exact names and patterns",
        {
            "name": Column(help="a configuration item, asset, component or tag"),
            "match": Column(
                allowed=("exact", "pattern"), help="pattern: * stands for any text, ? for one sign"
            ),
            "service": Column(help="the business service that it belongs to"),
            "priority": Column("integer", help="of several patterns that fit, the lowest number wins"),
        },
        required=("key", "name", "service"),
        reference=True,
    ),
    "link": Record(
        "Records of several tools that are one, or are not",
        {
            "one": Column(help="instance:key of a record"),
            "other": Column(help="instance:key of the other"),
            "same": Column("flag", help="yes: they are one; no: the link that the exports carry is cut"),
            "reason": Column(help="how that is known"),
        },
        required=("key", "one", "other", "same"),
        reference=True,
    ),
    "correction": Record(
        "Single values corrected by hand",
        {
            "kind": Column(help="the kind of record"),
            "record": Column(help="its key; where several tools have that key, instance:key"),
            "column": Column(help="the column of the record that is wrong"),
            "value": Column(help="the right value; empty for none"),
            "reason": Column(help="why it is wrong, and how the right value is known"),
        },
        required=("key", "kind", "record", "column", "reason"),
        reference=True,
    ),
}

# What every record carries besides its own columns. record_id is unique over all sources; sequence orders
# updates of one moment; load and row lead back to the export.
CARRIED = {
    "record_id": "varchar",
    "key": "varchar",
    "source": "varchar",
    "instance": "varchar",
    "effective_at": "timestamp",
    "sequence": "bigint",
    "load": "integer",
    "row": "bigint",
}

SQL_TYPES = {
    "text": "varchar",
    "time": "timestamp",
    "number": "double",
    "integer": "bigint",
    "flag": "boolean",
    "list": "varchar[]",
}


def table_columns(record: str) -> dict[str, str]:
    """The columns of a record's table in a snapshot: name -> DuckDB type, carried ones first."""
    own = {name: SQL_TYPES[column.type] for name, column in RECORDS[record].columns.items()}
    return {**CARRIED, **own}
