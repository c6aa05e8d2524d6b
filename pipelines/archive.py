"""The exports themselves, compressed and kept by hash: the truth from which the warehouse can be rebuilt."""

import hashlib
import json
import os
import shutil
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import NamedTemporaryFile, mkdtemp

from pipelines.errors import NotReady

BLOCK = 1 << 22


class Archive:
    """The folder DATA/archive: one zstd file an export, named by the SHA-256 of its content."""

    def __init__(self, data: Path):
        self.folder = data / "archive"

    def path(self, digest: str) -> Path:
        return self.folder / digest[:2] / f"{digest}.zst"

    def receive(self, export: Path) -> tuple[str, Path]:
        """Compress an export into the archive's folder, not yet kept: its hash and the temporary file."""
        self.folder.mkdir(parents=True, exist_ok=True)
        import pyarrow as pa  # a quarter of a second, beside the reading

        digest = hashlib.sha256()
        with NamedTemporaryFile(dir=self.folder, prefix=".receiving-", delete=False) as held:
            with open(export, "rb") as source, pa.CompressedOutputStream(held, "zstd") as compressed:
                while block := source.read(BLOCK):
                    digest.update(block)
                    compressed.write(block)
        return digest.hexdigest(), Path(held.name)

    def keep(self, digest: str, received: Path) -> None:
        """Give a received export its name, once it is on the disk. Kept already: the same content."""
        kept = self.path(digest)
        kept.parent.mkdir(exist_ok=True)
        with open(received, "rb") as held:
            os.fsync(held.fileno())
        received.replace(kept)

    def restore(self, digest: str, folder: Path) -> Path:
        """The export as it was received, as a file in `folder`."""
        import pyarrow as pa

        restored = folder / digest
        with pa.input_stream(self.path(digest), compression="zstd") as kept, open(restored, "wb") as file:
            shutil.copyfileobj(kept, file, BLOCK)
        return restored

    def sweep(self) -> None:
        """Remove what an interrupted load left half received."""
        for left in self.folder.glob(".receiving-*"):
            left.unlink(missing_ok=True)

    def write_ledger(self, loads: list[dict]) -> None:
        """What each export was loaded as, beside the exports: enough to rebuild without a snapshot."""
        ledger = self.folder / "loads.json"
        beside = ledger.with_suffix(".writing")
        with open(beside, "w", encoding="utf-8") as file:
            lines = ",\n".join(
                json.dumps(load, default=_iso) for load in loads
            )  # indented it takes ten times as long
            file.write(f"[\n{lines}\n]\n")
            file.flush()
            os.fsync(file.fileno())
        beside.replace(ledger)

    def read_ledger(self) -> list[dict]:
        ledger = self.folder / "loads.json"
        return json.loads(ledger.read_text("utf-8")) if ledger.exists() else []


def _iso(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    raise TypeError(f"{value!r} has no place in the ledger")


@contextmanager
def workspace(data: Path):
    """A folder for what a load needs only while it runs; removed afterwards, or by the next one if killed."""
    folder = work_folder(data)
    for left in data.glob(".work-*"):
        if not _runs(int(left.name.split("-")[1])):
            shutil.rmtree(left, ignore_errors=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def work_folder(data: Path) -> Path:
    """A new folder in the data folder, which is made; NotReady where nothing can be written there."""
    try:
        data.mkdir(parents=True, exist_ok=True)
        return Path(mkdtemp(dir=data, prefix=f".work-{os.getpid()}-"))
    except OSError as error:
        raise NotReady(
            f"The data folder {data} cannot be written to: {(error.strerror or str(error)).lower()}. Nothing was changed. "
            "Let this account write there, or use another folder."
        ) from error


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # it runs as somebody else
        return True
    return True
