"""Random filters: strategies that write filter text."""

from __future__ import annotations

import json
from collections.abc import Sequence

from hypothesis import strategies as st

from flask_scim_teams.testing.samples import ENTERPRISE
from tests.storage.people import EXTERNAL_IDS
from tests.storage.people import LONG
from tests.storage.people import PEOPLE
from tests.storage.people import TEAMS
from tests.storage.people import TEXTS
from tests.storage.people import TIMES
from tests.storage.people import TYPES

OPERATORS = ("eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le")

TEXT_PATHS = (
    "userName",
    "displayName",
    "nickName",
    "title",
    "name.givenName",
    "name.familyName",
    "name.middleName",
    "emails",
    "emails.value",
    "emails.display",
    "roles",
    "roles.value",
    "addresses.country",
    "addresses.locality",
    "profileUrl",
    f"{ENTERPRISE}:department",
    f"{ENTERPRISE}:employeeNumber",
    "urn:ietf:params:scim:schemas:core:2.0:User:userName",
    "USERNAME",
)
COMPLEX = ("name", "emails", "roles", "addresses", "groups", "meta", f"{ENTERPRISE}:manager")
BOOLEANS = ("active", "emails.primary", "roles.primary", "addresses.primary")
ALL_PATHS = (
    *TEXT_PATHS,
    *COMPLEX,
    *BOOLEANS,
    "emails.type",
    "externalId",
    "id",
    "schemas",
    "groups.value",
    "groups.type",
    "x509Certificates",
    f"{ENTERPRISE}:manager.value",
    "meta.created",
    "meta.lastModified",
    "meta.resourceType",
    "meta.version",
)
URNS = ("urn:ietf:params:scim:schemas:core:2.0:User", ENTERPRISE, ENTERPRISE.upper())


def _variants(text: str) -> list[str]:
    half = len(text) // 2
    return [text, text.upper(), text.lower(), text.swapcase(), text[:half], text[half:], text[1:-1]]


def literal(text: str) -> st.SearchStrategy[str]:
    """Return the text as a JSON string, with and without escapes."""
    return st.sampled_from([json.dumps(text), json.dumps(text, ensure_ascii=False)])


def texts(choice: Sequence[str]) -> st.SearchStrategy[str]:
    """Return literals made of values that occur: whole, in part, in other letter case."""
    known = st.sampled_from(choice).flatmap(lambda text: st.sampled_from(_variants(text)))
    near = st.sampled_from(choice).flatmap(lambda text: st.sampled_from([text + "a", text + " "]))
    return st.one_of(known, known, near, st.just(LONG[:255])).flatmap(literal)


def _compare(
    paths: Sequence[str], values: st.SearchStrategy[str], operators: Sequence[str] = OPERATORS
) -> st.SearchStrategy[str]:
    return st.builds("{} {} {}".format, st.sampled_from(paths), st.sampled_from(operators), values)


TEXT = _compare(TEXT_PATHS, texts(TEXTS))
EXACT = st.one_of(
    _compare(("externalId",), texts(EXTERNAL_IDS)),
    _compare(("id", f"{ENTERPRISE}:manager.value"), texts([person.id for person in PEOPLE])),
    _compare(("groups.value", "groups"), texts([team.id for team in TEAMS])),
    _compare(("groups.type", "meta.resourceType"), texts(["direct", "indirect", "User", "Group"])),
    _compare(("schemas",), texts(URNS)),
    _compare(("x509Certificates", "x509Certificates.value"), texts(["QUJD", "cXdl"])),
    _compare(("profileUrl",), texts(["https://example.com/Ada", "https://example.com/ada"])),
    _compare(("meta.version",), texts(['W/"1"', 'W/"2"', '"1"', 'W/"01"', "x"])),
    _compare(("meta.created", "meta.lastModified"), texts([*TIMES, "2024-02-29T13:00:00+01:00"])),
)
FLAGS = _compare(BOOLEANS, st.sampled_from(["true", "false", '"True"', '"no"', "1"]))
NULLS = _compare(ALL_PATHS, st.just("null"), ("eq", "ne", "EQ", "gt"))
PRESENT = st.sampled_from(ALL_PATHS).map("{} pr".format)
#: Mostly refused: of a type that the attribute is not.
MISFITS = _compare(ALL_PATHS, st.sampled_from(["true", "1", "-2.5", '"x"', '"2024"', "bare"]))

_PLURAL = {
    "emails": ("value", "type", "display", "primary"),
    "roles": ("value", "type", "primary"),
    "addresses": ("country", "locality", "type", "primary"),
}


def _inner(subs: Sequence[str]) -> st.SearchStrategy[str]:
    plain = tuple(sub for sub in subs if sub not in ("primary", "type"))
    leaf = st.one_of(
        _compare(plain, texts(TEXTS)),
        _compare(("type",), texts(TYPES)),
        _compare(("primary",), st.sampled_from(["true", "false"]), ("eq", "ne")),
        st.sampled_from(subs).map("{} pr".format),
        _compare(subs, st.just("null"), ("eq", "ne")),
    )
    return st.recursive(leaf, _combined, max_leaves=3)


def _combined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds("{} and {}".format, inner, inner),
        st.builds("{} or {}".format, inner, inner),
        st.builds("({}) and ({})".format, inner, inner),
        st.builds("not ({})".format, inner),
    )


def _value_paths() -> st.SearchStrategy[str]:
    groups = st.one_of(
        _compare(("value",), texts([team.id for team in TEAMS])),
        _compare(("type",), texts(["direct", "indirect"])),
        st.sampled_from(("value", "type")).map("{} pr".format),
    )
    brackets = [
        st.builds("{}[{}]".format, st.just(name), _inner(subs)) for name, subs in _PLURAL.items()
    ]
    grouped = st.recursive(groups, _combined, max_leaves=3).map("groups[{}]".format)
    trailing = st.builds(
        "emails[{}].{} {} {}".format,
        _inner(_PLURAL["emails"]),
        st.sampled_from(["value", "display"]),
        st.sampled_from(OPERATORS),
        texts(TEXTS),
    )
    return st.one_of(*brackets, grouped, trailing)


VALUE_PATHS = _value_paths()
LEAVES = st.one_of(TEXT, TEXT, EXACT, FLAGS, NULLS, PRESENT, MISFITS, VALUE_PATHS, VALUE_PATHS)
#: Filters on users.
USER_FILTERS = st.recursive(LEAVES, _combined, max_leaves=5)

_TEAM_LEAVES = st.one_of(
    _compare(("displayName", "externalId"), texts(["blue", "blå", "a_a", "ẞ", "ss", "g1", "é"])),
    _compare(("members", "members.value"), texts([person.id for person in PEOPLE[:12]])),
    _compare(("members.type",), texts(["User", "Group"])),
    st.sampled_from(["members pr", "externalId pr", "members eq null", "members.type pr"]),
    texts([person.id for person in PEOPLE[:12]]).map("members[value eq {}]".format),
    texts([person.id for person in PEOPLE[:12]]).map('members[value ne {} or type eq "x"]'.format),
)
#: Filters on teams.
TEAM_FILTERS = st.recursive(_TEAM_LEAVES, _combined, max_leaves=4)

#: Everything a list can be sorted by.
ORDERS = tuple(
    path
    for path in (*ALL_PATHS, "locale", "emails.type")
    if path not in ("name", "addresses", "groups", "groups.value", "groups.type", "meta")
    and path not in ("schemas", "meta.version", "meta.resourceType")
)
