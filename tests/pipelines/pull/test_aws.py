"""S3 and Security Hub as places, over HTTP, against moto's server."""

from datetime import UTC, datetime, timedelta

import boto3
import pytest
from moto.backends import get_backend
from moto.core import DEFAULT_ACCOUNT_ID as ACCOUNT
from moto.server import ThreadedMotoServer

from pipelines.pull import run
from pipelines.pull.connection import Visit, read_connections
from pipelines.pull.secrets import Secrets
from pipelines.snapshot import open_snapshot
from tests.pipelines.pull.test_security_hub import finding
from tests.pipelines.pull.test_store import INCIDENT

KEY = {"aws_access_key_id": "AKIAEXAMPLE", "aws_secret_access_key": "correct-horse-battery"}


@pytest.fixture(scope="module")
def moto():
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def aws(moto, tmp_path, monkeypatch):
    """aws(table) -> the data folder with the connection of this table; AWS is moto's."""
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    (tmp_path / "secrets.toml").write_text('ID = "AKIAEXAMPLE"\nKEY = "correct-horse-battery"\n')
    (tmp_path / "secrets.toml").chmod(0o600)

    def connecting(table: str):
        (tmp_path / "connections.toml").write_text(f"[aws]\nendpoint = '{moto}'\n{table}")
        return tmp_path

    return connecting


def test_a_bucket_of_more_objects_than_one_answer_lists(moto, aws, tmp_path):
    s3 = boto3.client("s3", region_name="us-east-1", endpoint_url=moto, **KEY)
    s3.create_bucket(Bucket="exports")
    held = get_backend("s3")[ACCOUNT]["aws"]
    for n in range(1_000):
        held.put_object("exports", f"drop/{n:04}.txt", b"x")
    told = {f"{n:04}.csv": INCIDENT.format(f"INC{n}").encode() for n in (1, 2, 2000)}
    told["deeper/ü+ %20?.csv"] = INCIDENT.format("INC9999").encode()
    for key, body in told.items():
        s3.put_object(Bucket="exports", Key=f"drop/{key}", Body=body)
    s3.put_object(Bucket="exports", Key="dropped.csv", Body=b"x")
    data = aws(
        'kind = "store"\nurl = "s3://exports/drop"\nfiles = "*.csv"\nbelow = true\n'
        'login = "secret:ID"\npassword = "secret:KEY"\n'
    )
    (place,) = read_connections(data).values()
    (tmp_path / "work").mkdir()

    def brought(marks, minutes):
        visit = Visit(
            marks, tmp_path / "work", Secrets(data), now=datetime.now(UTC) + timedelta(minutes=minutes)
        )
        return [(one, one.path.read_bytes()) for one in place.fetch(visit)]

    assert brought({}, 0) == []  # none has settled
    found = brought({}, 2)
    assert {one.name: body for one, body in found} == told
    marks = {name: mark for one, _ in found for name, mark in one.marks.items()}
    s3.put_object(Bucket="exports", Key="drop/0001.csv", Body=INCIDENT.format("INC5000").encode())
    assert [one.name for one, _ in brought(marks, 2)] == ["0001.csv"]


def test_findings_of_several_answers_become_control_tests(moto, aws):
    hub = boto3.client("securityhub", region_name="eu-west-1", endpoint_url=moto, **KEY)
    findings = [finding(n, "FAILED" if n % 10 == 0 else "PASSED") for n in range(1, 251)]
    for first in range(0, 250, 50):
        hub.batch_import_findings(Findings=findings[first : first + 50])
    data = aws('kind = "security_hub"\nregion = "eu-west-1"\nkey = "secret:ID"\nsecret = "secret:KEY"\n')
    (place,) = read_connections(data).values()
    assert place.test(Visit({}, data, Secrets(data))) == ["AWS Security Hub, eu-west-1 answers: findings."]
    (one,) = run.pull(data, run.chosen(data))
    assert not one.run.error and [o.accepted for o in one.outcomes] == [250]
    _, con = open_snapshot(data)
    with con:
        rows = con.execute("select result, count(*) from control_test group by all order by all").fetchall()
    assert rows == [("fail", 25), ("pass", 225)]
    held = b"".join(file.read_bytes() for file in (data / "pulls").iterdir())
    assert b"correct-horse" not in held
