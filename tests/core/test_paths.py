"""PATCH paths, and the projection of answers."""

from __future__ import annotations

from typing import Any

import pytest

from flask_scim_teams.core.definitions import ENTERPRISE_USER_SCHEMA
from flask_scim_teams.core.definitions import USER
from flask_scim_teams.core.definitions import USER_SCHEMA
from flask_scim_teams.core.errors import InvalidPath
from flask_scim_teams.core.errors import InvalidValue
from flask_scim_teams.core.patch import parse_path
from flask_scim_teams.core.projection import Projector

CORE, ENTERPRISE = USER_SCHEMA.id, ENTERPRISE_USER_SCHEMA.id

# A path, what it points at, and the filter in its brackets.
PATHS: dict[str, tuple[str, str | None]] = {
    "userName": ("userName", None),
    " USERNAME ": ("userName", None),
    "name.GIVENNAME": ("name.givenName", None),
    f"{CORE}:userName": ("userName", None),
    f"{CORE.upper()}:name.familyName": ("name.familyName", None),
    f"{ENTERPRISE}:manager": (f"{ENTERPRISE}:manager", None),
    f"{ENTERPRISE.upper()}:MANAGER.displayname": (f"{ENTERPRISE}:manager.displayName", None),
    "externalId": ("externalId", None),
    f"{CORE}:externalId": ("externalId", None),
    "meta.version": ("meta.version", None),
    "emails": ("emails", None),
    "emails.value": ("emails.value", None),
    'emails[type eq "work"]': ("emails", 'type eq "work"'),
    'emails[type eq "work"].Value': ("emails.value", 'type eq "work"'),
    'EMAILS[not (type eq "a" or primary eq true)].display': (
        "emails.display",
        'not (type eq "a" or primary eq true)',
    ),
    f'{CORE}:emails[value ew "]"].value': ("emails.value", 'value ew "]"'),
}


@pytest.mark.requirement("R001", "R002", "R038", "R128", "R169", "R199")
@pytest.mark.parametrize("text", PATHS)
def test_paths(text: str) -> None:
    target = parse_path(text, USER)
    shown, inner = PATHS[text]
    assert (str(target.path), target.extension) == (shown, None)
    assert (None if target.filter is None else str(target.filter)) == inner


@pytest.mark.parametrize("text", [ENTERPRISE, ENTERPRISE.upper(), f" {ENTERPRISE} "])
def test_a_whole_extension(text: str) -> None:
    target = parse_path(text, USER)
    assert (target.extension, target.path) == (ENTERPRISE_USER_SCHEMA, None)


@pytest.mark.requirement("R169", "R170")
@pytest.mark.parametrize(
    "text",
    [
        *("", " ", ".", "a b", "nonsense", "name.", ".name", "name.nonsense", "name.givenName.x"),
        *(
            "emails[",
            "emails]",
            "emails[]",
            "emails[type]",
            'emails[type eq "a"',
            "emails[(type pr]",
        ),
        *(
            'emails[type eq "a"]value',
            'emails[type eq "a"].',
            'emails[type eq "a"].x',
            "emails[type pr]]",
        ),
        *(
            'emails[type eq "a"].value.x',
            'emails[type eq "a"][value pr]',
            "title[value pr]",
            "name[givenName pr]",
        ),
        *(
            "department",
            "members",
            "urn:x:y:userName",
            CORE,
            f"{ENTERPRISE}:",
            f"{ENTERPRISE}:nonsense",
        ),
        *(
            '"userName"',
            "userName eq",
            'userName eq "x"',
            "userName pr",
            "*",
            "userName,title",
            "$.userName",
        ),
        *(
            "/userName",
            "emails[0]",
            "emails.0",
            "emails/0",
            "é",
            "x" * 20_000,
            "(" * 40,
            "emails[" * 40,
        ),
    ],
)
def test_paths_that_are_none(text: str) -> None:
    with pytest.raises(InvalidPath) as caught:
        parse_path(text, USER)
    assert len(caught.value.detail) < 300


DOCUMENT: dict[str, Any] = {
    "schemas": [CORE],
    "id": "1",
    "userName": "ada",
    "name": {"givenName": "Ada", "familyName": "King"},
    "emails": [{"value": "a", "type": "work"}, {"type": "home"}],
    ENTERPRISE: {"department": "d", "manager": {"value": "m"}},
    "meta": {"version": "v", "resourceType": "User"},
}
PROJECTIONS: list[tuple[list[str], list[str], dict[str, Any]]] = [
    # R101
    (["userName"], [], {"userName": "ada"}),
    (["name.givenName"], [], {"name": {"givenName": "Ada"}}),
    (["emails.value"], [], {"emails": [{"value": "a"}]}),
    (["emails.display"], [], {}),
    (["meta.version", "nonsense"], [], {"meta": {"version": "v"}}),
    # R104, R105, R106
    (["password", "title"], [], {}),
    (["nonsense"], [], {}),
    ([ENTERPRISE], [], {ENTERPRISE: DOCUMENT[ENTERPRISE]}),
    ([f"{ENTERPRISE}:manager.value"], [], {ENTERPRISE: {"manager": {"value": "m"}}}),
    # R102
    ([], ["emails", "meta", "name", ENTERPRISE], {"userName": "ada"}),
    (
        [],
        ["emails.type", "meta", "name.givenName", f"{ENTERPRISE}:department", "id", "schemas"],
        {
            "userName": "ada",
            "name": {"familyName": "King"},
            "emails": [{"value": "a"}],
            ENTERPRISE: {"manager": {"value": "m"}},
        },
    ),
]


@pytest.mark.requirement("R101", "R102", "R104", "R105", "R106")
@pytest.mark.parametrize(("attributes", "excluded", "shown"), PROJECTIONS)
def test_projections(attributes: list[str], excluded: list[str], shown: dict[str, Any]) -> None:
    projection = Projector(USER).read(attributes, excluded)
    assert projection.apply(DOCUMENT) == {"schemas": [CORE], "id": "1", **shown}
    # Nothing is altered on the way, and once is enough.
    assert projection.apply(projection.apply(DOCUMENT)) == projection.apply(DOCUMENT)
    assert len(DOCUMENT) == 7


def test_what_a_projection_wants() -> None:
    projector = Projector(USER)
    wants = {
        names: projector.read(list(names[0]), list(names[1])).wants("groups")
        for names in (
            ((), ()),
            (("userName",), ()),
            (("groups",), ()),
            (("groups.value",), ()),
            ((), ("groups",)),
            ((), ("groups.display",)),
        )
    }
    assert list(wants.values()) == [True, False, True, True, False, True]


@pytest.mark.requirement("R103")
def test_one_list_excludes_the_other() -> None:
    with pytest.raises(InvalidValue, match="excludedAttributes"):
        Projector(USER).read(["userName"], ["title"])
