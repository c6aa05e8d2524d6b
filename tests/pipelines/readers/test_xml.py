"""XML: each occurrence of the repeating element is a row."""

import json

import pytest

from pipelines.errors import Refused

SCAN = """<?xml version="1.0"?>
<Scan version="2" xmlns="urn:example">
  <Policy><name>Weekly</name></Policy>
  <Owner>Ann</Owner>
  <Host name="db 1">
    <Properties><tag name="START">Tue Sep  1 10:00:00 2026</tag><tag name="os.name">Linux</tag></Properties>
    <Item id="1" port="443"><cve>CVE-1</cve><cve>CVE-2</cve><text>one &amp; two</text></Item>
    <Item id="2" port=""><ref source="x">R</ref><more><sub>deep</sub></more></Item>
  </Host>
  <Host name="app 1">
    <Item id="3"><text>three</text></Item>
  </Host>
</Scan>"""


@pytest.mark.parametrize("rows", ["Scan/Host/Item", "Item", "Host/Item"])
def test_a_row_is_its_attributes_and_texts_and_what_it_stands_in(read, rows):
    table = read.table(SCAN, rows=rows)
    assert table.name == "Scan/Host/Item"
    shown = ("id", "port", "cve", "text", "Host.name", "Host.START", "Scan.Owner", "Scan.version")
    assert read.rows(table, *shown) == [
        (1, "1", "443", '["CVE-1","CVE-2"]', "one & two", "db 1", "Tue Sep  1 10:00:00 2026", "Ann", "2"),
        (2, "2", None, None, None, "db 1", "Tue Sep  1 10:00:00 2026", "Ann", "2"),
        (3, "3", None, None, "three", "app 1", None, "Ann", "2"),
    ]
    assert read.rows(table, "ref", "ref.source", "more.sub", "Host.os.name", "never")[1] == (
        *(2, "R", "x", "deep", "Linux", None),
    )


CHECKLIST = """<List><Asset><host>web 1</host><ip></ip></Asset><Guides><Guide>
  <Info><Si><Si_Name>title</Si_Name><Si_Data>Linux</Si_Data></Si><Si><Si_Name>notes</Si_Name></Si></Info>
  <Benchmark id="b1" href=""/>
  <Vuln><Data><Of_Attribute>Num</Of_Attribute><Attribute_Data>V-1</Attribute_Data></Data>
    <Data><Of_Attribute>IA</Of_Attribute><Attribute_Data></Attribute_Data></Data>
    <Data><Of_Attribute>Cci</Of_Attribute><Attribute_Data>C-1</Attribute_Data></Data>
    <Data><Of_Attribute>Cci</Of_Attribute><Attribute_Data>C-2</Attribute_Data></Data><Status>Open</Status></Vuln>
  <Vuln><Data><Of_Attribute>Num</Of_Attribute><Attribute_Data>V-2</Attribute_Data></Data></Vuln>
</Guide></Guides></List>"""


def test_a_pair_of_name_and_value_counts_under_its_name(read):
    table = read.table(CHECKLIST, rows="Vuln")
    assert read.rows(table, "Num", "Cci", "IA", "Status", "Guide.title", "Guide.notes") == [
        (1, "V-1", '["C-1","C-2"]', None, "Open", "Linux", None),
        (2, "V-2", None, None, None, "Linux", None),
    ]


def test_a_row_carries_what_stands_beside_it_once(read):
    table = read.table(CHECKLIST, rows="Vuln")
    assert read.rows(table, "List.Asset.host", "List.Asset.ip", "Guide.Benchmark.id") == [
        (1, "web 1", None, "b1"),
        (2, "web 1", None, "b1"),
    ]
    several = CHECKLIST.replace("<Guides>", "<Asset><host>web 2</host></Asset><Guides>")
    assert read.rows(read.table(several, rows="Vuln"), "List.Asset.host") == [(1, None), (2, None)]


def test_looks_for_what_repeats(read):
    tables = read.tables(SCAN)
    assert [(table.name, len(read.rows(table, "id"))) for table in tables] == [
        ("Scan/Host/Item", 3),
        ("Scan/Host", 2),
    ]


def test_one_occurrence_is_found_by_its_path(read):
    table = read.table(
        '<Scan><Host name="a"><Item id="1"/></Host></Scan>', rows=["Findings", "Scan/Host/Item"]
    )
    assert read.rows(table, "id", "Host.name") == [(1, "1", "a")]


@pytest.mark.parametrize("encoding", ["utf-16", "windows-1252"])
def test_reads_the_encoding_it_states(read, encoding):
    text = f'<?xml version="1.0" encoding="{encoding}"?><S><I id="é"/><I id="2"/></S>'
    assert read.rows(read.table(text.encode(encoding)), "id") == [(1, "é"), (2, "2")]


