"""What identity providers send beside the RFCs, each departure beside what it is bent into."""

from __future__ import annotations

from typing import Any

import pytest

from flask_scim_teams.core.attributes import Attribute
from flask_scim_teams.core.attributes import Type
from flask_scim_teams.core.definitions import ENTERPRISE_USER_SCHEMA
from flask_scim_teams.core.definitions import GROUP
from flask_scim_teams.core.definitions import USER
from flask_scim_teams.core.definitions import USER_SCHEMA
from flask_scim_teams.core.dialects import bending as tables
from flask_scim_teams.core.dialects import expressions
from flask_scim_teams.core.dialects.bending import Bending
from flask_scim_teams.core.dialects.expressions import read_filter
from flask_scim_teams.core.dialects.expressions import read_path
from flask_scim_teams.core.dialects.operations import bend_operations
from flask_scim_teams.core.errors import BadRequest
from flask_scim_teams.core.filters import parse_filter
from flask_scim_teams.core.patch import ABSENT
from flask_scim_teams.core.patch import Op
from flask_scim_teams.core.patch import Operation
from flask_scim_teams.core.schemas import ResourceType

CORE, TEAM, ENTERPRISE = USER_SCHEMA.id, GROUP.schema.id, ENTERPRISE_USER_SCHEMA.id
ADSCIM = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"
ROLE = r'{"id": "18d1", "value": "Admin", "displayName": "Administrator"}'

Body = dict[str, Any]
# A body, what it is bent into, and what was bent in it; user bodies without what all of them have.
BODIES: list[tuple[ResourceType, Body, Body, set[str]]] = [
    (USER, {"active": "False"}, {"active": False}, {"entra.boolean_in_quotes"}),
    (USER, {"title": ["x"]}, {"title": "x"}, {"entra.one_in_array"}),
    (USER, {"title": []}, {"title": None}, {"entra.one_in_array"}),
    (USER, {"title": {"value": "x"}}, {"title": "x"}, {"entra.wrapped"}),
    (USER, {"active": ""}, {"active": None}, {"onelogin.nothing_in_quotes"}),
    (USER, {"title": ""}, {"title": ""}, set()),
    (USER, {"emails": {"value": "a"}}, {"emails": [{"value": "a"}]}, {"onelogin.one_for_array"}),
    (
        USER,
        {"emails": [None, "a"]},
        {"emails": [{"value": "a"}]},
        {"generic.null_in_array", "entra.bare_reference"},
    ),
    (
        USER,
        {"emails": '[{"value": "a"}]'},
        {"emails": [{"value": "a"}]},
        {"keycloak.value_in_quotes"},
    ),
    (USER, {"roles": [{"value": ROLE}]}, {"roles": [{"value": ROLE}]}, set()),
    (
        USER,
        {"roles": [{"value": "Admin", "displayName": "Administrator"}]},
        {"roles": [{"value": "Admin", "display": "Administrator"}]},
        {"entra.role_display_name"},
    ),
    (
        USER,
        {ENTERPRISE: {"manager": "1"}},
        {ENTERPRISE: {"manager": {"value": "1"}}},
        {"entra.bare_reference"},
    ),
    (
        USER,
        {ENTERPRISE: {"manager": ""}},
        {ENTERPRISE: {"manager": None}},
        {"entra.bare_reference"},
    ),
    (
        USER,
        {ENTERPRISE: {"manager": {"Value": "", "displayName": ""}}},
        {ENTERPRISE: {"manager": None}},
        {"entra.empty_reference"},
    ),
    (
        USER,
        {ENTERPRISE: {"department": "a"}, "Department": "b", "division": "c"},
        {ENTERPRISE: {"department": "a"}},
        {"generic.unknown_parts"},
    ),
    (USER, {"manager": None, "nonsense": None}, {}, set()),
    (USER, {"nonsense": 1}, {}, {"generic.unknown_parts"}),
    (USER, {"name": {"nick": "A"}}, {"name": {}}, {"generic.unknown_parts"}),
    (
        USER,
        {"urn:scim:schemas:extension:enterprise:2.0": {"department": "a"}},
        {ENTERPRISE: {"department": "a"}},
        {"onelogin.urn_of_drafts"},
    ),
    (
        USER,
        {"urn:ietf:params:scim:schemas:extension:enterprise:2.0User": {"department": "a"}},
        {ENTERPRISE: {"department": "a"}},
        {"entra.old_prefix"},
    ),
    (
        GROUP,
        {"schemas": [TEAM, ADSCIM], "displayName": "T"},
        {"schemas": [TEAM], "displayName": "T"},
        {"generic.unknown_schemas"},
    ),
    (
        GROUP,
        {"schemas": ["urn:scim:schemas:core:1.0"]},
        {"schemas": [TEAM]},
        {"generic.unknown_schemas"},
    ),
    (
        GROUP,
        {"displayName": "T", "members": ["1", {"value": "2", "x": 1}]},
        {
            "schemas": [TEAM],
            "displayName": "T",
            "members": [{"value": "1"}, {"value": "2", "x": 1}],
        },
        {"authentik.without_schemas", "entra.bare_reference"},
    ),
]


