"""Creation (RFC 7644 section 3.3)."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.conformance.lists import listed
from tests.conformance.lists import names
from tests.conftest import ScimClient
from tests.dumps import dump
from tests.dumps import text_beside_the_log
from tests.hosts import Storage
from tests.http.messages import ENTERPRISE
from tests.http.messages import GROUP
from tests.http.messages import USER
from tests.http.messages import assert_error
from tests.http.messages import without_meta

AT_ONCE = 4
# Values of another JSON type than the attribute's, by the attribute at fault. Where only one
# meaning is possible - a boolean in quotes, an object in place of an array of one - the type is
# not held against the client; these have none.
WRONG: list[tuple[str, Any, str]] = [
    # Simple attributes.
    *(("userName", value, "userName") for value in (5, True, {"a": 1}, ["a", "b"])),
    *(
        ("title", value, "title")
        for value in (5, False, {"a": "x"}, {"formatted": "x"}, ["a", "b"])
    ),
    *(("active", value, "active") for value in (1, 0, "yes", {"a": True}, [True, False])),
    *(("externalId", value, "externalId") for value in (5, {"a": "x"}, ["a", "b"])),
    *(("profileUrl", value, "profileUrl") for value in (5, True, {"a": "x"}, ["/a", "/b"])),
    *(("password", value, "password") for value in (5, ["a", "b"])),
    # Complex ones.
    *(("name", value, "name") for value in ("Ada King", 5, True, ["a"], [{}, {}])),
    *(("name", {"givenName": value}, "name.givenName") for value in (5, {"a": 1}, ["a", "b"])),
    # Multi-valued ones.
    *(("emails", value, "emails") for value in (5, True, [5], [True], [["a"]])),
    *(("emails", [{"value": value}], "emails.value") for value in (5, {"a": 1}, ["a", "b"])),
    *(("emails", [{"value": "a", "primary": value}], "emails.primary") for value in (1, "si")),
    *(("addresses", value, "addresses") for value in ("1 Main St", 5, ["1 Main St"])),
    *(("photos", [{"value": value}], "photos.value") for value in (5, {"a": "/x"})),
    *(("x509Certificates", [{"value": value}], "x509Certificates.value") for value in (5, True)),
    # Those of an extension.
    *((ENTERPRISE, value, ENTERPRISE) for value in ("x", 5, [])),
    *((ENTERPRISE, {"department": value}, "department") for value in (5, {"a": 1}, ["a", "b"])),
    *((ENTERPRISE, {"manager": value}, "manager") for value in (5, [{}, {}], {"value": 5})),
]


@pytest.fixture
def ada(idp: ScimClient) -> dict[str, Any]:
    return idp.user("ada", displayName="ada")


@pytest.mark.requirement("R090")
def test_a_creation_answers_201_with_the_resource_its_uri_and_its_version(
    idp: ScimClient, ada: dict[str, Any]
) -> None:
    for path, body in (
        ("/Users", {"schemas": [USER], "userName": "bob", "title": "x"}),
        ("/Groups", {"schemas": [GROUP], "displayName": "Blue", "members": [{"value": ada["id"]}]}),
    ):
        response = idp.post(path, body)
        assert response.status_code == 201
        made = response.get_json()
        assert {name: made[name] for name in body if name != "members"} == {
            name: value for name, value in body.items() if name != "members"
        }
        location = response.headers["Location"]
        assert (
            location == made["meta"]["location"] == f"http://localhost/scim/v2{path}/{made['id']}"
        )
        assert response.headers["ETag"] == made["meta"]["version"]
        # What was answered is what is there, and where it was said to be.
        read = idp.get(location.removeprefix("http://localhost/scim/v2"))
        assert read.get_json() == made
        assert read.headers["ETag"] == response.headers["ETag"]


@pytest.mark.requirement("R091")
def test_attributes_that_are_read_only_are_passed_over_in_silence(
    idp: ScimClient, storage: Storage, ada: dict[str, Any]
) -> None:
    chosen = {"value": "chosen", "$ref": "https://chosen", "display": "chosen", "type": "chosen"}
    user = idp.user(
        "bob",
        id="chosen",
        meta={"resourceType": "chosen", "location": "https://chosen", "version": 'W/"chosen"'},
        groups=[chosen],
        **{ENTERPRISE: {"manager": {"value": ada["id"], "displayName": "chosen"}}},
    )
    assert user[ENTERPRISE]["manager"]["value"] == ada["id"]
    members = [{"value": ada["id"], "display": "chosen"}]
    body = {"schemas": [GROUP], "displayName": "Blue", "id": "chosen", "members": members}
    team = idp.post("/Groups", body, query_string={"attributes": "members,members.display"})
    assert team.status_code == 201
    for answer in (str(user), team.text, text_beside_the_log(storage)):
        assert "chosen" not in answer


@pytest.mark.requirement("R092")
def test_a_name_that_is_taken_is_a_conflict_and_leaves_nothing_behind(
    idp: ScimClient, storage: Storage, ada: dict[str, Any]
) -> None:
    team = idp.team("Blue")
    before = dump(storage)
    for name in ("ada", "ADA", "Ada"):
        body = {"schemas": [USER, ENTERPRISE], "userName": name, "externalId": "new"}
        body |= {"emails": [{"value": "new"}], ENTERPRISE: {"department": "new"}}
        assert_error(idp.post("/Users", body), 409, "uniqueness", "userName")
    for name in ("Blue", "BLUE"):
        body = {"schemas": [GROUP], "displayName": name, "members": [{"value": ada["id"]}]}
        assert_error(idp.post("/Groups", body), 409, "uniqueness", "displayName")
    assert dump(storage) == before
    assert idp.members(team["id"]) == set()
    # A name belongs to its type alone.
    assert idp.user("blue")["userName"] == "blue"


@pytest.mark.requirement("R092")
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/Users", {"schemas": [USER], "userName": "ada"}),
        ("/Groups", {"schemas": [GROUP], "displayName": "Blue"}),
    ],
)
def test_of_equal_creations_at_once_one_succeeds(
    idp: ScimClient, app: Flask, path: str, body: dict[str, Any]
) -> None:
    ready = Barrier(AT_ONCE)

    def create(_: int) -> TestResponse:
        client = ScimClient(app.test_client(), idp.token)
        ready.wait(timeout=10)
        return client.post(path, body)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(create, range(AT_ONCE)))
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: AT_ONCE - 1}
    for answer in answers:
        if answer.status_code == 409:
            assert_error(answer, 409, "uniqueness")
    assert listed(idp, path)["totalResults"] == 1


@pytest.mark.requirement("R093")
def test_a_required_attribute_that_is_missing_or_empty_is_refused(
    idp: ScimClient, storage: Storage, ada: dict[str, Any]
) -> None:
    before = dump(storage)
    for path, urn, name in (("/Users", USER, "userName"), ("/Groups", GROUP, "displayName")):
        assert_error(idp.post(path, {"schemas": [urn]}), 400, "invalidValue", name)
        for nothing in (None, [], "", "  "):
            refused = idp.post(path, {"schemas": [urn], name: nothing})
            assert_error(refused, 400, "invalidValue", name)
        # An attribute of that name elsewhere does not stand in for it.
        refused = idp.post(path, {"schemas": [urn], "name": {name: "x"}, ENTERPRISE: {name: "x"}})
        assert_error(refused, 400, "invalidValue", name)
    for member in ({}, {"display": "x"}, {"value": None}, {"value": ""}):
        body = {"schemas": [GROUP], "displayName": "Blue", "members": [member]}
        assert_error(idp.post("/Groups", body), 400, "invalidValue", "members")
    assert dump(storage) == before


@pytest.mark.requirement("R094")
def test_a_value_of_the_wrong_json_type_is_refused(idp: ScimClient, storage: Storage) -> None:
    before = dump(storage)
    for name, value, fault in WRONG:
        body = {"schemas": [USER], "userName": "ada", name: value}
        assert_error(idp.post("/Users", body), 400, "invalidValue", fault)
    assert dump(storage) == before


@pytest.mark.requirement("R094")
def test_members_of_the_wrong_json_type_are_refused(
    idp: ScimClient, storage: Storage, ada: dict[str, Any]
) -> None:
    before = dump(storage)
    for members in (5, True, [5], [["x"]], [{"value": 5}], [{"value": {"id": ada["id"]}}]):
        body = {"schemas": [GROUP], "displayName": "Blue", "members": members}
        assert_error(idp.post("/Groups", body), 400, "invalidValue", "members")
    assert dump(storage) == before


def test_null_is_no_way_to_make_an_account_that_is_neither_active_nor_not(idp: ScimClient) -> None:
    # RFC 7644 section 3.3 lets null override a default. The one default here is that of "active".
    for value in (None, []):
        user = idp.user("ada", active=value, title=value, emails=value)
        assert without_meta(user) == {"userName": "ada", "active": True}
        assert idp.get(f"/Users/{user['id']}").get_json() == user
        idp.delete(f"/Users/{user['id']}")
    assert idp.user("ada", active=False)["active"] is False


@pytest.mark.requirement("R096")
def test_the_endpoint_decides_of_what_type_the_resource_is(idp: ScimClient) -> None:
    for path, other, type, urn in (
        ("/Users", "/Groups", "User", USER),
        ("/Groups", "/Users", "Group", GROUP),
    ):
        wrong = {"meta": {"resourceType": other.strip("/s")}}
        body = {"schemas": [urn], "userName": f"a{type}", "displayName": f"b{type}", **wrong}
        made = idp.post(path, body).get_json()
        assert made["meta"]["resourceType"] == type
        assert made["schemas"] == [urn]
        assert_error(idp.get(f"{other}/{made['id']}"), 404)
        assert listed(idp, path)["totalResults"] == 1
        only = listed(idp, path, filter=f'meta.resourceType eq "{type}"')
        assert only["totalResults"] == 1
        assert made["id"] not in str(listed(idp, other))


@pytest.mark.requirement("R097")
def test_what_is_immutable_or_write_only_is_accepted_in_a_creation(idp: ScimClient) -> None:
    made = idp.post("/Users", {"schemas": [USER], "userName": "bob", "password": "Secret-1"})
    assert made.status_code == 201
    assert "Secret-1" not in made.text
    bob = made.get_json()
    # Value, type and $ref of a member are immutable.
    member = {"value": bob["id"], "type": "User", "$ref": bob["meta"]["location"]}
    team = idp.team("Blue", members=[member])
    assert team["members"] == [member]


@pytest.mark.requirement("R098")
def test_a_projection_shapes_the_answer_to_a_creation_and_not_what_is_stored(
    idp: ScimClient,
) -> None:
    body = {"schemas": [USER], "userName": "ada", "title": "x", "name": {"givenName": "Ada"}}
    whole = {"schemas", "id", "meta", "userName", "title", "name", "active"}
    for number, (query, shown) in enumerate(
        (
            ({"attributes": "userName"}, {"schemas", "id", "userName"}),
            ({"attributes": "name.givenName,title"}, {"schemas", "id", "name", "title"}),
            ({"excludedAttributes": "name,meta"}, whole - {"name", "meta"}),
            ({"excludedAttributes": "id,schemas"}, whole),
        )
    ):
        made = idp.post("/Users", {**body, "userName": f"ada{number}"}, query_string=query)
        assert made.status_code == 201
        assert set(made.get_json()) == shown
        assert made.headers["Location"].endswith(made.get_json()["id"])
        assert made.headers["ETag"]
        assert set(idp.get(f"/Users/{made.get_json()['id']}").get_json()) == whole
    query = {"excludedAttributes": "members"}
    team = idp.post("/Groups", {"schemas": [GROUP], "displayName": "Blue"}, query_string=query)
    assert set(team.get_json()) == {"schemas", "id", "meta", "displayName"}


@pytest.mark.requirement("R099")
def test_attributes_that_no_schema_defines_are_left_out(idp: ScimClient, storage: Storage) -> None:
    unknown = {
        "shoeSize": "unknown",
        "department": "unknown",
        "urn:example:unknown:2.0:User": {"x": "unknown"},
        "name": {"givenName": "Ada", "shoeSize": "unknown"},
        "emails": [{"value": "a@example.com", "shoeSize": "unknown"}],
        ENTERPRISE: {"department": "Programs", "shoeSize": "unknown"},
    }
    user = idp.user("ada", **unknown)
    assert without_meta(user) == {
        "userName": "ada",
        "active": True,
        "name": {"givenName": "Ada"},
        "emails": [{"value": "a@example.com"}],
        ENTERPRISE: {"department": "Programs"},
    }
    team = idp.team("Blue", shoeSize="unknown", members=[{"value": user["id"], "x": "unknown"}])
    assert set(team) == {"schemas", "id", "meta", "displayName", "members"}
    assert "unknown" not in text_beside_the_log(storage)
    assert names(listed(idp)) == ["ada"]
