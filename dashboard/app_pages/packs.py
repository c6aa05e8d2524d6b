"""The Packs page: what did we tell the board, and is it still true?"""

import tempfile
from pathlib import Path

import pandas as pd
import streamlit as st

from dashboard.deciding import log
from dashboard.intake import signed
from dashboard.jobs import begin
from dashboard.pack import frozen, reports
from dashboard.pack.causes import by_whom
from dashboard.pack.pack import Pack, Step
from dashboard.pack.restated import restated, span, standing
from dashboard.pack.template import templates
from dashboard.pack.write import write
from dashboard.period import day, grain
from dashboard.progress import follow
from dashboard.shown import escape, message, plain
from dashboard.tables import table
from dashboard.view import current_view, data_folder, who_are_you
from pipelines.errors import NotReady

FILES = {
    "Slides (PPTX)": (".pptx", "a4"),
    "PDF, A4": (".pdf", "a4"),
    "PDF, US letter": (".pdf", "us-letter"),
    "Workbook (XLSX)": (".xlsx", "a4"),
}
SHOWN = 12

view, data = current_view(), data_folder()
zone = view.readings.settings.zone
every, wrong = templates(data)
# Those made for such a period first.
names = sorted(every, key=lambda name: (every[name].grain != grain(view.period), name != "board", name))