BOMB = '<!DOCTYPE s [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><s><i id="1">&b;</i></s>'
OUTSIDE = '<!DOCTYPE s [<!ENTITY a SYSTEM "file:///etc/passwd">]><s><i id="1">&a;</i></s>'


PARAMETER = '<!DOCTYPE s [<!ENTITY % p SYSTEM "http://127.0.0.1:9/s.dtd"> %p;]><s><i id="1"/></s>'


@pytest.mark.parametrize("text", [BOMB, OUTSIDE, PARAMETER])
def test_refuses_entities(read, text):
    with pytest.raises(Refused, match=r"export.csv declares entities"):
        read.tables('<?xml version="1.0"?>' + text)


def test_what_a_document_type_points_to_is_not_read(read):
    start = f'<!DOCTYPE s SYSTEM "{(read.folder / "s.dtd").as_uri()}">'
    read.file('<!ENTITY a "read">', "s.dtd")
    assert read.rows(read.table(start + '<s><i id="1"/><i id="2"/></s>'), "id") == [(1, "1"), (2, "2")]
    with pytest.raises(Refused, match="undefined entity &a;"):
        read.tables(start + '<s><i id="1">&a;</i><i id="2"/></s>')


REPORT = f"""<Report>
  <Host><Found><QID id="q1">1</QID><note>mine</note></Found><Found><QID id="q9">9</QID></Found></Host>
  <Glossary>
    <Detail id="q1"><QID id="q1">1</QID><title>Old server</title><long>{"x" * 2000}</long>
      <CVE><ID>CVE-1</ID></CVE><CVE><ID>CVE-2</ID></CVE></Detail>
    <Detail id="q2"><title>Not found anywhere</title></Detail>
  </Glossary>
</Report>"""


def test_a_row_carries_what_the_file_says_elsewhere_of_what_it_names(read):
    table = read.table(REPORT, rows="Found")
    shown = ("QID", "note", "Detail.title", "Detail.CVE.ID", "Detail.long")
    assert read.rows(table, *shown) == [
        (1, "1", "mine", "Old server", '["CVE-1","CVE-2"]', None),
        (2, "9", None, None, None, None),  # nothing is said of it
    ]


def test_refuses_what_is_not_sound_naming_the_line(read):
    with pytest.raises(Refused, match=r"export.csv is not sound XML: .*line 3"):
        read.tables('<s>\n<i id="1"/>\n<i id=2/>\n</s>')


def test_refuses_what_is_nested_too_deeply(read):
    with pytest.raises(Refused, match=r"export.csv is nested more than 200 elements deep"):
        read.tables("<a>" * 5000 + "</a>" * 5000)


def test_what_is_named_by_its_kind_is_described_by_that_kind(read):
    text = (
        '<R><scan id="7" end="Monday"/><device id="7" end="never"/>'
        '<test scan-id="7" id="a"/><test scan-id="8" id="b"/></R>'
    )
    shown = ("id", "scan.end", "device.end")
    assert read.rows(read.table(text, rows="test"), *shown) == [
        (1, "a", "Monday", None),
        (2, "b", None, None),  # no such scan
    ]


def test_of_several_that_a_row_names_what_is_said_makes_lists(read):
    text = (
        '<R><risk uuid="a"><state>open</state></risk><risk uuid="b"><state>closed</state></risk>'
        '<item id="1"><of risk-uuid="a"/><of risk-uuid="b"/></item><item id="2"><of risk-uuid="a"/></item></R>'
    )
    assert read.rows(read.table(text, rows="item"), "id", "risk.state") == [
        (1, "1", '["open","closed"]'),
        (2, "2", "open"),
    ]


def test_a_part_of_what_a_row_names_stands_for_it(read):
    text = (
        '<R><risk uuid="a"><state>open</state><factor uuid="f"/></risk><risk uuid="b"><state>closed</state></risk>'
        '<item id="1"><of risk-uuid="f"/></item><item id="2"><of risk-uuid="b"/></item><item id="3"><of risk-uuid="z"/></item></R>'
    )
    assert read.rows(read.table(text, rows="item"), "id", "risk.state") == [
        (1, "1", "open"),
        (2, "2", "closed"),
        (3, "3", None),
    ]


def test_what_each_row_would_take_a_copy_of_is_kept_within_limits(read):
    texts = f"<long>{'x' * 2000}</long>" + "<many>m</many>" * 500
    table = read.table(f'<R>{texts}<item id="1"/><item id="2"/></R>', rows="item")
    assert read.rows(table, "id", "R.long") == [(1, "1", None), (2, "2", None)]
    ((_, many), _) = read.rows(table, "R.many")
    assert len(json.loads(many)) == 200
