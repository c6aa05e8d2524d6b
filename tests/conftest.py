"""The order of the whole suite: several processes take a file each, so those that take longest begin first."""

LONGEST = (
    "test_warehouse.py",
    "test_killed.py",
    "test_recognition.py",
    "test_hostile.py",
    "test_naive_",
    "test_linked.py",
    "test_upload.py",
    "test_pages.py",
    "test_real_exports.py",
)


def pytest_collection_modifyitems(items):
    items.sort(
        key=lambda item: next((n for n, name in enumerate(LONGEST) if name in item.path.name), len(LONGEST))
    )