def made(pack: Pack, ending: str, paper: str) -> bytes:
    """The file of a frozen pack, written when it is asked for."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"pack{ending}"
        write(pack, file, frozen.rows(pack.id, data), paper)
        return file.read_bytes()


def still_true(pack: Pack) -> pd.DataFrame:
    """Each number as it was told and as it is now; one whose metric is gone stands alone."""
    metrics, rows = view.readings.metrics(), []
    for one in pack.told.values():
        if one.metric not in metrics:
            rows.append({"metric": one.title, "as told": one.text, "now": "no longer a metric", "": "○ gone"})
            continue
        now = view.readings.reading(one.metric, span(pack, zone))
        other = standing(one, pack, now, metrics[one.metric])
        state = f"▲ {other}" if other else "● the same"
        rows.append({"metric": one.title, "as told": one.text, "now": now.text, "": state})
    return pd.DataFrame(sorted(rows, key=lambda row: row[""].startswith("●")))


@st.dialog("Freeze a pack", width="large")
def freeze(name: str) -> None:
    """The drafted words, which a person may write over; what is frozen then is never changed."""
    try:
        draft = reports.drafted(view.readings, view.period.name, name, data)
    except NotReady as reason:
        st.error(message(str(reason)))
        return
    st.markdown(f"**{plain(draft.title)} · {plain(draft.period_label)}**")
    st.markdown(plain(draft.verdict))
    words = st.text_area("The memo: a paragraph a line", "\n".join(draft.memo), height=220)
    if draft.decisions:
        st.caption("Decisions asked for in it: " + plain("; ".join(d.text for d in draft.decisions)))
    old = frozen.latest(data, name, draft.period, draft.days)
    why = st.text_input(f"What does it correct in {old.id}?", max_chars=300) if old else ""
    who = who_are_you()
    memo = tuple(" ".join(line.split()) for line in words.splitlines() if line.strip())
    if st.button("Freeze it", type="primary", disabled=not memo or bool(old and not why.strip())):
        try:
            with st.spinner("Freezing it, and asking what was restated …"):
                draft = reports.beside_the_last(view.readings, draft, data, old)
                frozen.freeze(
                    view.readings, draft.model_copy(update={"memo": memo}), data, who=signed(who), why=why
                )
        except NotReady as reason:
            st.error(message(str(reason)))
            return
        st.rerun()


def one(pack: Pack, rows: pd.DataFrame, open_it: bool) -> None:
    """A frozen pack: what it said, its files, and whether it is still true."""
    with st.container(border=True, key=f"panel-{pack.id}"):
        st.markdown(f"**{plain(pack.title)} · {plain(pack.period_label)}**")
        revised = f" · corrects {pack.replaces}: {pack.why}" if pack.replaces else ""
        revised += f" · corrected by {corrected[pack.id]}" if pack.id in corrected else ""
        st.caption(plain(f"{pack.id} · frozen {day(pack.frozen_at, zone)} by {pack.frozen_by}{revised}"))
        st.markdown(plain(pack.verdict))
        with st.container(horizontal=True):
            for label, (ending, paper) in FILES.items():
                st.download_button(
                    label,
                    lambda ending=ending, paper=paper: made(pack, ending, paper),
                    f"{pack.id}{ending}",
                    key=f"{pack.id}-{label}",
                    on_click="ignore",
                )
        changed = sum(state.startswith("▲") for state in rows[""])
        said = "Every number is still as it was told." if not changed else (
            f"{changed} of {len(rows)} numbers {'has' if changed == 1 else 'have'} been restated since."
        )  # fmt: skip
        with st.expander(said, expanded=open_it and bool(changed)):
            table(rows, whole=True)
            if changed:
                why(pack)


def why(pack: Pack) -> None:
    """What made the difference, found when somebody asks: it takes as long as what was loaded since took to load."""
    asked = f"why-{pack.id}-{view.readings.snapshot}"
    job = st.session_state.get(asked)
    if job is None:
        if st.button(
            "Tell why", key=f"ask-{asked}", help="Does again what was loaded since, step by step, on a copy."
        ):
            readings, metrics = view.readings, view.readings.metrics()
            number = readings.snapshot
            st.session_state[asked] = begin(
                "why",
                f"Why {pack.id} was restated",
                lambda say: restated(pack, data, metrics=metrics, number=number, say=say),
            )
            st.rerun()
    elif not job.done:
        follow(job)
    elif job.error:
        st.error(message(job.error))
    else:
        for one in job.result:
            head = f"**{plain(one.title)}**: told as {plain(one.then_text)}, now {plain(one.now_text)}"
            st.markdown("\n".join([head, *(f"- {line(step)}" for step in one.lines)]))


def line(step: Step) -> str:
    """One cause, its amount first."""
    by = by_whom(step, zone)
    amount = f"**{plain(step.text)}**: " if step.text else ""
    return f"{amount}{plain(step.what)}" + (f" · {plain(by)}" if by else "")


packs, damaged = frozen.readable(data)
compared = [still_true(pack) for pack in packs[:SHOWN]]
corrected = {pack.replaces: pack.id for pack in packs}
held = [rows for pack, rows in zip(packs, compared, strict=False) if pack.id not in corrected]
others = sum(rows[""].str.startswith("▲").any() for rows in held)
if not packs and not damaged:
    told = "Nothing has been frozen yet."
elif others:
    told = f"{others} of {len(held)} pack{'s' * (len(held) != 1)} {'has' if others == 1 else 'have'} numbers that were restated since."
elif damaged:
    told = "Not all of what the board was told can be read."
else:
    told = "What the board was told is still true."
st.html(
    f'<div class="heading"><b>{escape(view.readings.settings.organisation)}</b>{escape(view.period.label)}</div>'
    f'<h1 class="verdict-line">{told}</h1>'
)
for reason in (*damaged, *wrong):
    st.error(plain(reason))
if grain(view.period) == "all":
    st.caption("A pack is of a month, a quarter or a year: choose one above to freeze it.")
elif view.outside:
    st.caption("Nothing that is loaded reaches into this period: choose another above to freeze it.")
else:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.selectbox("What it holds", names, format_func=lambda each: every[each].title, width=260)
        if st.button(f"Freeze {view.period.label.partition(' (')[0]} …", type="primary"):
            freeze(name)
    if view.scope:
        st.caption("A pack tells of all services and business units, whatever is chosen above.")
log(view.readings, packs, data)
for number, (pack, rows) in enumerate(zip(packs, compared, strict=False)):
    one(pack, rows, number == 0)
if len(packs) > SHOWN:
    st.caption(f"{len(packs) - SHOWN} older ones are listed by `dashboard packs`.")
