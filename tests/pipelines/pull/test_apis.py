"""Every API that is shipped: what its vendor documents, answered by the stand-in, becomes records; and nothing is asked twice."""

import pytest

from pipelines.pull.connection import Failed, read_connections
from pipelines.pull.places.rest import APIS
from pipelines.snapshot import open_snapshot
from pipelines.source import sources
from tests.pipelines.pull.standin import Reply, tables

EXAMPLE = APIS.parent / "connections.example.toml"
OAUTH = 'auth = {url = "{url}/token", client = "me", secret = "secret:PASSWORD"}\n'
NOW = "Sat, 03 Jan 2026 00:00:00 GMT"


def cursors(records, pages, param, shape):
    """A route that answers pages of records, the cursor of each the next one's number; shape makes the answer of it."""

    def answer(asked):
        number = int(asked.query.get(param, 0))
        there = number + 1 if number + 1 < len(pages) else None
        return Reply(shape([records[n] for n in pages[number]], there))

    return answer


def odata(records):
    """Two pages, as Microsoft's APIs answer: the address of the next one stands in the first."""

    def answer(asked):
        page = int(asked.query.get("$skiptoken", 0))
        more = {} if page else {"@odata.nextLink": f"http://{asked.headers['Host']}{asked.path}?$skiptoken=1"}
        return Reply({"value": records[1:] if page else records[:1], **more})

    return answer


def tenable(asked):
    if asked.method == "POST":
        assert asked.body["filters"] == {"since": tenable.since, "state": ["OPEN", "REOPENED", "FIXED"]}
        return Reply({"export_uuid": "e-1"})
    if asked.path.endswith("/status"):
        tenable.asked += 1
        return Reply(
            {"status": "PROCESSING" if tenable.asked == 1 else "FINISHED", "chunks_available": [1, 2]}
        )
    found = {
        "asset": {"hostname": "srv-1", "uuid": "a-1", "ipv4": "10.0.0.1"},
        "plugin": {"id": 19506, "name": "Old library", "cve": ["CVE-2026-1001"], "cvss3_base_score": 9.8},
        "port": {"port": 443, "protocol": "TCP", "service": "www"},
        "severity": "critical",
        "severity_id": 4,
        "severity_modification_type": "NONE",
        "first_found": "2026-01-01T00:00:00.000Z",
        "last_found": "2026-01-02T00:00:00.000Z",
        "state": "OPEN",
        "scan": {"uuid": "s-1"},
    }
    fixed = {"state": "FIXED", "last_fixed": "2026-01-02T10:00:00.000Z"}
    one, two = {"finding_id": "f-1", **found}, {"finding_id": "f-2", **found, **fixed}
    return Reply([one] if asked.path.endswith("/1") else [one, two])


def qualys(asked):
    assert asked.headers["X-Requested-With"] and asked.query["action"] == "list"
    host = (
        "<HOST><ID>{0}</ID><IP>10.0.0.{0}</IP><DETECTION_LIST><DETECTION><QID>9100{0}</QID><TYPE>Confirmed</TYPE>"
        "<SEVERITY>5</SEVERITY><STATUS>Active</STATUS><FIRST_FOUND_DATETIME>2026-01-01T00:00:00Z</FIRST_FOUND_DATETIME>"
        "<LAST_FOUND_DATETIME>2026-01-02T00:00:00Z</LAST_FOUND_DATETIME></DETECTION></DETECTION_LIST></HOST>"
    )
    more = f"<WARNING><CODE>1980</CODE><URL><![CDATA[http://{asked.headers['Host']}{asked.path}?action=list&id_min=2]]></URL></WARNING>"
    page = host.format(2) if "id_min" in asked.query else host.format(1)
    body = f"<DATETIME>2026-01-03T00:00:00Z</DATETIME><HOST_LIST>{page}</HOST_LIST>{'' if 'id_min' in asked.query else more}"
    text = f"<HOST_LIST_VM_DETECTION_OUTPUT><RESPONSE>{body}</RESPONSE></HOST_LIST_VM_DETECTION_OUTPUT>"
    return Reply(
        f'<?xml version="1.0" encoding="UTF-8" ?>\n{text}',
        headers={"Content-Type": "text/xml; charset=UTF-8"},
    )


