"""The schemas attribute, and extensions (RFC 7643 sections 3 and 3.3)."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from tests.conformance.lookups import found
from tests.conformance.lookups import shown
from tests.conftest import ScimClient
from tests.dumps import dump
from tests.dumps import text_beside_the_log
from tests.hosts import Storage
from tests.http.messages import ENTERPRISE
from tests.http.messages import GROUP
from tests.http.messages import USER
from tests.http.messages import assert_error
from tests.http.messages import without_meta


@pytest.mark.requirement("R023")
@pytest.mark.parametrize("schemas", [None, [], "", USER, {}, 5, [5], [None], [""], [[USER]]])
def test_a_body_without_schemas_is_refused(idp: ScimClient, storage: Storage, schemas: Any) -> None:
    user, team = idp.user("ada"), idp.team("Blue")
    before = dump(storage)
    for path, id, content in (
        ("/Users", user["id"], {"userName": "bob"}),
        ("/Groups", team["id"], {"displayName": "Red"}),
    ):
        body = {"schemas": schemas, **content}
        assert_error(idp.post(path, body), 400, "invalidSyntax", "schemas")
        assert_error(idp.put(f"{path}/{id}", body), 400, "invalidSyntax", "schemas")
    assert dump(storage) == before


@pytest.mark.requirement("R024")
@pytest.mark.parametrize(
    "schemas",
    [
        [USER, "urn:example:params:scim:schemas:Unknown"],
        ["http://example.com/not-a-urn", USER],
        [USER, GROUP],
        [GROUP],
        [ENTERPRISE],
        ["urn:example:params:scim:schemas:Unknown"],
    ],
)
def test_an_urn_that_is_not_the_types_own_is_neither_stored_nor_returned(
    idp: ScimClient, storage: Storage, schemas: list[str]
) -> None:
    foreign = {"urn:example:params:scim:schemas:Unknown": {"colour": "blue"}}
    user = idp.user("ada", **{"schemas": schemas, **foreign})
    url = f"/Users/{user['id']}"
    body = {"schemas": schemas, "userName": "ada", **foreign}
    answers = [user, idp.put(url, body).get_json(), shown(idp, url)]
    answers.append(idp.patch(url, {"op": "add", "value": {"schemas": schemas}}).get_json())
    answers.append(idp.patch(url, {"op": "add", "path": "schemas", "value": schemas}).get_json())
    for answer in answers:
        assert answer["schemas"] == [USER]
        assert without_meta(answer) == {"userName": "ada", "active": True}
    team = idp.team("Blue", schemas=[*schemas, ENTERPRISE])
    assert team["schemas"] == [GROUP]
    assert without_meta(team) == {"displayName": "Blue"}
    assert "Unknown" not in text_beside_the_log(storage)


@pytest.mark.requirement("R025")
def test_duplicates_and_the_order_of_schemas_make_no_difference(idp: ScimClient) -> None:
    content = {"userName": "ada", ENTERPRISE: {"department": "d"}}
    user = idp.post("/Users", {"schemas": [USER, ENTERPRISE], **content}).get_json()
    url = f"/Users/{user['id']}"
    for schemas in itertools.product((USER, ENTERPRISE), repeat=3):
        replaced = idp.put(url, {"schemas": [*schemas], **content})
        assert replaced.get_json() == user
    twice = {"schemas": [ENTERPRISE, USER, USER, ENTERPRISE], **content, "userName": "bob"}
    created = idp.post("/Users", twice).get_json()
    assert created["schemas"] == [USER, ENTERPRISE]
    assert shown(idp, f"/Users/{created['id']}")["schemas"] == [USER, ENTERPRISE]
    assert idp.team("Blue", schemas=[GROUP, GROUP])["schemas"] == [GROUP]


@pytest.mark.requirement("R036")
@pytest.mark.parametrize("schemas", [[USER], [USER, ENTERPRISE], [ENTERPRISE]])
def test_an_extension_is_in_schemas_exactly_when_it_has_a_value(
    idp: ScimClient, schemas: list[str]
) -> None:
    def told(answer: Any) -> bool:
        document = answer if isinstance(answer, dict) else answer.get_json()
        assert document["schemas"] == ([USER, ENTERPRISE] if ENTERPRISE in document else [USER])
        return ENTERPRISE in document

    user = idp.user("ada", schemas=schemas)
    url = f"/Users/{user['id']}"
    body = {"schemas": schemas, "userName": "ada"}
    department = f"{ENTERPRISE}:department"
    assert not told(user)
    for empty in ({}, None, {"department": None}, {"nonsense": "x"}):
        assert not told(idp.put(url, {**body, ENTERPRISE: empty}))
    assert told(idp.put(url, {**body, ENTERPRISE: {"department": "d"}}))
    assert told(shown(idp, url))
    assert told(shown(idp, "/Users")["Resources"][0])
    assert not told(idp.put(url, body))
    assert told(idp.patch(url, {"op": "add", "path": department, "value": "d"}))
    assert not told(idp.patch(url, {"op": "remove", "path": department}))
    assert told(idp.patch(url, {"op": "add", "value": {ENTERPRISE: {"manager": {"value": "m"}}}}))
    assert not told(idp.patch(url, {"op": "remove", "path": f"{ENTERPRISE}:manager"}))
    assert told(idp.patch(url, {"op": "add", "path": ENTERPRISE, "value": {"division": "d"}}))
    assert not told(idp.patch(url, {"op": "remove", "path": ENTERPRISE}))
    assert not told(shown(idp, url))


@pytest.mark.requirement("R036")
def test_an_extensions_attributes_live_under_its_urn_alone(idp: ScimClient) -> None:
    enterprise = {"department": "d", "employeeNumber": "1", "manager": {"value": "m"}}
    user = idp.user("ada", title="t", **{ENTERPRISE: enterprise})
    for answer in (user, shown(idp, f"/Users/{user['id']}"), shown(idp, "/Users")["Resources"][0]):
        assert without_meta(answer) == {
            "userName": "ada",
            "active": True,
            "title": "t",
            ENTERPRISE: enterprise,
        }
    assert found(idp, f'{ENTERPRISE}:department eq "d"') == {user["id"]}
    # The base schema's own attributes are not put under its URN.
    below = idp.user("bob", **{USER: {"title": "t"}})
    assert without_meta(below) == {"userName": "bob", "active": True}


@pytest.mark.requirement("R036")
@pytest.mark.parametrize("query", [{"attributes": "userName"}, {"excludedAttributes": "schemas"}])
def test_the_base_schema_is_always_told(idp: ScimClient, query: dict[str, str]) -> None:
    ada = idp.user("ada", **{ENTERPRISE: {"department": "d"}})
    team = idp.team("Blue", ada["id"])
    for path, urn in ((f"/Users/{ada['id']}", USER), (f"/Groups/{team['id']}", GROUP)):
        assert shown(idp, path, **query)["schemas"][0] == urn
        [listed] = shown(idp, path.rsplit("/", 1)[0], **query)["Resources"]
        assert listed["schemas"][0] == urn
