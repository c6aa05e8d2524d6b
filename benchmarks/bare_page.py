"""The baseline of benchmarks.pages: a Streamlit page with a choice, a heading and some plotly charts, and nothing else."""

import plotly.graph_objects as go
import streamlit as st

chosen = st.selectbox("Choice", ["first", "second"])
st.markdown(f"## The {chosen} one")
for number in range(int(st.query_params.get("charts", 0))):
    figure = go.Figure(go.Bar(x=list(range(12)), y=[1 + n + number for n in range(12)]))
    st.plotly_chart(figure, key=f"{chosen}-{number}")
