"""The grammar of filters (RFC 7644 section 3.4.2.2)."""

from __future__ import annotations

import pytest

from tests.conformance.lists import OPERATORS
from tests.conformance.lists import SEARCH
from tests.conformance.lists import assert_finds
from tests.conformance.lists import assert_refused
from tests.conformance.people import EVERYBODY
from tests.conformance.people import settle
from tests.conftest import ScimClient
from tests.http.messages import ENTERPRISE
from tests.http.messages import assert_error

# Filters that are none, by the grammar alone.
FAULTY = (
    *("", "   ", "userName", "userName eq", 'eq "ada"', 'userName "ada"', "pr"),
    *('userName eq "ada" and', 'and userName eq "ada"', "title pr or or id pr"),
    *('userName eq "ada" bob', 'userName eq "ada" userName eq "bob"', "title pr x"),
    *('userName eq "ada")', '(userName eq "ada"', "()", ")(", "(title pr))"),
    *("emails[", "emails[]", 'emails[type eq "work"', 'emails type eq "work"]'),
    *('userName eq "ada";', 'userName = "ada"', 'userName == "ada"', "*", "&", "id,pr"),
    *("title pr pr", "title pr eq", 'userName eq "a" "b"', 'userName eq eq "a"'),
    *('emails[type eq "work"] x', 'emails[type eq "work"]]', "1title pr", ".title pr"),
)


@pytest.fixture
def ids(idp: ScimClient) -> dict[str, str]:
    """The ids of four users and two teams, by name."""
    return settle(idp)


@pytest.mark.requirement("R122")
def test_operators_and_words_are_read_in_any_letter_case(
    idp: ScimClient, ids: dict[str, str]
) -> None:
    expected: dict[str, set[str]] = {
        "title Pr": {"Ada"},
        'userName EQ "ada" OR userName Eq "bob"': {"Ada", "bob"},
        'userName sw "c" AND userName ew "d" aNd nIcKnAmE PR': {"cyxd"},
        'NOT (userName eq "ada") and Not (userName sw "cy")': {"bob"},
        "active EQ TRUE": {"Ada", "cy_d", "cyxd"},
        "TITLE NE NULL": {"Ada"},
        'EMAILS[TYPE EQ "work"]': {"Ada"},
    }
    by_operator = {
        "eq": {"bob"},
        "ne": EVERYBODY - {"bob"},
        "co": {"bob"},
        "sw": {"bob"},
        "ew": {"bob"},
        "gt": {"cy_d", "cyxd"},
        "ge": {"bob", "cy_d", "cyxd"},
        "lt": {"Ada"},
        "le": {"Ada", "bob"},
    }
    assert set(by_operator) == set(OPERATORS)
    for operator, found in by_operator.items():
        for spelling in (operator, operator.upper(), operator.title()):
            expected[f'userName {spelling} "bob"'] = found
    assert_finds(idp, expected)


@pytest.mark.requirement("R123")
def test_grouping_binds_first_then_not_then_and_then_or(
    idp: ScimClient, ids: dict[str, str]
) -> None:
    ada, bob = 'userName eq "ada"', 'userName eq "bob"'
    assert_finds(
        idp,
        {
            f"{ada} or {bob} and active eq true": {"Ada"},
            f"active eq true and {bob} or {ada}": {"Ada"},
            f"({ada} or {bob}) and active eq false": {"bob"},
            f"{ada} or ({bob} and active eq true)": {"Ada"},
            # not before and: else nobody would be left of this.
            f"not ({ada}) and title eq null and {bob}": {"bob"},
            f"not ({ada}) or {ada}": EVERYBODY,
            f"not ({ada} or {bob}) and title eq null": {"cy_d", "cyxd"},
            f"not (not ({ada}))": {"Ada"},
            f"not ({ada} and {bob})": EVERYBODY,
            f"title pr or nickName pr and {bob} or {bob}": {"Ada", "bob"},
            f"(((({ada}))))": {"Ada"},
            # The same among the terms in brackets.
            'emails[type eq "work" or type eq "home" and value sw "bob"]': {"Ada"},
            'emails[(type eq "work" or type eq "home") and value ew "work.example"]': {
                *("Ada", "bob")
            },
        },
    )


