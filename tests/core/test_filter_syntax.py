"""The filter language: what is parsed to what, and what is refused in which words."""

from __future__ import annotations

from typing import Any

import pytest

from flask_scim_teams.core.errors import InvalidFilter
from flask_scim_teams.core.filters import And
from flask_scim_teams.core.filters import Compare
from flask_scim_teams.core.filters import Filter
from flask_scim_teams.core.filters import Name
from flask_scim_teams.core.filters import Not
from flask_scim_teams.core.filters import Operator
from flask_scim_teams.core.filters import Or
from flask_scim_teams.core.filters import Present
from flask_scim_teams.core.filters import ValuePath
from flask_scim_teams.core.filters import parse_filter
from flask_scim_teams.core.filters import parse_name
from flask_scim_teams.core.lexer import MAX_DEPTH
from flask_scim_teams.core.lexer import MAX_LENGTH

URN = "urn:ietf:params:scim:schemas:core:2.0:User"


def name(text: str) -> Name:
    attribute, _, sub = text.partition(".")
    return Name(None, attribute, sub or None)


def has(text: str) -> Present:
    return Present(name(text))


def eq(text: str, value: Any) -> Compare:
    return Compare(name(text), Operator.EQ, value)


A, B, C, D = (has(letter) for letter in "abcd")

TREES: dict[str, Filter] = {
    # R122
    "a pr": A,
    "a PR": A,
    'a eq "x"': eq("a", "x"),
    'a Eq "x"': eq("a", "x"),
    **{f"a {op.upper()} 1": Compare(name("a"), op, 1) for op in Operator},
    # R123: and binds closer than or; each is one flat node
    "a pr and b pr": And((A, B)),
    "a pr or b pr": Or((A, B)),
    "a pr or b pr and c pr": Or((A, And((B, C)))),
    "a pr and b pr or c pr": Or((And((A, B)), C)),
    "a pr and b pr or c pr and d pr": Or((And((A, B)), And((C, D)))),
    "(a pr or b pr) and c pr": And((Or((A, B)), C)),
    "a pr or (b pr or c pr)": Or((A, Or((B, C)))),
    "a pr or b pr or c pr": Or((A, B, C)),
    "a pr AND b pr And c pr": And((A, B, C)),
    "((a pr))": A,
    # R124
    "not (a pr)": Not(A),
    "NOT(a pr)": Not(A),
    "not (a pr) and b pr": And((Not(A), B)),
    "a pr and not (b pr or c pr)": And((A, Not(Or((B, C))))),
    "not (not (a pr))": Not(Not(A)),
    # An attribute may be called as an operator is.
    "not pr": has("not"),
    'not eq "x"': eq("not", "x"),
    "and pr and or pr": And((has("and"), has("or"))),
    "eq eq 1": eq("eq", 1),
    "pr pr": has("pr"),
    "true eq true": eq("true", True),
    # R125
    r'a eq "\"\\\/\b\f\n\r\t"': eq("a", '"\\/\b\f\n\r\t'),
    r'a eq "\u00e9\ud83d\ude00"': eq("a", "é😀"),
    'a eq "é😀"': eq("a", "é😀"),
    'a eq ""': eq("a", ""),
    'a eq "a) or (b pr"': eq("a", "a) or (b pr"),
    'a eq "not (x"': eq("a", "not (x"),
    "a eq 0": eq("a", 0),
    "a eq -1": eq("a", -1),
    "a eq 1.5e3": eq("a", 1500.0),
    "a eq 12345678901234567890": eq("a", 12345678901234567890),
    "a eq true": eq("a", True),
    # R128
    'name.givenName eq "x"': eq("name.givenName", "x"),
    f"{URN}:userName pr": Present(Name(URN, "userName")),
    f"{URN}:name.givenName pr": Present(Name(URN, "name", "givenName")),
    f"{URN.upper()}:userName pr": Present(Name(URN.upper(), "userName")),
    "$ref pr": has("$ref"),
    "manager.$ref pr": has("manager.$ref"),
    "a-b_c$d9 pr": has("a-b_c$d9"),
    # R129, R130, R131
    'e[type eq "w"]': ValuePath(name("e"), eq("type", "w")),
    'e[type eq "w" and value co "x"]': ValuePath(
        name("e"), And((eq("type", "w"), Compare(name("value"), Operator.CO, "x")))
    ),
    "e[not (a pr)] or b pr": Or((ValuePath(name("e"), Not(A)), B)),
    # R126: white space
    " \t a\n  pr \r\n": A,
    "(a pr)and(b pr)or(c pr)": Or((And((A, B)), C)),
    'a eq"x"': eq("a", "x"),
    "e [ a pr ]": ValuePath(name("e"), A),
}