@pytest.mark.parametrize(("resource_type", "sent", "bent", "taken"), BODIES)
def test_bodies(resource_type: ResourceType, sent: Body, bent: Body, taken: set[str]) -> None:
    base = {"schemas": [CORE], "userName": "ada"} if resource_type is USER else {}
    bending = Bending(resource_type)
    assert bending.resource(base | sent) == base | bent
    assert set(bending.taken) == taken


# What is sent to a user or team of the id "7": its path, its value, and the operations it becomes
# as (path, value), a removal's with what it lists.
OPERATIONS: list[tuple[ResourceType, Op, str | None, Any, list[tuple[str, Any]], set[str]]] = [
    (USER, Op.REPLACE, "active", "True", [("active", True)], {"entra.boolean_in_quotes"}),
    (
        USER,
        Op.ADD,
        "manager",
        [{"value": "1"}],
        [(f"{ENTERPRISE}:manager", {"value": "1"})],
        {"entra.without_urn", "entra.one_in_array"},
    ),
    (
        USER,
        Op.ADD,
        "urn:scim:schemas:extension:enterprise:1.0.department",
        "a",
        [(f"{ENTERPRISE}:department", "a")],
        {"entra.old_prefix"},
    ),
    (
        USER,
        Op.ADD,
        "urn:scim:schemas:core:1.0:title",
        "a",
        [("title", "a")],
        {"onelogin.urn_of_drafts"},
    ),
    (
        USER,
        Op.REPLACE,
        None,
        {
            "id": "7",
            "name.givenName": "A",
            f"{ENTERPRISE}:manager": "",
            "division": "x",
            "meta": {},
        },
        [("name.givenName", "A"), (f"{ENTERPRISE}:manager", None)],
        {"okta.repeats_the_server", "entra.bare_reference", "generic.unknown_parts"},
    ),
    (USER, Op.REPLACE, None, {"id": "8"}, [("id", "8")], set()),
    (
        USER,
        Op.REPLACE,
        None,
        '{"displayName": "Ada", "groups": []}',
        [("displayName", "Ada")],
        {"keycloak.resource_in_quotes", "okta.repeats_the_server"},
    ),
    (
        GROUP,
        Op.REMOVE,
        "members",
        [{"$ref": None, "value": "1"}, "2"],
        [("members", [{"$ref": None, "value": "1"}, {"value": "2"}])],
        {"entra.named_in_value", "entra.bare_reference"},
    ),
    (GROUP, Op.REMOVE, "members", None, [("members", ABSENT)], set()),
    (USER, Op.REMOVE, "title", "x", [("title", ABSENT)], {"entra.named_in_value"}),
    (GROUP, Op.REPLACE, "members", [None], [("members", [None])], set()),
    (
        USER,
        Op.REPLACE,
        'roles[primary eq "True"].value',
        ["Admin"],
        [("roles.value", "Admin")],
        {"entra.literal_in_quotes", "entra.one_in_array"},
    ),
]


@pytest.mark.parametrize(("resource_type", "op", "path", "value", "bent", "taken"), OPERATIONS)
def test_operations(
    resource_type: ResourceType,
    op: Op,
    path: str | None,
    value: Any,
    bent: list[tuple[str, Any]],
    taken: set[str],
) -> None:
    bending = Bending(resource_type)
    operations = bend_operations([Operation(op, path, value)], "7", bending)
    found = [
        (str(one.target and one.target.path), one.listed if op is Op.REMOVE else one.value)
        for one in operations
    ]
    assert found == bent
    assert all(
        one.op is op and (op is not Op.REMOVE or one.value in (ABSENT, None)) for one in operations
    )
    assert set(bending.taken) == taken