@pytest.mark.requirement("R124")
def test_not_stands_before_parentheses_alone(idp: ScimClient, ids: dict[str, str]) -> None:
    assert_refused(
        idp,
        {
            "not title pr": "",
            'not userName eq "ada"': "",
            "not": "",
            "not not (title pr)": "",
            "title pr and not nickName pr": "",
            "title not pr": "",
            'userName not eq "ada"': "",
            "not emails[type pr]": "",
            'emails[not type eq "work"]': "",
            "not ()": "",
        },
    )
    assert_finds(
        idp,
        {
            "not (title pr)": EVERYBODY - {"Ada"},
            "not(title pr)": EVERYBODY - {"Ada"},
            'emails[not (type eq "home")]': {"Ada", "bob"},
        },
    )


@pytest.mark.requirement("R125")
def test_values_are_json_with_all_of_its_escapes(idp: ScimClient, ids: dict[str, str]) -> None:
    text = 'q" b\\ s/ \b\f\n\r\t é 🧑'
    idp.patch(f"/Users/{ids['cyxd']}", {"op": "add", "path": "nickName", "value": text})
    idp.patch(f"/Users/{ids['bob']}", {"op": "add", "path": "title", "value": "null"})
    assert_finds(
        idp,
        {
            r'nickName eq "q\" b\\ s\/ \b\f\n\r\t \u00e9 \ud83e\uddd1"': {"cyxd"},
            r'nickName eq "q\" b\\ s/ \u0008\u000C\u000a\u000D\u0009 é 🧑"': {"cyxd"},
            r'nickName ew "\uD83E\uDDD1"': {"cyxd"},
            r'nickName co "\""': {"cyxd"},
            r'nickName co "\\\""': set(),
            r'userName eq "\u0062\u006f\u0062"': {"bob"},
            "active eq false": {"bob"},
            "active eq true": EVERYBODY - {"bob"},
            # null is a literal, and a text of that name another.
            "title eq null": {"cy_d", "cyxd"},
            'title eq "null"': {"bob"},
            'displayName sw "\'"': set(),
            'name.familyName co "O\'Malley"': {"Ada"},
        },
    )


@pytest.mark.requirement("R125")
def test_values_that_are_no_json_are_refused(idp: ScimClient, ids: dict[str, str]) -> None:
    assert_refused(
        idp,
        {
            "userName eq 'ada'": "",
            'userName eq "ada': "",
            'userName eq ada"': "",
            r'userName eq "\x41"': "",
            r'userName eq "\u12"': "",
            r'userName eq "\ud83e"': "",
            r'userName eq "\uddd1\ud83e"': "",
            'userName eq "a\tb"': "",
            'userName eq "a\nb"': "",
            'userName eq ""ada""': "",
            "userName eq 01x.'": "",
            "userName eq +1": "",
            'userName eq ["ada"]': "",
            'userName eq {"value": "ada"}': "",
            "userName eq `ada`": "",
        },
    )


def test_a_word_without_quotes_is_read_as_text(idp: ScimClient, ids: dict[str, str]) -> None:
    # Outside of the grammar, but the RFC's own example of a query at the root does so, and so do
    # Microsoft's: externalId eq jyoung.
    assert_finds(
        idp,
        {
            "externalId eq Ext-A": {"Ada"},
            "userName eq bob": {"bob"},
            "meta.resourceType eq User": EVERYBODY,
            f"{ENTERPRISE}:employeeNumber eq 701984": {"bob"},
            f"id eq {ids['cy_d']}": {"cy_d"},
        },
    )


@pytest.mark.requirement("R126")
def test_a_filter_that_is_empty_or_has_a_fault_is_refused(
    idp: ScimClient, ids: dict[str, str]
) -> None:
    assert_refused(idp, dict.fromkeys(FAULTY, ""))
    for filter in FAULTY:
        posted = idp.post("/.search", {"schemas": [SEARCH], "filter": filter})
        assert_error(posted, 400, "invalidFilter")


@pytest.mark.requirement("R127")
def test_an_unknown_operator_is_refused_and_named(idp: ScimClient, ids: dict[str, str]) -> None:
    words = ("regex", "like", "contains", "is", "eqq", "neq", "in", "equals", "ex")
    assert_refused(idp, {f'userName {word} "ada"': f"'{word}'" for word in words})
    assert_refused(idp, {'emails[type like "work"]': "'like'", 'not (title is "x")': "'is'"})
