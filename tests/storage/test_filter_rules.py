"""What filters mean, rule by rule; every storage gives the same answer.

The rules are those of RFC 7644 section 3.4.2.2, numbered so that one can be run by itself
(``-k R136``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from flask_scim_teams.core.definitions import GROUP
from flask_scim_teams.core.definitions import USER
from flask_scim_teams.core.dialects.expressions import read_filter
from flask_scim_teams.core.errors import InvalidFilter
from flask_scim_teams.core.query import parse_query
from flask_scim_teams.core.schemas import ResourceType
from flask_scim_teams.storage.interface import HOST
from flask_scim_teams.testing.samples import ENTERPRISE
from flask_scim_teams.testing.samples import id_of
from flask_scim_teams.testing.samples import store
from flask_scim_teams.testing.samples import team
from flask_scim_teams.testing.samples import user
from tests.conftest import ScimClient
from tests.hosts import STORAGE
from tests.hosts import open_storage

CORE = "urn:ietf:params:scim:schemas:core:2.0:User"

USERS = {
    "A": replace(
        user(
            0xA,
            "Ada",
            "Ext-A",
            displayName='Ada "%" 🧑\\',
            name={"givenName": "Ada", "familyName": "King"},
            emails=[
                {"value": "ada@work.example", "type": "work", "primary": True},
                {"value": "ada@home.example", "type": "home"},
            ],
            profileUrl="https://example.com/Ada",
            x509Certificates=[{"value": "QUJD"}],
        ),
        created="2024-01-01T00:00:00.000000Z",
        version=5,
    ),
    "B": replace(
        user(
            0xB,
            "bob",
            active=False,
            displayName="bob",
            emails=[{"value": "ada@work.example", "type": "home"}, {"value": "bob@work.example"}],
            **{ENTERPRISE: {"employeeNumber": "701984", "manager": {"value": id_of(0xA)}}},
        ),
        created="2024-01-01T00:30:00.250000Z",
    ),
    "C": replace(
        user(0xC, "cy_d", displayName="", roles=[{"value": "a*b"}]),
        created="2024-01-01T12:00:00.000000Z",
    ),
    "D": replace(user(0xD, "cyxd", title="x"), created="2023-12-31T23:59:59.999999Z"),
}
TEAMS = {"b": team(1, "Blue"), "g": team(2, "Green")}


@pytest.fixture(scope="module", params=STORAGE)
def backend(request: pytest.FixtureRequest, tmp_path_factory: Any) -> Iterator[Any]:
    """Four users, of whom A is Blue, and two teams."""
    with open_storage(request.param, tmp_path_factory.mktemp("rules")) as storage:
        store(storage.backend, USERS.values(), TEAMS.values())
        with storage.backend.begin(HOST, write=True) as work:
            work.teams.lock(TEAMS["b"].id)
            work.memberships.add(TEAMS["b"].id, [USERS["A"].id])
            work.commit()
        yield storage.backend


def found(backend: Any, resource_type: ResourceType, filter: str) -> str:
    query = parse_query(resource_type, filter=read_filter(filter, resource_type))
    letters = {resource.id: letter for letter, resource in {**USERS, **TEAMS}.items()}
    with backend.begin(HOST, write=False) as work:
        adapter = work.users if resource_type is USER else work.teams
        return "".join(letters[resource.id] for resource in adapter.search(query).resources)


# Rule, what it says, and filters with the users they find.
ANSWERED: list[tuple[str, str, dict[str, str]]] = [
    (
        "R122",
        "operators and words are read in any letter case",
        {
            'userName EQ "ada"': "A",
            'userName Sw "CY" AND NOT (title PR)': "C",
            'userName eq "ada" oR userName eQ "bob"': "AB",
        },
    ),
    (
        "R123",
        "grouping binds first, then not, then and, then or",
        {
            'userName eq "ada" or userName eq "bob" and active eq true': "A",
            '(userName eq "ada" or userName eq "bob") and active eq false': "B",
            'not (userName eq "ada") and userName eq "bob" or title pr': "BD",
            'title pr or not (active eq true) and userName eq "ada"': "D",
        },
    ),
    (
        "R125",
        "literals are JSON",
        {
            'userName eq "\\u0061da"': "A",
            r'displayName eq "ada \"%\" \ud83e\uddd1\\"': "A",
            r'profileUrl eq "https:\/\/example.com\/Ada"': "A",
            f"{ENTERPRISE}:employeeNumber eq 701984": "B",
            "active eq false": "B",
            "title eq null": "ABC",
        },
    ),
    (
        "R128",
        "a path is a name, a sub-attribute, and either with its URN",
        {
            'name.familyName eq "king"': "A",
            f'{CORE}:userName eq "ada"': "A",
            f'{CORE.upper()}:NAME.FAMILYNAME eq "king"': "A",
            f'{ENTERPRISE}:manager.value eq "{id_of(0xA)}"': "B",
        },
    ),
    (
        "R129",
        "what stands in brackets holds of one and the same element",
        {
            'emails[type eq "home" and value eq "ada@work.example"]': "B",
            'emails.type eq "work" and emails.value eq "ada@home.example"': "A",
            'emails[type eq "work" and value eq "ada@home.example"]': "",
            'emails[not (type pr) and value sw "bob"]': "B",
            'emails[type eq "work" or value eq "bob@work.example"]': "AB",
        },
    ),
    (
        "R131",
        "a comparison behind the bracket is one more term inside it",
        {
            'emails[type eq "work" and value eq "ada@work.example"]': "A",
            'emails[type eq "home" and value eq "ada@work.example"]': "B",
            'emails[type eq "home" and value eq "nobody"]': "",
        },
    ),
    (
        "R132",
        "one element that matches is enough",
        {'emails.value ew "home.example"': "A", 'emails.value sw "bob"': "B"},
    ),
    (
        "R133",
        "a bare multi-valued attribute means its values",
        {
            'emails co "@work"': "AB",
            'roles eq "A*B"': "C",
            f'schemas eq "{ENTERPRISE}"': "B",
            f'schemas eq "{CORE}"': "ABCD",
        },
    ),
    (
        "R135",
        "letter case matters where the schema says so",
        {
            'userName eq "ADA"': "A",
            'displayName eq "BOB"': "B",
            'emails.value eq "ADA@WORK.EXAMPLE"': "AB",
            'externalId eq "Ext-A"': "A",
            'externalId eq "ext-a"': "",
            f'id eq "{id_of(0xA).upper()}"': "",
            'profileUrl eq "https://example.com/ada"': "",
            'x509Certificates eq "QUJD"': "A",
            'x509Certificates eq "qujd"': "",
            'meta.version eq "w/\\"5\\""': "",
        },
    ),
    (
        "R136",
        "no letter is a wildcard",
        {
            'userName eq "cy_d"': "C",
            'userName sw "cy_"': "C",
            'userName co "_"': "C",
            'userName co "%"': "",
            'displayName co "%"': "A",
            'displayName ew "\\\\"': "A",
            'roles.value co "*"': "C",
            'userName co "*"': "",
        },
    ),
    (
        "R137",
        "text is in the order of letters, times are in the order of instants",
        {
            'userName gt "bob"': "CD",
            'userName ge "BOB"': "BCD",
            'userName lt "bob"': "A",
            'userName le "bob"': "AB",
            'meta.created eq "2024-01-01T01:00:00+01:00"': "A",
            'meta.created lt "2024-01-01T00:00:00Z"': "D",
            'meta.created ge "2024-01-01T00:30:00.25Z"': "BC",
            'meta.created gt "2023-12-31T19:00:00-05:00"': "BC",
            'meta.created le "2024-01-01T00:00:00"': "AD",
        },
    ),
    (
        "R140",
        "empty text is not present, and a complex attribute is if a part of it is",
        {
            "displayName pr": "AB",
            "title pr": "D",
            "name pr": "A",
            "emails pr": "AB",
            "emails.type pr": "AB",
            "emails[not (type pr)]": "B",
            f"{ENTERPRISE}:manager pr": "B",
            "active pr": "ABCD",
        },
    ),
    (
        "R141",
        "null is what absent values are equal to",
        {
            "displayName eq null": "CD",
            "displayName ne null": "AB",
            "emails eq null": "CD",
            "name.familyName ne null": "A",
        },
    ),
    (
        "R142",
        "an absent value is not equal, and not matched",
        {
            'title ne "y"': "ABCD",
            'title ne "x"': "ABC",
            'not (title eq "x")': "ABC",
            'emails.value ne "ada@work.example"': "ABCD",
            'not (emails.value eq "ada@work.example")': "CD",
            'not (title sw "x" or active eq false)': "AC",
        },
    ),
    (
        "R144",
        "common attributes and memberships can be filtered on",
        {
            'meta.resourceType eq "User"': "ABCD",
            'meta.lastModified pr and meta.version eq "W/\\"5\\""': "A",
            f'id eq "{id_of(0xB)}"': "B",
            "externalId pr": "A",
            f'groups.value eq "{TEAMS["b"].id}"': "A",
            f'groups[value eq "{TEAMS["g"].id}"]': "",
            "not (groups pr)": "BCD",
        },
    ),
]

# Rule, what it says, and filters that are refused.
REFUSED: list[tuple[str, str, list[str]]] = [
    ("R124", "not stands before parentheses", ["not title pr", 'not not (userName eq "a")']),
    (
        "R125",
        "what is no JSON is no literal",
        ["userName eq 'ada'", r'userName eq "\x41"', r'userName eq "\ud83e"', 'userName eq "ada'],
    ),
    (
        "R126",
        "what is no filter is not answered",
        [
            "",
            "  ",
            "userName",
            "userName eq",
            'userName eq "ada" and',
            'userName eq "ada" bob',
            "(title pr",
            "title pr)",
            "()",
            "emails[]",
        ],
    ),
    ("R128", "sub-attributes have none of their own", ["name.familyName.x pr", "name. pr"]),
    (
        "R130",
        "brackets follow a complex attribute, hold its sub-attributes, and do not nest",
        [
            'userName[value eq "x"]',
            'emails.value[value eq "x"]',
            'emails[userName eq "x"]',
            'emails[emails.value eq "x"]',
            'emails[value[type eq "x"]]',
        ],
    ),
    (
        "R134",
        "a complex attribute is not text",
        ['name eq "Ada"', 'addresses co "x"', 'meta eq "x"'],
    ),
    (
        "R138",
        "booleans, certificates and times have no other order or parts",
        [
            "active gt true",
            "active le false",
            "active co true",
            'x509Certificates gt "QUJD"',
            'meta.created sw "2024"',
            'meta.version gt "W/\\"1\\""',
            "title gt null",
        ],
    ),
    (
        "R139",
        "a literal is of the attribute's type",
        ["userName eq true", 'active eq "yes"', "active eq 1", 'meta.created eq "yesterday"'],
    ),
    (
        "R145",
        "a password cannot be guessed at",
        ['password eq "x"', "password pr", "not (password pr)"],
    ),
    (
        "R146",
        "what no schema knows is not asked",
        ['shoeSize eq "38"', "emails.size pr", "members pr", "urn:example:none:shoeSize pr"],
    ),
    (
        "R147",
        "length, depth and number of comparisons have an end",
        [
            "(" * 40 + "title pr" + ")" * 40,
            " or ".join(["title pr"] * 101),
            f'userName eq "{"x" * 20_000}"',
        ],
    ),
]


@pytest.mark.parametrize(
    ("filter", "users"),
    [
        pytest.param(filter, users, id=f"{rule}: {says}: {filter}")
        for rule, says, filters in ANSWERED
        for filter, users in filters.items()
    ],
)
def test_a_filter_finds(backend: Any, filter: str, users: str) -> None:
    assert found(backend, USER, filter) == users


@pytest.mark.parametrize(
    "filter",
    [
        pytest.param(filter, id=f"{rule}: {says}: {filter[:40]}")
        for rule, says, filters in REFUSED
        for filter in filters
    ],
)
def test_a_filter_is_refused(filter: str) -> None:
    with pytest.raises(InvalidFilter) as refusal:
        parse_query(USER, filter=filter)
    assert len(refusal.value.detail) < 400


@pytest.mark.requirement("R127")
def test_r127_an_unknown_operator_is_named() -> None:
    with pytest.raises(InvalidFilter, match="'like' is no operator"):
        parse_query(USER, filter='userName like "ada"')


@pytest.mark.requirement("R143")
def test_r143_a_default_is_compared_as_it_is_returned(idp: ScimClient) -> None:
    ada = idp.user("ada")
    assert ada["active"] is True
    answer = idp.get("/Users", query_string={"filter": "active eq true"}).get_json()
    assert [found["id"] for found in answer["Resources"]] == [ada["id"]]


@pytest.mark.requirement("R144")
def test_r144_members_can_be_filtered_on(backend: Any) -> None:
    ada = USERS["A"].id
    assert found(backend, GROUP, f'members.value eq "{ada}"') == "b"
    assert found(backend, GROUP, f'members[value eq "{ada}" and type eq "User"]') == "b"
    assert found(backend, GROUP, "not (members pr)") == "g"


@pytest.mark.requirement("R146")
def test_r146_at_the_root_an_unknown_attribute_is_absent(backend: Any) -> None:
    for filter, total in (
        ('userName eq "ada"', 0),
        ('userName ne "ada"', 2),
        ("userName eq null", 2),
        ('not (emails[type eq "work"])', 2),
        ('displayName eq "blue" or userName eq "ada"', 1),
    ):
        query = parse_query(GROUP, filter=filter, among_others=True)
        with backend.begin(HOST, write=False) as work:
            assert work.teams.search(query).total == total, filter
