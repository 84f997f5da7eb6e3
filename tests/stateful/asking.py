"""What the machine sends: bodies, operations, filters with their meaning, and mistakes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from tests.stateful.model import Content
from tests.stateful.model import folded

#: Few, so that they meet; several are one name in different case.
USER_NAMES = st.sampled_from(
    ["ada", "ADA", "bob", "Bob", "cy", "straße", "STRASSE", "eve", "finn", "gil", "hal", "ida"]
)
TEAM_NAMES = st.sampled_from(["Blue", "blue", "BLUE", "Red", "red", "Grün", "GRÜN"])
TEXTS = st.sampled_from(["a", "A", "b", "Ab", "ä", "z z", 'q"q', "back\\slash", "50%", "_"])
EXTERNAL_IDS = st.sampled_from(["e1", "E1", "e2"])
MAILS = st.sampled_from(["a@x.example", "A@x.example", "b@y.example"])
MAIL_TYPES = st.sampled_from(["work", "home"])
ADDING = st.sampled_from(["add", "replace", "Add", "Replace"])


@st.composite
def emails(draw: st.DrawFn) -> list[Content]:
    """Up to one of each type; one at the most is primary."""
    kinds = draw(st.lists(MAIL_TYPES, min_size=1, max_size=2, unique=True))
    primary = draw(st.sampled_from([None, *kinds]))
    found = []
    for kind in kinds:
        email: Content = {"value": draw(MAILS), "type": kind}
        found.append({**email, "primary": True} if kind == primary else email)
    return found


NAMES = st.fixed_dictionaries({"familyName": TEXTS}, optional={"givenName": TEXTS})
USERS = st.fixed_dictionaries(
    {"userName": USER_NAMES},
    optional={
        "externalId": EXTERNAL_IDS,
        "title": TEXTS,
        "displayName": TEXTS,
        "name": NAMES,
        "emails": emails(),
        "active": st.booleans(),
    },
)
TEAMS = st.fixed_dictionaries({"displayName": TEAM_NAMES}, optional={"externalId": EXTERNAL_IDS})

_SIMPLE = st.sampled_from(["title", "displayName", "nickName"])
_REMOVED = st.sampled_from(
    ["title", "displayName", "externalId", "name", "name.givenName", "emails"]
)
_MAIL_FILTER = MAIL_TYPES.map('emails[type eq "{}"]'.format)
_ACTIVE = st.sampled_from([True, False, "True", "False"])

#: What a PATCH may do to a user and be right.
USER_EDITS = st.one_of(
    st.tuples(ADDING, _SIMPLE, TEXTS),
    st.tuples(ADDING, st.just("externalId"), EXTERNAL_IDS),
    st.tuples(ADDING, st.sampled_from(["name.givenName", "name.familyName"]), TEXTS),
    st.tuples(ADDING, st.just("name"), NAMES),
    st.tuples(ADDING, st.just("emails"), emails()),
    st.tuples(ADDING, _MAIL_FILTER.map("{}.value".format), MAILS),
    st.tuples(ADDING, st.just("active"), _ACTIVE),
    st.tuples(ADDING, st.just("userName"), USER_NAMES),
    st.tuples(ADDING, st.none(), st.fixed_dictionaries({"active": _ACTIVE, "title": TEXTS})),
    st.tuples(ADDING, st.none(), st.fixed_dictionaries({"name": NAMES})),
    st.tuples(st.sampled_from(["remove", "Remove"]), _REMOVED, st.none()),
    st.tuples(st.just("remove"), _MAIL_FILTER, st.none()),
)

#: What no PATCH may do to a user.
USER_MISTAKES = st.sampled_from(
    [
        ("add", "nonsense", 1),
        ("add", "name.nonsense", "x"),
        ("add", "name[", "x"),
        ("remove", "userName", None),
        ("replace", "userName", ""),
        ("replace", "active", "perhaps"),
        ("replace", "title", {"a": "b"}),
        ("replace", "emails", [{"value": "x", "primary": True}, {"value": "y", "primary": True}]),
        ("replace", 'emails[type ne "work"].value', 5),
        ("add", "groups", [{"value": "x"}]),
        ("replace", "id", "x"),
        ("remove", None, None),
        ("become", "title", "x"),
    ]
)


@dataclass(frozen=True)
class Condition:
    """A filter, and whether a content meets it."""

    text: str
    holds: Callable[[Content], bool]

    def __repr__(self) -> str:
        return self.text


def quoted(text: str) -> str:
    """Return a JSON string, which is what a filter compares with."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


_MEANING: dict[str, Callable[[str, str], bool]] = {
    "eq": str.__eq__,
    "co": str.__contains__,
    "sw": str.startswith,
    "ew": str.endswith,
    "gt": str.__gt__,
    "le": str.__le__,
}


def _compares(path: str, operator: str, text: str) -> Condition:
    def holds(content: Content) -> bool:
        value: Any = content
        for name in path.split("."):
            value = (value or {}).get(name)
        return value is not None and _MEANING[operator](folded(value), folded(text))

    return Condition(f"{path} {operator} {quoted(text)}", holds)


def _has_mail(kind: str, operator: str, text: str) -> Condition:
    def holds(content: Content) -> bool:
        return any(
            email["type"] == kind and _MEANING[operator](folded(email["value"]), folded(text))
            for email in content.get("emails", ())
        )

    return Condition(f'emails[type eq "{kind}" and value {operator} {quoted(text)}]', holds)


def _is_active(wanted: bool) -> Condition:
    return Condition(
        f"active eq {str(wanted).lower()}", lambda content: content["active"] is wanted
    )


def _present(name: str) -> Condition:
    return Condition(f"{name} pr", lambda content: name in content)


def _external_id(text: str) -> Condition:
    return Condition(f'externalId eq "{text}"', lambda content: content.get("externalId") == text)


def _negated(inner: Condition) -> Condition:
    return Condition(f"not ({inner})", lambda content: not inner.holds(content))


def _joined(word: str, both: tuple[Condition, Condition]) -> Condition:
    meaning = all if word == "and" else any
    return Condition(
        f"({both[0]}) {word} ({both[1]})",
        lambda content: meaning(one.holds(content) for one in both),
    )


_OPERATORS = st.sampled_from(sorted(_MEANING))
_PATHS = st.sampled_from(["userName", "title", "displayName", "name.familyName", "name.givenName"])
CONDITIONS = st.recursive(
    st.one_of(
        st.builds(_compares, _PATHS, _OPERATORS, TEXTS),
        st.builds(_compares, st.just("userName"), _OPERATORS, USER_NAMES),
        st.builds(_has_mail, MAIL_TYPES, _OPERATORS, MAILS),
        st.builds(_is_active, st.booleans()),
        st.builds(_present, st.sampled_from(["title", "name", "emails", "externalId"])),
        st.builds(_external_id, EXTERNAL_IDS),
    ),
    lambda inner: st.one_of(
        st.builds(_negated, inner),
        st.builds(_joined, st.sampled_from(["and", "or"]), st.tuples(inner, inner)),
    ),
    max_leaves=4,
)
