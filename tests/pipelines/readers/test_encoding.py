"""Text in any usual encoding: told from a few names, shown, and changeable."""

import json

import pytest

from pipelines import warehouse
from pipelines.asked import Asked
from pipelines.errors import Refused
from pipelines.readers import tables
from pipelines.snapshot import open_snapshot

WORDS = {
    "western": ["José Álvarez", "Müller", "Straße", "Øyvind", "Françoise", "señor", "5 €"],
    "plain": ["José", "Müller", "Françoise", "Straße"],
    "polish": ["Łódź", "Wałęsa", "Świętosław"],
    "czech": ["Jiří Novák", "Černý", "Plzeň"],
    "russian": ["Иванов", "Москва", "закрыт"],
    "greek": ["Γιάννης", "Αθήνα", "κλειστό"],
    "turkish": ["Güneş", "Çağrı", "Müdürlüğü", "Şahin"],
    "japanese": ["年齢", "山田", "サーバー停止", "対応中"],
    "chinese": ["服务器", "已关闭", "北京", "处理中"],
    "taiwanese": ["伺服器", "已關閉", "網路"],
    "korean": ["김철수", "서버 장애", "완료"],
}
WRITTEN = [
    ("western", "cp1252"),
    ("plain", "latin_1"),
    ("western", "mac_roman"),
    ("plain", "cp850"),
    ("polish", "cp1250"),
    ("polish", "iso8859_2"),
    ("czech", "cp1250"),
    ("russian", "cp1251"),
    ("russian", "koi8_r"),
    ("russian", "cp866"),
    ("russian", "iso8859_5"),
    ("greek", "cp1253"),
    ("greek", "iso8859_7"),
    ("turkish", "cp1254"),
    ("japanese", "cp932"),
    ("japanese", "euc_jp"),
    ("japanese", "iso2022_jp"),
    ("chinese", "gb18030"),
    ("taiwanese", "big5"),
    ("korean", "cp949"),
    *((words, "utf-16") for words in ("western", "japanese")),
    *(("western", f"utf-{size}{order}") for size in (16, 32) for order in ("-le", "-be")),
    ("western", "utf-32"),
]


def csv_of(words):
    return "number,state,owner\r\n" + "".join(f"INC{n:04},New,{word}\r\n" for n, word in enumerate(words))


@pytest.mark.parametrize(("words", "encoding"), WRITTEN)
def test_a_few_names_tell_the_encoding(read, words, encoding):
    table = read.table(csv_of(WORDS[words]).encode(encoding))
    assert [row[1] for row in read.rows(table, "owner")] == WORDS[words]
    assert f'line 2 "INC0000,New,{WORDS[words][0]}' in table.notes[0]


@pytest.mark.parametrize("language", WORDS)
def test_utf8_is_read_as_it_stands(read, language):
    table = read.table(csv_of(WORDS[language]))
    assert [row[1] for row in read.rows(table, "owner")] == WORDS[language]
    assert not any("read as" in note for note in table.notes)


@pytest.mark.parametrize(
    "sign", ["Analyst’s view", "“quoted”", "£9,500 – net", "20 °C", "don’t", "Café", "é"]
)
def test_western_signs_alone_are_windows_text(read, sign):
    text = f'number,note\r\nA,"{sign}"\r\n'
    assert read.rows(read.table(text.encode("cp1252"))) == [(2, "A", sign)]


def test_what_reads_about_as_well_is_offered(read):
    table = read.table(csv_of(["Györ", "Plzeò"]).encode("cp1252"))
    assert any("--encoding cp1250" in note for note in table.notes)


def test_a_person_can_name_another_encoding(read):
    path = read.file("number,owner\r\nA,Gy\xf5r\r\n".encode("latin_1"))
    [table] = tables(path, read.con, read.folder, path.name, encoding="cp1250")
    assert read.rows(table) == [(2, "A", "Győr")]
    assert table.notes[0].startswith(
        'read as Windows-1250 (Central European) text, as asked: line 2 "A,Győr"'
    )


