"""References, and objects: their order and their depth (RFC 7643 sections 2.3.7 and 2.3.8)."""

from __future__ import annotations

import itertools
from typing import Any
from urllib.parse import urljoin

import pytest

from flask_scim_teams.core.attributes import Attribute
from flask_scim_teams.core.attributes import Type
from flask_scim_teams.core.errors import SetupError
from tests.conformance.lookups import references
from tests.conformance.lookups import shown
from tests.conftest import ScimClient
from tests.dumps import dump
from tests.hosts import Storage
from tests.http.messages import ENTERPRISE
from tests.http.messages import GROUP
from tests.http.messages import PATCH
from tests.http.messages import USER
from tests.http.messages import assert_error
from tests.http.messages import without_meta

BASE = "http://localhost/scim/v2"


@pytest.mark.requirement("R011")
@pytest.mark.parametrize(
    "uri",
    [
        *("https://example.com/~ada?x=1&y=%20#top", "urn:ietf:rfc:7643", "mailto:ada@example.com"),
        *("Users/26118915", "../people/ada", "/ada", "?who=ada", "tel:+1-201-555-0123"),
    ],
)
def test_a_reference_is_an_absolute_or_a_relative_uri(idp: ScimClient, uri: str) -> None:
    user = idp.user("ada", profileUrl=uri, photos=[{"value": uri, "type": "photo"}])
    stored = shown(idp, f"/Users/{user['id']}")
    assert stored["profileUrl"] == uri
    assert stored["photos"] == [{"value": uri, "type": "photo"}]


@pytest.mark.requirement("R011")
@pytest.mark.parametrize(
    "wrong", ["not a uri", "<script>", "a\nb", 'x"y', "{x}", "a|b", "a\\b", "^", 5, True, {"a": 1}]
)
def test_what_is_no_uri_is_no_reference(idp: ScimClient, wrong: Any) -> None:
    user = idp.user("ada")
    url = f"/Users/{user['id']}"
    body = {"schemas": [USER], "userName": "bob", "profileUrl": wrong}
    assert_error(idp.post("/Users", body), 400, "invalidValue", "profileUrl")
    assert_error(idp.put(url, body), 400, "invalidValue", "profileUrl")
    step = {"op": "add", "path": "profileUrl", "value": wrong}
    assert_error(idp.patch(url, step), 400, "invalidValue", "profileUrl")
    photo = {"schemas": [USER], "userName": "bob", "photos": [{"value": wrong}]}
    assert_error(idp.post("/Users", photo), 400, "invalidValue", "photos.value")
    assert shown(idp, "/Users")["Resources"] == [user]


@pytest.mark.requirement("R011", "R012")
def test_references_resolve_against_the_base_and_can_be_followed(idp: ScimClient) -> None:
    boss = idp.user("boss")
    manager = {"value": boss["id"], "$ref": f"Users/{boss['id']}"}
    ada = idp.user("ada", **{ENTERPRISE: {"manager": manager}})
    team = idp.team("Blue", ada["id"], boss["id"])
    # The base ends before the endpoint: a relative URI of a resource begins with it.
    for resource in (ada, team):
        location = resource["meta"]["location"]
        relative = location.removeprefix(f"{BASE}/")
        assert relative == f"{resource['meta']['resourceType']}s/{resource['id']}"
        assert urljoin(f"{BASE}/", relative) == location
    answers = [shown(idp, path) for path in ("/Users", "/Groups")]
    answers.append(shown(idp, f"/Users/{ada['id']}", attributes=f"groups.$ref,{ENTERPRISE}"))
    answers.append(shown(idp, f"/Groups/{team['id']}"))
    answers.append(idp.patch(f"/Users/{ada['id']}", {"op": "add", "value": {"title": "x"}}).json)
    emitted = {uri for answer in answers for uri in references(answer)}
    resources = {f"{BASE}/Users/{boss['id']}": boss, f"{BASE}/Users/{ada['id']}": ada}
    assert emitted == {*resources, team["meta"]["location"]}
    for uri in emitted:
        reached = shown(idp, uri.removeprefix(BASE))
        assert reached["meta"]["location"] == uri
    # What a reference's target becomes is what following it finds.
    idp.delete(f"/Users/{boss['id']}")
    gone = f"{BASE}/Users/{boss['id']}"
    assert gone not in references(shown(idp, "/Groups"))
    assert_error(idp.get(gone.removeprefix(BASE)), 404)


