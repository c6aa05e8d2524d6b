"""The lists that people keep: services, their calendars and groups, rates, targets, decisions, risks, the client survey and the assets."""

from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random

from data.company import (
    EXPORTED,
    MONTHS,
    ORGANISATION,
    SERVICES,
    Machine,
    machines,
    month_end,
    month_start,
    quarter,
    within,
)
from data.sheets import write_csv, write_xlsx

BOTH = "CIO, CISO"
TARGETS = [  # metric, target, at risk, from, owners; hours and money are for a quarter
    ("downtime", 42, 48, date(2024, 10, 1), BOTH),
    ("downtime", 30, 36, date(2025, 10, 1), BOTH),
    ("availability", 99.8, 99.5, date(2024, 10, 1), "CIO"),
    ("time_to_restore", 4, 5, date(2024, 10, 1), BOTH),
    ("controls_passing", 95, 90, date(2024, 10, 1), "CISO"),
    ("patches_on_time", 95, 90, date(2024, 10, 1), BOTH),
    ("client_trust", 70, 66, date(2024, 10, 1), BOTH),
    ("money_lost", 600_000, 750_000, date(2024, 10, 1), BOTH),
]
DECISIONS = [  # reference, asked for, owner, asked, decide by, status, reason, decided, by, on, do by, done
    (
        "D-2026-11", "Approve a weekend patch window for Claims and Client portal", BOTH, date(2026, 10, 2), date(2026, 10, 15), "Asked",
        "£40k a year against most of the patches that are late", "", "", None, None, None,
    ),
    (
        "D-2026-12", "Accept the unsupported database of Policy documents until March", "CISO", date(2026, 10, 2), date(2026, 10, 30), "Asked",
        "Its replacement goes live in March 2027; the acceptance ends on 31 March 2027", "", "", None, None, None,
    ),
    (
        "D-2026-08", "Fund offline backups for Payments after the ransomware of May", "CIO", date(2026, 6, 30), date(2026, 7, 31), "Made",
        "Restoring took nine hours because the copies were encrypted too", "Approved, £90k of this year's reserve", "Board",
        date(2026, 7, 14), date(2026, 12, 18), None,
    ),
    (
        "D-2026-06", "Move the status page out of the own data centre", "CIO", date(2026, 4, 3), date(2026, 4, 30), "Done",
        "Clients could not see that Payments was down", "Approved", "Risk committee", date(2026, 4, 28), date(2026, 8, 31), date(2026, 8, 20),
    ),
]  # fmt: skip
RISKS = [  # reference, risk, category, owner, services, likelihood, consequence, loss from, to, treatment, status, raised, reviewed, treated by
    (
        "R-04", "Ransomware reaches Payments again before its backups are offline", "Cyber", "CISO", "Payments", 3, 5, 400_000, 2_500_000, "Reduce",
        "Open", date(2024, 11, 4), date(2026, 9, 14), date(2026, 12, 18),
    ),
    (
        "R-11", "A weakness in Claims or Client portal is used before its late patch is in place", "Cyber", BOTH, "Claims; Client portal", 4, 4,
        250_000, 1_800_000, "Reduce", "Open", date(2026, 8, 3), date(2026, 9, 14), date(2026, 11, 30),
    ),
    (
        "R-07", "A supplier that several services lean on is down for more than a day", "Third party", "CIO", "Quotes; Broker gateway", 3, 4,
        150_000, 900_000, "Transfer", "Open", date(2025, 3, 10), date(2026, 9, 14), date(2027, 3, 31),
    ),
    (
        "R-09", "The unsupported database of Policy documents fails", "Technology", "CIO", "Policy documents", 3, 3, 60_000, 350_000, "Accept",
        "Open", date(2025, 6, 2), date(2026, 9, 14), date(2027, 3, 31),
    ),
    (
        "R-12", "Client data leaves by somebody who has left", "People", "CISO", "HR and payroll; Data warehouse", 2, 4, 100_000, 1_200_000, "Reduce",
        "Open", date(2025, 9, 22), date(2026, 9, 14), date(2027, 1, 31),
    ),
    (
        "R-13", "Two of three people who can restore the ledger leave", "People", "CIO", "Finance ledger", 2, 3, None, 80_000, "Reduce", "Open",
        date(2026, 2, 9), date(2026, 9, 14), date(2026, 12, 31),
    ),
    (
        "R-02", "The old broker portal cannot be patched", "Technology", "CIO", "Broker gateway", 4, 3, 50_000, 400_000, "Avoid", "Closed",
        date(2024, 10, 14), date(2026, 3, 9), date(2026, 2, 27),
    ),
]  # fmt: skip
CLOSED = [  # bank holidays in England
    "2024-12-25", "2024-12-26", "2025-01-01", "2025-04-18", "2025-04-21", "2025-05-05", "2025-05-26", "2025-08-25", "2025-12-25", "2025-12-26",
    "2026-01-01", "2026-04-03", "2026-04-06", "2026-05-04", "2026-05-25", "2026-08-31", "2026-12-25", "2026-12-28",
]  # fmt: skip
WEEK = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
CALENDARS = [  # name, from, weekdays, Saturday, holidays; the others are round the clock
    ("Broking hours", None, "07:30-19:00", "", CLOSED),
    ("Phone hours", None, "08:00-18:00", "", CLOSED),
    (
        "Phone hours",
        date(2026, 1, 1),
        "08:00-20:00",
        "09:00-13:00; 13:30-17:00",
        ["2026-01-01", "2026-12-25"],
    ),
]
HOURS = {"Broker gateway": "Broking hours", "Contact centre": "Phone hours"}
GROUPS = [
    ("Buy a policy", "Any down", "Quotes; Client portal; Payments"),
    ("Reach us", "All down", "Contact centre; Client portal; Mobile app"),
    ("Serve brokers", "Weighted", "Broker gateway = 3; Policy documents = 1"),
]
ANNOTATIONS = [  # what happened, on, until, metric, service
    (
        "Patch windows of Claims and Client portal cancelled for the release freeze",
        date(2026, 7, 1),
        date(2026, 9, 30),
        "patches_on_time",
        None,
    ),
    ("Ransomware at Payments", date(2026, 5, 12), None, None, "Payments"),
]
TRUST = [66.5, 66.2, 67.8, 68.4, 69.6, 70.4, 71.2, 71.0]  # mean of each quarter's survey
INVITED = 690


