"""The Data page tells of connections: how they stand, what each pull brought, and no secret."""

from datetime import timedelta

import pytest

from pipelines.pull.history import History, Run, write_history
from pipelines.warehouse import now
from tests.browser.conftest import table_text

pytestmark = pytest.mark.browser


@pytest.fixture
def connected(company):
    """The company with four connections: one works, one fails, one is overdue, and the table of one is wrong."""
    told = '[{0}]\nkind = "store"\nurl = "s3://exports/{0}"\nlogin = "an-id"\npassword = "secret:S3_KEY"\n'
    files = company / "connections.toml", company / "secrets.toml"
    files[0].write_text("".join(map(told.format, ("crm", "erp", "old"))) + '["<b>../x"]\nkind = "ftp"\n')
    files[1].write_text('S3_KEY = "correct-horse-battery"\n')
    files[1].chmod(0o600)
    write_history(company, "crm", History(runs=(Run(now(), 1.5, 1, 20, (1,)),)))
    failed = Run(now(), error="It is <b>gone</b>.", todo="Ask for it.")
    write_history(company, "erp", History(runs=(failed,)))
    write_history(company, "old", History(runs=(Run(now() - timedelta(days=9)),)))
    yield
    for file in files:
        file.unlink()


def test_connections_with_their_pulls_and_loads(page, site, connected):
    page.goto(f"{site}/data")
    page.get_by_role("heading", name="Connections").wait_for()
    told = table_text(page)
    assert (
        "● 20 accepted" in told
        and "■ failed: It is <b>gone</b>." in told
        and "▲ overdue; nothing new" in told
    )
    assert "<b>../x" in told and "states the kind 'ftp', not one of" in told
    # Its first column chooses a row; the table itself is a picture.
    page.get_by_test_id("stDataFrame").first.click(position={"x": 15, "y": 52})
    page.get_by_text("store, every day. Secrets: S3_KEY.").wait_for()
    page.get_by_role("button", name="Load 1", exact=True).click()
    page.get_by_text("Load 1: incidents.csv").wait_for()
    assert page.url.endswith("/data?load=1")
    assert "correct-horse" not in page.content()
