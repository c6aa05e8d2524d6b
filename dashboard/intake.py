"""An uploaded file on its way in: checked first, then taken in through the same pipeline as any export."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from pipelines.asked import Asked
from pipelines.warehouse import Checked, Outcome, check, load


@contextmanager
def _on_disk(upload: UploadedFile) -> Iterator[Path]:
    """The upload as a file under a name of ours: what the sender called it is no path."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "upload"
        path.write_bytes(upload.getbuffer())
        yield path


def check_upload(upload: UploadedFile, data: Path, source: str | None, moment: date | None) -> Checked:
    """What a load of it would do. Asked again for the same file and choices, the first answer stands."""
    asked = (upload.file_id, source, moment)
    if st.session_state.get("checked", (None,))[0] != asked:
        with st.spinner("Checking it …"), _on_disk(upload) as path:
            answer = check(path, data, asked=Asked(source, _as_of(moment)), name=upload.name)
        st.session_state["checked"] = (asked, answer)
    return st.session_state["checked"][1]


def take_in(
    upload: UploadedFile,
    data: Path,
    source: str | None,
    moment: date | None,
    who: str | None,
    say: Callable[[str], None],
) -> Outcome:
    """Load it and publish."""
    with _on_disk(upload) as path:
        asked = Asked(source, _as_of(moment))
        return load([path], data, who=who, asked=asked, names=[upload.name], say=say)[0]


def signed(name: str) -> str | None:
    """Who a person says they are, as it is recorded; None, for the system's user, where nothing is typed."""
    typed = " ".join(name.split())
    return f"{typed} (unverified)" if typed else None


def told(done: Outcome) -> str:
    """What became of a load, in one line: its rows, and the cells refused in rows that were kept."""
    cells = f" Cells refused in rows that were kept: {done.cells_refused:,}." if done.cells_refused else ""
    return (
        f"Load {done.load}: of {done.rows_read:,} rows read, {done.accepted:,} were accepted "
        f"and {done.rejected:,} refused.{cells} The numbers hold it now."
    )


def _as_of(moment: date | None) -> datetime | None:
    """The end of the day that was chosen."""
    return datetime(moment.year, moment.month, moment.day, 23, 59, 59) if moment else None