def vanta(n, status="OK"):
    return {
        "id": f"t-{n}",
        "name": f"Test {n}",
        "status": status,
        "lastTestRunDate": "2026-01-02T06:00:00.000Z",
    }


def drata(n, result="PASSED"):
    return {
        "id": n,
        "testId": n,
        "name": f"Test {n}",
        "checkResultStatus": result,
        "checkStatus": "ENABLED",
        "updatedAt": "2026-01-02T05:00:00.000Z",
        "lastPassedAt": "2026-01-02T05:00:00.000Z",
    }


def jira(n, **fields):
    told = {
        "summary": f"No. {n}",
        "issuetype": {"name": "Incident"},
        "priority": {"name": "High"},
        "status": {"name": "Under observation", "statusCategory": {"name": "In Progress"}},
        "resolution": None,
        "created": "2026-01-01T09:00:00.000+0100",
        "updated": "2026-01-02T09:00:00.000+0100",
        "resolutiondate": None,
        "labels": ["INC0010001", "edge"],
        "components": [{"name": "Card, online"}, {"name": "Mail"}],
    }
    return {
        "id": str(n),
        "key": f"OPS-{n}",
        "self": "https://example.atlassian.net/x",
        "fields": told | fields,
    }


def pagerduty(asked):
    assert asked.headers["Authorization"] == "Token token=hunter2-hunter2"
    told = {
        "html_url": "https://example.pagerduty.com/incidents/P1",
        "incident_key": "web/http",
        "incident_number": 1,
    }
    times = {"created_at": "2026-01-01T09:00:00Z", "updated_at": "2026-01-01T10:00:00Z"}
    there = asked.query["since"] <= times["created_at"] < asked.query["until"]
    one = {
        "id": "P1",
        "title": "Web is down",
        "status": "resolved",
        **told,
        **times,
        "priority": {"summary": "P1"},
    }
    return Reply(
        {"incidents": [one] if there else [], "total": int(there), "more": False, "limit": 100, "offset": 0}
    )


