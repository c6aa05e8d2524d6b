"""AWS Security Hub: the findings of its controls as they stand, through boto3. One pull makes one export.

https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_GetFindings.html
"""

import json
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, field_validator

from pipelines.asked import Asked
from pipelines.errors import NotReady
from pipelines.pull.connection import Connection, Failed, Fetched, Visit
from pipelines.pull.online import address
from pipelines.pull.paging import REPEATING
from pipelines.pull.secrets import Secret

# What belongs to no control has no such status; what is archived no longer stands.
FILTERS = {
    "RecordState": [{"Value": "ACTIVE", "Comparison": "EQUALS"}],
    "ComplianceStatus": [
        {"Value": value, "Comparison": "EQUALS"} for value in ("PASSED", "FAILED", "WARNING", "NOT_AVAILABLE")
    ],
}


class Place(Connection):
    """region: of the hub; where regions are aggregated, the one that holds them all. key, secret: of an access key; without them
    what boto3 finds (environment, profile, role of the machine). profile: of the shared configuration. endpoint: of a private link.
    most: megabytes that one pull may bring.
    """

    kind: Literal["security_hub"]
    source: str = "security_hub_finding"
    region: str
    key: Secret | None = None
    secret: Secret | None = None
    profile: str = ""
    endpoint: str = ""
    ca: Path | None = None
    most: int = Field(2048, gt=0)

    @field_validator("endpoint")
    @classmethod
    def safe(cls, value: str) -> str:
        if value:
            address(value)
        return value

    @property
    def where(self) -> str:
        return f"AWS Security Hub, {self.region}"

    def test(self, visit: Visit) -> list[str]:
        findings, _ = next(self._pages(visit, size=1))
        return [f"{self.where} answers: {'findings' if findings else 'no findings'}."]

    def fetch(self, visit: Visit) -> Iterator[Fetched]:
        export, came, left = visit.work / f"{self.name}.jsonl", set(), self.most * 1024**2
        with export.open("w", encoding="utf-8") as file:
            for findings, _ in self._pages(visit):
                for finding in findings:
                    # One that is updated meanwhile may stand on two pages; which is older says UpdatedAt.
                    line = json.dumps(finding, default=str) + "\n"
                    if line in came:
                        continue
                    came.add(line)
                    left -= file.write(line)
                if left < 0:
                    raise Failed(
                        f"{self.where} holds more than the {self.most:,} MB that are taken.",
                        f"Raise most in [{self.name}].",
                    )
        if came:
            now = visit.now.astimezone(UTC).replace(tzinfo=None)
            yield Fetched(export, f"{self.name} {now:%Y-%m-%d %H.%M.%S}.jsonl", Asked(as_of=now))

    def _pages(self, visit: Visit, size: int = 100) -> Iterator[tuple[list[dict], str]]:
        from botocore.exceptions import BotoCoreError, ClientError

        token: dict[str, str] = {}
        client = self._client(visit)
        while True:
            try:
                answer = client.get_findings(Filters=FILTERS, MaxResults=size, **token)
            except ClientError as error:
                code = error.response.get("Error", {}).get("Code", "unknown")
                raise Failed(f"{self.where} refuses the request: {code}.", _todo(code)) from None
            except BotoCoreError as error:
                raise Failed(
                    f"{self.where} gives no answer: {str(error).splitlines()[0].rstrip('.')}.",
                    "Check the region, the credentials and the way to it.",
                ) from None
            more = answer.get("NextToken") or ""
            yield answer["Findings"], more
            if not more:
                return
            if token.get("NextToken") == more:
                raise Failed(*REPEATING)
            token = {"NextToken": more}

    def _client(self, visit: Visit) -> Any:
        try:
            import boto3
            from botocore.config import Config
            from botocore.exceptions import BotoCoreError
        except ImportError:
            raise NotReady(
                "Pulling from AWS needs a package that is not installed. Run: uv sync --inexact --extra aws, or pip install boto3."
            ) from None
        try:
            return boto3.session.Session(
                aws_access_key_id=visit.secrets[self.key] if self.key else None,
                aws_secret_access_key=visit.secrets[self.secret] if self.secret else None,
                profile_name=self.profile or None,
                region_name=self.region,
            ).client(
                "securityhub",
                endpoint_url=self.endpoint or None,
                verify=str(self.ca) if self.ca else None,
                config=Config(
                    retries={"mode": "standard", "max_attempts": 6}, connect_timeout=20, read_timeout=60
                ),
            )
        except BotoCoreError as error:
            raise Failed(f"{self.where} cannot be asked: {error}.", "Mend the connection.") from None


def _todo(code: str) -> str:
    if "Expired" in code or "Token" in code or "Signature" in code:
        return "Renew its credentials."
    if "Access" in code:
        return "Let it do securityhub:GetFindings (AWSSecurityHubReadOnlyAccess)."
    return "What is new comes with the next pull; if it stays so, check the connection."
