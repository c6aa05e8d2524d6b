"""What all tests share. And their order: several processes take a file each, so those that take longest begin first."""

import gc
import subprocess

import pytest

LONGEST = (
    "test_pages.py",
    "test_upload.py",
    "test_accessible.py",
    "test_killed.py",
    "test_open_pages.py",
    "test_warehouse.py",
    "test_restated.py",
    "test_packs.py",
    "test_hostile.py",
    "test_real_exports.py",
    "test_naive_",
    "test_given.py",
    "test_fuzz.py",
    "test_templates.py",
    "test_linked.py",
    "test_frozen.py",
    "test_examples.py",
    "test_incident_group.py",
    "test_links.py",
    "test_server.py",
)


def pytest_collection_modifyitems(items):
    items.sort(
        key=lambda item: next((n for n, name in enumerate(LONGEST) if name in item.path.name), len(LONGEST))
    )


def pytest_collection_finish():
    """What is imported and collected stays to the end: looking for garbage in it takes 7 % of the tests' time."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """A folder with cert.pem and key.pem of 127.0.0.1, which only those trust who are told to."""
    folder = tmp_path_factory.mktemp("certificate")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-keyout", "key.pem", "-out", "cert.pem", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"],
        cwd=folder, check=True, capture_output=True,
    )  # fmt: skip
    return folder
