"""``attributes`` and ``excludedAttributes``, wherever they can be given."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import ScimClient
from tests.http.messages import ENTERPRISE
from tests.http.messages import USER
from tests.http.messages import assert_error

ADA: dict[str, Any] = {
    "userName": "ada",
    "externalId": "e",
    "title": "Countess",
    "active": True,
    "name": {"givenName": "Ada", "familyName": "King"},
    "emails": [{"value": "a", "type": "work"}, {"value": "b"}],
    ENTERPRISE: {"department": "d", "manager": {"value": "m"}},
}
WHOLE = frozenset({"schemas", "id", "meta", *ADA})
ALWAYS = frozenset({"schemas", "id"})

# A query, and what is shown: the names at the top, and some of what is below them.
CASES: dict[str, tuple[frozenset[str], dict[str, Any]]] = {
    # R101
    "attributes=userName": (ALWAYS | {"userName"}, {}),
    "attributes=userName,title": (ALWAYS | {"userName", "title"}, {}),
    "attributes=%20userName%20,%20,title,": (ALWAYS | {"userName", "title"}, {}),
    "attributes=USERNAME": (ALWAYS | {"userName"}, {}),
    "ATTRIBUTES=userName": (ALWAYS | {"userName"}, {}),
    "attributes=id": (ALWAYS, {}),
    "attributes=externalId,meta": (ALWAYS | {"externalId", "meta"}, {}),
    "attributes=meta.version": (ALWAYS | {"meta"}, {"meta": {"version": 'W/"1"'}}),
    "attributes=name.givenName": (ALWAYS | {"name"}, {"name": {"givenName": "Ada"}}),
    "attributes=name,name.givenName": (ALWAYS | {"name"}, {"name": ADA["name"]}),
    "attributes=name.givenName,name": (ALWAYS | {"name"}, {"name": ADA["name"]}),
    "attributes=emails.value": (ALWAYS | {"emails"}, {"emails": [{"value": "a"}, {"value": "b"}]}),
    "attributes=emails.type": (ALWAYS | {"emails"}, {"emails": [{"type": "work"}]}),
    "attributes=emails.display": (ALWAYS, {}),
    "attributes=nickName": (ALWAYS, {}),
    # R038
    f"attributes={USER}:userName": (ALWAYS | {"userName"}, {}),
    f"attributes={USER}:name.familyName": (ALWAYS | {"name"}, {"name": {"familyName": "King"}}),
    # R101, R106
    f"attributes={ENTERPRISE}": (ALWAYS | {ENTERPRISE}, {ENTERPRISE: ADA[ENTERPRISE]}),
    f"attributes={ENTERPRISE.upper()}": (ALWAYS | {ENTERPRISE}, {}),
    f"attributes={ENTERPRISE}:department": (
        ALWAYS | {ENTERPRISE},
        {ENTERPRISE: {"department": "d"}},
    ),
    f"attributes={ENTERPRISE}:manager.value": (
        ALWAYS | {ENTERPRISE},
        {ENTERPRISE: {"manager": {"value": "m"}}},
    ),
    "attributes=department": (ALWAYS, {}),
    # R104, R105
    "attributes=password": (ALWAYS, {}),
    "attributes=nonsense": (ALWAYS, {}),
    "attributes=nonsense,title": (ALWAYS | {"title"}, {}),
    "attributes=emails[type eq": (ALWAYS, {}),
    "attributes=": (WHOLE, {}),
    # R102
    "excludedAttributes=title": (WHOLE - {"title"}, {}),
    "excludedattributes=TITLE,emails": (WHOLE - {"title", "emails"}, {}),
    "excludedAttributes=id,schemas,title": (WHOLE - {"title"}, {}),
    "excludedAttributes=meta": (WHOLE - {"meta"}, {}),
    "excludedAttributes=name.givenName": (WHOLE, {"name": {"familyName": "King"}}),
    "excludedAttributes=emails.type": (WHOLE, {"emails": [{"value": "a"}, {"value": "b"}]}),
    "excludedAttributes=name.givenName,name.familyName": (WHOLE - {"name"}, {}),
    f"excludedAttributes={ENTERPRISE}": (WHOLE - {ENTERPRISE}, {}),
    f"excludedAttributes={ENTERPRISE}:manager": (WHOLE, {ENTERPRISE: {"department": "d"}}),
    f"excludedAttributes={ENTERPRISE}:manager.$ref": (WHOLE, {}),
    f"excludedAttributes={ENTERPRISE}:manager.value": (WHOLE, {ENTERPRISE: {"department": "d"}}),
    "excludedAttributes=nonsense": (WHOLE, {}),
    "excludedAttributes=": (WHOLE, {}),
}


@pytest.mark.requirement("R038", "R098", "R101", "R102", "R104", "R105", "R106", "R121")
@pytest.mark.parametrize("query", CASES)
def test_what_is_shown(quick: ScimClient, query: str) -> None:
    # The same in every answer that shows a resource
    names, parts = CASES[query]
    created = quick.post(f"/Users?{query}", {"schemas": [USER], **ADA})
    assert created.status_code == 201
    assert created.headers["ETag"] == 'W/"1"'
    url = f"/Users/{created.get_json()['id']}?{query}"
    answers = [
        created.get_json(),
        quick.get(url).get_json(),
        quick.get(f"/Users?{query}").get_json()["Resources"][0],
        quick.patch(url, {"op": "add", "path": "title", "value": "Countess"}).get_json(),
        quick.put(url, {"schemas": [USER], **ADA}).get_json(),
    ]
    for answer in answers:
        assert set(answer) == names
        for name, part in parts.items():
            assert answer[name] == part


@pytest.mark.requirement("R103")
def test_one_excludes_the_other(quick: ScimClient) -> None:
    url = f"/Users/{quick.user()['id']}"
    for path in ("/Users", url):
        response = quick.get(f"{path}?attributes=userName&excludedAttributes=title")
        assert_error(response, 400, "invalidValue", "excludedAttributes")
    # A parameter without a value asks for nothing.
    assert quick.get(f"{url}?attributes=&excludedAttributes=title").status_code == 200


def test_a_refused_projection_stores_nothing(quick: ScimClient) -> None:
    query = "?attributes=title&excludedAttributes=title"
    assert_error(
        quick.post(f"/Users{query}", {"schemas": [USER], "userName": "x"}), 400, "invalidValue"
    )
    assert quick.get("/Users").get_json()["totalResults"] == 0


@pytest.mark.requirement("R101", "R102", "R200")
def test_members_and_groups(idp: ScimClient) -> None:
    ada = idp.user("ada")
    team = idp.team("Blue", ada["id"])
    url, user = f"/Groups/{team['id']}", f"/Users/{ada['id']}"
    shown = idp.get(f"{url}?attributes=members.value").get_json()
    assert shown == {
        "schemas": team["schemas"],
        "id": team["id"],
        "members": [{"value": ada["id"]}],
    }
    assert "members" not in idp.get(f"{url}?excludedAttributes=members").get_json()
    assert idp.get(f"{url}?excludedAttributes=members.$ref,members.type").get_json()["members"] == [
        {"value": ada["id"]}
    ]
    [listed] = idp.get("/Groups?excludedAttributes=members").get_json()["Resources"]
    assert set(listed) == {"schemas", "id", "displayName", "meta"}
    shown = idp.get(f"{user}?attributes=groups.display").get_json()
    assert shown["groups"] == [{"display": "Blue"}]
    assert "groups" not in idp.get(f"{user}?excludedAttributes=groups").get_json()
