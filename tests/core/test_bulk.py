"""Which bulk operations wait for which others, and what references are replaced by."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flask_scim_teams.core.bulk import BulkOperation
from flask_scim_teams.core.bulk import batches
from flask_scim_teams.core.bulk import references
from flask_scim_teams.core.bulk import resolved
from flask_scim_teams.core.errors import InvalidValue

Needs = list[set[int]]


@st.composite
def needs(draw: st.DrawFn) -> Needs:
    """For each of a few operations those that it refers to, itself perhaps among them."""
    count = draw(st.integers(0, 8))
    numbers = st.integers(0, count - 1) if count else st.nothing()
    return [draw(st.sets(numbers, max_size=3)) for _ in range(count)]


def reached(needs: Needs, number: int) -> set[int]:
    """What an operation needs, and what that needs, and so on."""
    found: set[int] = set()
    asked = [number]
    while asked:
        for other in needs[asked.pop()] - found:
            found.add(other)
            asked.append(other)
    return found


def slowly(needs: Needs) -> list[tuple[int, ...]]:
    """The same as batches(), by its definition: of what is ready, the first comes next."""
    beyond = [reached(needs, number) for number in range(len(needs))]
    done: list[tuple[int, ...]] = []
    left = list(range(len(needs)))
    while left:
        for number in left:
            circle = {n for n in beyond[number] if number in beyond[n]} | {number}
            if beyond[number] <= circle.union(*done):
                done.append(tuple(sorted(circle)))
                left = [n for n in left if n not in circle]
                break
    return done


@given(needs())
def test_of_what_is_ready_the_first_comes_next(needs: Needs) -> None:
    assert list(batches(needs)) == slowly(needs)


@given(needs())
def test_all_come_once_behind_what_they_need(needs: Needs) -> None:
    done: set[int] = set()
    for batch in batches(needs):
        assert done.isdisjoint(batch)
        for number in batch:
            assert needs[number] <= done.union(batch)
            # Only those that cannot do without one another come together.
            assert {*batch} - {number} <= reached(needs, number)
        done.update(batch)
    assert done == set(range(len(needs)))


@given(st.lists(st.booleans()))
def test_what_needs_nothing_but_itself_keeps_its_order(to_themselves: list[bool]) -> None:
    needs = [{number} if itself else set() for number, itself in enumerate(to_themselves)]
    assert list(batches(needs)) == [(number,) for number in range(len(needs))]


@pytest.mark.parametrize("length", [1, 2, 20_000])
def test_chains_and_circles_of_any_length(length: int) -> None:
    # As long as a request may be, and longer than Python calls itself.
    backward = [{number - 1} if number else set() for number in range(length)]
    assert list(batches(backward)) == [(number,) for number in range(length)]
    forward = [{number + 1} if number + 1 < length else set() for number in range(length)]
    assert list(batches(forward)) == [(number,) for number in reversed(range(length))]
    circle = [{(number + 1) % length} for number in range(length)]
    assert list(batches(circle)) == [tuple(range(length))]


@pytest.mark.parametrize(
    ("needs", "expected"),
    [
        # The one that waits comes as soon as it can, before those behind it.
        ([{2}, set(), set(), set()], [(1,), (2,), (0,), (3,)]),
        ([{3}, {3}, set(), set()], [(2,), (3,), (0,), (1,)]),
        # A circle stands where its first is, and what needs one of it waits for all.
        ([{2}, set(), {0}, {2}], [(0, 2), (1,), (3,)]),
        ([set(), {3}, set(), {1, 4}, set()], [(0,), (2,), (4,), (1, 3)]),
        # Two circles with a bridge, which is of neither.
        ([{1}, {0, 2}, {3}, {4}, {3}], [(3, 4), (2,), (0, 1)]),
    ],
)
def test_orders(needs: Needs, expected: list[tuple[int, ...]]) -> None:
    assert list(batches(needs)) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("bulkId:a", "<a>"),
        ("bulkid:a", "<a>"),
        ("BULKID:A", "<A>"),
        ("bulkId:bulkId:a", "<bulkId:a>"),
        ("bulkId:John Smith", "<John Smith>"),
        ("bulkId:a/b@c:d", "<a/b@c:d>"),
        ("/Users/bulkId:a", "/Users/<a>"),
        ("https://example.com/scim/v2/Users/bulkId:a", "https://example.com/scim/v2/Users/<a>"),
        ('members[value eq "bulkId:a"]', 'members[value eq "<a>"]'),
        (
            'members[value eq "bulkId:a b" or value eq "BulkId:c"].x',
            'members[value eq "<a b>" or value eq "<c>"].x',
        ),
        ({"a": [{"b": "bulkId:a"}, ["bulkId:b"]]}, {"a": [{"b": "<a>"}, ["<b>"]]}),
        ({'m[value eq "bulkId:a"]': 1}, {'m[value eq "<a>"]': 1}),
    ],
)
def test_references_are_replaced(given: Any, expected: Any) -> None:
    assert resolved(given, lambda name: f"<{name}>") == expected


@pytest.mark.parametrize(
    "value",
    [
        *("", "a", "bulkId", "bulkId:", "/bulkId:", "a bulkId:a", "xbulkId:a", "see /x/bulkId:a"),
        *("members[value eq bulkId:a]", 'members[value eq "x bulkId:a"]', '"bulkId:"', "bulk Id:a"),
        *(None, True, False, 0, 1.5, [], {}, [None, {"a": 1}]),
    ],
)
def test_what_is_no_reference_stays(value: Any) -> None:
    seen: list[str] = []
    copy = resolved(value, lambda name: seen.append(name) or "")  # type: ignore[func-returns-value]
    assert (copy, seen) == (value, [])
    assert type(copy) is type(value)


def test_data_are_copied_not_changed() -> None:
    data = {"members": [{"value": "bulkId:a"}], "other": {"x": ["bulkId:b"]}}
    resolved(data, str.upper)
    assert data == {"members": [{"value": "bulkId:a"}], "other": {"x": ["bulkId:b"]}}


def test_an_operation_refers_by_its_path_and_by_its_data() -> None:
    operation = BulkOperation(
        method="PATCH",
        path="/Groups/bulkId:g",
        bulk_id="own",
        data={"Operations": [{"path": 'members[value eq "bulkId:a"]'}, {"value": "bulkId:b"}]},
    )
    assert references(operation) == {"g", "a", "b"}
    assert references(BulkOperation(method="DELETE", path="/Users/1")) == set()


def test_a_reference_that_stands_for_nothing_is_refused_by_whoever_looks_it_up() -> None:
    def unknown(name: str) -> str:
        raise InvalidValue(name)

    with pytest.raises(InvalidValue, match="nobody"):
        resolved({"members": [{"value": "bulkId:nobody"}]}, unknown)
