"""What the pages share: one reader of snapshots, and the view (period, scope) that the address asks for.

The address is the only memory of a view: a link opens the same one. The session remembers the last view only to
put it back into the address where the navigation has dropped it.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import streamlit as st

from dashboard.metric import Metric
from dashboard.observations import UNASSIGNED, UNKNOWN
from dashboard.reading import AGAINST, Period, Reading
from dashboard.readings import Readings
from dashboard.shown import legible, plain
from pipelines.warehouse import this_user

SCOPE = {"service": "All services", "business_unit": "All business units"}
ADDRESS = (
    "period", "against", *SCOPE, "metric", "by", "part", "rows", "due", "suppose", "patched_by", "hours", "slide",
    "from", "to", "record", "day", "severity",
)  # fmt: skip


class Unknown(Exception):
    """The address asks for something that does not exist; the message says what, for people."""


@dataclass(frozen=True)
class View:
    """What is looked at: a period with what it is compared with, and the services or business units it is limited to."""

    readings: Readings
    period: Period
    scope: dict[str, str]

    def link(self, **more: str) -> dict[str, str]:
        """The address parameters that open another page on the same view."""
        against = {"against": self.period.against} if self.period.against != AGAINST[0] else {}
        return {"period": self.period.name, **against, **self.scope, **more}

    def part(self, scope: dict[str, str]) -> dict[str, str]:
        """The address parameters that limit a metric's page to a part: filters, and one value of another dimension."""
        filters = {name: value for name, value in scope.items() if name in SCOPE}
        parts = [f"{name}:{value}" for name, value in scope.items() if name not in SCOPE]
        return filters | ({"part": parts[0]} if parts else {})

    @property
    def outside(self) -> bool:
        """Whether the period lies wholly before or after what is loaded."""
        return self.period.name not in {period.name for period in self.readings.periods()}

    def read(self, names: Iterable[str]) -> dict[str, Reading]:
        """The readings of some metrics, each limited as far as it can be told by the scope."""
        metrics = self.readings.metrics()
        return self.readings.several(self.period, {name: self.scope_of(metrics[name]) for name in names})

    def scope_of(self, metric: Metric) -> dict[str, str]:
        """The part of the scope that a metric can be told by."""
        return {name: value for name, value in self.scope.items() if name in metric.by}


def who_are_you(**look) -> str:
    """What a person says who they are; what they said before stands there."""
    name = st.text_input(
        "Who are you?",
        st.session_state.get("signed", ""),
        max_chars=80,
        placeholder=this_user(),
        help="Nobody checks it: it is recorded as (unverified).",
        **look,
    )
    st.session_state["signed"] = name
    return name


def data_folder() -> Path:
    """The data folder that this server was started on."""
    return Path(os.environ.get("DASHBOARD_DATA", "data")).absolute()


@st.cache_resource(show_spinner=False)
def shared_readings() -> Readings:
    """The one reader of snapshots in this server; all sessions share what it has read."""
    return Readings(data_folder())


def asked_view(readings: Readings) -> View:
    """The view in the address. Unknown names every part of it that does not exist."""
    return view_of(st.query_params.to_dict(), readings)


def view_of(address: dict[str, str], readings: Readings) -> View:
    """The view that address parameters ask for. Unknown names every one that is wrong."""
    wrong = [
        f"There is no filter “{name}”, only {', '.join(ADDRESS)}." for name in address if name not in ADDRESS
    ]
    try:
        period = readings.period(address["period"])
    except ValueError as error:
        wrong.insert(0, str(error))
    against = address.get("against", AGAINST[0])
    if against not in AGAINST:
        wrong.append(f"There is no comparison “{against}”, only {' and '.join(AGAINST)}.")
    scope = {name: address[name] for name in SCOPE if name in address}
    wrong += [
        f"There is no {name.replace('_', ' ')} “{value}” in what is loaded."
        for name, value in scope.items()
        if value not in readings.dimension_values(name)
    ]
    if wrong:
        raise Unknown(" ".join(wrong))
    return View(readings, replace(period, against=against), scope)


def current_view() -> View:
    """The view that the frame has checked before it runs a page."""
    return st.session_state["view"]


def applied(view: View, scope: dict[str, str]) -> str:
    """What is laid on top of a metric's own SQL."""
    period = view.period
    span = (
        ""
        if period.name == "all"
        else f" ({period.start:%-d %b %Y %H:%M} up to {period.end:%-d %b %Y %H:%M} UTC)"
    )
    limited = [f"{name.replace('_', ' ')} {value}" for name, value in scope.items()]
    only = f"Limited to {' and '.join(limited)}." if limited else "All services and business units."
    return (
        f"It selects every observation. On top of it: what falls in {period.label}{span}. {only} "
        "Rows with a reason in left_out are not counted."
    )