SERVICENOW = 'auth = {by = "basic", user = "svc", password = "secret:PASSWORD"}\n'
OUTAGE = {
    "sys_id": "o1",
    "number": "OUT1",
    "type": "outage",
    "begin": "2026-01-01 08:00:00",
    "end": "2026-01-01 09:00:00",
}
CHANGE = {
    "sys_id": "c1",
    "number": "CHG1",
    "type": "emergency",
    "state": "3",
    "close_code": "successful",
    "risk": "2",
}
DATED = {
    "sys_updated_on": "2026-01-02 08:00:00",
    "short_description": "One",
    "opened_at": "2026-01-01 07:00:00",
}
INCIDENT = {
    "sys_id": "i1",
    "number": "INC1",
    "priority": ("1 - Kritisch", "1"),
    "state": ("Gelöst", "6"),
    "resolved_at": ("01.01.2026 10:00:00", "2026-01-01 09:00:00"),
    "cmdb_ci": ("srv-1", "0c43b858c611227501522de37421a1e6"),
    "assignment_group": ("Service desk", "d625dccec0a8016700a222a0f7900d06"),
    "time_worked": ("1 Hour 30 Minutes", "1970-01-01 01:30:00"),
}
SECURITY = {
    "id": "77",
    "displayName": "Odd sign-ins",
    "severity": "medium",
    "status": "resolved",
    "classification": "truePositive",
    "createdDateTime": "2026-01-01T09:00:00.1234567Z",
    "lastUpdateDateTime": "2026-01-01T10:00:00Z",
    "incidentWebUrl": "https://security.microsoft.com/incidents/77",
}
ALERT = {
    **SECURITY,
    "id": "a1",
    "title": "Odd sign-in",
    "alertWebUrl": "https://security.microsoft.com/alerts/a1",
}
ALERT |= {"resolvedDateTime": "2026-01-01T09:30:00Z", "firstActivityDateTime": "2026-01-01T08:00:00Z"}
WEAK = {
    "id": "d1_tool_CVE-2026-1001",
    "deviceId": "d1",
    "deviceName": "pc-1",
    "softwareVendor": "maker",
    "softwareName": "tool",
    "softwareVersion": "1",
    "cveId": "CVE-2026-1001",
    "vulnerabilitySeverityLevel": "High",
    "firstSeenTimestamp": "2026-01-01 10:00:00",
    "lastSeenTimestamp": "2026-01-02 10:00:00",
}
DEVICE = {
    "id": "d1",
    "deviceName": "LT-1",
    "lastSyncDateTime": "2026-01-02T07:00:00Z",
    "complianceState": "compliant",
}
TWO = [[0, 1], [1, 2]]
# api -> what the connection adds, routes, (record, columns), rows
CASES = {
    "servicenow_incident": (
        SERVICENOW,
        {"/api/now/table/incident": tables({"incident": [DATED | INCIDENT]})},
        (
            "incident",
            "key, severity, status, restored_at::varchar, components, team, hours_worked, services, caused_by, problem, "
            '"change", links, closed_at',
        ),
        [("INC1", 1, "resolved", "2026-01-01 09:00:00", "srv-1", "Service desk", 1.5, *[None] * 6)],
    ),
    "servicenow_outage": (
        SERVICENOW,
        {"/api/now/table/cmdb_ci_outage": tables({"cmdb_ci_outage": [DATED | OUTAGE]})},
        ("incident", "key, impact, outage_ended_at::varchar"),
        [("OUT1", "outage", "2026-01-01 09:00:00")],
    ),
    "servicenow_change": (
        SERVICENOW,
        {"/api/now/table/change_request": tables({"change_request": [DATED | CHANGE]})},
        ("change", "key, kind, risk, status, outcome"),
        [("CHG1", "emergency", 2, "closed", "successful")],
    ),
    "jira_issue": (
        SERVICENOW,
        {
            "/rest/api/3/search/jql": cursors(
                [jira(1), jira(2), jira(3, resolutiondate="2026-01-01T10:00:00.000+0100")],
                TWO,
                "nextPageToken",
                lambda found, there: {"issues": found, **({"nextPageToken": str(there)} if there else {})},
            )
        },
        ("incident", "key, severity, status, opened_at::varchar, links, components"),
        [
            ("OPS-1", 2, "open", "2026-01-01 08:00:00", "INC0010001,edge", "Card, online,Mail"),
            ("OPS-2", 2, "open", "2026-01-01 08:00:00", "INC0010001,edge", "Card, online,Mail"),
            ("OPS-3", 2, "resolved", "2026-01-01 08:00:00", "INC0010001,edge", "Card, online,Mail"),
        ],
    ),
    "pagerduty_incident": (
        'auth = {key = "secret:PASSWORD"}\n',
        {"/incidents": pagerduty},
        ("incident", "key, severity, status"),
        [("P1", 1, "resolved")],
    ),
    "graph_incident": (
        OAUTH + 'fill = {tenant = "t"}\n',
        {"/v1.0/security/incidents": odata([SECURITY, {**SECURITY, "id": "78", "status": "redirected"}])},
        ("incident", "key, severity, status, opened_at::varchar, restored_at::varchar"),
        [
            ("77", 3, "resolved", "2026-01-01 09:00:00.123456", "2026-01-01 10:00:00"),
            ("78", 3, "cancelled", "2026-01-01 09:00:00.123456", None),
        ],
    ),
    "graph_alert": (
        OAUTH + 'fill = {tenant = "t"}\n',
        {
            "/v1.0/security/alerts_v2": odata(
                [ALERT, {**ALERT, "id": "a2", "classification": "falsePositive"}]
            )
        },
        ("incident", "key, severity, status, occurred_at::varchar, links"),
        [
            ("a1", 3, "resolved", "2026-01-01 08:00:00", "https://security.microsoft.com/incidents/77"),
            ("a2", 3, "cancelled", "2026-01-01 08:00:00", "https://security.microsoft.com/incidents/77"),
        ],
    ),
    "defender_vulnerability": (
        OAUTH + 'fill = {tenant = "t"}\n',
        {
            "/api/machines/SoftwareVulnerabilitiesByMachine": odata(
                [WEAK, {**WEAK, "id": "x", "deviceId": "d2"}]
            )
        },
        ("patch", "key, severity, state"),
        [("d1|maker|tool|1|CVE-2026-1001", 2, "open"), ("d2|maker|tool|1|CVE-2026-1001", 2, "open")],
    ),
    "intune_device": (
        OAUTH + 'fill = {tenant = "t"}\n',
        {
            "/v1.0/deviceManagement/managedDevices": odata(
                [DEVICE, {**DEVICE, "id": "d2", "complianceState": "noncompliant"}]
            )
        },
        ("asset", "key, name, baseline_ok"),
        [("d1", "LT-1", True), ("d2", "LT-1", False)],
    ),
    "tenable_vulnerability": (
        'auth = {key = "secret:PASSWORD", secret = "secret:PASSWORD"}\n',
        {
            "/vulns/export": tenable,
            "/vulns/export/e-1/status": tenable,
            "/vulns/export/e-1/chunks/1": tenable,
            "/vulns/export/e-1/chunks/2": tenable,
        },
        ("patch", "key, asset, patch, severity, state"),
        [("f-1", "srv-1", "19506", 1, "open"), ("f-2", "srv-1", "19506", 1, "fixed")],
    ),
    "qualys_detection": (
        SERVICENOW,
        {"/api/2.0/fo/asset/host/vm/detection/": qualys},
        ("patch", "asset, patch, severity, state"),
        [("10.0.0.1", "QID 91001", 1, "open"), ("10.0.0.2", "QID 91002", 1, "open")],
    ),
    "vanta_test": (
        OAUTH,
        {
            "/v1/tests": cursors(
                [vanta(1), vanta(2), vanta(3, "NEEDS_ATTENTION")],
                TWO,
                "pageCursor",
                lambda found, there: {
                    "results": {
                        "data": found,
                        "pageInfo": {"endCursor": str(there or 1), "hasNextPage": bool(there)},
                    }
                },
            )
        },
        ("control_test", "key, result"),
        [("t-1", "pass"), ("t-2", "pass"), ("t-3", "fail")],
    ),
    "drata_test": (
        'auth = {token = "secret:PASSWORD"}\nfill = {workspace = "1"}\n',
        {
            "/public/v2/workspaces/1/monitoring-tests": cursors(
                [drata(1), drata(2), drata(3, "FAILED")],
                TWO,
                "cursor",
                lambda found, there: {"data": found, "pagination": {"cursor": there and str(there)}},
            )
        },
        ("control_test", "key, result"),
        [("1", "pass"), ("2", "pass"), ("3", "fail")],
    ),
}


