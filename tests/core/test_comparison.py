"""Comparison keys: text that sorts as the values do."""

from __future__ import annotations

import itertools
from datetime import UTC
from datetime import datetime
from datetime import timedelta
from datetime import timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from flask_scim_teams.core.comparison import fold
from flask_scim_teams.core.comparison import instant
from flask_scim_teams.core.comparison import ordinal
from flask_scim_teams.core.comparison import shifted


@pytest.mark.requirement("R040", "R149")
@pytest.mark.parametrize(
    "spellings",
    [
        ("ada", "ADA", "Ada", "ａｄａ", "ＡＤＡ"),
        ("straße", "STRASSE", "Strasse", "STRAẞE"),
        ("zoë", "ZOË", "zoe\u0308", "ZOE\u0308"),
        ("ﬁ", "fi", "FI"),
        ("σς", "ΣΣ", "σσ"),
        ("Å", "å", "\u212b", "a\u030a"),
        ("kelvin", "\u212aelvin"),
        ("ǆ", "Ǆ", "ǅ"),
    ],
)
def test_spellings_that_compare_alike(spellings: tuple[str, ...]) -> None:
    assert len({fold(text) for text in spellings}) == 1


@pytest.mark.parametrize(
    ("one", "other"), [("ada", "adа"), ("i", "ı"), ("a", "á"), ("a b", "ab"), ("0", "O"), ("", " ")]
)
def test_spellings_that_do_not(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@settings(deadline=None)
@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@settings(deadline=None)
@given(st.text())
def test_letter_case_is_lost(text: str) -> None:
    assert fold(text.upper()) == fold(text.upper().lower().upper())
    assert fold(text.casefold()) == fold(text)


@settings(deadline=None)
@given(st.text(st.characters(max_codepoint=127)))
def test_ascii_is_folded_as_everything_else_is(text: str) -> None:
    assert fold(text) == fold("é" + text)[1:]


MOMENTS = [
    # R009, R137: equal within a row, and the rows in order
    ("0001-01-01T00:00:00Z",),
    ("1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.9999999Z"),
    (
        "2024-02-29T12:00:00Z",
        "2024-02-29T12:00:00",
        "2024-02-29t12:00:00z",
        "2024-02-29T14:00:00+02:00",
    ),
    ("2024-02-29T12:00:00.000001Z", "2024-02-29T06:30:00.0000010-05:30"),
    ("2024-02-29T12:00:00.1Z", "2024-02-29T12:00:00.10Z", "2024-02-29T12:00:00.100000Z"),
    ("2024-02-29T12:00:00.11Z",),
    ("2024-02-29T12:00:00.5Z", "2024-03-01T02:00:00.5+14:00"),
    ("2024-03-01T00:00:00Z", "2024-02-29T19:00:00-05:00"),
    ("9999-12-31T23:59:59.999999Z",),
]


@pytest.mark.requirement("R009", "R137")
def test_moments() -> None:
    keys = [{instant(text) for text in row} for row in MOMENTS]
    assert all(len(row) == 1 and None not in row for row in keys)
    order = [row.pop() or "" for row in keys]
    assert order == sorted(set(order))
    assert {len(key) for key in order} == {27}


@pytest.mark.requirement("R009")
@pytest.mark.parametrize(
    "text",
    [
        *("", "2024-01-01", "12:00:00Z", "2024-01-01 12:00:00Z", "2024-1-1T12:00:00Z", "now"),
        *("2024-01-01T12:00Z", "2024-01-01T25:00:00Z", "2024-02-30T12:00:00Z", "20240101T120000Z"),
        *(
            "2023-02-29T12:00:00Z",
            "2024-01-01T12:00:00.Z",
            "2024-01-01T12:00:00+1:00",
            "2024-01-01T12:00:61Z",
        ),
        *("2024-01-01T12:00:00+15:00", "2024-01-01T12:00:00+01:60", "2024-01-01T12:00:00 Z"),
        *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "٢٠٢٤-٠١-٠١T١٢:٠٠:٠٠Z"),
        *("2024-01-01T12:00:00Z\n", "-2024-01-01T12:00:00Z", "12024-01-01T12:00:00Z"),
    ],
)
def test_texts_that_are_no_moment(text: str) -> None:
    assert instant(text) is None


offsets = st.integers(-14 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m)))
moments = st.datetimes(
    # Hypothesis wants naive bounds and adds the zone itself.
    min_value=datetime(2, 1, 1),  # noqa: DTZ001
    max_value=datetime(9998, 1, 1),  # noqa: DTZ001
    timezones=offsets | st.just(UTC),
)


@settings(deadline=None)
@given(moments, moments)
def test_keys_of_moments_are_in_their_order(one: datetime, other: datetime) -> None:
    first, second = instant(one.isoformat()), instant(other.isoformat())
    assert first is not None
    assert second is not None
    assert (first < second, first == second) == (one < other, one == other)


def test_shifted() -> None:
    assert shifted("2024-02-28T23:59:59.999999Z", timedelta(days=1, microseconds=1)) == (
        "2024-03-01T00:00:00.000000Z"
    )


NUMBERS = [
    *(Decimal(f"-1e{exponent}") for exponent in (300, 20, 2, 1)),
    *map(Decimal, ("-2.5", "-2", "-1.23", "-1.2", "-1", "-0.5", "-0.05", "-1e-300")),
    *map(Decimal, ("0", "1e-300", "0.05", "0.5", "0.51", "1", "1.2", "1.23", "2", "9", "10", "11")),
    *(Decimal(f"1e{exponent}") for exponent in (2, 20, 300)),
]


@pytest.mark.requirement("R137", "R149")
def test_keys_of_chosen_numbers_are_in_their_order() -> None:
    keys = [ordinal(number) for number in NUMBERS]
    assert keys == sorted(set(keys))
    for one, other in itertools.pairwise(NUMBERS):
        assert ordinal(one) < ordinal(other)


@pytest.mark.requirement("R007")
def test_one_number_has_one_key() -> None:
    for same in (
        (0, 0.0, -0.0, Decimal("0e9")),
        (1, 1.0, Decimal("1.000")),
        (100, 1e2),
        (0.1, Decimal("0.1")),
    ):
        assert len({ordinal(number) for number in same}) == 1


@settings(deadline=None)
@given(st.integers(), st.integers())
def test_keys_of_integers_are_in_their_order(one: int, other: int) -> None:
    assert (ordinal(one) < ordinal(other)) == (one < other)
    assert (ordinal(one) == ordinal(other)) == (one == other)


@settings(deadline=None)
@given(st.integers(10**27, 10**60), st.integers(-3, 3))
def test_keys_of_large_integers_are_in_their_order(number: int, difference: int) -> None:
    other = number + difference
    assert (ordinal(number) < ordinal(other)) == (number < other)
    assert (ordinal(number) == ordinal(other)) == (number == other)


floats = st.floats(allow_nan=False, allow_infinity=False)


@settings(deadline=None)
@given(floats, floats | st.integers(-(10**15), 10**15))
def test_keys_of_floats_are_in_their_order(one: float, other: float) -> None:
    assert (ordinal(one) < ordinal(other)) == (one < other)
    assert (ordinal(one) == ordinal(other)) == (one == other)
