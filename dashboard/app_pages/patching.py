"""The Patching page: which services carry known, overdue weaknesses?"""

import streamlit as st

from dashboard import charts, page
from dashboard.audits import standings
from dashboard.cards import known
from dashboard.drawings import Bar, Bars
from dashboard.tables import severity, table
from dashboard.view import current_view

MEASURES = (
    "patches_on_time", "known_exploited_overdue", "time_to_patch", "asset_coverage", "overdue_patches", "overdue_exposure",
)  # fmt: skip
FEW = 12
EXPLOITED = ["title", "days_past", "missing_on", "services", "due_at", "cves", "patch"]

view = current_view()
zone, period = view.readings.settings.zone, view.period
metrics = view.readings.metrics()
readings = page.opening(
    view,
    "Which services carry known, overdue weaknesses?",
    MEASURES,
    "It is told from the weaknesses or missing patches that a scanner exports, and from a list of assets.",
    "patch",
)
exploited, overdue, coverage = (
    readings[name] for name in ("known_exploited_overdue", "overdue_patches", "asset_coverage")
)


def use() -> None:
    """The weaknesses that attackers use, the oldest first."""
    listed = view.readings.exploited(period, exploited.scope)
    if listed.empty:
        page.title(
            "No known exploited weakness is overdue"
            if exploited.value is not None
            else "It is not known which weaknesses attackers use"
        )
        if "known_exploited" in set(view.readings.freshness()["record"]):
            st.caption(exploited.sentence)
        else:
            st.caption("It needs a catalogue of weaknesses known to be exploited, such as that of CISA.")
            page.further(view, "upload", "Load a catalogue of exploited weaknesses")
        return
    every, oldest = int(listed["of"].iloc[0]), int(listed["days_past"].iloc[0])
    places = f" in {exploited.n:,} places" if exploited.n != every else ""  # what the card counts: by machine
    page.title(
        f"{page.count(every, 'known exploited patch')} {'is' if every == 1 else 'are'} overdue{places}, the oldest by {page.count(oldest, 'day')}"
    )
    table(listed, EXPLOITED, zone=zone, tallest=280)
    page.downloads(
        view,
        lambda: view.readings.exploited(period, exploited.scope, most=None).drop(columns="of"),
        f"known-exploited-{period.name}",
        page.extent(len(listed), every, "patch"),
    )
    page.further(view, "metric", "Machine by machine", metric="known_exploited_overdue")


def owners() -> None:
    """Who is overdue with how much."""
    pairs = view.readings.crossed("overdue_patches", period, "service", "owner", overdue.scope)
    if pairs.empty:
        page.title(
            "No patch is overdue"
            if overdue.value is not None
            else "It is not known which patches are overdue"
        )
        st.caption(overdue.sentence)
        return
    first = pairs.iloc[0]
    title = f"{first['service']} carries {first['n']:,} of {page.count(overdue.n, 'overdue patch')}"
    page.title(title)
    shown = [
        Bar(
            row.service,
            {"missed": row.n},
            f"{row.n:,}",
            row.owner,
            page.rows_of(view, "overdue_patches", {"service": row.service, "owner": row.owner}),
        )
        for row in pairs.head(FEW).itertuples()
    ]
    words = {"missed": "overdue at the period's end"}
    drawn = Bars("Overdue patches by service and owner", shown, words, ("Service", "", "owner"), common=True)
    rest = len(pairs) - FEW
    said = (
        f"and {page.count(rest, 'more service')}" if rest > 0 else "a patch of two services stands under both"
    )
    page.draw(view, "overdue-by-owner", title, drawn, [overdue], [said])
    page.downloads(view, lambda: pairs, f"overdue-by-owner-{period.name}", page.count(len(pairs), "row"))


def curves() -> None:
    """How long weaknesses stay open, by severity."""
    reading = readings["time_to_patch"]
    scope = reading.scope
    found = view.readings.curves("time_to_patch", period, "severity", scope)
    parts = dict(view.readings.by("time_to_patch", period, "severity", scope))
    if not found:
        page.title("No weakness was first seen in the period")
        st.caption(reading.sentence)
        return
    agreed = {
        part: view.readings.settings.patch_days.get(int(part)) if part.isdigit() else None for part in found
    }
    worst = next(iter(found))
    word = severity(worst).partition(" ")[2] or "most severe"
    title = (
        f"Half of the {word} patches were in place within {parts[worst].text}"
        if parts[worst].value is not None
        else f"Fewer than half of the {word} patches are in place"
    )
    page.title(title)
    signs = (
        "The share still open, by days since a weakness was first seen, of those first seen in the period. Shaded: 95 % "
        "sure. Ring: the days agreed."
    )
    st.caption(f"{signs} Click a curve for its patches.")
    drawn = charts.survival([(severity(part), curve) for part, curve in found.items()], list(agreed.values()))
    clicked = page.chosen(
        page.chart(
            drawn,
            "survival",
            "Share of patches still open by days: "
            + "; ".join(
                f"{severity(part)}, half of {curve.n:,} within {parts[part].text}"
                for part, curve in found.items()
            ),
            ("points",),
        )
    )
    if clicked:
        page.open_rows(view, "time_to_patch", {"severity": clicked.partition(" ")[0]})
    page.pictures(view, "patches-still-open", title, "Patches still open", [drawn], [reading], [signs])
    shown = [
        Bar(
            severity(part),
            {"done": parts[part].n - parts[part].detail["open"], "waiting": parts[part].detail["open"]},
            parts[part].text,
            f"{days:g} days" if days else "none",
            page.rows_of(view, "time_to_patch", {"severity": part}),
        )
        for part, days in agreed.items()
        if known(parts[part])
    ]
    words = {"done": "installed", "waiting": "still open"}
    by_severity = Bars("Time to patch by severity", shown, words, ("Severity", "half within", "agreed"))
    page.draw(view, "time-to-patch", title, by_severity, [reading])


def seen() -> None:
    """Which assets no scanner looks at."""
    parts = standings(view.readings.by("asset_coverage", period, "service", coverage.scope))
    if not coverage.n:
        page.title("It is not known which assets are seen")
        if coverage.as_of is None:
            st.caption("It needs a list of assets: lists of weaknesses never name the clean machines.")
            page.further(view, "upload", "Load a list of assets")
        else:
            st.caption(coverage.sentence)
        return
    unseen = coverage.n - int(coverage.detail["met"])
    title = (
        f"{unseen:,} of {page.count(coverage.n, 'known asset')} {'was' if unseen == 1 else 'were'} not seen lately"
        if unseen
        else f"All of {page.count(coverage.n, 'known asset')} were seen lately"
    )
    page.title(title)
    short = [one for one in parts if one.failing][:FEW]
    shown = [
        Bar(
            one.part,
            {"done": one.passing, "missed": one.failing},
            one.reading.text,
            f"{one.failing:,} of {one.reading.n:,}",
            page.rows_of(view, "asset_coverage", {"service": one.part}),
            one.reading.status or "",
        )
        for one in short
    ]
    if shown:
        words = {"done": "seen by patch tooling", "missed": "not seen"}
        drawn = Bars("Assets seen by patch tooling", shown, words, ("Service", "seen", "not seen"))
        rest = [one for one in parts if one.reading.n and one not in short]
        more = (
            [f"and {page.count(len(rest), 'more service')} of which fewer assets were not seen, or none"]
            if rest
            else []
        )
        page.draw(view, "assets-seen", title, drawn, [coverage], more)


left, right = st.columns([1, 1.2], gap="large")
with left:
    use()
    owners()
with right:
    curves()
    seen()

page.unmeasured(view, readings)