@pytest.mark.parametrize("api", CASES)
def test_an_answer_becomes_records(api, server, connect, waited):
    more, routes, (record, columns), rows = CASES[api]
    server.routes |= {"/token": lambda asked: Reply({"access_token": "hunter3"}), **routes}
    server.now = NOW
    tenable.asked, tenable.since = 0, pytest.approx(1767398400 - 104 * 604800, abs=10**9)
    pulled = connect(f'kind = "rest"\napi = "{api}"\nurl = "{{url}}"\n{more}')
    one = pulled()
    assert not one.run.error
    assert sum(o.rejected + o.cells_refused + o.superseded for o in one.outcomes) == 0
    assert not [note for o in one.outcomes for note in [*o.warnings, *o.notes] if "column" in note]
    _, con = open_snapshot(pulled.data)
    with con:
        told = con.execute(f"select {columns} from {record} order by all").fetchall()
    shown = [tuple(",".join(c) if isinstance(c, list) else c for c in row) for row in told]
    assert shown == rows


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (Reply({"status": "ERROR"}), "does not finish its export: it is ERROR"),
        (Reply({"status": "PROCESSING"}), "does not finish its export: it is PROCESSING"),
        (Reply({"state": "FINISHED"}), "does not finish its export: it is None"),
    ],
)
def test_an_export_that_does_not_come_is_said(server, connect, waited, fetched, status, said):
    server.routes |= {
        "/vulns/export": lambda asked: Reply({"export_uuid": "e-1"}),
        "/vulns/export/e-1/status": lambda asked: status,
    }
    more = CASES["tenable_vulnerability"][0] + 'export = {every = 600, patience = "30 minutes"}\n'
    with pytest.raises(Failed, match=said):
        fetched(connect(f'kind = "rest"\napi = "tenable_vulnerability"\nurl = "{{url}}"\n{more}'))
    assert sum(waited) <= 1800 and len(server.requests) < 6