def write(folder: Path, seed: int) -> list[Path]:
    chance = Random(f"{seed} lists")
    return [
        write_xlsx(
            folder / "services.xlsx", "Services", ["Service", "Owner", "Business unit", "Tier", "Customer facing", "Calendar"],
            [(s.name, s.owner, s.unit, s.tier, "Yes" if s.customer_facing else "No", HOURS.get(s.name, "")) for s in SERVICES],
        ),
        write_csv(
            folder / "calendars.csv", ["Calendar", "Time zone", "From", *WEEK, "Holidays"],
            [(name, "Europe/London", since or "", *[weekday] * 5, saturday, "", "; ".join(closed)) for name, since, weekday, saturday, closed in CALENDARS],
        ),
        write_csv(folder / "service_groups.csv", ["Group", "Rule", "Services"], GROUPS),
        write_xlsx(
            folder / "service_rates.xlsx", "Rates", ["Service", "Cost per hour", "From"], _rates(),
            below=["Agreed by Finance: lost margin and overtime per hour in which a service is down."],
        ),
        write_xlsx(
            folder / "targets.xlsx", "Targets", ["Metric", "Target", "At risk from", "From", "Owners", "Agreed by"],
            [(*target, "Board risk committee") for target in TARGETS], above=[f"{ORGANISATION}: targets in force"],
        ),
        write_xlsx(
            folder / "annotations.xlsx", "Annotations", ["What happened", "On", "Until", "Metric", "Service"], ANNOTATIONS,
        ),
        write_xlsx(
            folder / "decisions.xlsx", "Decisions",
            ["Reference", "Decision asked for", "Owner", "Asked on", "Decide by", "Status", "Reason", "What was decided", "Decided by",
             "Decided on", "Do by", "Done on"], DECISIONS,
        ),
        write_xlsx(
            folder / "risks.xlsx", "Risk register",
            ["Reference", "Risk", "Category", "Owner", "Services", "Likelihood", "Consequence", "Loss from (GBP)", "Loss to (GBP)", "Treatment",
             "Status", "Raised", "Reviewed", "Treated by"], RISKS,
        ),
        write_xlsx(
            folder / "client_survey.xlsx", "Answers",
            ["Response", "Answered", "Client", "Measure", "Score", "Invited", "Survey", "Survey closed"], _survey(chance),
        ),
        *_assets(folder, chance),
    ]  # fmt: skip