@pytest.mark.parametrize(
    ("data", "asked", "reason"),
    [
        (b"a,b\n1,2\n", "klingon", "There is no encoding 'klingon'"),
        (b"a,b\n1,2\n", "hex", "There is no encoding 'hex'"),
        (b"a,b\n1,2\n", "unicode_escape", "There is no encoding 'unicode_escape'"),
        (b"a,b\n1,\xfc\n", "utf-8", r"export.csv is not UTF-8 text \(invalid start byte at byte 6\)"),
        (b"a,b\n1,\xfc\n", "ascii", "export.csv is not ASCII text"),
        (b"a,b\n1,2\n", "utf-16", "export.csv is not UTF-16"),
        ("a,b\n1,ü\n".encode("utf-16"), "cp1252", "is UTF-16 by its first bytes, not Windows-1252"),
        ("a,b\n1,ü\n".encode("utf-8-sig"), "cp1252", "is UTF-8-SIG by its first bytes, not Windows-1252"),
        (b"a,b\n1,\x81\n", "cp1252", "export.csv is not Windows-1252 "),
    ],
)
def test_a_wrong_or_unknown_encoding_is_refused(read, data, asked, reason):
    path = read.file(data)
    with pytest.raises(Refused, match=reason) as refused:
        tables(path, read.con, read.folder, path.name, encoding=asked)
    assert refused.value.todo


def test_a_letter_cut_in_two_does_not_spoil_the_others(read):
    text = csv_of(["Müller"] * 9).encode() + "INC9,New,Zoë".encode()[:-1]
    table = read.table(text)
    assert [row[1] for row in read.rows(table, "owner")] == ["Müller"] * 9 + ["Zo\ufffd"]
    assert "what is no UTF-8 in it stands as \ufffd" in table.notes


def test_json_in_another_encoding(read):
    text = json.dumps([{"key": "A", "owner": "José Müller"}], ensure_ascii=False)
    for encoding in ("cp1252", "utf-16", "utf-16-le", "utf-32", "mac_roman"):
        assert read.rows(read.table(text.encode(encoding))) == [(1, "A", "José Müller")]


@pytest.mark.parametrize(
    ("declared", "written"),
    [
        ("UTF-16", "utf-16"),
        ("Shift_JIS", "shift_jis"),
        ("EUC-JP", "euc_jp"),
        ("GB2312", "gb2312"),
        ("windows-1251", "cp1251"),
        ("UTF-32", "utf-32"),
    ],
)
def test_xml_in_the_encoding_it_declares(read, declared, written):
    owner = "Иван" if written == "cp1251" else "山田"
    rows = "".join(f"<row><key>{n}</key><owner>{owner}</owner></row>" for n in range(2))
    text = f'<?xml version="1.0" encoding="{declared}"?><list>{rows}</list>'
    assert read.rows(read.table(text.encode(written)), "owner") == [(1, owner), (2, owner)]


def test_xml_that_declares_what_it_is_not(read):
    rows = "".join(f"<row><key>{n}</key><owner>José</owner></row>" for n in range(2))
    path = read.file(f'<?xml version="1.0" encoding="UTF-8"?><list>{rows}</list>'.encode("cp1252"))
    with pytest.raises(Refused, match="not sound XML") as refused:
        tables(path, read.con, read.folder, path.name)
    assert "--encoding" in refused.value.todo
    [table] = tables(path, read.con, read.folder, path.name, encoding="cp1252")
    assert read.rows(table, "owner") == [(1, "José"), (2, "José")]


def test_the_encoding_a_person_names_is_kept_with_the_load_and_read_again_alike(incidents, tmp_path):
    path = incidents("one.csv", [("INC1", 1, "Gyõr")])
    path.write_bytes(path.read_text("utf-8").encode("latin_1"))
    (outcome,) = warehouse.load([path], tmp_path / "data", asked=Asked(encoding="cp1250"))
    assert any("Windows-1250" in note and "Győr" in note for note in outcome.notes)
    warehouse.rebuild(tmp_path / "data")
    _, con = open_snapshot(tmp_path / "data")
    with con:
        assert con.execute("select title from incident").fetchall() == [("Győr",)]
