"""AWS Security Hub: findings become control tests, each once; what AWS refuses is said in one line."""

import boto3
import pytest
from botocore.stub import Stubber

from pipelines.pull.places.security_hub import FILTERS, Place
from pipelines.snapshot import open_snapshot

HUB = 'kind = "security_hub"\nregion = "eu-west-1"\nkey = "secret:PASSWORD"\nsecret = "secret:PASSWORD"\n'


def finding(n: int, status: str = "PASSED") -> dict:
    return {
        "SchemaVersion": "2018-10-08",
        "Id": f"f-{n}",
        "ProductArn": "arn:aws:securityhub:eu-west-1::product/aws/securityhub",
        "GeneratorId": f"security-control/S3.{n}",
        "AwsAccountId": "100000000001",
        "CreatedAt": "2026-01-01T00:00:00.000Z",
        "UpdatedAt": "2026-01-02T00:00:00.000Z",
        "Title": "Buckets are private",
        "Description": "",
        "Severity": {"Label": "HIGH"},
        "Resources": [{"Type": "AwsS3Bucket", "Id": f"arn:aws:s3:::bucket-{n}"}],
        "Compliance": {"Status": status, "SecurityControlId": f"S3.{n}"},
        "RecordState": "ACTIVE",
        "Workflow": {"Status": "NEW"},
    }


@pytest.fixture
def hub(monkeypatch):
    client = boto3.client(
        "securityhub", region_name="eu-west-1", aws_access_key_id="k", aws_secret_access_key="s"
    )
    monkeypatch.setattr(Place, "_client", lambda *_: client)
    with Stubber(client) as stub:
        yield stub
        stub.assert_no_pending_responses()


def test_findings_become_control_tests_once(hub, connect):
    asked = {"Filters": FILTERS, "MaxResults": 100}
    hub.add_response(
        "get_findings", {"Findings": [finding(1), finding(2, "FAILED")], "NextToken": "t"}, asked
    )
    hub.add_response(
        "get_findings", {"Findings": [finding(2, "FAILED"), finding(3)]}, asked | {"NextToken": "t"}
    )
    pulled = connect(HUB)
    (outcome,) = pulled().outcomes
    assert (outcome.source, outcome.rows_read, outcome.accepted) == ("security_hub_finding", 3, 3)
    _, con = open_snapshot(pulled.data)
    with con:
        rows = con.execute("select control, result from control_test order by all").fetchall()
    assert rows == [("S3.1", "pass"), ("S3.2", "fail"), ("S3.3", "pass")]


@pytest.mark.parametrize(
    ("code", "todo"),
    [
        ("AccessDeniedException", "GetFindings"),
        ("ExpiredTokenException", "Renew"),
        ("InternalException", "next pull"),
    ],
)
def test_what_aws_refuses_is_said(hub, connect, code, todo):
    hub.add_client_error("get_findings", code, "not for hunter2-hunter2")
    run = connect(HUB)().run
    assert run.error == f"AWS Security Hub, eu-west-1 refuses the request: {code}." and todo in run.todo


def test_a_page_that_repeats_for_good_is_said_and_nothing_loaded(hub, connect):
    for more in ({}, {"NextToken": "t"}):
        hub.add_response(
            "get_findings",
            {"Findings": [finding(1)], "NextToken": "t"},
            {"Filters": FILTERS, "MaxResults": 100, **more},
        )
    one = connect(HUB)()
    assert "again and again" in one.run.error and not one.outcomes
