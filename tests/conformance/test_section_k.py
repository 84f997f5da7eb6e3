"""PUT: a resource anew (RFC 7644 section 3.5.1)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy import update

from flask_scim_teams import ScimTeams
from tests.conformance.changes import FULL
from tests.conftest import SECRET_KEY
from tests.conftest import ScimClient
from tests.dumps import dump
from tests.dumps import text_of
from tests.hosts import Storage
from tests.hosts import open_storage
from tests.http.messages import ENTERPRISE
from tests.http.messages import GROUP
from tests.http.messages import USER
from tests.http.messages import assert_error
from tests.http.messages import without_meta

OTHER: dict[str, Any] = {
    "userName": "grace@example.com",
    "externalId": "E-2",
    "name": {"givenName": "Grace", "familyName": "Hopper"},
    "displayName": "Grace Hopper",
    "nickName": "Amazing Grace",
    "profileUrl": "https://example.com/grace",
    "title": "Rear Admiral",
    "userType": "Officer",
    "preferredLanguage": "en-US",
    "locale": "en-US",
    "timezone": "America/New_York",
    "active": False,
    "emails": [{"value": "grace@home.example", "type": "home"}],
    "phoneNumbers": [{"value": "+1 202 555 0100", "type": "mobile"}],
    "ims": [{"value": "grace", "type": "irc"}],
    "photos": [{"value": "https://example.com/grace.png", "type": "thumbnail"}],
    "addresses": [{"type": "work", "locality": "Arlington"}],
    "entitlements": [{"value": "compiler"}],
    "roles": [{"value": "reader"}],
    "x509Certificates": [{"value": "MIIC"}],
    ENTERPRISE: {"division": "Navy", "manager": {"value": "aiken"}},
}


def body_of(**attributes: Any) -> dict[str, Any]:
    return {"schemas": [USER, ENTERPRISE], **attributes}


def group_of(*members: str, name: str = "Blue", **attributes: Any) -> dict[str, Any]:
    listed = [{"value": id} for id in members]
    return {"schemas": [GROUP], "displayName": name, "members": listed, **attributes}


@pytest.mark.requirement("R154")
def test_put_replaces_what_is_there_and_never_creates(idp: ScimClient, storage: Storage) -> None:
    user, gone = idp.user("ada"), idp.user("gone")
    team = idp.team("Blue")
    assert idp.put(f"/Users/{user['id']}", body_of(userName="ada", title="x")).status_code == 200
    assert idp.put(f"/Groups/{team['id']}", group_of(name="Green")).status_code == 200
    assert idp.delete(f"/Users/{gone['id']}").status_code == 204
    before = dump(storage)
    # Never seen, seen no more, and seen elsewhere: the id of a team is nobody's at /Users.
    for id in ("new", gone["id"], team["id"], user["id"].upper(), "a%20b", "é"):
        for headers in ({}, {"If-Match": "*"}, {"If-None-Match": "*"}):
            sent = body_of(id=id, userName="new")
            assert_error(idp.put(f"/Users/{id}", sent, headers=headers), 404)
    for id in ("new", user["id"], gone["id"]):
        assert_error(idp.put(f"/Groups/{id}", group_of(name="New", id=id)), 404)
    assert dump(storage) == before


@pytest.mark.requirement("R154")
def test_a_collection_cannot_be_put(idp: ScimClient, storage: Storage) -> None:
    before = dump(storage)
    for path, body in (("/Users", body_of(userName="new")), ("/Groups", group_of(name="New"))):
        response = idp.put(path, body)
        assert_error(response, 405)
        assert "PUT" not in response.headers["Allow"]
    assert dump(storage) == before


@pytest.mark.requirement("R155")
@pytest.mark.parametrize("title", ["Countess", "changed"])
def test_the_answer_is_the_whole_resource(idp: ScimClient, title: str) -> None:
    user = idp.user(**{**without_active(FULL), "userName": "ada", "title": "Countess"})
    team = idp.team("Blue", user["id"], externalId=title)
    sent = body_of(**{**FULL, "userName": "ada", "title": title})
    for url, body in (
        (f"/Users/{user['id']}", sent),
        (f"/Groups/{team['id']}", group_of(user["id"], externalId="Countess")),
    ):
        response = idp.put(url, body)
        assert response.status_code == 200
        assert response.content_type == "application/scim+json"
        answer = response.get_json()
        assert answer == idp.get(url).get_json()
        assert response.headers["ETag"] == answer["meta"]["version"]
        assert response.headers["Location"] == answer["meta"]["location"]
        assert answer["meta"]["location"].endswith(f"/scim/v2{url}")
    # A user's groups belong to the whole, though no client can write them.
    [group] = idp.put(f"/Users/{user['id']}", sent).get_json()["groups"]
    assert group["value"] == team["id"]


def without_active(attributes: dict[str, Any]) -> dict[str, Any]:
    """Return the attributes as the keywords of a user to create."""
    kept = {name: value for name, value in attributes.items() if name != "active"}
    return {"user_name" if name == "userName" else name: value for name, value in kept.items()}


@pytest.mark.requirement("R156")
def test_every_attribute_is_replaced_and_cleared(idp: ScimClient) -> None:
    schemas = {one["id"]: one["attributes"] for one in idp.get("/Schemas").get_json()["Resources"]}
    writable = {one["name"] for one in schemas[USER] if one["mutability"] == "readWrite"}
    # What follows speaks of all there is.
    assert writable | {"externalId", ENTERPRISE} == set(FULL) == set(OTHER)
    assert {one["name"] for one in schemas[ENTERPRISE]} == set(FULL[ENTERPRISE])

    user = idp.user("ada@example.com", **{k: v for k, v in FULL.items() if k != "userName"})
    url = f"/Users/{user['id']}"
    assert without_meta(user) == FULL
    # Nothing of a former value is left inside a new one: no name's part, no extension's attribute.
    assert without_meta(idp.put(url, body_of(**OTHER)).get_json()) == OTHER
    assert without_meta(idp.get(url).get_json()) == OTHER
    cleared = idp.put(url, body_of(userName="ada@example.com")).get_json()
    # One thing stays: who is locked out is not let in by a client that says nothing of it.
    assert without_meta(cleared) == {"userName": "ada@example.com", "active": False}
    assert cleared["schemas"] == [USER]
    assert without_meta(idp.put(url, body_of(**FULL)).get_json()) == FULL


@pytest.mark.requirement("R156")
@pytest.mark.parametrize("name", sorted(set(FULL) - {"userName", "active"}))
def test_one_attribute_left_out_or_empty_is_cleared_alone(idp: ScimClient, name: str) -> None:
    user = idp.user("ada@example.com", **{k: v for k, v in FULL.items() if k != "userName"})
    url = f"/Users/{user['id']}"
    rest = {key: value for key, value in FULL.items() if key != name}
    empty = [] if isinstance(FULL[name], list) else None
    for sent in (rest, {**rest, name: None}, {**rest, name: empty}):
        assert idp.put(url, body_of(**FULL)).status_code == 200
        assert without_meta(idp.put(url, body_of(**sent)).get_json()) == rest
        assert without_meta(idp.get(url).get_json()) == rest


@pytest.mark.requirement("R156")
def test_what_a_group_leaves_out_is_cleared(idp: ScimClient) -> None:
    ada = idp.user("ada")["id"]
    team = idp.team("Blue", ada, externalId="t")
    url = f"/Groups/{team['id']}"
    answer = idp.put(url, {"schemas": [GROUP], "displayName": "Green"}).get_json()
    assert without_meta(answer) == {"displayName": "Green"}
    assert "groups" not in idp.get(f"/Users/{ada}").get_json()


@pytest.mark.requirement("R157")
def test_a_password_is_taken_and_neither_told_nor_kept(idp: ScimClient, storage: Storage) -> None:
    # There is none to wipe: the service keeps no password of SCIM's.
    secret = "correct horse battery staple"
    user = idp.user("ada", password=secret)
    url = f"/Users/{user['id']}"
    before = dump(storage)
    for sent in ({}, {"password": secret}, {"password": "another"}, {"password": None}):
        answer = idp.put(url, {**idp.get(url).get_json(), **sent})
        assert answer.status_code == 200
        assert answer.get_json() == user
    assert dump(storage) == before
    assert secret not in text_of(storage)


@pytest.mark.requirement("R157")
def test_what_a_host_keeps_beside_scim_survives_a_put(tmp_path: Path) -> None:
    with open_storage("mapped", tmp_path) as storage:
        app = Flask("host")
        app.config["SECRET_KEY"] = SECRET_KEY
        scim = ScimTeams(storage.backend, app)
        with app.app_context():
            idp = ScimClient(app.test_client(), scim.tokens.create(label="test").secret)
        assert storage.engine is not None
        assert storage.metadata is not None
        person = storage.metadata.tables["person"]
        user = idp.user("ada", title="x")
        url = f"/Users/{user['id']}"
        with storage.engine.begin() as connection:
            connection.execute(update(person).values(role="a hash, say"))
        for sent in (idp.get(url).get_json(), body_of(userName="ada"), body_of(userName="ADA")):
            assert idp.put(url, sent).status_code == 200
        with storage.engine.connect() as connection:
            assert connection.scalars(select(person.c.role)).all() == ["a hash, say"]


@pytest.mark.requirement("R158")
def test_a_members_own_parts_may_be_sent_again_as_they_are(
    idp: ScimClient, storage: Storage
) -> None:
    # What is immutable in the schemas offered is inside a member: its value, its URI and its type.
    ada, bob = idp.user("ada")["id"], idp.user("bob")["id"]
    url = f"/Groups/{idp.team('Blue', ada)['id']}"
    [member] = idp.get(url).get_json()["members"]
    assert set(member) == {"value", "$ref", "type"}
    before = dump(storage)
    for again in (member, {"value": ada}, {**member, "display": "Ada"}):
        assert idp.put(url, {**group_of(), "members": [again]}).get_json()["members"] == [member]
    assert dump(storage) == before
    # No member turns into another: whoever has another value is another, parts and all.
    [other] = idp.put(url, {**group_of(), "members": [{"value": bob}]}).get_json()["members"]
    assert other == {k: v.replace(ada, bob) for k, v in member.items()}
    # And where there was none, what is sent is set.
    assert "members" not in idp.put(url, group_of()).get_json()
    assert idp.put(url, {**group_of(), "members": [member]}).get_json()["members"] == [member]


@pytest.mark.requirement("R159", "R164")
def test_what_was_read_can_be_put_back(idp: ScimClient, storage: Storage) -> None:
    boss = idp.user("boss", displayName="The Boss")["id"]
    enterprise = {**FULL[ENTERPRISE], "manager": {"value": boss}}
    attributes = {**FULL, ENTERPRISE: enterprise}
    user = idp.user("ada@example.com", **{k: v for k, v in attributes.items() if k != "userName"})
    team = idp.team("Blue", user["id"], boss, externalId="t")
    idp.team("Green", user["id"])
    before = dump(storage)
    for url in (f"/Users/{user['id']}", f"/Users/{boss}", f"/Groups/{team['id']}"):
        stored = idp.get(url)
        response = idp.put(url, stored.get_json())
        assert response.status_code == 200
        assert response.get_json() == stored.get_json() == idp.get(url).get_json()
        assert response.headers["ETag"] == stored.headers["ETag"]
    read = idp.get(f"/Users/{user['id']}").get_json()
    assert len(read["groups"]) == 2
    assert read[ENTERPRISE]["manager"]["displayName"] == "The Boss"
    assert dump(storage) == before


@pytest.mark.requirement("R159")
def test_what_is_read_only_is_passed_over(idp: ScimClient) -> None:
    boss = idp.user("boss", displayName="The Boss")["id"]
    user = idp.user("ada", **{ENTERPRISE: {"manager": {"value": boss}}})
    team = idp.team("Blue", user["id"])
    stranger = idp.team("Green")
    url = f"/Users/{user['id']}"
    read = idp.get(url).get_json()
    manager = {"value": boss, "displayName": "Somebody Else"}
    for groups in ([{"value": stranger["id"]}], [], None, "nonsense", [5]):
        sent = {
            **read,
            "meta": {"created": "2001-01-01T00:00:00Z", "version": 'W/"99"', "location": "x"},
            "groups": groups,
            ENTERPRISE: {"manager": manager},
        }
        answer = idp.put(url, sent)
        assert answer.status_code == 200, answer.text
        assert answer.get_json() == read
    assert idp.members(team["id"]) == {user["id"]}
    assert idp.members(stranger["id"]) == set()


@pytest.mark.requirement("R160")
@pytest.mark.parametrize("value", [..., None, "", " \t\n", [], 5, True, {"value": 5}, ["a", "b"]])
def test_a_name_is_required(idp: ScimClient, storage: Storage, value: Any) -> None:
    user = idp.user("ada", title="x")
    team = idp.team("Blue", user["id"])
    before = dump(storage)
    for url, name, urn in (
        (f"/Users/{user['id']}", "userName", USER),
        (f"/Groups/{team['id']}", "displayName", GROUP),
    ):
        body = {"schemas": [urn], "title": "changed", "externalId": "changed"}
        if value is not ...:
            body[name] = value
        assert_error(idp.put(url, body), 400, "invalidValue", name)
    assert dump(storage) == before


@pytest.mark.requirement("R160")
@pytest.mark.parametrize("schemas", [None, [], "", 5, {}])
def test_schemas_are_required(idp: ScimClient, storage: Storage, schemas: Any) -> None:
    user = idp.user("ada")
    before = dump(storage)
    body = {"userName": "eve", "schemas": schemas}
    assert_error(idp.put(f"/Users/{user['id']}", body), 400, "invalidSyntax", "schemas")
    assert dump(storage) == before


@pytest.mark.requirement("R161")
def test_an_id_in_the_body_is_not_used(idp: ScimClient) -> None:
    ada, bob = idp.user("ada"), idp.user("bob")
    team, other = idp.team("Blue"), idp.team("Green")
    for number, id in enumerate([bob["id"], "new", "", None, 5, [], {"value": "x"}]):
        sent = body_of(id=id, userName="ada", title=str(number))
        answer = idp.put(f"/Users/{ada['id']}", sent)
        assert answer.status_code == 200, answer.text
        assert (answer.get_json()["id"], answer.get_json()["title"]) == (ada["id"], str(number))
    sent = group_of(name="Red", id=other["id"])
    assert idp.put(f"/Groups/{team['id']}", sent).get_json()["id"] == team["id"]
    assert idp.get(f"/Users/{bob['id']}").get_json() == bob
    assert idp.get(f"/Groups/{other['id']}").get_json() == other
    assert idp.get("/Users").get_json()["totalResults"] == 2


@pytest.mark.requirement("R162")
@pytest.mark.parametrize("taken", ["zoë@example.com", "ZOË@EXAMPLE.COM", "zoe\u0308@example.com"])
def test_a_name_that_is_taken_is_refused(idp: ScimClient, storage: Storage, taken: str) -> None:
    idp.user("Zoë@example.com")
    idp.team("Zoë@example.com")
    user, team = idp.user("ada", title="x"), idp.team("Blue", idp.user("bob")["id"])
    before = dump(storage)
    for url, body, name in (
        (f"/Users/{user['id']}", body_of(userName=taken), "userName"),
        (f"/Groups/{team['id']}", group_of(name=taken), "displayName"),
    ):
        assert_error(idp.put(url, body), 409, "uniqueness", name)
    assert dump(storage) == before


@pytest.mark.requirement("R162")
def test_ones_own_name_is_no_clash(idp: ScimClient) -> None:
    user, team = idp.user("zoë"), idp.team("zoë")
    for name in ("zoë", "Zoë", "ZOË", "zoe\u0308"):
        answer = idp.put(f"/Users/{user['id']}", body_of(userName=name))
        assert answer.get_json()["userName"] == name
        answer = idp.put(f"/Groups/{team['id']}", group_of(name=name))
        assert answer.get_json()["displayName"] == name
    # A name is free as soon as nobody has it: two can exchange theirs by way of a third.
    other = idp.user("eve")
    for id, name in ((user["id"], "third"), (other["id"], "zoë"), (user["id"], "eve")):
        assert idp.put(f"/Users/{id}", body_of(userName=name)).status_code == 200


@pytest.mark.requirement("R163")
def test_another_list_of_members_takes_the_place_of_the_former(idp: ScimClient) -> None:
    ids = [idp.user(name)["id"] for name in "abcd"]
    url = f"/Groups/{idp.team('Blue', *ids[:2])['id']}"
    bystander = idp.team("Green", *ids)
    for wanted in (ids[1:3], ids, ids[3:], ids[:1], ids[1:] + ids[1:], []):
        answer = idp.put(url, group_of(*wanted))
        assert answer.status_code == 200
        listed = [member["value"] for member in answer.get_json().get("members", [])]
        assert sorted(listed) == sorted(set(wanted))
        assert answer.get_json() == idp.get(url).get_json()
        # The users see it alike, and the other team not at all.
        for id in ids:
            groups = [g["display"] for g in idp.get(f"/Users/{id}").get_json()["groups"]]
            assert sorted(groups) == (["Blue", "Green"] if id in wanted else ["Green"])
    assert idp.get(f"/Groups/{bystander['id']}").get_json() == bystander


@pytest.mark.requirement("R163")
def test_a_list_with_an_unknown_member_replaces_nothing(idp: ScimClient, storage: Storage) -> None:
    ada, bob = idp.user("ada")["id"], idp.user("bob")["id"]
    url = f"/Groups/{idp.team('Blue', ada)['id']}"
    before = dump(storage)
    for members in ([bob, "nobody"], [ada, bob.upper()]):
        assert_error(idp.put(url, group_of(*members, name="New")), 400, "invalidValue", "members")
    assert dump(storage) == before


@pytest.mark.requirement("R164")
def test_other_words_for_the_same_are_no_change(idp: ScimClient, storage: Storage) -> None:
    user = idp.user("ada@example.com", **{k: v for k, v in FULL.items() if k != "userName"})
    bob = idp.user("bob")["id"]
    team = idp.team("Blue", user["id"], bob)
    before = dump(storage)
    url = f"/Users/{user['id']}"
    read = idp.get(url).get_json()
    other_words = {
        **{key.upper(): value for key, value in reversed(FULL.items())},
        "SCHEMAS": [ENTERPRISE, USER, USER],
        "ACTIVE": "True",
        "EMAILS": [{"PRIMARY": "true", "TYPE": "work", "VALUE": "ada@work.example"}] * 2,
        "NAME": {**dict(reversed(FULL["name"].items())), "unknown": "x"},
        "UNKNOWN": 5,
        "GROUPS": [],
    }
    for sent in (body_of(**FULL), other_words):
        assert idp.put(url, sent).get_json() == read
    members = group_of(bob, user["id"], bob)
    answer = idp.put(f"/Groups/{team['id']}", members)
    assert answer.headers["ETag"] == team["meta"]["version"]
    assert answer.get_json()["meta"] == team["meta"]
    assert dump(storage) == before
    # Letter case of a value is a change, even where values are compared without it.
    answer = idp.put(url, body_of(**{**FULL, "title": "COUNTESS"})).get_json()
    assert answer["meta"]["version"] != read["meta"]["version"]
    assert answer["meta"]["lastModified"] > read["meta"]["lastModified"]
