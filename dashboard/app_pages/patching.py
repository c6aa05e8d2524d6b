"""The Patching page: which services carry known, overdue weaknesses?"""

import streamlit as st

from dashboard import charts, page
from dashboard.audits import standings
from dashboard.cards import known
from dashboard.drawings import Bar, bars
from dashboard.tables import severity, table
from dashboard.view import current_view

MEASURES = (
    "patches_on_time", "known_exploited_overdue", "time_to_patch", "asset_coverage", "overdue_patches", "overdue_exposure",
)  # fmt: skip
FEW = 12
EXPLOITED = ["patch", "title", "days_past", "due_at", "missing_on", "services", "cves"]

view = current_view()
zone, period = view.readings.settings.zone, view.period
metrics = view.readings.metrics()
scope = view.scope_of(metrics["overdue_patches"])
readings = page.opening(
    view,
    "Which services carry known, overdue weaknesses?",
    MEASURES,
    "It is told from the weaknesses or missing patches that a scanner exports, and from a list of assets.",
)

# --- Who carries them, and how long they stay

left, right = st.columns([1, 1.25], gap="large")
with left:
    pairs = view.readings.crossed("overdue_patches", period, "service", "owner", scope)
    overdue = readings["overdue_patches"]
    if len(pairs):
        first = pairs.iloc[0]
        page.title(f"{first['service']} carries {first['n']:,} of {overdue.n:,} overdue patches")
        st.html(
            bars(
                "Overdue patches by service and owner",
                [
                    Bar(
                        f"{row.service}",
                        {"missed": row.n},
                        f"{row.n:,}",
                        f"{row.owner}",
                        page.rows_of(view, "overdue_patches", {"service": row.service, "owner": row.owner}),
                    )
                    for row in pairs.head(FEW).itertuples()
                ],
                {"missed": "overdue at the period's end"},
                ("Service", "overdue", "owner"),
                common=True,
            )
        )
        if len(pairs) > FEW:
            st.caption(f"and {len(pairs) - FEW:,} more pairs of service and owner")
        page.downloads(
            lambda: pairs, f"overdue-by-owner-{period.name}", "a patch of two services stands under both"
        )
    else:
        page.title("No patch is overdue" if overdue.value is not None else "It is not known what is overdue")
        st.caption(overdue.sentence)
with right:
    within = view.scope_of(metrics["time_to_patch"])
    curves = list(view.readings.curves("time_to_patch", period, "severity", within).items())
    parts = dict(view.readings.by("time_to_patch", period, "severity", within))
    if curves:
        worst = curves[0][0]
        page.title(
            f"Half of {severity(worst)} patches were in place within {parts[worst].text}"
            if parts[worst].value is not None
            else f"Fewer than half of {severity(worst)} patches are in place"
        )
        agreed = [
            view.readings.settings.patch_days.get(int(part)) if part.isdigit() else None for part, _ in curves
        ]
        st.caption(
            "Share still open, by days since it was first seen, of what was first seen in the period. Shaded: 95 % sure. "
            "Ring: the days agreed. Click a curve for its patches."
        )
        clicked = page.chosen(
            page.chart(
                charts.survival([(severity(part), curve) for part, curve in curves], agreed),
                "survival",
                "Time to patch by severity: "
                + "; ".join(
                    f"{severity(part)}, half within {parts[part].text} of {curve.n:,}"
                    for part, curve in curves
                ),
                ("points",),
            )
        )
        if clicked:
            page.open_rows(view, "time_to_patch", {"severity": clicked.partition(" ")[0]})
        st.html(
            bars(
                "Time to patch by severity",
                [
                    Bar(
                        severity(part),
                        {
                            "done": reading.n - (reading.detail.get("open") or 0),
                            "waiting": reading.detail.get("open") or 0,
                        },
                        reading.text,
                        f"{days:g} days agreed" if days else "no days agreed",
                        page.rows_of(view, "time_to_patch", {"severity": part}),
                    )
                    for (part, _), days in zip(curves, agreed, strict=True)
                    if known(reading := parts[part])
                ],
                {"done": "installed", "waiting": "still open"},
                ("Severity", "half within", ""),
            )
        )
    else:
        page.title("How long weaknesses stay open")
        st.caption("No weakness was first seen in the period.")

# --- What attackers use, and what nobody looks at

left, right = st.columns([1.4, 1], gap="large")
with left:
    listed = view.readings.exploited(period, view.scope_of(metrics["known_exploited_overdue"]))
    reading = readings["known_exploited_overdue"]
    if len(listed):
        every = int(listed["of"].iloc[0])
        page.title(
            f"{every:,} known exploited weakness{'es are' if every != 1 else ' is'} overdue, the oldest by {listed['days_past'].iloc[0]:,} days"
        )
        table(listed, EXPLOITED, zone=zone, tallest=320)
        page.downloads(
            lambda: view.readings.rows(
                "known_exploited_overdue",
                period,
                view.scope_of(metrics["known_exploited_overdue"]),
                left_out=False,
            ),
            f"known_exploited_overdue-{period.name}",
            f"{page.extent(len(listed), every, 'patch')}, missing {page.count(reading.n, 'time')}",
        )
    else:
        page.title(
            "No known exploited weakness is overdue"
            if reading.value is not None
            else "It is not known which weaknesses attackers use"
        )
        st.caption(reading.sentence)
    st.page_link(
        "app_pages/metric.py",
        label="Every row behind it",
        query_params=view.link(metric="known_exploited_overdue"),
    )
with right:
    seen = standings(
        view.readings.by("asset_coverage", period, "service", view.scope_of(metrics["asset_coverage"]))
    )
    reading = readings["asset_coverage"]
    if seen and reading.n:
        unseen = reading.n - int(reading.detail["met"])
        page.title(
            f"{unseen:,} of {reading.n:,} known assets {'was' if unseen == 1 else 'were'} not seen lately"
            if unseen
            else f"All {reading.n:,} known assets were seen lately"
        )
        st.html(
            bars(
                "Assets seen by patch tooling, by service",
                [
                    Bar(
                        one.part,
                        {"done": one.passing, "missed": one.failing},
                        one.reading.text,
                        f"{one.failing:,} of {one.reading.n:,} not seen",
                        page.rows_of(view, "asset_coverage", {"service": one.part}),
                    )
                    for one in seen[:FEW]
                    if one.reading.n
                ],
                {"done": "seen", "missed": "not seen"},
                ("Service", "seen", ""),
            )
        )
        if len(seen) > FEW:
            st.caption(f"and {len(seen) - FEW:,} more services")
    else:
        page.title("Coverage is not known")
        st.caption("It needs a list of assets: lists of weaknesses never name the clean machines.")
        st.page_link("app_pages/upload.py", label="Load a list of assets")

page.unmeasured(view, readings)
