"""Walks by cursor through resources of several types at once (RFC 7644 section 3.4.2.1)."""

from __future__ import annotations

from typing import Any

import pytest

from flask_scim_teams.core.attributes import Attribute
from flask_scim_teams.core.definitions import NESTING_GROUP
from flask_scim_teams.core.definitions.common import COMMON
from flask_scim_teams.core.resource_types import ResourceTypes
from flask_scim_teams.core.schemas import ResourceType
from flask_scim_teams.core.schemas import Schema
from flask_scim_teams.storage.memory import MemoryBackend
from tests.conformance.doors import client_at
from tests.conformance.doors import other_token
from tests.conformance.lookups import shown
from tests.conformance.walks import SEARCH
from tests.conformance.walks import Ask
from tests.conformance.walks import assert_walks
from tests.conformance.walks import by_get
from tests.conformance.walks import by_search
from tests.conformance.walks import ids
from tests.conformance.walks import walk
from tests.conformance.walks import walk_back
from tests.conftest import ScimClient
from tests.http.messages import assert_error

DEVICE = "urn:example:params:scim:schemas:Device"

# Of both types; of the one alone; of both by nature; of what none of them has.
ORDERS: list[dict[str, Any]] = [
    {},
    *(
        {"sortBy": name, "sortOrder": order}
        for name in ("displayName", "userName", "meta.created", "nickName")
        for order in ("ascending", "descending")
    ),
]


def populate(idp: ScimClient) -> list[str]:
    """Make users and teams whose names go together, some of them alike; return the ids."""
    users = [
        idp.user(f"u{number}", **({"displayName": name} if name else {}))["id"]
        for number, name in enumerate(["Delta", None, "beta", "alpha", None, "Beta"])
    ]
    teams = [idp.team(name, users[0])["id"] for name in ("BETA", "Gamma", "Alpha")]
    return [*users, *teams]


@pytest.mark.requirement("R234", "R235", "R236", "R239", "R242", "R245")
@pytest.mark.parametrize("count", [1, 2, 3, 4, 9])
@pytest.mark.parametrize("ask", [by_get, by_search])
def test_a_walk_goes_through_all_types(idp: ScimClient, ask: Ask, count: int) -> None:
    everything = populate(idp)
    for order in ORDERS:
        whole = ids(ask(idp, "/", **order))
        assert sorted(whole) == sorted(everything)
        assert_walks(idp, whole, count, "/", ask, **order)
    assert ids(ask(idp, "/")) == everything


@pytest.mark.requirement("R235", "R242")
@pytest.mark.parametrize(
    ("filter", "length"),
    [
        ('displayName eq "beta"', 3),
        ("userName pr", 6),
        ("members pr", 3),
        ('displayName sw "a" or userName sw "u"', 7),
        ('not (displayName eq "beta")', 6),
        ('displayName eq "nobody"', 0),
    ],
)
def test_a_filter_takes_from_each_type_what_it_finds(
    idp: ScimClient, filter: str, length: int
) -> None:
    populate(idp)
    for order in ORDERS[:5]:
        whole = ids(by_get(idp, "/", filter=filter, **order))
        assert len(whole) == length
        for count in (1, 2, 3):
            assert_walks(idp, whole, count, "/", filter=filter, **order)


@pytest.mark.requirement("R250")
@pytest.mark.parametrize("order", ORDERS)
def test_whoever_lives_through_the_walk_is_met_once(idp: ScimClient, order: dict[str, Any]) -> None:
    populate(idp)
    whole = ids(by_get(idp, "/", **order))
    types = {one["id"]: one["meta"]["resourceType"] for one in by_get(idp, "/")["Resources"]}
    # The last of the first page, one before it and one behind; then the last of the second.
    doomed = {0: [whole[2], whole[0], whole[5]], 1: [whole[4]]}
    seen: list[str] = []
    for number, page in enumerate(walk(idp, "/", count=3, **order)):
        seen += ids(page)
        for id in doomed.get(number, []):
            assert idp.delete(f"/{types[id]}s/{id}").status_code == 204
        if number < 2:
            idp.user(f"new{number}", displayName="Zeta" if number else "aaa")
            idp.team(f"new{number}")
    assert len(seen) == len(set(seen))
    assert set(whole) - {id for some in doomed.values() for id in some} <= set(seen)


