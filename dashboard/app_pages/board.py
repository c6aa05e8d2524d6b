"""The Board page: are we better, worse or the same, and what needs a decision?"""

import streamlit as st

from dashboard.board import begin, board
from dashboard.view import current_view

view = current_view()
begin(view)
with st.container(key="board"):
    board(view)
    with st.container(key="to-present"):
        if st.button("Present", icon=":material/slideshow:", shortcut="P", type="tertiary"):
            st.switch_page("app_pages/present.py", query_params=view.link())
st.html(
    '<div class="note">Each card opens its definition, its trend (as a picture too), what was left out and the rows behind it. '
    "A change is called better or worse only where a test tells it from noise.</div>"
)
