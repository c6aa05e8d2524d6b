"""Pages over records that come, change and go while they are read: what was there all the time comes once, or it is said."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.pull import paging
from pipelines.pull.connection import Failed
from pipelines.pull.paging import Page, Paging, pages


class Tool:
    """Records by number, answered a page at a time. happens: before which request which change is made."""

    def __init__(self, records, happens=(), cap=100, told=True):
        self.records, self.cap, self.told = list(records), cap, told
        self.happens = dict(happens)
        self.asked, self.came, self.versions = [], set(), dict.fromkeys(self.records, 0)

    def page(self, held, **beside) -> Page:
        told = [(one, self.versions.get(one)) for one in held]
        met = bool(held) and told[0] in self.came
        fresh = [one for one in told if one not in self.came]
        self.came.update(told)
        return Page(list(map(str, held)), met, [str(one) for one, _ in fresh], beside, {})

    def __call__(self, fields, url) -> Page:
        for change, number in self.happens.pop(len(self.asked), ()):
            if change == "gone" and number in self.records:
                self.records.remove(number)
            elif change == "new" and number not in self.records:
                self.records = sorted([*self.records, number])
            elif change == "changed" and number in self.records:  # in the order of changes it is the last now
                self.records = [one for one in self.records if one != number] + [number]
                self.versions[number] += 1
        self.asked.append(fields)
        total = {"total": len(self.records)} if self.told else {}
        first, size = fields["at"], min(fields.get("size", 1000), self.cap)
        return self.page(self.records[first : first + size], **total)


def read(tool, **paging) -> list[int]:
    return [int(one) for page in pages(Paging(**paging), tool) for one in page.fresh]


OFFSET = {"by": "offset", "param": "at", "limit": "size", "size": 4}
TOLD = {**OFFSET, "total": "total"}


@settings(max_examples=100, deadline=None)
@given(
    st.integers(0, 30),
    st.dictionaries(
        st.integers(1, 8),
        st.lists(st.tuples(st.sampled_from(["gone", "new"]), st.integers(0, 60)), max_size=6),
        max_size=3,
    ),
    st.booleans(),
)
def test_what_was_there_all_the_time_comes_once(count, happens, told):
    """Even numbers are there from the beginning; odd ones may come between them."""
    there = [2 * n for n in range(count)]
    gone = {n for changes in happens.values() for change, n in changes if change == "gone"}
    tool = Tool(there, happens, told=told)
    came = read(tool, **(TOLD if told else OFFSET))
    assert len(came) == len(set(came))
    assert set(there) - gone <= set(came)


@settings(max_examples=100, deadline=None)
@given(
    st.integers(0, 30),
    st.dictionaries(st.integers(1, 6), st.lists(st.integers(0, 30), max_size=5), max_size=3),
    st.booleans(),
)
def test_what_does_not_change_comes_also_where_what_changes_goes_to_the_end(count, happens, told):
    tool = Tool(range(count), {at: [("changed", n) for n in some] for at, some in happens.items()}, told=told)
    assert set(range(count)) <= set(read(tool, **(TOLD if told else OFFSET)))


@pytest.mark.parametrize("by", [OFFSET, TOLD])
def test_what_came_on_a_page_that_meets_no_other_is_no_place_to_meet_either(by):
    gone = {3: [("gone", n) for n in (0, 1)], 4: [("gone", n) for n in (2, 3, 4, 5)]}
    assert set(range(6, 20)) <= set(read(Tool(range(20), gone), **by))


@pytest.mark.parametrize("wrong", [-7, -1, 0, 5, 300])
def test_a_total_that_is_wrong_loses_nothing(wrong):
    class Miscounting(Tool):
        def page(self, held, **beside):
            return super().page(held, total=max(0, len(self.records) + wrong))

    assert read(Miscounting(range(9)), **TOLD) == list(range(9))


@pytest.mark.parametrize("by", [OFFSET, TOLD])
def test_a_page_that_is_short_in_the_middle_is_not_the_end(by):
    class Short(Tool):
        def __call__(self, fields, url):
            cap, self.cap = self.cap, 1 + len(self.asked) % 3
            try:
                return super().__call__(fields, url)
            finally:
                self.cap = cap

    assert set(read(Short(range(11)), **by)) == set(range(11))


@pytest.mark.parametrize("more", [{"more": "more"}, {"total": "total"}])
def test_empty_pages_without_end_are_said(more):
    class Endless(Tool):
        def __call__(self, fields, url):
            assert len(self.asked) < 2_000
            self.asked.append(fields)
            return self.page([], more=True, total=10**12)

    with pytest.raises(Failed, match="again and again"):
        read(Endless([]), **OFFSET, **more)


def test_pages_that_never_end_are_said(monkeypatch):
    monkeypatch.setattr(paging, "MOST", 5)
    numbers = iter(range(10**6))

    class Endless(Tool):
        def __call__(self, fields, url):
            return self.page([next(numbers)], next=f"a{next(numbers)}")

    with pytest.raises(Failed, match="more than 5 pages"):
        read(Endless([]), by="cursor", param="at", cursor="next")


@pytest.mark.parametrize("by", [OFFSET, TOLD])
@pytest.mark.parametrize("count", [0, 1, 3, 4, 5, 8, 9])
def test_every_length_comes_to_its_end(by, count):
    assert read(Tool(range(count)), **by) == list(range(count))


def test_a_tool_that_gives_less_than_asked_for_is_read_to_its_end():
    assert read(Tool(range(9), cap=3), **TOLD) == list(range(9))
    assert read(Tool(range(9), cap=3, told=False), **OFFSET) == list(range(9))


def test_a_tool_without_pages_is_read_once():
    tool = Tool(range(3))
    tool.__class__ = type("Whole", (Tool,), {"__call__": lambda self, *_: self.page(self.records)})
    assert read(tool, **OFFSET) == [0, 1, 2]


def test_a_page_that_repeats_for_good_is_said():
    class Stuck(Tool):
        def __call__(self, fields, url):
            return self.page(self.records[:4], total=9)

    with pytest.raises(Failed, match="again and again"):
        read(Stuck(range(9)), **OFFSET)


def test_an_order_that_never_rests_is_said():
    class Restless(Tool):
        def __call__(self, fields, url):
            self.records = [n + 100 for n in self.records]
            return super().__call__(fields, url)

    with pytest.raises(Failed, match="keep moving"):
        read(Restless(range(9)), **TOLD)


def test_rows_that_the_account_may_not_see_keep_the_rest_from_nobody():
    class Hiding(Tool):
        def __call__(self, fields, url):
            page = self.records[fields["at"] : fields["at"] + fields["size"]]
            return self.page([n for n in page if n % 5], total=len(self.records))

    assert read(Hiding(range(23)), **TOLD) == [n for n in range(23) if n % 5]


class Pages(Tool):
    """By number, from 1."""

    def __call__(self, fields, url):
        fields = {**fields, "at": (fields["at"] - 1) * fields["size"]}
        return super().__call__(fields, url)


def test_pages_by_number_are_read_again_where_one_moved():
    numbers = {**TOLD, "by": "page"}
    assert read(Pages(range(9)), **numbers) == list(range(9))
    assert read(Pages(range(9), told=False), **{**OFFSET, "by": "page"}) == list(range(9))
    gone = Pages(range(9), {1: [("gone", 0), ("new", 20)]})
    assert set(read(gone, **numbers)) >= set(range(1, 9))


def test_cursors_lead_on_to_the_end_and_never_in_a_circle():
    class Cursors(Tool):
        def __call__(self, fields, url):
            first = int(fields.get("at", url.rpartition("/")[2] or 0))
            held = self.records[first : first + 2]
            there = first + 2 if first + 2 < len(self.records) else None
            return self.page(held, next={"at": there and self.shape.format(there)}, last=there is None)

    # A token may begin like a path: it is one only where no field is named that it goes into.
    for Cursors.shape, param in (("0{}", "at"), ("https://tool.example.com/{}", "at"), ("/list/{}", "")):
        assert read(Cursors(range(7)), by="cursor", param=param, cursor="next.at") == list(range(7))

    class Tokens(Cursors):
        def __call__(self, fields, url):
            assert not url
            return super().__call__({k: v.removeprefix("/+") for k, v in fields.items()}, url)

    Cursors.shape = "/+{}"
    assert read(Tokens(range(7)), by="cursor", param="at", cursor="next.at") == list(range(7))
    Cursors.shape = "2"
    with pytest.raises(Failed, match="again and again"):
        read(Cursors(range(7)), by="cursor", param="at", cursor="next.at")
