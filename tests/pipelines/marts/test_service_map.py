"""The service map: names of things become business services, in every mart that tells of services."""

import pytest

from tests.pipelines.marts.conftest import AT


def rule(name, service, match="exact", priority=None):
    return {"name": name, "service": service, "match": match, "priority": priority}


def incident(number, services=None, components=None):
    return {
        "opened_at": AT,
        "status": "open",
        "impact": "outage",
        "severity": 1,
        "services": services,
        "components": components,
    }


CATALOGUE = [
    {"name": "Payments", "business_unit": "Retail", "customer_facing": True},
    {"name": "Intranet", "business_unit": "Staff", "customer_facing": False},
]


def services(con, table="incident_clock"):
    return [
        (s, u)
        for s, u in con.execute(f"select services, business_units from {table} order by record_id").fetchall()
    ]


def test_components_stand_for_the_services_that_an_incident_does_not_name(build):
    con = build(
        service=CATALOGUE,
        service_map=[rule("db-pay-01", "payments")],
        incident=[
            incident(0, None, ["DB-PAY-01", "unheard-of"]),
            incident(1, [], ["unheard-of"]),
            incident(2, ["Intranet"], ["db-pay-01"]),  # names its service: what it runs on adds none
        ],
    )  # fmt: skip
    assert services(con) == [
        (["Payments"], ["Retail"]),
        (["Unassigned"], ["Unassigned"]),
        (["Intranet"], ["Staff"]),
    ]
    down = con.execute("select service, business_units, left_out from downtime order by service").fetchall()
    assert down == [
        ("Intranet", ["Staff"], "internal service"),
        ("Payments", ["Retail"], None),
        ("Unassigned", ["Unassigned"], None),
    ]


def test_a_service_that_is_in_fact_a_configuration_item_is_read_as_its_service(build):
    con = build(
        service=CATALOGUE,
        service_map=[rule("db-pay-*", "Payments", "pattern"), rule("Intranet", "Payments")],
        incident=[incident(0, ["db-pay-02"]), incident(1, ["intranet"]), incident(2, ["db-other"])],
    )
    # what the catalogue knows is a service, whatever the map says
    assert [s for s, _ in services(con)] == [["Payments"], ["Intranet"], ["db-other"]]


@pytest.mark.parametrize(
    ("rules", "service"),
    [
        ([rule("web-*", "A", "pattern", 1), rule("web-07", "B")], "B"),  # exact before any pattern
        ([rule("web-*", "A", "pattern", 2), rule("*-07", "B", "pattern", 1)], "B"),  # the lowest priority
        ([rule("*", "A", "pattern"), rule("web-??", "B", "pattern")], "B"),  # without one, the longer rule
        ([rule("web-?", "A", "pattern")], "Unassigned"),  # one sign, not two
        (
            [rule("web_07", "A", "pattern"), rule("web%", "A", "pattern"), rule("[w]eb-07", "A", "pattern")],
            "Unassigned",
        ),
        ([rule("web-*", "A", "exact")], "Unassigned"),  # a star of an exact name is a star
    ],
)
def test_which_rule_holds(build, rules, service):
    con = build(service_map=rules, incident=[incident(0, None, ["WEB-07"])])
    assert services(con)[0][0] == [service]


def test_assets_are_mapped_by_their_name_and_tags(build):
    con = build(
        service=CATALOGUE,
        service_map=[
            rule("pay-*", "payments", "pattern"),
            rule("tag:intra", "Intranet"),
            rule("old name", "Payments"),
        ],
        asset=[
            {"name": "pay-01"},
            {"name": "wiki", "components": ["tag:intra", "tag:none"]},
            {"name": "pay-02", "services": ["Intranet"]},  # states its service
            {"name": "pay-03", "services": ["Old Name"]},  # what it states is a name that the map knows
            {"name": "alone"},
        ],
    )
    found = con.execute(
        "select id, services, business_units, known from asset_service order by id"
    ).fetchall()
    assert found == [
        ("alone", ["Unassigned"], ["Unassigned"], False),
        ("pay-01", ["Payments"], ["Retail"], True),
        ("pay-02", ["Intranet"], ["Staff"], True),
        ("pay-03", ["Payments"], ["Retail"], True),
        ("wiki", ["Intranet"], ["Staff"], True),
    ]


def test_patches_are_mapped_by_their_asset_though_no_list_names_it(build):
    con = build(
        service=CATALOGUE,
        service_map=[rule("pay-*", "Payments", "pattern")],
        asset=[{"name": "pay-01", "services": ["Intranet"]}],
        patch=[
            {"asset": asset, "patch": "KB1", "first_seen_at": AT, "severity": 1, "state": "open"}
            for asset in ("PAY-01", "Pay-09", "else")
        ],
    )
    assert [s for s, _ in services(con, "patch_obligation")] == [["Intranet"], ["Payments"], ["Unassigned"]]


def test_what_comes_to_no_known_service_is_counted_by_name(build):
    con = build(
        service=CATALOGUE,
        service_map=[rule("db-pay-01", "Payments"), rule("legacy", "Gone")],
        incident=[
            incident(0, ["Payments"], ["unheard-of"]),  # not counted: known
            incident(1, None, ["db-pay-01", "unheard-of"]),  # not counted: a component of it is mapped
            incident(2, ["Helpdesk"]),
            incident(3, None, ["unheard-of"]),
            incident(4, None, ["legacy"]),  # mapped to what the catalogue does not know
            incident(5),
        ],
        asset=[{"name": "alone"}, {"name": "db-pay-01"}],
        patch=[
            {"asset": "else", "patch": p, "first_seen_at": AT, "severity": 1, "state": "open"} for p in "ab"
        ],
    )
    assert con.execute("from unmapped order by kind, name nulls last").fetchall() == [
        ("asset", "alone", 1),
        ("incident", "Gone", 1),
        ("incident", "Helpdesk", 1),
        ("incident", "unheard-of", 1),
        ("incident", None, 1),
        ("patch", "else", 2),
    ]
    told = (
        "select kind, count(*), count(*) filter (not known) from record_service group by kind order by kind"
    )
    assert con.execute(told).fetchall() == [("asset", 2, 1), ("incident", 6, 4), ("patch", 2, 2)]


def test_without_a_catalogue_what_is_written_as_a_service_is_one(build):
    con = build(
        incident=[incident(0, ["Payments"]), incident(1, None, ["db"])],
        asset=[{"name": "a", "services": ["Payments"]}],
    )
    assert con.execute("from unmapped").fetchall() == [("incident", "db", 1)]