def day_of(name: str) -> date | None:
    """The day that an address parameter names, None where it is absent. Unknown where it is none."""
    try:
        return date.fromisoformat(st.query_params[name]) if name in st.query_params else None
    except ValueError:
        raise Unknown(
            f"“{st.query_params[name]}” is not a day for “{name}”: write it as 2026-09-03."
        ) from None


def put(**told: str | None) -> None:
    """Write address parameters; None takes one away."""
    up_to_date()
    for name, value in told.items():
        if value is None:
            st.query_params.pop(name, None)
        else:
            st.query_params[name] = value
    st.session_state["asked"] = st.query_params.to_dict()


def remember(page: str) -> None:
    """Keep the address that is shown now. One that the browser went to on the same page is told to it again: what it was
    told before, and had not got yet, would stand above this view. On its way to another page it would take what it is
    told for an address of the page that it leaves, and the way back would lead there."""
    shown = st.query_params.to_dict()
    stays = st.session_state.get("asked_on") == page
    st.session_state["asked_on"] = page
    if stays and "period" in shown and st.session_state.get("asked") not in (None, shown):
        st.query_params["period"] = shown["period"]  # tells the others with it
    st.session_state["asked"] = shown


def up_to_date() -> None:
    """Put back the address that is shown, where the browser told an older one: it did not know yet of the last change."""
    told = st.query_params.to_dict()
    asked = st.session_state.get("asked", told)
    for name in told.keys() - asked.keys():
        st.query_params.pop(name)
    # Not all of it: a widget may hold one that is the same, and lets nobody else write it.
    if lost := {name: value for name, value in asked.items() if told.get(name) != value}:
        st.query_params.update(lost)


def part_of(view: View, metric: Metric) -> dict[str, str]:
    """The part of a metric that the address asks for (`part=severity:1`); none of a metric that has no such parts.

    Unknown where it has them, and none has this value.
    """
    dimension, _, value = st.query_params.get("part", "").partition(":")
    if dimension not in metric.by:
        put(part=None)
        return {}
    if value not in (*view.readings.values(metric.name, dimension), UNASSIGNED, UNKNOWN):
        raise Unknown(f"There is no {dimension.replace('_', ' ')} “{value}” in what is loaded.")
    return {dimension: value}


def look_up(name: str, options: dict[str, str]) -> str:
    """The address parameter `name`, the first option where it is absent. Unknown where it is none of the options."""
    value = st.query_params.get(name, next(iter(options)))
    if value not in options:
        raise Unknown(f"There is no {name} “{value}”.")
    return value


def choose(name: str, options: dict[str, str], everything: str | None = None, **look) -> None:
    """A select box over `options` (value -> label) that holds the address parameter `name`.

    everything: what it says where nothing is chosen; without it, something always is.
    """
    _show(name, st.query_params.get(name) if everything else look_up(name, options))
    labels = {value: legible(label) for value, label in options.items()}
    st.selectbox(
        name.replace("_", " ").capitalize(),
        list(options),
        None,
        labels.get,
        key=f"choose-{name}",
        on_change=_into_address,
        args=(name, options, everything is None),
        placeholder=everything,
        required=everything is None,
        label_visibility="collapsed",
        **look,
    )


def choose_one(name: str, options: dict[str, str]) -> str:
    """The same as a row of buttons, for a few options; the chosen one, the first by default."""
    if st.query_params.get(name) not in options:
        put(**{name: None})
    _show(name, look_up(name, options))
    return st.segmented_control(
        name, list(options), format_func=lambda value: plain(options[value]), key=f"choose-{name}", on_change=_into_address,
        args=(name, options, True), required=True, label_visibility="collapsed",
    )  # fmt: skip


def _show(name: str, value: str | None) -> None:
    """Have the widget hold a value, and keep which one the browser told."""
    st.session_state[f"told-{name}"] = st.session_state.get(f"choose-{name}")
    st.session_state[f"choose-{name}"] = value


def _into_address(name: str, options: dict[str, str], required: bool) -> None:
    """What was chosen; not what a browser repeats that went elsewhere before it was shown what stands here now: it may be
    the label of an option that is gone. required: an address that does not say it means the first of the options."""
    value = st.session_state[f"choose-{name}"]
    elsewhere = st.session_state.get("asked") != st.query_params.to_dict()
    repeated = elsewhere and value == st.session_state.get(f"told-{name}")
    if not repeated and (value is None or value in options):
        meant = required and value == next(iter(options)) and name not in st.session_state["asked"]
        put(**{name: None if meant else value})