@pytest.mark.requirement("R240", "R246")
def test_a_walk_shows_the_types_that_the_token_may_read(idp: ScimClient) -> None:
    everything = populate(idp)
    users, teams = everything[:6], everything[6:]
    for scope, path, mine in (("users", "/Users", users), ("groups", "/Groups", teams)):
        reader = other_token(idp, f"{scope}:read")
        for ask in (by_get, by_search):
            assert_walks(reader, mine, 2, "/", ask)
        # Even where there is but one type to show, it is another question than that type's own.
        for one, other in (("/", path), (path, "/")):
            cursor = by_get(reader, one, cursor="", count=1)["nextCursor"]
            query = {"cursor": cursor, "count": 1}
            assert_error(reader.get(other, query_string=query), 400, "invalidCursor")
            posted = {"schemas": [SEARCH], **query}
            assert_error(reader.post(f"{other.rstrip('/')}/.search", posted), 400, "invalidCursor")
        # And what somebody else may see is no cursor of this one's.
        cursor = by_get(idp, "/", cursor="", count=1)["nextCursor"]
        foreign = reader.get("/", query_string={"cursor": cursor, "count": 1})
        forged = reader.get("/", query_string={"cursor": "forged", "count": 1})
        assert_error(foreign, 400, "invalidCursor")
        assert foreign.get_json() == forged.get_json()
    writer = other_token(idp, "users:write", "groups:write")
    assert_error(writer.get("/", query_string={"cursor": ""}), 403)


@pytest.mark.requirement("R240", "R241")
def test_a_walk_keeps_its_count_and_its_order(idp: ScimClient) -> None:
    populate(idp)
    order = {"sortBy": "displayName", "count": 2}
    cursor = by_get(idp, "/", cursor="", **order)["nextCursor"]
    for changes, scim_type in (
        ({"count": 3}, "invalidCount"),
        ({"count": 0}, "invalidCount"),
        ({"sortOrder": "descending"}, "invalidCursor"),
        ({"sortBy": "userName"}, "invalidCursor"),
        ({"sortBy": ""}, "invalidCursor"),
        ({"filter": "id pr"}, "invalidCursor"),
    ):
        refused = idp.get("/", query_string={"cursor": cursor, **order, **changes})
        assert_error(refused, 400, scim_type)


@pytest.fixture
def workshop() -> ScimClient:
    """An identity provider of a host with devices besides users and teams."""
    device = ResourceType(
        name="Device",
        endpoint="/Devices",
        schema=Schema(
            id=DEVICE,
            name="Device",
            attributes=(Attribute(name="displayName"), Attribute(name="serial")),
        ),
        common=COMMON,
    )
    types = ResourceTypes(group=NESTING_GROUP, others=(device,))
    return client_at(MemoryBackend(types=types))


@pytest.mark.requirement("R235", "R236", "R242", "R250")
@pytest.mark.parametrize("count", [1, 2, 3, 4, 6, 12])
def test_a_hosts_own_types_are_walked_with_the_others(workshop: ScimClient, count: int) -> None:
    populate(workshop)
    for number, name in enumerate(["beta", "Zeta", None]):
        body = {"schemas": [DEVICE], "serial": f"s{number}"}
        response = workshop.post("/Devices", body | ({"displayName": name} if name else {}))
        assert response.status_code == 201, response.text
    serial = {"sortBy": "serial"}
    for order in (*ORDERS, serial, {**serial, "sortOrder": "descending"}):
        whole = ids(shown(workshop, "/", **order))
        assert len(set(whole)) == 12
        assert_walks(workshop, whole, count, "/", **order)
    # Of a type none is left, in the middle of the walk, and at its end.
    pages = walk(workshop, "/", count=6)
    assert len(ids(next(pages))) == 6
    for team in shown(workshop, "/Groups")["Resources"]:
        workshop.delete(f"/Groups/{team['id']}")
    [last] = pages
    assert [one["serial"] for one in last["Resources"]] == ["s0", "s1", "s2"]
    [first] = walk_back(workshop, last, "/", count=6)
    assert len(ids(first)) == 6
    for device in last["Resources"]:
        workshop.delete(f"/Devices/{device['id']}")
    assert [len(ids(page)) for page in walk(workshop, "/", count=6)] == [6]
