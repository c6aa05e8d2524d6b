"""The Ask page: a question of one's own to the data, in SQL. It reads, and changes nothing."""

from functools import partial

import streamlit as st

from dashboard.ask import ROWS, SECONDS, ask, tables
from dashboard.downloads import as_csv, as_xlsx
from dashboard.reading import Unknown
from dashboard.tables import table
from dashboard.view import data_folder, shared_readings

SHOWN = 1000
EXAMPLE = """select service, count(*) as outages, round(sum(epoch(until) - epoch(since)) / 3600, 1) as hours
from downtime
where left_out is null
group by service
order by hours desc"""

data = data_folder()

st.markdown("## Ask the data")
st.caption(
    f"One select over snapshot {shared_readings().snapshot}, in DuckDB's SQL. It can read the tables below and nothing else, "
    f"and ends after {SECONDS} seconds. Times are in UTC."
)
with st.form("question", border=False), st.container(key="sql", gap="small"):
    # What a widget holds is gone once its page is left.
    st.session_state.setdefault("question-now", st.session_state.get("question-last", EXAMPLE))
    sql = st.text_area("Question", key="question-now", height=170)
    if st.form_submit_button("Ask", type="primary"):
        st.session_state["question-last"] = sql
        try:
            with st.spinner("Asking …"):
                st.session_state["answer"] = ask(sql, data)
        except Unknown as reason:
            st.session_state.pop("answer", None)
            st.error("It cannot be answered:")
            st.code(str(reason), language=None, wrap_lines=True)

if answer := st.session_state.get("answer"):
    count = len(answer.rows)
    told = f"{count:,} row{'s' * (count != 1)} of snapshot {answer.snapshot}, in {answer.seconds:.1f} s"
    if answer.more:
        told += f"; there are more, of which only the first {ROWS:,} are read"
    elif count > SHOWN:
        told += f"; the first {SHOWN:,} are shown, a download holds all"
    table(answer.rows.head(SHOWN), whole=True)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.download_button(
            "Download CSV", partial(as_csv, answer.rows), "answer.csv", "text/csv", on_click="ignore"
        )
        st.download_button("Download XLSX", partial(as_xlsx, answer.rows), "answer.xlsx", on_click="ignore")
        st.caption(told)

st.markdown("### What can be asked")
table(tables(data), tallest=460, widths={"table": 190})
st.caption(
    "Records bear the names of their kinds; earlier versions of them stand in _past, all of them in _version; the other tables "
    "are the marts. What stands in quotes has to be written in quotes."
)
