"""Attributes that every resource has: id, externalId and meta (RFC 7643 section 3.1)."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from flask_scim_teams import ScimTeams
from flask_scim_teams.core.comparison import instant
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

BASE = "http://localhost/scim/v2"
CHOSEN_META = {
    "resourceType": "Chosen",
    "created": "2001-02-03T04:05:06Z",
    "lastModified": "2001-02-03T04:05:06Z",
    "location": "https://chosen.example/Users/1",
    "version": 'W/"777"',
}


@pytest.fixture
def ada(idp: ScimClient) -> dict[str, Any]:
    """A user."""
    return idp.user("ada")


@pytest.fixture
def blue(idp: ScimClient, ada: dict[str, Any]) -> dict[str, Any]:
    """A team with that user in it."""
    return idp.team("Blue", ada["id"])


def bodies(**attributes: Any) -> list[tuple[str, dict[str, Any]]]:
    """Return for each endpoint a body that holds the attributes too."""
    return [
        ("/Users", {"schemas": [USER], "userName": "sent", **attributes}),
        ("/Groups", {"schemas": [GROUP], "displayName": "Sent", **attributes}),
    ]


@pytest.mark.requirement("R026", "R031")
@pytest.mark.parametrize("meta", [CHOSEN_META, "chosen", 5, [], None, {"created": {}}])
def test_id_and_meta_of_a_client_are_ignored(
    idp: ScimClient, storage: Storage, ada: dict[str, Any], blue: dict[str, Any], meta: Any
) -> None:
    ids = {"/Users": ada["id"], "/Groups": blue["id"]}
    for path, body in bodies(id="chosen-id", meta=meta):
        created = idp.post(path, body)
        assert created.status_code == 201, created.text
        made = created.get_json()
        url = f"{path}/{ids[path]}"
        before = shown(idp, url)
        # Sent with another name, so that there is a change.
        name = "userName" if path == "/Users" else "displayName"
        replaced = idp.put(url, {**body, name: "renamed"}).get_json()
        assert replaced["id"] == ids[path] != made["id"]
        assert replaced["meta"]["created"] == before["meta"]["created"]
        assert replaced["meta"]["location"] == before["meta"]["location"]
        for resource in (made, replaced):
            assert resource["meta"]["resourceType"] == path.strip("/s")
            assert resource["meta"]["location"] == f"{BASE}{path}/{resource['id']}"
            assert instant(resource["meta"]["created"]) > instant("2020-01-01T00:00:00Z")
            assert resource["meta"]["version"] != 'W/"777"'
        assert_error(idp.get(f"{path}/chosen-id"), 404)
    assert "chosen" not in text_beside_the_log(storage).lower()


@pytest.mark.requirement("R026", "R031")
@pytest.mark.parametrize("path", ["id", "meta", "meta.created", "meta.version", "META.Location"])
@pytest.mark.parametrize("op", ["add", "replace", "remove"])
def test_a_patch_cannot_change_id_or_meta(
    idp: ScimClient, storage: Storage, blue: dict[str, Any], path: str, op: str
) -> None:
    before = dump(storage)
    [user] = blue["members"]
    for url in (f"/Users/{user['value']}", f"/Groups/{blue['id']}"):
        step = {"op": op, "path": path, "value": CHOSEN_META.get(path.lower()[5:], "chosen")}
        assert_error(idp.patch(url, step), 400, "mutability")
        if op != "remove":
            # In a value, meta is what a client read before, and says nothing.
            meta = {"op": op, "value": {"meta": CHOSEN_META}}
            assert idp.patch(url, meta).status_code in (200, 204)
    assert dump(storage) == before


@pytest.mark.requirement("R027", "R028")
def test_ids_are_unique_over_all_types_and_never_given_again(idp: ScimClient) -> None:
    seen: list[str] = []
    for _ in range(2):
        made = [("/Users", idp.user(f"u{n}")["id"]) for n in range(4)]
        made += [("/Groups", idp.team(f"t{n}")["id"]) for n in range(4)]
        seen += [id for _, id in made]
        for path, id in made:
            other = "/Groups" if path == "/Users" else "/Users"
            assert_error(idp.get(f"{other}/{id}"), 404)
            assert idp.delete(f"{path}/{id}").status_code == 204
            assert_error(idp.get(f"{path}/{id}"), 404)
    assert len(set(seen)) == 16
    for id in seen:
        assert id
        # Letters enough for a number in hexadecimal, and too few for the word bulkId.
        assert set(id) <= set("0123456789abcdef-")


@pytest.mark.requirement("R027")
def test_an_id_is_stable(idp: ScimClient, ada: dict[str, Any], blue: dict[str, Any]) -> None:
    for path, body in bodies(externalId="e"):
        id = ada["id"] if path == "/Users" else blue["id"]
        url = f"{path}/{id}"
        name = "userName" if path == "/Users" else "displayName"
        idp.patch(url, {"op": "replace", "path": name, "value": "renamed"})
        assert shown(idp, url)["id"] == id
        assert idp.put(url, body).get_json()["id"] == id
        assert [resource["id"] for resource in shown(idp, path)["Resources"]] == [id]


@pytest.mark.requirement("R027")
def test_an_id_is_matched_letter_by_letter(
    idp: ScimClient, ada: dict[str, Any], blue: dict[str, Any]
) -> None:
    for path, id in (("/Users", ada["id"]), ("/Groups", blue["id"])):
        assert found(idp, f'id eq "{id}"', path) == {id}
        # An id of digits alone would be the same in capitals.
        assert id.upper() != id
        assert found(idp, f'id eq "{id.upper()}"', path) == set()
        for other in (id.upper(), id + "%20", id[:-1], id.replace("-", ""), f"{{{id}}}"):
            assert_error(idp.get(f"{path}/{other}"), 404)
    add = {"op": "add", "path": "members", "value": [{"value": ada["id"].upper()}]}
    assert_error(idp.patch(f"/Groups/{blue['id']}", add), 400, "invalidValue")


@pytest.mark.requirement("R027")
@pytest.mark.parametrize(
    "query",
    [
        {"attributes": "userName,displayName"},
        {"attributes": "nonsense"},
        {"attributes": "meta.created"},
        {"excludedAttributes": "id"},
        {"excludedAttributes": "ID,meta,schemas"},
        {"excludedAttributes": f"{USER}:id,{GROUP}:id"},
    ],
)
def test_an_id_is_always_returned(
    idp: ScimClient, ada: dict[str, Any], blue: dict[str, Any], query: dict[str, str]
) -> None:
    for path, id in (("/Users", ada["id"]), ("/Groups", blue["id"])):
        assert shown(idp, f"{path}/{id}", **query)["id"] == id
        assert [resource["id"] for resource in shown(idp, path, **query)["Resources"]] == [id]
        step = {"op": "add", "path": "externalId", "value": str(query)}
        answer = idp.request(
            "PATCH",
            f"{path}/{id}",
            {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [step]},
            query_string=query,
        )
        assert answer.get_json()["id"] == id
        [(_, body)] = [pair for pair in bodies() if pair[0] == path]
        assert idp.post(path, body, query_string=query).get_json()["id"] != id
        assert idp.delete(f"{path}/{id}").status_code == 204


@pytest.mark.requirement("R029")
def test_an_external_id_is_the_clients_alone(idp: ScimClient) -> None:
    for path, body in bodies():
        created = idp.post(path, body).get_json()
        url = f"{path}/{created['id']}"
        assert "externalId" not in created
        assert "externalId" not in shown(idp, url)
        replaced = idp.put(url, {**body, "externalId": "Given"}).get_json()
        assert replaced["externalId"] == "Given"
        # Found by a filter, letter by letter.
        for filter in ('externalId eq "Given"', 'externalId sw "Giv"', "externalId pr"):
            assert found(idp, filter, path) == {created["id"]}
        for filter in ('externalId eq "given"', 'externalId co "IVEN"', 'externalId ne "Given"'):
            assert found(idp, filter, path) == set()
        idp.patch(url, {"op": "replace", "path": "externalId", "value": "Other"})
        assert shown(idp, url)["externalId"] == "Other"
        idp.patch(url, {"op": "remove", "path": "externalId"})
        assert "externalId" not in shown(idp, url)


@pytest.mark.requirement("R029")
def test_two_clients_may_use_one_external_id(idp: ScimClient, app: Flask, scim: ScimTeams) -> None:
    with app.app_context():
        other = ScimClient(app.test_client(), scim.tokens.create(label="other").secret)
    for number, (path, body) in enumerate(bodies(externalId="same")):
        name = ("userName", "displayName")[number]
        ids = set()
        for client, called in ((idp, "one"), (other, "two"), (other, "three")):
            response = client.post(path, {**body, name: called})
            assert response.status_code == 201, response.text
            assert response.get_json()["externalId"] == "same"
            ids.add(response.get_json()["id"])
        assert found(idp, 'externalId eq "same"', path) == ids
        assert len(ids) == 3


@pytest.mark.requirement("R030")
@pytest.mark.parametrize("external", ["1", "0", "-1", "admin", "null", "ada", "{id}"])
def test_an_external_id_never_stands_for_an_id(
    idp: ScimClient, storage: Storage, ada: dict[str, Any], external: str
) -> None:
    # CVE-2025-41115: a numeric externalId was taken for the key of the first account.
    external = external.replace("{id}", ada["id"])
    bob = idp.user("bob", externalId=external)
    team = idp.team("Blue", externalId=external)
    assert external not in (bob["id"], team["id"])
    assert shown(idp, f"/Users/{ada['id']}") == ada
    before = dump(storage)
    if external != ada["id"]:
        for path, body in bodies():
            url = f"{path}/{external}"
            assert_error(idp.get(url), 404)
            assert_error(idp.put(url, body), 404)
            assert_error(idp.patch(url, {"op": "remove", "path": "externalId"}), 404)
            assert_error(idp.delete(url), 404)
        members = {"op": "add", "path": "members", "value": [{"value": external}]}
        url = f"/Groups/{team['id']}"
        assert_error(idp.patch(url, members), 400, "invalidValue", "members")
        assert dump(storage) == before
        eve = idp.user("eve", **{ENTERPRISE: {"manager": {"value": external}}})
        assert shown(idp, f"/Users/{eve['id']}")[ENTERPRISE] == {"manager": {"value": external}}
    else:
        # The id is its owner's, whoever else is called so.
        renamed = idp.patch(
            f"/Users/{external}", {"op": "add", "path": "nickName", "value": "Augusta"}
        )
        assert renamed.get_json()["userName"] == "ada"
        assert idp.delete(f"/Users/{external}").status_code == 204
        assert shown(idp, f"/Users/{bob['id']}") == bob


@pytest.mark.requirement("R032", "R034", "R035")
def test_meta_tells_type_location_and_version_in_every_answer(idp: ScimClient) -> None:
    names = [one["name"] for one in shown(idp, "/ResourceTypes")["Resources"]]
    for path, body in bodies():
        name = path.strip("/s")
        assert name in names
        created = idp.post(path, body)
        assert created.status_code == 201, created.text
        resource = created.get_json()
        url = f"{path}/{resource['id']}"
        location = f"{BASE}{url}"
        assert created.headers["Location"] == location
        step = {"op": "add", "path": "externalId", "value": "e"}
        answers = [
            created,
            idp.get(url),
            idp.put(url, {**body, "externalId": "d"}),
            idp.patch(f"{url}?excludedAttributes=members", step),
            idp.get(url),
        ]
        versions = []
        for answer in answers:
            meta = answer.get_json()["meta"]
            assert meta["resourceType"] == name
            assert meta["location"] == location
            if answer is not created:
                assert answer.headers["Content-Location"] == location
            assert meta["version"] == answer.headers["ETag"]
            # The version counts changes and not octets: a weak validator.
            assert meta["version"].startswith('W/"')
            assert meta["version"].endswith('"')
            versions.append(meta["version"])
        assert versions[0] == versions[1]
        assert len(set(versions[1:4])) == 3
        assert versions[3] == versions[4]
        [listed] = shown(idp, path)["Resources"]
        assert listed["meta"] == answers[-1].get_json()["meta"]
        assert shown(idp, location.removeprefix(BASE))["id"] == resource["id"]


@pytest.mark.requirement("R032")
def test_a_filter_knows_the_resource_type(
    idp: ScimClient, ada: dict[str, Any], blue: dict[str, Any]
) -> None:
    for path, mine, other in (("/Users", "User", "Group"), ("/Groups", "Group", "User")):
        id = ada["id"] if mine == "User" else blue["id"]
        assert found(idp, f'meta.resourceType eq "{mine}"', path) == {id}
        assert found(idp, f'meta.resourceType eq "{other}"', path) == set()


@pytest.mark.requirement("R033")
def test_created_stays_and_last_modified_follows_real_changes(
    idp: ScimClient, ada: dict[str, Any]
) -> None:
    for path, body in bodies(externalId="e"):
        created = idp.post(path, body).get_json()
        url = f"{path}/{created['id']}"
        meta = created["meta"]
        assert instant(meta["created"]) == instant(meta["lastModified"]) is not None
        # What changes nothing is no change.
        for nothing in (
            idp.put(url, body),
            idp.put(url, created),
            idp.patch(url, {"op": "replace", "path": "externalId", "value": "e"}),
            idp.patch(url, {"op": "add", "value": {"externalId": "e", "meta": CHOSEN_META}}),
            idp.patch(url, {"op": "add", "value": {"nonsense": "x"}}),
        ):
            assert nothing.status_code in (200, 204), nothing.text
            assert shown(idp, url)["meta"] == meta
        before = meta["lastModified"]
        changes = [{"op": "replace", "path": "externalId", "value": "f"}]
        if path == "/Groups":
            changes.append({"op": "add", "path": "members", "value": [{"value": ada["id"]}]})
        else:
            changes.append({"op": "replace", "path": "active", "value": False})
        for change in changes:
            assert idp.patch(url, change).status_code in (200, 204)
            after = shown(idp, url)["meta"]
            assert after["created"] == meta["created"]
            assert instant(after["lastModified"]) > instant(before)
            before = after["lastModified"]
        replaced = idp.put(url, body).get_json()["meta"]
        assert replaced["created"] == meta["created"]
        assert instant(replaced["lastModified"]) > instant(before)