@pytest.mark.requirement("R012")
def test_no_reference_is_made_up(idp: ScimClient) -> None:
    user = idp.user("ada", **{ENTERPRISE: {"manager": {"value": "nobody"}}})
    team = idp.team("Blue")
    for answer in (user, team, shown(idp, f"/Users/{user['id']}"), shown(idp, "/Users")):
        assert list(references(answer)) == []


@pytest.mark.requirement("R013")
@pytest.mark.parametrize("member", ["nobody", "0190a1b2-0000-7000-8000-000000000000", "1"])
def test_an_unknown_member_is_refused(idp: ScimClient, storage: Storage, member: str) -> None:
    ada = idp.user("ada")
    team = idp.team("Blue", ada["id"])
    before = dump(storage)
    members = [{"value": ada["id"]}, {"value": member}]
    body = {"schemas": [GROUP], "displayName": "Red", "members": members}
    url = f"/Groups/{team['id']}"
    for response in (
        idp.post("/Groups", body),
        idp.put(url, body),
        idp.patch(url, {"op": "add", "path": "members", "value": members}),
        idp.patch(url, {"op": "replace", "path": "members", "value": members}),
        idp.patch(url, {"op": "replace", "value": {"members": members}}),
    ):
        assert_error(response, 400, "invalidValue", "members")
    assert dump(storage) == before


@pytest.mark.requirement("R013")
def test_a_deletion_leaves_no_reference_of_the_servers(idp: ScimClient) -> None:
    boss = idp.user("boss", displayName="The Boss")
    ada = idp.user("ada", **{ENTERPRISE: {"manager": {"value": boss["id"]}}})
    team = idp.team("Blue", boss["id"], ada["id"])
    described = shown(idp, f"/Users/{ada['id']}")[ENTERPRISE]["manager"]
    assert described["$ref"] == boss["meta"]["location"]
    assert idp.delete(f"/Users/{boss['id']}").status_code == 204
    assert boss["id"] not in idp.get(f"/Groups/{team['id']}").text
    # Which manager was named is the client's to say; that there is such a user is not said.
    for answer in (shown(idp, f"/Users/{ada['id']}"), shown(idp, "/Users")["Resources"][0]):
        assert answer[ENTERPRISE] == {"manager": {"value": boss["id"]}}
    assert idp.delete(f"/Groups/{team['id']}").status_code == 204
    assert team["id"] not in idp.get(f"/Users/{ada['id']}").text


@pytest.mark.requirement("R014")
def test_the_order_of_keys_has_no_influence(idp: ScimClient) -> None:
    name = {"givenName": "Ada", "familyName": "Lovelace", "formatted": "Ada Lovelace"}
    email = {"value": "a@b.example", "type": "work", "primary": True}
    expected = {"active": True, "name": name, "emails": [email]}
    parts = ("schemas", "userName", "name", "emails")
    for number, order in enumerate(itertools.permutations(parts)):
        body = {
            "schemas": [USER],
            "userName": f"u{number}",
            "name": dict(list(name.items())[:: 1 if number % 2 else -1]),
            "emails": [dict(list(email.items())[:: -1 if number % 3 else 1])],
        }
        created = idp.post("/Users", {key: body[key] for key in order}).get_json()
        assert without_meta(created) == {**expected, "userName": f"u{number}"}
    url = f"/Users/{created['id']}"
    for order in itertools.permutations(("op", "path", "value")):
        step = {"op": "replace", "path": "title", "value": "-".join(order)}
        body = {"Operations": [{key: step[key] for key in order}], "schemas": [PATCH]}
        assert idp.request("PATCH", url, body).get_json()["title"] == step["value"]
    # The same content in another order is no change.
    stored = shown(idp, url)
    replaced = idp.put(url, {key: stored[key] for key in reversed(stored)})
    assert replaced.get_json() == stored


@pytest.mark.requirement("R015")
def test_a_complex_attribute_has_no_complex_sub_attribute(idp: ScimClient) -> None:
    inner = Attribute(name="inner", type=Type.COMPLEX, sub_attributes=(Attribute(name="a"),))
    for multi_valued in (False, True):
        with pytest.raises(SetupError, match=r"outer\.inner: a complex attribute cannot hold"):
            Attribute(
                name="outer",
                type=Type.COMPLEX,
                multi_valued=multi_valued,
                sub_attributes=(Attribute(name="plain"), inner),
            )
    with pytest.raises(SetupError, match="sub-attributes belong to type complex"):
        Attribute(name="outer", sub_attributes=(Attribute(name="a"),))
    # Nor does a published schema have one.
    for schema in shown(idp, "/Schemas")["Resources"]:
        for attribute in schema["attributes"]:
            for sub in attribute.get("subAttributes", []):
                assert sub["type"] != "complex"
                assert "subAttributes" not in sub