def test_a_path_may_select_nothing_where_it_has_a_filter() -> None:
    """Entra adds the work address of a user who has none by a path with a filter."""
    steps = [
        Operation(Op.ADD, 'emails[type eq "work"].value', "a"),
        Operation(Op.ADD, "title", "x"),
    ]
    bent = bend_operations(steps, "7", Bending(USER))
    assert [one.may_miss for one in bent] == [True, False]


# A filter, what it is in the grammar of RFC 7644, and what was bent in it.
FILTERS: list[tuple[str, str, set[str]]] = [
    ("externalId eq jyoung", 'externalId eq "jyoung"', {"entra.literal_in_quotes"}),
    ("userName eq ada@example.com", 'userName eq "ada@example.com"', {"entra.literal_in_quotes"}),
    ("id eq 5d26a7c2-1c1f-4a2e", 'id eq "5d26a7c2-1c1f-4a2e"', {"entra.literal_in_quotes"}),
    (
        "meta.created gt 2011-05-13T04:42:34.1234567Z",
        'meta.created gt "2011-05-13T04:42:34.1234567Z"',
        {"entra.literal_in_quotes"},
    ),
    ("active eq False", "active eq false", {"entra.literal_in_quotes"}),
    ("title eq NULL", "title eq null", {"entra.literal_in_quotes"}),
    ('active eq "True"', "active eq true", {"entra.literal_in_quotes"}),
    ("id eq 01", 'id eq "01"', {"entra.literal_in_quotes"}),
    (
        "employeeNumber eq 701984",
        f'{ENTERPRISE}:employeeNumber eq "701984"',
        {"entra.digits_without_quotes", "entra.without_urn"},
    ),
    (
        'id eq "1" and manager eq "2"',
        f'id eq "1" and {ENTERPRISE}:manager eq "2"',
        {"entra.without_urn"},
    ),
    ('email Co "@example.com"', 'emails.value co "@example.com"', {"ping.email"}),
    ('not (username Eq "ada")', 'not (username eq "ada")', set()),
    (
        'urn:scim:schemas:extension:enterprise:2.0.department pr or title sw "x"',
        f'{ENTERPRISE}:department pr or title sw "x"',
        {"entra.old_prefix"},
    ),
    (
        'emails[type eq "work" and primary eq "true"].value eq "a"',
        'emails[type eq "work" and primary eq true and value eq "a"]',
        {"entra.literal_in_quotes"},
    ),
    # One element is meant, so that "or" inside stays together.
    (
        'emails[type eq "a" or type eq "b"].value pr',
        'emails[(type eq "a" or type eq "b") and value pr]',
        set(),
    ),
]


@pytest.mark.parametrize(("sent", "bent", "taken"), FILTERS)
def test_filters(sent: str, bent: str, taken: set[str]) -> None:
    assert str(read_filter(sent, USER)) == str(parse_filter(bent))
    bending = Bending(USER)
    expressions.read_tree(sent, bending)
    assert set(bending.taken) >= taken


@pytest.mark.parametrize(
    "path",
    ["nonsense", "emails[", "emails[type eq]", "name.nick", "urn:x:y:title", "title[a pr]", ""],
)
def test_a_path_that_means_nothing_is_refused(path: str) -> None:
    with pytest.raises(BadRequest):
        read_path(path, Bending(USER))


@pytest.mark.parametrize(
    "text", ["{", "[1", '{"a": NaN}', '["\\u0000"]', '["\\ud800"]', "[" * 10**5]
)
def test_what_is_no_json_text_stays_text(text: str) -> None:
    """No value comes in through a JSON text that the body's reader would refuse."""
    emails = USER.attribute("emails")
    assert emails is not None
    assert Bending(USER).value(emails, text) == [{"value": text}]


def test_a_value_is_unwrapped_once() -> None:
    """Entra wraps singular values, and never twice: what is deeper is a mistake."""
    bending, plain = Bending(USER), Attribute(name="a", type=Type.INTEGER)
    assert bending.value(plain, [{"value": 5}]) == 5
    assert bending.value(plain, {"value": {"value": 5}}) == {"value": 5}
    assert bending.value(plain, [[[5]]]) == [[5]]


def test_every_departure_is_tried_here() -> None:
    every = {
        f"{one.__module__.rpartition('.')[2]}.{one.__name__}"
        for table in (
            tables.NOT_AN_ARRAY,
            tables.AN_ARRAY,
            tables.COMPLEX,
            tables.SIMPLE,
            tables.SPELLINGS,
            expressions.NAMES,
            expressions.LITERALS,
        )
        for one in table
    }
    tried = {one for case in (*BODIES, *OPERATIONS, *FILTERS) for one in case[-1]}
    assert every <= tried