def _rates() -> list[tuple]:
    first = [(s.name, s.cost_per_hour, date(2024, 10, 1)) for s in SERVICES]
    return [*first, ("Claims", 13_500, date(2025, 11, 1))]


def _survey(chance: Random) -> list[tuple]:
    """Answers come in the last five weeks of a quarter; the survey closes the morning after it."""
    rows = []
    for number, mean in enumerate(TRUST):
        end = month_end(*MONTHS[number * 3 + 2])
        closed = end.replace(hour=9, minute=0) + timedelta(days=end.hour > 12)
        scores = [chance.gauss(0, 17) for _ in range(chance.randint(196, 226))]
        shift = mean - sum(scores) / len(scores)
        clients = sorted(chance.sample(range(1, 1600), len(scores)))
        for client, score in zip(clients, scores, strict=True):
            answered = within(chance, end - timedelta(days=35), end)
            value = min(100, max(0, round(score + shift)))
            name = quarter(end - timedelta(days=1))
            rows.append(
                (
                    f"{name}/{client:04}",
                    answered,
                    f"Client {client:04}",
                    "Trust",
                    value,
                    INVITED,
                    name,
                    closed,
                )
            )
    return sorted(rows, key=lambda row: row[1])


def _assets(folder: Path, chance: Random) -> list[Path]:
    """One file a quarter with the list as it stood at each month's end; the last also with that of the export's day."""
    estate = machines()
    lost = {m.name: within(chance, datetime(2025, 1, 1), EXPORTED) for m in chance.sample(estate, 18)}
    retired = {m.name: within(chance, datetime(2025, 1, 1), EXPORTED) for m in chance.sample(estate, 14)}
    weak = {m.name for m in chance.sample(estate, 25)}
    files, rows = [], []
    for year, month in MONTHS:
        end = month_end(year, month)
        moments = [
            end - timedelta(hours=1),
            *([EXPORTED - timedelta(hours=1)] if (year, month) == MONTHS[-1] else []),
        ]
        rows += [_asset(chance, m, at, lost, retired, weak) for at in moments for m in estate]
        if month % 3 == 0:
            header = [
                "Asset",
                "Service",
                "Business unit",
                "Owner",
                "Tier",
                "Last seen",
                "Retired",
                "Baseline met",
                "As of",
            ]
            files.append(write_csv(folder / f"assets_{quarter(month_start(year, month))}.csv", header, rows))
            rows = []
    return files


def _asset(chance: Random, machine: Machine, at: datetime, lost: dict, retired: dict, weak: set) -> tuple:
    seen = min(
        at - timedelta(hours=chance.uniform(2, 60)), lost.get(machine.name, at), retired.get(machine.name, at)
    )
    gone = retired.get(machine.name)
    return (
        machine.name, machine.service.name, machine.service.unit, machine.service.owner, machine.service.tier,
        seen.strftime("%Y-%m-%d %H:%M:%S"), gone.strftime("%Y-%m-%d") if gone and gone <= at else "",
        "no" if machine.name in weak else "yes", at.strftime("%Y-%m-%d %H:%M:%S"),
    )  # fmt: skip
