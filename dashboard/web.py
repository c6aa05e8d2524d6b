"""The web application that a server runs: Streamlit's, whose pages open with what spares the browser its first questions."""

from pathlib import Path

import streamlit as st
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route
from streamlit.file_util import get_static_dir

HERE = Path(__file__).parent
# Streamlit's script would look for its server below each page's own address first, then wait and look one level up; and
# would wait for an answer about which sites may hold the page in a frame: none but this one.
OPENING = """<script>
window.__streamlit = {
  BACKEND_BASE_URL: new URL(".", location).href,
  HOST_CONFIG: {allowedOrigins: [location.origin], useExternalAuthToken: false, metricsUrl: ""}
}
</script>"""
PAGES = ["", *(path.stem.replace("_", "-") for path in sorted(HERE.glob("app_pages/*.py")))]


def opening() -> str:
    """The document that every page opens with."""
    before, title, after = Path(get_static_dir(), "index.html").read_text("utf-8").partition("<title>")
    return f"{before}{OPENING}{title}{after}"


DOCUMENT = opening()


async def page(_: Request) -> HTMLResponse:
    return HTMLResponse(DOCUMENT, headers={"Cache-Control": "no-cache"})


app = st.App(HERE / "app.py", routes=[Route(f"/{name}", page) for name in PAGES])
