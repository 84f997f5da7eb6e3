"""What a host's own attributes are declared to be is what they are."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from flask_scim_teams import ScimTeams
from flask_scim_teams.core.drafts import Draft
from flask_scim_teams.storage.interface import HOST
from tests.conformance.lookups import found
from tests.conformance.lookups import shown
from tests.conftest import ScimClient
from tests.dumps import text_of
from tests.extensions.bodies import ANSWERS
from tests.extensions.bodies import device
from tests.extensions.bodies import made
from tests.extensions.bodies import team
from tests.extensions.bodies import user
from tests.extensions.declarations import BADGE
from tests.extensions.declarations import CREW
from tests.extensions.declarations import SURVEY
from tests.extensions.declarations import WARRANTY
from tests.hosts import Storage
from tests.http.messages import assert_error

NUMBER = f"{BADGE.id}:number"
PLAN = f"{SURVEY.id}:seat.plan"


def replacing(path: str, value: Any) -> dict[str, Any]:
    return {"op": "replace", "path": path, "value": value}


@pytest.mark.requirement("R069")
def test_values_of_every_type_come_back_as_they_were_sent(idp: ScimClient) -> None:
    badge = {"number": "007", "floor": -1, "remote": True, "note": "left-handed"}
    created = made(idp, "/Users", user(badge=badge, survey=ANSWERS))
    assert created[SURVEY.id] == ANSWERS
    assert created[BADGE.id] == badge
    url = f"/Users/{created['id']}"
    assert shown(idp, url) == created
    replaced = idp.put(url, user(badge=badge, survey=ANSWERS))
    assert replaced.headers["ETag"] == created["meta"]["version"]
    bare = made(idp, "/Users", user("bare"))
    assert not {SURVEY.id, BADGE.id} & {*bare, *bare["schemas"]}
    crew = {"costCentre": "C1", "budget": 1e6, "sealed": False, "members": 3}
    blue = made(idp, "/Groups", team(**crew))
    assert blue[CREW.id] == crew
    assert "members" not in blue


@pytest.mark.requirement("R069")
@pytest.mark.parametrize("name", [*ANSWERS])
def test_values_are_taken_away_one_by_one(idp: ScimClient, name: str) -> None:
    created = made(idp, "/Users", user(survey=ANSWERS))
    url = f"/Users/{created['id']}"
    path = f"{SURVEY.id}:{name}"
    assert found(idp, f"{path} pr") == {created["id"]}
    if name == "seat":
        assert_error(idp.patch(url, {"op": "remove", "path": path}), 400, "mutability", PLAN)
        return
    answer = idp.patch(url, {"op": "remove", "path": path}).get_json()
    left = {one: value for one, value in ANSWERS.items() if one != name}
    assert answer[SURVEY.id] == shown(idp, url)[SURVEY.id] == left
    assert found(idp, f"{path} pr") == set()
    again = idp.patch(url, replacing(path, ANSWERS[name])).get_json()
    assert again[SURVEY.id] == ANSWERS
    assert found(idp, f"{path} pr") == {created["id"]}


@pytest.mark.requirement("R172")
def test_an_attribute_of_a_groups_extension_called_members_is_no_membership(
    idp: ScimClient,
) -> None:
    ada = idp.user("ada")["id"]
    blue = made(idp, "/Groups", team(members=3))
    url, path = f"/Groups/{blue['id']}", f"{CREW.id}:members"
    add = {"op": "add", "path": "members", "value": [{"value": ada}]}
    assert idp.patch(url, replacing(path, 4), add).status_code == 204
    answer = shown(idp, url)
    assert answer[CREW.id] == {"members": 4}
    assert [member["value"] for member in answer["members"]] == [ada]
    assert found(idp, f"{path} eq 4", "/Groups") == {blue["id"]}
    assert shown(idp, "/Groups", sortBy=path)["totalResults"] == 1
    assert idp.patch(url, {"op": "remove", "path": path}).status_code == 204
    assert idp.members(blue["id"]) == {ada}


@pytest.mark.requirement("R097", "R158")
def test_put_sets_an_immutable_value_and_never_changes_it(idp: ScimClient) -> None:
    created = made(idp, "/Users", user(badge={"number": "A1", "floor": 1}))
    assert created[BADGE.id]["number"] == "A1"
    url = f"/Users/{created['id']}"
    for number in ("A2", "a1"):
        response = idp.put(url, user(badge={"number": number}))
        assert_error(response, 400, "mutability", NUMBER)
    assert shown(idp, url) == created
    same = idp.put(url, user(badge={"number": "A1", "floor": 2}, survey={"seat": {"plan": "P"}}))
    assert same.get_json()[BADGE.id] == {"number": "A1", "floor": 2}
    # Left out, it says nothing of it.
    left_out = idp.put(url, user(survey={"seat": {"plan": "P", "room": "2"}}))
    assert left_out.get_json()[BADGE.id] == {"number": "A1"}
    changed = idp.put(url, user(survey={"seat": {"plan": "Q"}}))
    assert_error(changed, 400, "mutability", PLAN)
    late = made(idp, "/Users", user("late"))
    response = idp.put(f"/Users/{late['id']}", user("late", badge={"number": "B1"}))
    assert response.get_json()[BADGE.id] == {"number": "B1"}


@pytest.mark.requirement("R172")
def test_patch_sets_an_immutable_value_and_never_changes_it(idp: ScimClient) -> None:
    created = made(idp, "/Users", user(survey={"seat": {"room": "1"}}))
    url = f"/Users/{created['id']}"
    for path, first, second in ((NUMBER, "A1", "A2"), (PLAN, "P", "Q")):
        for op in ("add", "replace"):
            answer = idp.patch(url, {"op": op, "path": path, "value": first})
            assert answer.status_code == 200, answer.text
        before = shown(idp, url)
        for step in (
            {"op": "add", "path": path, "value": second},
            replacing(path, second),
            replacing(path, None),
            {"op": "remove", "path": path},
            {"op": "add", "value": {path: second}},
            {"op": "remove", "path": path.split(":seat")[0].removesuffix(":number")},
        ):
            response = idp.patch(url, step)
            assert response.status_code == 400, step
            assert response.get_json()["scimType"] in ("mutability", "invalidValue")
            assert shown(idp, url) == before
    # Away and back in one request is a change all the same.
    steps = {"op": "remove", "path": NUMBER}, {"op": "add", "path": NUMBER, "value": "A1"}
    assert_error(idp.patch(url, *steps), 400, "mutability", NUMBER)
    printer = made(idp, "/Devices", device(serial="S1"))
    response = idp.patch(f"/Devices/{printer['id']}", replacing("serial", "S2"))
    assert_error(response, 400, "mutability", "serial")


@pytest.mark.requirement("R097", "R104")
def test_what_is_write_only_is_accepted_and_in_no_answer(idp: ScimClient, storage: Storage) -> None:
    pin = "7391-hush"
    body = user(survey={"code": "X", "pin": pin})
    created = idp.post("/Users", body)
    assert created.status_code == 201
    url = f"/Users/{created.get_json()['id']}"
    path = f"{SURVEY.id}:pin"
    answers = [created, idp.put(url, body), idp.patch(url, replacing(path, pin))]
    answers += [
        idp.get(url, query_string={"attributes": path}),
        idp.get("/Users", query_string={"attributes": SURVEY.id}),
    ]
    for answer in answers:
        assert answer.status_code < 300, answer.text
        assert pin not in answer.text
    assert pin not in text_of(storage)
    response = idp.get("/Users", query_string={"filter": f'{path} eq "{pin}"'})
    assert_error(response, 400, "invalidFilter", path)
    assert_error(idp.patch(url, replacing(path, 7)), 400, "invalidValue", path)


@pytest.mark.requirement("R104")
def test_what_is_never_returned_is_stored_and_in_no_answer(
    idp: ScimClient, storage: Storage
) -> None:
    secret, path = "0451-hidden", f"{SURVEY.id}:secret"
    body = user(survey={"code": "X", "secret": secret})
    created = idp.post("/Users", body)
    assert created.status_code == 201
    url = f"/Users/{created.get_json()['id']}"
    answers = [created, idp.put(url, body), idp.patch(url, replacing("title", "x"))]
    for asked in (
        {},
        {"attributes": path},
        {"attributes": SURVEY.id},
        {"attributes": f"userName,{path}"},
        {"excludedAttributes": "userName"},
        {"excludedAttributes": f"{SURVEY.id}:code"},
    ):
        answers += [idp.get(p, query_string=asked) for p in (url, "/Users", "/")]
    for answer in answers:
        assert answer.status_code < 300, answer.text
        assert secret not in answer.text
    assert secret in text_of(storage)
    for asked in ({"filter": f'{path} sw "0"'}, {"filter": f"{path} pr"}, {"sortBy": path}):
        assert idp.get("/Users", query_string=asked).status_code == 400


@pytest.mark.requirement("R104")
def test_what_is_returned_on_request_is_shown_to_those_who_name_it(idp: ScimClient) -> None:
    path = f"{SURVEY.id}:salary"
    created = made(idp, "/Users", user(survey={"code": "X", "salary": 70_000}))
    url = f"/Users/{created['id']}"
    assert created[SURVEY.id] == {"code": "X"}
    for asked in ({}, {"attributes": SURVEY.id}, {"excludedAttributes": "userName"}):
        assert shown(idp, url, **asked)[SURVEY.id] == {"code": "X"}
    for asked in (path, path.upper(), f"{path},userName"):
        assert shown(idp, url, attributes=asked)[SURVEY.id] == {"salary": 70_000}
    assert found(idp, f"{path} gt 60000") == {created["id"]}
    assert idp.patch(url, replacing(path, 80_000)).status_code == 200
    assert shown(idp, url, attributes=path)[SURVEY.id] == {"salary": 80_000}


@pytest.mark.requirement("R104")
def test_what_is_always_returned_is_shown_whatever_is_asked_for(idp: ScimClient) -> None:
    created = made(idp, "/Users", user(survey={"code": "X", "motto": "M", "grade": "B2"}))
    url = f"/Users/{created['id']}"
    code, grade = f"{SURVEY.id}:code", f"{SURVEY.id}:grade"
    for asked, survey in (
        ({}, {"code": "X", "motto": "M", "grade": "B2"}),
        ({"attributes": "userName"}, {"grade": "B2"}),
        ({"attributes": code}, {"code": "X", "grade": "B2"}),
        ({"attributes": SURVEY.id}, {"code": "X", "motto": "M", "grade": "B2"}),
        ({"excludedAttributes": code}, {"motto": "M", "grade": "B2"}),
        ({"excludedAttributes": f"{grade},userName"}, {"code": "X", "motto": "M", "grade": "B2"}),
        ({"excludedAttributes": SURVEY.id}, {"grade": "B2"}),
    ):
        assert shown(idp, url, **asked)[SURVEY.id] == survey


@pytest.mark.requirement("R068")
def test_what_is_read_only_is_the_hosts_to_set(
    idp: ScimClient, app: Flask, scim: ScimTeams, storage: Storage
) -> None:
    seen, path = "2026-01-01T00:00:00Z", f"{SURVEY.id}:lastSeen"
    created = made(idp, "/Users", user(survey={"code": "X", "lastSeen": seen}))
    assert created[SURVEY.id] == {"code": "X"}
    url = f"/Users/{created['id']}"
    assert_error(idp.patch(url, replacing(path, seen)), 400, "mutability", path)
    users = storage.backend.types.user
    draft = Draft(attributes={"userName": "ada", SURVEY.id: {"code": "X", "lastSeen": seen}})
    with app.app_context():
        scim.provisioning.replace(HOST, users, created["id"], draft, related=False)
    assert shown(idp, url)[SURVEY.id] == {"code": "X", "lastSeen": seen}
    assert found(idp, f"{path} pr") == {created["id"]}
    # A client that leaves it out, or sends what it read, does not clear it.
    for survey in ({"code": "Y"}, {"code": "Z", "lastSeen": "2000-01-01T00:00:00Z"}):
        answer = idp.put(url, user(survey=survey)).get_json()
        assert answer[SURVEY.id] == {"code": survey["code"], "lastSeen": seen}


def test_what_is_kept_survives_a_put_that_leaves_it_out(idp: ScimClient) -> None:
    path = f"{BADGE.id}:note"
    badge = {"number": "A1", "note": "left-handed"}
    created = made(idp, "/Users", user(badge=badge | {"floor": 3}))
    url = f"/Users/{created['id']}"
    for body in (user(badge={"number": "A1"}), user(), user(badge=None)):
        assert idp.put(url, body).get_json()[BADGE.id] == badge
    emptied = idp.put(url, user(badge={"number": "A1", "note": None}))
    assert emptied.get_json()[BADGE.id] == badge
    other = idp.put(url, user(badge={"number": "A1", "note": "moved"}))
    assert other.get_json()[BADGE.id]["note"] == "moved"
    cleared = idp.patch(url, {"op": "remove", "path": path})
    assert cleared.get_json()[BADGE.id] == {"number": "A1"}
    assert idp.put(url, user()).get_json()[BADGE.id] == {"number": "A1"}


@pytest.mark.requirement("R063")
def test_parts_that_a_complex_value_needs_are_asked_for(idp: ScimClient) -> None:
    keys = f"{SURVEY.id}:keys"
    missing = user(survey={"keys": [{"type": "gate"}]})
    assert_error(idp.post("/Users", missing), 400, "invalidValue", "keys.value")
    created = made(idp, "/Users", user(survey=ANSWERS))
    url = f"/Users/{created['id']}"
    assert_error(idp.put(url, missing), 400, "invalidValue", "keys.value")
    for step in (
        {"op": "add", "path": keys, "value": [{"type": "gate"}]},
        {"op": "remove", "path": f'{keys}[type eq "gate"].value'},
        {"op": "remove", "path": f"{keys}.value"},
        replacing(f'{keys}[type eq "gate"].value', None),
        replacing(f'{keys}[type eq "car"].weight', 2),
    ):
        assert_error(idp.patch(url, step), 400, "invalidValue", f"{keys}.value")
    assert shown(idp, url) == created
    weight = replacing(f'{keys}[type eq "gate"].weight', 2)
    assert idp.patch(url, weight).get_json()[SURVEY.id]["keys"][0]["weight"] == 2


@pytest.mark.requirement("R068")
@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (f"{BADGE.id}:floor", 41, "is from -2 to 40."),
        (f"{BADGE.id}:floor", -3, "is from -2 to 40."),
        (f"{SURVEY.id}:seat", {"desk": 1}, "has a desk in no room."),
    ],
)
def test_checks_of_the_hosts_own(idp: ScimClient, path: str, value: Any, words: str) -> None:
    urn, _, name = path.rpartition(":")
    extension = {"badge": {"number": "A1", name: value}} if urn == BADGE.id else {}
    body = user("eve", **(extension or {"survey": {name: value}}))
    created = made(idp, "/Users", user(badge={"number": "A1", "floor": 3}))
    url = f"/Users/{created['id']}"
    for response in (
        idp.post("/Users", body),
        idp.put(url, body),
        idp.patch(url, replacing(path, value)),
        idp.patch(url, {"op": "add", "path": path, "value": value}),
        idp.patch(url, {"op": "add", "value": {path: value}}),
        idp.patch(url, {"op": "add", "path": urn, "value": {name: value}}),
    ):
        assert_error(response, 400, "invalidValue", name, words)
    operations = [{"method": "POST", "path": "/Users", "bulkId": "x", "data": body}]
    schemas = ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"]
    [answer] = idp.post("/Bulk", {"schemas": schemas, "Operations": operations}).get_json()[
        "Operations"
    ]
    assert answer["status"] == "400"
    assert words in answer["response"]["detail"]
    assert shown(idp, url) == created


def test_a_check_sees_the_whole_of_what_a_patch_makes(idp: ScimClient) -> None:
    seat = f"{SURVEY.id}:seat"
    created = made(idp, "/Users", user(survey={"seat": {"room": "1", "desk": 2}}))
    url = f"/Users/{created['id']}"
    response = idp.patch(url, {"op": "remove", "path": f"{seat}.room"})
    assert_error(response, 400, "invalidValue", seat, "has a desk in no room.")
    assert idp.patch(url, replacing(f"{seat}.desk", 3)).status_code == 200
    assert shown(idp, url)[SURVEY.id]["seat"] == {"room": "1", "desk": 3}


@pytest.mark.requirement("R063")
@pytest.mark.parametrize(
    ("given", "named"),
    [
        (None, WARRANTY.id),
        ({}, "until"),
        ({"vendor": "Acme"}, "until"),
        ({"until": None}, "until"),
        ({"until": ""}, "until"),
    ],
)
def test_a_required_extension_has_to_be_there(idp: ScimClient, given: Any, named: str) -> None:
    body = {**device(), WARRANTY.id: given}
    without = {name: body[name] for name in ("schemas", "name")}
    assert_error(idp.post("/Devices", without), 400, "invalidValue", WARRANTY.id)
    assert_error(idp.post("/Devices", body), 400, "invalidValue", named)
    created = made(idp, "/Devices", device())
    url = f"/Devices/{created['id']}"
    assert_error(idp.put(url, body), 400, "invalidValue")
    assert_error(idp.put(url, {**device(), WARRANTY.id: []}), 400, "invalidValue")
    for path in (WARRANTY.id, f"{WARRANTY.id}:until"):
        response = idp.patch(url, {"op": "remove", "path": path})
        assert_error(response, 400, "mutability", WARRANTY.id)
        response = idp.patch(url, replacing(path, None))
        assert response.status_code == 400
    assert shown(idp, url) == created


@pytest.mark.requirement("R063")
def test_an_extension_that_is_begun_has_what_it_requires(idp: ScimClient) -> None:
    assert_error(idp.post("/Users", user(badge={"floor": 1})), 400, "invalidValue", "number")
    created = made(idp, "/Users", user())
    url = f"/Users/{created['id']}"
    assert_error(idp.put(url, user(badge={"floor": 1})), 400, "invalidValue", "number")
    response = idp.patch(url, replacing(f"{BADGE.id}:floor", 1))
    assert_error(response, 400, "invalidValue", NUMBER)
    both = replacing(BADGE.id, {"floor": 1, "number": "A1"})
    assert idp.patch(url, both).get_json()[BADGE.id] == {"floor": 1, "number": "A1"}


@pytest.mark.requirement("R069")
def test_extensions_come_and_go_one_by_one(idp: ScimClient) -> None:
    id = made(idp, "/Users", user(survey={"code": "X"}))["id"]
    other = made(idp, "/Users", user("eve"))["id"]

    def carrying(schema: str) -> set[str]:
        ids = found(idp, f'schemas eq "{schema}"')
        absent = found(idp, f'not (schemas eq "{schema}")')
        assert ids | absent == {id, other}
        return ids

    url = f"/Users/{id}"
    assert (carrying(SURVEY.id), carrying(BADGE.id)) == ({id}, set())
    assert idp.patch(url, replacing(NUMBER, "A1")).status_code == 200
    assert (carrying(SURVEY.id), carrying(BADGE.id)) == ({id}, {id})
    assert shown(idp, url)["schemas"][1:] == [BADGE.id, SURVEY.id]
    assert idp.patch(url, {"op": "remove", "path": SURVEY.id}).status_code == 200
    assert (carrying(SURVEY.id), carrying(BADGE.id)) == (set(), {id})
    assert shown(idp, url)["schemas"][1:] == [BADGE.id]
