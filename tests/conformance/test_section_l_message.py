"""PATCH as a message: its shape, its answer, and all or nothing (RFC 7644 section 3.5.2)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.conformance.changes import add
from tests.conformance.changes import changed
from tests.conformance.changes import refused
from tests.conformance.changes import remove
from tests.conformance.changes import replace
from tests.conftest import ScimClient
from tests.dumps import dump
from tests.hosts import Storage
from tests.http.messages import ENTERPRISE
from tests.http.messages import PATCH
from tests.http.messages import USER
from tests.http.messages import assert_error
from tests.http.messages import without_meta

STEP = {"op": "add", "path": "externalId", "value": "x"}

# Bodies that are no PATCH, with a word that the refusal has to have.
NO_MESSAGES: dict[str, tuple[Any, str]] = {
    "no schemas": ({"Operations": [STEP]}, "schemas"),
    "null schemas": ({"schemas": None, "Operations": [STEP]}, "schemas"),
    "empty schemas": ({"schemas": [], "Operations": [STEP]}, "schemas"),
    "schemas of something else": ({"schemas": [USER], "Operations": [STEP]}, "PatchOp"),
    "almost the schema": ({"schemas": [PATCH + "s"], "Operations": [STEP]}, "PatchOp"),
    "schemas as text": ({"schemas": PATCH, "Operations": [STEP]}, "schemas"),
    "schemas with a number": ({"schemas": [PATCH, 5], "Operations": [STEP]}, "schemas"),
    "no operations": ({"schemas": [PATCH]}, "Operations"),
    "null operations": ({"schemas": [PATCH], "Operations": None}, "Operations"),
    "empty operations": ({"schemas": [PATCH], "Operations": []}, "Operations"),
    "one operation for the array": ({"schemas": [PATCH], "Operations": STEP}, "Operations"),
    "operations as text": ({"schemas": [PATCH], "Operations": "add"}, "Operations"),
    "an array in the array": ({"schemas": [PATCH], "Operations": [[STEP]]}, ""),
    "a null operation": ({"schemas": [PATCH], "Operations": [STEP, None]}, ""),
    "an empty operation": ({"schemas": [PATCH], "Operations": [STEP, {}]}, "op"),
    "operations twice": (
        {"schemas": [PATCH], "Operations": [STEP], "operations": [STEP]},
        "Operations",
    ),
    "a resource": ({"schemas": [USER], "userName": "ada"}, ""),
    "an array": ([STEP], "object"),
    "null": (None, ""),
    "text": ("add", "object"),
}

NO_OPS: list[Any] = [
    ...,
    None,
    "",
    " ",
    " add",
    "addd",
    "move",
    "copy",
    "test",
    "delete",
    5,
    True,
    ["add"],
    {"value": "add"},
]


@pytest.fixture(params=["/Users", "/Groups"])
def url(request: pytest.FixtureRequest, idp: ScimClient) -> str:
    """The path of a user, and then of a group."""
    made = idp.user("ada") if request.param == "/Users" else idp.team("Blue")
    return f"{request.param}/{made['id']}"


@pytest.mark.requirement("R165")
def test_a_body_that_is_no_patch_is_refused(idp: ScimClient, storage: Storage, url: str) -> None:
    before = dump(storage)
    for body, word in NO_MESSAGES.values():
        sent = json.dumps(body)
        response = idp.request("PATCH", url, data=sent, content_type="application/scim+json")
        assert_error(response, 400, "invalidSyntax", word)
    assert dump(storage) == before


@pytest.mark.requirement("R165")
def test_the_urn_and_the_operations_make_a_patch(idp: ScimClient, url: str) -> None:
    for number, body in enumerate(
        [
            {"schemas": [PATCH]},
            {"schemas": [PATCH.upper(), PATCH]},
            {"schemas": ["urn:example:other", PATCH], "id": "x", "meta": {}},
        ]
    ):
        step = {**STEP, "value": str(number)}
        assert idp.request("PATCH", url, {**body, "Operations": [step]}).status_code < 300
        assert idp.get(url).get_json()["externalId"] == str(number)


@pytest.mark.requirement("R166")
def test_another_op_is_refused(idp: ScimClient, storage: Storage, url: str) -> None:
    for op in NO_OPS:
        step = {"path": "externalId", "value": "y"} | ({} if op is ... else {"op": op})
        refused(idp, storage, url, STEP, step, scim_type="invalidSyntax", naming="op")


@pytest.mark.requirement("R166")
def test_two_ops_in_one_operation_are_refused(idp: ScimClient, storage: Storage, url: str) -> None:
    refused(idp, storage, url, {**STEP, "OP": "remove"}, scim_type="invalidSyntax", naming="op")
    before = dump(storage)
    twice = json.dumps({"schemas": [PATCH], "Operations": [STEP]})
    twice = twice.replace('"op": "add"', '"op": "add", "op": "remove"')
    response = idp.request("PATCH", url, data=twice, content_type="application/scim+json")
    assert_error(response, 400, "invalidSyntax", "op")
    assert dump(storage) == before


@pytest.mark.requirement("R166")
@pytest.mark.parametrize("spell", [str.lower, str.capitalize, str.upper, str.swapcase])
def test_an_op_is_read_in_any_letter_case(idp: ScimClient, url: str, spell: Any) -> None:
    for op, value, expected in (("add", "1", "1"), ("replace", "2", "2"), ("remove", ..., None)):
        step = {"op": spell(op), "path": "externalId"}
        if value is not ...:
            step["value"] = value
        assert idp.patch(url, step).status_code < 300
        assert idp.get(url).get_json().get("externalId") == expected


@pytest.mark.requirement("R167")
def test_operations_run_in_order_on_one_anothers_results(idp: ScimClient) -> None:
    user = idp.user("ada", title="old")
    after = changed(
        idp,
        f"/Users/{user['id']}",
        add("title", "new"),
        remove("title"),
        add("emails", [{"value": "a", "type": "work"}, {"value": "b", "type": "home"}]),
        replace('emails[type eq "work"].type', "other"),
        # Nothing is of type work any more, but something is other.
        remove('emails[type eq "work"]'),
        add('emails[type eq "other"].display', "D"),
        remove('emails[type eq "home"]'),
        add("name.givenName", "Ada"),
        replace(None, {"name": {"familyName": "King"}, "nickName": "A"}),
        remove("name.givenName"),
    )
    assert without_meta(after) == {
        "userName": "ada",
        "active": True,
        "emails": [{"value": "a", "type": "other", "display": "D"}],
        "name": {"familyName": "King"},
        "nickName": "A",
    }
    # However many they were, it was one change.
    assert after["meta"]["version"] == 'W/"2"'


@pytest.mark.requirement("R167")
def test_steps_on_members_run_in_order_too(idp: ScimClient) -> None:
    a, b, c = (idp.user(name)["id"] for name in "abc")
    url = f"/Groups/{idp.team('Blue', a)['id']}"
    for steps, expected in (
        ([add("members", [{"value": b}]), remove(f'members[value eq "{b}"]')], {a}),
        ([remove(f'members[value eq "{b}"]'), add("members", [{"value": b}])], {a, b}),
        ([replace("members", [{"value": c}]), add("members", [{"value": a}])], {a, c}),
        ([add("members", [{"value": b}]), replace("members", [{"value": c}])], {c}),
        ([remove("members"), add("members", [{"value": b}, {"value": a}])], {a, b}),
        ([add("members", [{"value": c}]), remove("members")], set()),
    ):
        changed(idp, url, *steps)
        assert idp.members(url.removeprefix("/Groups/")) == expected


# Operations that fail, each for another reason, of which one is seen by storage alone.
FAILURES: dict[str, tuple[dict[str, Any], int, str]] = {
    "path": (add("nonsense", "x"), 400, "invalidPath"),
    "value": (replace("active", "perhaps"), 400, "invalidValue"),
    "mutability": (replace("id", "x"), 400, "mutability"),
    "filter": (remove('emails[nonsense eq "x"]'), 400, "invalidFilter"),
    "target": (replace('emails[type ne "work"].value', "x"), 400, "noTarget"),
    "no path": ({"op": "remove"}, 400, "noTarget"),
    "required": (remove("userName"), 400, "mutability"),
    "uniqueness": (replace("userName", "TAKEN"), 409, "uniqueness"),
}


@pytest.mark.requirement("R167")
@pytest.mark.parametrize(("failure", "status", "scim_type"), FAILURES.values(), ids=FAILURES)
def test_one_failure_leaves_nothing_behind(
    idp: ScimClient, storage: Storage, failure: dict[str, Any], status: int, scim_type: str
) -> None:
    idp.user("taken")
    user = idp.user("ada", externalId="e", **{ENTERPRISE: {"department": "d"}})
    good = [replace("externalId", "x"), add(f"{ENTERPRISE}:department", "x")]
    url = f"/Users/{user['id']}"
    for place in range(3):
        steps = [*good[:place], failure, *good[place:]]
        refused(idp, storage, url, *steps, scim_type=scim_type, status=status)
    assert idp.get(url).get_json() == user


@pytest.mark.requirement("R167")
def test_a_failure_takes_back_what_was_done_to_members(idp: ScimClient, storage: Storage) -> None:
    idp.team("Taken")
    ada, bob = idp.user("ada")["id"], idp.user("bob")["id"]
    url = f"/Groups/{idp.team('Blue', ada)['id']}"
    good = [remove("members"), add("members", [{"value": bob}]), replace("displayName", "New")]
    for failure, status, scim_type in (
        (add("members", [{"value": "nobody"}]), 400, "invalidValue"),
        (remove("displayName"), 400, "mutability"),
        (replace("displayName", "TAKEN"), 409, "uniqueness"),
        (add("nonsense", "x"), 400, "invalidPath"),
    ):
        for steps in ([failure, *good[:2]], [*good, failure], [*good[:1], failure, good[1]]):
            refused(idp, storage, url, *steps, scim_type=scim_type, status=status)


@pytest.mark.requirement("R168")
def test_a_user_comes_back_whole(idp: ScimClient) -> None:
    user = idp.user("ada", name={"givenName": "Ada"})
    team = idp.team("Blue", user["id"])
    url = f"/Users/{user['id']}"
    # Whether anything changed or not.
    for step in (add("title", "x"), add("title", "x")):
        response = idp.patch(url, step)
        assert response.status_code == 200
        answer = response.get_json()
        assert answer == idp.get(url).get_json()
        assert [group["value"] for group in answer["groups"]] == [team["id"]]
        assert response.headers["ETag"] == answer["meta"]["version"]
        assert response.headers["Location"] == answer["meta"]["location"]


@pytest.mark.requirement("R168")
def test_a_group_is_answered_without_body(idp: ScimClient) -> None:
    ada = idp.user("ada")["id"]
    team = idp.team("Blue")
    url = f"/Groups/{team['id']}"
    for step in (add("members", [{"value": ada}]), add("externalId", "x"), add("externalId", "x")):
        response = idp.patch(url, step)
        assert (response.status_code, response.data) == (204, b"")
        assert "Content-Type" not in response.headers
        stored = idp.get(url).get_json()
        assert response.headers["ETag"] == stored["meta"]["version"]
        assert response.headers["Location"] == stored["meta"]["location"]


@pytest.mark.requirement("R168")
@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ("attributes=displayName", {"displayName"}),
        ("attributes=members,externalId", {"members", "externalId"}),
        ("ATTRIBUTES=Members.Value", {"members"}),
        ("attributes=", {"displayName", "members", "externalId", "meta"}),
        ("excludedAttributes=members", {"displayName", "externalId", "meta"}),
        ("excludedAttributes=meta,displayName", {"members", "externalId"}),
    ],
)
def test_whoever_asks_for_attributes_gets_them(idp: ScimClient, query: str, keys: set[str]) -> None:
    ada = idp.user("ada")["id"]
    url = f"/Groups/{idp.team('Blue')['id']}"
    steps = (add("members", [{"value": ada}]), add("externalId", "x"))
    response = idp.patch(f"{url}?{query}", *steps)
    assert response.status_code == 200
    assert set(response.get_json()) == {"schemas", "id", *keys}
    assert response.get_json() == idp.get(f"{url}?{query}").get_json()
    assert response.headers["ETag"] == idp.get(url).get_json()["meta"]["version"]
    user = idp.patch(f"/Users/{ada}?attributes=title,name.givenName", add("title", "x"))
    assert user.get_json() == {"schemas": [USER], "id": ada, "title": "x"}
