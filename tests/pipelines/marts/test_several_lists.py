"""Several lists that say different things of one thing at the same moment."""

from tests.pipelines.marts.conftest import AT


def twice(**said: tuple) -> list[dict]:
    """A thing as two lists tell of it: column -> what the first and the second of them say."""
    return [{"record_id": f"{n}:thing"} | {c: told[n] for c, told in said.items()} for n in (0, 1)]


def test_of_lists_of_the_same_moment_the_last_by_name_counts_wherever_its_rows_stand(build):
    incident = {"opened_at": AT, "status": "open", "impact": "outage", "severity": 1}
    link = {"one": ("incident:0",) * 2, "other": ("incident:1",) * 2}
    con = build(
        asset=twice(name=("web1", "WEB1"), business_unit=("Retail", "Bank")),
        service=twice(name=("Pay", "pay"), business_unit=("Retail", "Bank")),
        rate=twice(service=("Pay",) * 2, cost_per_hour=(1, 2), from_at=(AT,) * 2),
        incident=[incident, incident],
        link=twice(same=(True, False), **link),
    )
    told = [
        con.execute(f"from ({select})").fetchall()
        for select in (
            "select business_units from asset_service",
            "select service, business_unit from catalogue",
            "select cost_per_hour from hourly_rate",
            "select what from incident_link",
        )
    ]
    assert told == [[(["Bank"],)], [("pay", "Bank")], [(2,)], [("cut by hand",)]]