@pytest.mark.requirement("R122", "R123", "R124", "R125", "R126", "R128", "R129", "R130", "R131")
@pytest.mark.parametrize(("text", "tree"), TREES.items())
def test_trees(text: str, tree: Filter) -> None:
    assert parse_filter(text) == tree
    assert parse_filter(str(tree)) == tree


# Mistakes, and words of the error that say what is wrong and where.
MISTAKES: dict[str, list[str]] = {
    "": ["attribute name", "ends"],
    "   ": ["attribute name", "ends"],
    "a": ["operator", "a", "ends"],
    "a eq": ["value", "eq", "ends"],
    "a eq )": ["value", "eq", ")"],
    "a is 1": ["'is'", "eq"],
    'a "x"': ["operator after a"],
    "a pr b pr": ["'and'", "'or'", "b pr"],
    "a pr and": ["attribute name", "ends"],
    "and": ["operator after and"],
    "(a pr": ["')'", "ends"],
    "a pr)": ["'and'", ")"],
    "()": ["attribute name", ")"],
    "not a pr": ["'a'"],
    "not (a pr": ["')'"],
    "not": ["operator after not"],
    "e[]": ["attribute name", "]"],
    "e[a pr": ["']'", "ends"],
    "e[a pr].": [""],
    "e[a pr].value": ["operator after value"],
    "e.f[a pr]": ["e.f", "brackets"],
    "a eq 'x'": ["'"],
    "a = 1": ["="],
    'a eq "x': ['"x'],
    'a eq "\\x"': ["JSON string"],
    'a eq "a\tb"': ["JSON string"],
    r'a eq "\ud800"': ["surrogate"],
    r'a eq "\u0000"': ["NUL"],
    "a eq 1e400": ["out of range"],
    "1a pr": ["'1a'"],
    "a..b pr": ["'a..b'"],
    "a.b.c pr": ["'a.b.c'"],
    ".a pr": ["'.a'"],
    "a: pr": ["'a:'"],
    "urn:x: pr": ["'urn:x:'"],
    "é pr": ["é"],
    '"a" pr': ["attribute name", '"a"'],
    "x" * (MAX_LENGTH + 1): [str(MAX_LENGTH)],
    "(" * (MAX_DEPTH + 1) + "a pr" + ")" * (MAX_DEPTH + 1): [str(MAX_DEPTH)],
    "e[(" * MAX_DEPTH: [str(MAX_DEPTH)],
    " or ".join(["a pr"] * 101): ["100"],
    "a eq " + "9" * 5000: ["JSON number"],
}


@pytest.mark.parametrize("text", MISTAKES, ids=lambda text: repr(text[:30]))
def test_mistakes(text: str) -> None:
    with pytest.raises(InvalidFilter) as caught:
        parse_filter(text)
    detail = caught.value.detail
    for word in MISTAKES[text]:
        assert word in detail
    # A detail is one line that somebody will read in a log.
    assert len(detail) < 300
    assert "\n" not in detail


@pytest.mark.requirement("R128")
@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("userName", Name(None, "userName")),
        ("name.givenName", Name(None, "name", "givenName")),
        (f"{URN}:userName", Name(URN, "userName")),
        ("urn:x:y.z:2.0:a.b", Name("urn:x:y.z:2.0", "a", "b")),
        ("URN:X:a", Name("URN:X", "a")),
    ],
)
def test_names(word: str, expected: Name) -> None:
    # A URN has dots of its own
    assert parse_name(word) == expected
    assert str(expected) == word
