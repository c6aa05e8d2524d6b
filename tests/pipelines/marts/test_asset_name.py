"""A machine with its domain and without is one, where nothing says that there are two."""

from tests.pipelines.marts.conftest import AT


def patch(asset: str, instance: str = "tool", fixed: bool = True) -> dict:
    state = {"state": "fixed", "fixed_at": AT} if fixed else {"state": "open"}
    return {"asset": asset, "patch": "KB1", "severity": 2, "first_seen_at": AT, "instance": instance, **state}


def test_a_short_name_counts_as_the_one_full_name_that_begins_so(build):
    names = [
        "web1.example.com",
        "db1.example.com",
        "db1.example.org",
        "localhost.localdomain",
        "10.0.0.7",
        "nginx:1.2.3",
    ]
    con = build(
        asset=[{"name": name, "instance": "list"} for name in names],
        patch=[patch(name) for name in ("WEB1", "db1", "localhost", "10", "nginx", "mail1")],
    )
    # Two machines may be db1; every machine is localhost; 10 and nginx are no machine's short names.
    assert con.execute("from asset_name").fetchall() == [("web1", "web1.example.com")]


def test_a_tool_that_lists_both_names_says_that_they_are_two(build):
    one, other = {"name": "web1.example.com", "instance": "list"}, {"name": "web1", "instance": "list"}
    assert build(asset=[one, other], patch=[patch("web1")]).execute("from asset_name").fetchall() == []


def test_its_patches_and_services_are_those_of_one_machine(build):
    con = build(
        service=[{"name": "Payments"}],
        service_map=[{"name": "web1", "service": "Payments", "match": "exact"}],
        asset=[{"name": "web1.example.com", "instance": "list"}],
        patch=[patch("web1"), patch("WEB1.example.com", "other", fixed=False)],
    )
    rows = con.execute("select services, installed_at from patch_obligation").fetchall()
    assert rows == [(["Payments"], None)]  # the other tool finds it open
    known = con.execute("select kind, known from record_service where kind <> 'incident'").fetchall()
    assert sorted(known) == [("asset", True), ("patch", True)]


def test_what_no_asset_list_names_is_one_by_both_names_too(build):
    con = build(
        service=[{"name": "Payments"}],
        service_map=[{"name": "web1", "service": "Payments", "match": "exact"}],
        patch=[patch("web1"), patch("web1.example.com", "other")],
    )
    assert con.execute("select services from patch_obligation").fetchall() == [(["Payments"],)]
