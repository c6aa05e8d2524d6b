"""What PowerPoint checks of a file before it offers to repair it: parts, their types, their relations and their ids."""

from collections import Counter
from pathlib import Path
from posixpath import dirname, join, normpath
from zipfile import ZipFile

from lxml import etree

TYPES = "{http://schemas.openxmlformats.org/package/2006/content-types}"
RELATION = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
OFFICE = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
# Of slide masters and layouts, which share one row of numbers; slides have lower ones.
FIRST_MASTER, FIRST_SLIDE = 2_147_483_648, 256


def faults(file: Path) -> list[str]:
    """Everything that is wrong with a package; nothing for a sound one."""
    with ZipFile(file) as held:
        parts = {name: held.read(name) for name in held.namelist()}
        found = [f"{name} stands twice" for name, n in Counter(held.namelist()).items() if n > 1]
    trees = {name: etree.fromstring(held) for name, held in parts.items() if name.endswith((".xml", ".rels"))}
    relations = {name: _relations(name, root) for name, root in trees.items() if name.endswith(".rels")}
    found += _types(parts, trees["[Content_Types].xml"])
    reached, waiting = set(), ["_rels/.rels"]
    while waiting:
        name = waiting.pop()
        for ref, target in relations.get(name, {}).items():
            if target not in parts:
                found.append(f"{name}: {ref} leads to {target}, which is not there")
            elif target not in reached:
                reached.add(target)
                waiting.append(_beside(target))
    own = {name for name in parts if not name.endswith(".rels") and name != "[Content_Types].xml"}
    found += [f"{name} is reached from nowhere" for name in sorted(own - reached)]
    found += [
        f"{name} belongs to no part"
        for name in relations
        if name != "_rels/.rels" and _whose(name) not in parts
    ]
    for name, root in trees.items():
        if name.endswith(".rels") or name == "[Content_Types].xml":
            continue
        known = relations.get(_beside(name), {})
        for element in root.iter(etree.Element):
            for attribute, value in element.attrib.items():
                if attribute.startswith(OFFICE) and value not in known:
                    found.append(f"{name}: {element.tag} names the relation {value}, which is not there")
        found += [f"{name}: {said}" for said in _ids(root)]
    return found + _numbers(trees)


def _types(parts: dict[str, bytes], root) -> list[str]:
    by_name = [one.get("PartName").lstrip("/") for one in root.findall(f"{TYPES}Override")]
    by_ending = {one.get("Extension").lower() for one in root.findall(f"{TYPES}Default")}
    found = [f"{name} has two types" for name, n in Counter(by_name).items() if n > 1]
    found += [f"{name} has a type and is not there" for name in by_name if name not in parts]
    typed = {name for name in parts if name in by_name or name.rpartition(".")[2].lower() in by_ending}
    return found + [f"{name} has no type" for name in parts.keys() - typed - {"[Content_Types].xml"}]


def _relations(name: str, root) -> dict[str, str]:
    """The part that each relation leads to, by its id; links to the outside lead to no part."""
    base = dirname(dirname(name))
    return {
        one.get("Id"): normpath(join(base, one.get("Target"))).lstrip("/")
        for one in root.iter(RELATION)
        if one.get("TargetMode") != "External"
    }


def _beside(part: str) -> str:
    return join(dirname(part), "_rels", f"{part.rpartition('/')[2]}.rels")


def _whose(name: str) -> str:
    return join(dirname(dirname(name)), name.rpartition("/")[2].removesuffix(".rels"))


def _ids(root) -> list[str]:
    """Ids that stand twice in one part, tables of unlike rows, and charts whose axes are not there."""
    shapes = Counter(one.get("id") for one in root.iter(f"{P}cNvPr"))
    found = [f"two shapes have the id {name}" for name, n in shapes.items() if n > 1]
    for table in root.iter(f"{A}tbl"):
        columns = len(table.findall(f"{A}tblGrid/{A}gridCol"))
        found += [
            "a row of a table is not as wide as it"
            for row in table.findall(f"{A}tr")
            if len(row.findall(f"{A}tc")) != columns
        ]
    for area in root.iter(f"{C}plotArea"):
        axes = {ax.find(f"{C}axId").get("val") for ax in area if ax.tag.endswith("Ax")}
        named = {
            one.get("val") for plot in area if plot.tag.endswith("Chart") for one in plot.findall(f"{C}axId")
        }
        found += ["a chart names an axis that it has not"] if named != axes else []
        order = [one.find(f"{C}idx").get("val") for one in area.iter(f"{C}ser")]
        found += ["two series of a chart have one number"] if len(order) != len(set(order)) else []
    return found


def _numbers(trees) -> list[str]:
    slides = [int(one.get("id")) for one in trees["ppt/presentation.xml"].iter(f"{P}sldId")]
    masters = [
        int(one.get("id"))
        for name, root in trees.items()
        if name.startswith("ppt/") and not name.endswith(".rels")
        for tag in ("sldMasterId", "sldLayoutId")
        for one in root.iter(f"{P}{tag}")
    ]
    found = ["two slides have one id"] if len(slides) != len(set(slides)) else []
    found += ["a slide's id is none"] if any(not FIRST_SLIDE <= n < FIRST_MASTER for n in slides) else []
    found += ["two masters or layouts have one id"] if len(masters) != len(set(masters)) else []
    return found + (["a master's id is none"] if any(n < FIRST_MASTER for n in masters) else [])
