"""The cloud audit: Prowler runs over every account, failing less towards the end.

They were made each quarter at first, then each month.
"""

from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from data.company import EXPORTED, MONTHS, month_end
from data.sheets import write_csv

HEADER = [
    "AUTH_METHOD", "TIMESTAMP", "ACCOUNT_UID", "ACCOUNT_NAME", "FINDING_UID", "PROVIDER", "CHECK_ID", "CHECK_TITLE", "CHECK_TYPE",
    "STATUS", "STATUS_EXTENDED", "MUTED", "SERVICE_NAME", "SEVERITY", "RESOURCE_TYPE", "RESOURCE_UID", "RESOURCE_NAME", "PARTITION",
    "REGION", "DESCRIPTION", "COMPLIANCE", "PROWLER_VERSION",
]  # fmt: skip
ACCOUNTS = {
    "100000000014": "larkmoor-production",
    "100000000021": "larkmoor-claims",
    "100000000037": "larkmoor-data",
    "100000000042": "larkmoor-workplace",
}
MANUAL = {
    "account_maintain_current_contact_details": "Contact details are current",
    "account_security_contact_information_is_registered": "Someone is named for security matters",
    "iam_securityaudit_role_created": "Auditors have a role of their own",
    "organizations_delegated_administrators": "Administrators of the organisation are the agreed ones",
}
PASSING = [
    70,
    70,
    71,
    72,
    72,
    73,
    74,
    74,
    75,
    76,
    76,
    77,
    78,
    78,
    79,
    80,
    80,
    81,
    82,
    82,
    83,
    86,
    90,
    92,
]  # percent, by month


def checks() -> list[tuple[str, str, str]]:
    """Severity, id and title of every check that a machine can make."""
    lines = Path(__file__).with_name("checks.txt").read_text("utf-8").splitlines()
    return [tuple(line.split(" ", 2)) for line in lines]


def write(folder: Path, seed: int) -> list[Path]:
    chance = Random(f"{seed} controls")
    controls = [(check, account) for check in checks() for account in ACCOUNTS]
    order = chance.sample(range(len(controls)), len(controls))  # in which they were put right
    resources = {control: chance.choice([1, 1, 2, 3, 4]) for control in controls}
    files = []
    for (year, month), percent in zip(MONTHS, PASSING, strict=True):
        good = round(len(controls) * percent / 100)
        passing = {controls[i] for i in [*order[: good - 3], *chance.sample(order[good - 3 :], 3)]}
        if (year, month) < (2025, 10) and month % 3:
            continue
        runs = {month_end(year, month) - timedelta(hours=20): f"prowler_{year}-{month:02}.csv"}
        if (year, month) == MONTHS[-1]:
            runs[EXPORTED - timedelta(hours=2)] = "prowler_2026-10-02.csv"
        for at, name in runs.items():
            rows = [
                row
                for control in controls
                for row in _tests(control, at, control in passing, resources[control])
            ]
            files.append(
                write_csv(
                    folder / name,
                    HEADER,
                    rows + [_manual(at, account, check) for account in ACCOUNTS for check in MANUAL],
                    ";",
                )
            )
    return files


def _tests(control: tuple, at: datetime, passes: bool, resources: int) -> list[list[str]]:
    """One row for each resource; where the control fails, it fails on the first, and on every third."""
    (severity, check, title), account = control
    return [
        _row(
            at,
            account,
            check,
            title,
            severity,
            "FAIL" if not passes and place % 3 == 0 else "PASS",
            f"{check.split('_')[0]}-{place + 1}",
        )
        for place in range(resources)
    ]


def _manual(at: datetime, account: str, check: str) -> list[str]:
    return _row(at, account, check, MANUAL[check], "medium", "MANUAL", "account")


def _row(
    at: datetime, account: str, check: str, title: str, severity: str, status: str, resource: str
) -> list[str]:
    service, place = check.split("_", maxsplit=1)[0], sum(check.encode())
    compliance = f"CIS-2.0: {1 + place % 5}.{1 + place % 20} | ISO27001-2022: A.{5 + place % 4}.{1 + place % 30} | SOC2: CC{6 + place % 3}.{1 + place % 8}"
    return [
        "profile", at.strftime("%Y-%m-%d %H:%M:%S.%f"), account, ACCOUNTS[account], f"prowler-aws-{check}-{account}-eu-west-2-{resource}",
        "aws", check, title, service, status, f"{resource}: {status.lower()}", "False", service, severity, "Other",
        f"arn:aws:{service}:eu-west-2:{account}:{resource}", resource, "aws", "eu-west-2", title, compliance, "5.4.0",
    ]  # fmt: skip