def test_pages_of_xml_in_a_circle_are_left(server, connect, fetched):
    def circling(asked):
        then = {"a": "b", "b": "a"}.get(asked.query.get("page", ""), "a")
        reply = qualys(asked)
        return Reply(
            reply.body.replace("action=list&id_min=2", f"action=list&page={then}"), headers=reply.headers
        )

    server.routes["/api/2.0/fo/asset/host/vm/detection/"] = circling
    with pytest.raises(Failed, match="again and again"):
        fetched(connect(f'kind = "rest"\napi = "qualys_detection"\nurl = "{{url}}"\n{SERVICENOW}'))
    assert len(server.requests) == 3


def test_an_incident_that_stays_open_for_half_a_year_is_not_left_open(server, connect):
    """PagerDuty is asked for incidents by when they were created; one closes long after the overlap."""
    times = {"html_url": "https://example.pagerduty.com/incidents/P", "updated_at": "2026-01-03T10:00:00Z"}
    held = {
        name: {"id": name, "incident_key": name, "status": status, "created_at": created, **times}
        for name, status, created in (
            ("P1", "resolved", "2025-12-01T09:00:00Z"),
            ("P2", "acknowledged", "2026-01-01T09:00:00Z"),
            ("P3", "triggered", "2026-01-02T09:00:00Z"),
        )
    }

    def answer(asked):
        found = [
            one for one in held.values() if asked.query["since"] <= one["created_at"] < asked.query["until"]
        ]
        return Reply({"incidents": found, "total": len(found), "more": False})

    server.routes["/incidents"] = answer
    server.now = "Sat, 03 Jan 2026 12:00:00 GMT"
    pulled = connect(
        'kind = "rest"\napi = "pagerduty_incident"\nurl = "{url}"\nauth = {key = "secret:PASSWORD"}\n'
    )
    assert sum(one.accepted for one in pulled().outcomes) == 3
    server.now = "Wed, 01 Jul 2026 12:00:00 GMT"
    for name in ("P2", "P3"):
        assert not pulled().run.error
        held[name] |= {"status": "resolved", "updated_at": "2026-07-01T11:00:00Z"}
        assert [one.accepted for one in pulled().outcomes] == [1]
    # Once all have closed it goes no further back than the overlap.
    server.requests.clear()
    assert not pulled().outcomes
    assert min(r.query["since"] for r in server.requests) == "2026-04-02T12:00:00Z"


def test_a_record_that_does_not_say_when_it_began_is_named(server, connect):
    record = {"id": "P1", "status": "triggered", "created_at": "yesterday"}
    server.routes["/incidents"] = lambda _: Reply({"incidents": [record], "total": 1, "more": False})
    told = connect(
        'kind = "rest"\napi = "pagerduty_incident"\nurl = "{url}"\nauth = {key = "secret:PASSWORD"}\n'
    )().run
    assert "says in created_at no time when it began: 'yesterday'" in told.error
    assert "check begun of [" in told.todo


def test_every_api_is_tried_and_names_a_source_and_its_documentation(connect):
    assert sorted(CASES) == sorted(file.stem for file in APIS.glob("*.toml"))
    for api in CASES:
        pulled = connect(f'kind = "rest"\napi = "{api}"\nurl = "{{url}}"\n{CASES[api][0]}')
        (place,) = read_connections(pulled.data).values()
        assert place.source in sources() and place.documentation.startswith("https://")


def test_what_an_api_needs_to_be_told_is_asked_for(connect):
    pulled = connect('kind = "rest"\napi = "drata_test"\nauth = {token = "secret:PASSWORD"}\n')
    assert "it lacks fill = {workspace = …}" in read_connections(pulled.data)["tool"].wrong


def test_the_example_of_connections_that_is_shipped_can_be_used(tmp_path):
    (tmp_path / "connections.toml").write_text(EXAMPLE.read_text("utf-8"), "utf-8")
    shown = read_connections(tmp_path)
    assert not [one.wrong for one in shown.values() if one.wrong]
    assert {one.kind for one in shown.values()} >= {"rest", "https", "security_hub"}
    assert shown["defender"].secrets() == ["MICROSOFT"]
    assert {one.api for one in shown.values() if one.kind == "rest"} >= {
        "servicenow_incident",
        "jira_issue",
        "",
    }
