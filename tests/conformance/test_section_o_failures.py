"""Bulk operations that fail, and what they leave as it is (RFC 7644 sections 3.7 and 3.7.3)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from flask_scim_teams.services import attempts
from flask_scim_teams.storage.interface import Caller
from flask_scim_teams.storage.interface import InUse
from flask_scim_teams.storage.interface import LostRace
from flask_scim_teams.storage.memory import MemoryBackend
from flask_scim_teams.storage.memory import MemoryWork
from tests.conformance.bulk import BASE
from tests.conformance.bulk import Operation
from tests.conformance.bulk import assert_failed
from tests.conformance.bulk import bulk
from tests.conformance.bulk import delete
from tests.conformance.bulk import id_of
from tests.conformance.bulk import new_group
from tests.conformance.bulk import new_user
from tests.conformance.bulk import patch
from tests.conformance.bulk import statuses
from tests.conformance.doors import client_at
from tests.conformance.doors import other_token
from tests.conformance.lookups import found
from tests.conformance.lookups import shown
from tests.conftest import ScimClient
from tests.dumps import dump
from tests.hosts import Storage
from tests.http.messages import ENTERPRISE
from tests.http.messages import GROUP
from tests.http.messages import PATCH
from tests.http.messages import USER

NOBODY = "/Users/0190a1b2-0000-7000-8000-000000000000"
TITLE = {"op": "replace", "path": "title", "value": "Countess"}


def alone(idp: ScimClient, operation: Operation) -> Any:
    """Send the operation as a request of its own."""
    headers = {"If-Match": operation["version"]} if "version" in operation else {}
    return idp.request(
        operation["method"], operation["path"], operation.get("data"), headers=headers
    )


def put(path: str, data: Any, **others: Any) -> Operation:
    return {"method": "PUT", "path": path, "data": data, **others}


@pytest.mark.requirement("R222", "R231", "R232", "R233")
def test_an_operation_fails_as_it_would_alone(idp: ScimClient, storage: Storage) -> None:
    ada, blue = idp.user("ada", title="Ms."), idp.team("Blue")
    idp.user("bob")
    user, team = f"/Users/{ada['id']}", f"/Groups/{blue['id']}"
    body = {"schemas": [USER], "userName": "ada"}
    failing = [
        new_user("x", "BOB"),
        new_user("x", ""),
        new_user("x", title={"a": "b"}),
        new_user("x", emails=[{"value": {"a": "b"}}]),
        new_user("x", schemas=[]),
        *({"method": "POST", "path": "/Users", "bulkId": "x", "data": d} for d in ("", [], 5)),
        {"method": "POST", "path": "/Users", "bulkId": "x", "data": {"schemas": [GROUP]}},
        new_group("x", "nobody"),
        new_group("x", displayName=" "),
        put(NOBODY, body),
        put(user, {**body, "userName": "bob"}),
        put(user, {**body, "active": "perhaps"}),
        put(user, body, version='W/"7"'),
        put(team, {"schemas": [GROUP], "displayName": "Blue", "members": [{"value": "nobody"}]}),
        patch(NOBODY, TITLE),
        patch(user),
        {"method": "PATCH", "path": user, "data": {"schemas": [PATCH]}},
        {"method": "PATCH", "path": user, "data": body},
        patch(user, {"op": "move", "path": "title"}),
        patch(user, {"op": "remove"}),
        patch(user, {"op": "replace", "path": 'emails[value co "@"].type', "value": "home"}),
        patch(user, {"op": "replace", "path": "nonsense", "value": "x"}),
        patch(user, {"op": "replace", "path": "emails[", "value": "x"}),
        patch(user, {"op": "replace", "path": "id", "value": "x"}),
        patch(user, {"op": "remove", "path": "userName"}),
        patch(user, TITLE, version='W/"7"'),
        patch(team, {"op": "add", "path": "members", "value": [{"value": "nobody"}]}),
        patch(team, {"op": "add", "path": "members", "value": [{"value": blue["id"]}]}),
        delete(NOBODY),
        delete("/Groups/nobody"),
        delete(user, version='W/"7", "x"'),
    ]
    before = dump(storage)
    single = [alone(idp, operation) for operation in failing]
    assert {response.status_code for response in single} == {400, 404, 409, 412}
    # One request each, for they all create what is called the same.
    for operation, response in zip(failing, single, strict=True):
        [result] = bulk(idp, operation)
        error = response.get_json()
        assert_failed(result, response.status_code, error.get("scimType"))
        assert result["response"] == error
    assert dump(storage) == before


@pytest.mark.requirement("R222", "R223")
def test_what_is_no_endpoint_of_resources_is_none_here(idp: ScimClient, storage: Storage) -> None:
    user = idp.user("ada", title="Ms.")
    data = {"schemas": [USER], "userName": "x"}
    before = dump(storage)
    paths = [
        *("/Me", "/Bulk", "/ServiceProviderConfig", "/Schemas", "/ResourceTypes", "/.search"),
        *(f"/Schemas/{USER}", "/ResourceTypes/User", "", "/", "/Nope", "/users", "//Users"),
        *("/Users/1/2", f"{BASE}/Users", "/scim/v2/Users", "/../Users", "/Users?count=1/x"),
    ]
    for path in paths:
        operations = [
            {"method": "POST", "path": path, "bulkId": "x", "data": data},
            put(path, data),
            patch(path, TITLE),
            delete(path),
        ]
        for result in bulk(idp, *operations):
            assert_failed(result, 404)
    # Where there is one, it does not take every method.
    at = f"/Users/{user['id']}"
    for operation in (
        {"method": "POST", "path": at, "bulkId": "x", "data": data},
        {"method": "POST", "path": "/Users/.search", "bulkId": "x", "data": data},
        put("/Users", data),
        patch("/Users/", TITLE),
        delete("/Groups"),
    ):
        [result] = bulk(idp, operation)
        assert_failed(result, 405, None, operation["method"])
    for method in ("GET", "HEAD", "get", "OPTIONS"):
        assert_failed(bulk(idp, {"method": method, "path": at})[0], 400, "invalidSyntax", "method")
    assert dump(storage) == before


@pytest.mark.requirement("R223", "R226")
def test_me_is_no_operation_where_it_is_offered_either(storage: Storage) -> None:
    idp = client_at(storage.backend, me=lambda caller: user["id"])
    user = idp.user("ada")
    assert idp.get("/Me").get_json() == user
    operations = [put("/Me", {"schemas": [USER], "userName": "x"}), patch("/Me", TITLE)]
    assert statuses(bulk(idp, *operations, delete("/Me"))) == ["404"] * 3
    assert idp.get("/Me").get_json() == user


@pytest.mark.requirement("R222")
def test_each_operation_needs_the_scope_it_would_need_alone(
    idp: ScimClient, storage: Storage
) -> None:
    user, team = idp.user("ada"), idp.team("Blue")
    operations = [
        new_user("x"),
        put(f"/Users/{user['id']}", {"schemas": [USER], "userName": "ada", "title": "Ms."}),
        patch(f"/Users/{user['id']}", TITLE),
        delete(f"/Users/{user['id']}"),
        new_group("y"),
        put(f"/Groups/{team['id']}", {"schemas": [GROUP], "displayName": "Red"}),
        patch(f"/Groups/{team['id']}", {"op": "remove", "path": "members"}),
        delete(f"/Groups/{team['id']}"),
    ]
    reader = other_token(idp, "users:read", "groups:read")
    before = dump(storage)
    refused = bulk(reader, *operations)
    assert statuses(refused) == ["403"] * 8
    for operation, result in zip(operations, refused, strict=True):
        assert result["response"] == alone(reader, operation).get_json()
        assert result.get("location") == (
            None if operation["method"] == "POST" else BASE + operation["path"]
        )
    assert dump(storage) == before
    # A resource that is not there is no different.
    assert_failed(bulk(reader, delete(NOBODY))[0], 403, None, "users:write")
    # What the token allows is done beside what it does not, and what waits for that fails.
    teams_alone = other_token(idp, "groups:write")
    mixed = bulk(teams_alone, new_group("waiting", "bulkId:x"), *operations)
    assert statuses(mixed) == ["409", *["403"] * 4, "201", "200", "204", "204"]
    assert found(idp, "id pr") == {user["id"]}
    assert found(idp, "id pr", "/Groups") == {id_of(mixed[5])}


@pytest.mark.requirement("R221")
def test_an_operation_is_done_wholly_or_not_at_all(idp: ScimClient) -> None:
    ada, bob = idp.user("ada")["id"], idp.user("bob", title="Mr.")["id"]
    blue = idp.team("Blue", ada)["id"]
    results = bulk(
        idp,
        new_user("eve"),
        new_group("half", "bulkId:eve", ada, "nobody"),
        patch(f"/Users/{bob}", TITLE, {"op": "replace", "path": "nonsense", "value": 1}),
        patch(
            f"/Groups/{blue}",
            {"op": "replace", "path": "displayName", "value": "Red"},
            {"op": "remove", "path": f'members[value eq "{ada}"]'},
            {"op": "add", "path": "members", "value": [{"value": bob}, {"value": "nobody"}]},
        ),
        put(
            f"/Groups/{blue}",
            {"schemas": [GROUP], "displayName": "Red", "members": [{"value": "nobody"}]},
        ),
        new_group("whole", "bulkId:eve"),
    )
    assert statuses(results) == ["201", "400", "400", "400", "400", "201"]
    eve, whole = id_of(results[0]), id_of(results[5])
    assert shown(idp, f"/Users/{bob}")["title"] == "Mr."
    assert shown(idp, f"/Groups/{blue}")["displayName"] == "Blue"
    assert shown(idp, f"/Groups/{blue}")["meta"]["version"] == 'W/"1"'
    assert (idp.members(blue), idp.members(whole)) == ({ada}, {eve})
    assert found(idp, "displayName pr", "/Groups") == {blue, whole}


@pytest.mark.requirement("R209")
def test_a_version_protects_an_operation(idp: ScimClient) -> None:
    user = idp.user("ada")
    at = f"/Users/{user['id']}"
    body = {"schemas": [USER], "userName": "ada"}

    def titled(number: int, version: str) -> Operation:
        step = {"op": "replace", "path": "title", "value": str(number)}
        return patch(at, step, version=version)

    versions = [*('W/"1"', 'W/"1"', '"2"', 'W/"8", W/"3"', "*"), *("", "5", 'W/"x"', "nonsense")]
    results = bulk(idp, *(titled(number, version) for number, version in enumerate(versions)))
    # Each meets what the one before it left.
    assert statuses(results) == ["200", "412", "200", "200", "200", *["412"] * 4]
    assert_failed(results[1], 412, None, 'W/"2"')
    assert shown(idp, at)["title"] == "4"
    results = bulk(
        idp,
        put(at, {**body, "title": "old"}, version='W/"4"'),
        put(at, {**body, "title": "new"}, version='W/"5"'),
        delete(at, version='W/"5"'),
        delete(at, version='W/"6"'),
        delete(at, version='W/"6"'),
    )
    assert statuses(results) == ["412", "200", "412", "204", "404"]
    # What is created has no version before, and a member is a new one.
    [made, moved, late] = bulk(
        idp,
        {**new_group("Blue"), "version": 'W/"7"'},
        *(
            patch(
                "/Groups/bulkId:Blue",
                {"op": "add", "path": "members", "value": [{"value": idp.user(name)["id"]}]},
                version='W/"1"',
            )
            for name in ("bob", "eve")
        ),
    )
    assert statuses([made, moved, late]) == ["201", "204", "412"]


class Failing(MemoryBackend):
    """Memory whose writers meet what they are told to, one after the other."""

    ahead: list[Exception | None]

    def begin(self, caller: Caller, *, write: bool) -> AbstractContextManager[MemoryWork]:
        failure = self.ahead.pop(0) if write and caller.token_id and self.ahead else None
        if failure is not None:
            raise failure
        return super().begin(caller, write=write)


@pytest.fixture
def failing() -> Failing:
    backend = Failing()
    backend.ahead = []
    return backend


@pytest.mark.requirement("R221", "R222", "R233")
def test_what_breaks_unexpectedly_is_told_of_its_operation(
    failing: Failing, caplog: pytest.LogCaptureFixture
) -> None:
    idp = client_at(failing)
    user = idp.user("ada")
    at = f"/Users/{user['id']}"
    broken = RuntimeError("SELECT secret FROM /srv/app/models.py")
    failing.ahead = [None, broken, None, broken, broken, broken]
    results = bulk(
        idp,
        *(new_user("u0"), new_user("u1"), patch(at, TITLE), patch(at, TITLE), delete(at)),
        put(at, {"schemas": [USER], "userName": "ada"}),
        new_group("g", "bulkId:u0"),
    )
    assert statuses(results) == ["201", "500", "200", "500", "500", "500", "201"]
    records = [record for record in caplog.records if record.levelname == "ERROR"]
    for result, record in zip([results[1], *results[3:6]], records, strict=True):
        assert_failed(result, 500)
        reference = result["response"]["detail"].rstrip(".").split()[-1]
        assert reference in record.getMessage()
        assert record.exc_info is not None
        assert record.exc_info[1] is broken
    assert shown(idp, at)["title"] == "Countess"
    assert idp.members(id_of(results[6])) == {id_of(results[0])}


def circle(*names: str) -> list[Operation]:
    """Return the operations that create users each of whom is the manager of the one before."""
    return [
        new_user(name, **{ENTERPRISE: {"manager": {"value": f"bulkId:{manager}"}}})
        for name, manager in zip(names, [*names[1:], names[0]], strict=True)
    ]


@pytest.mark.requirement("R217", "R221", "R222")
def test_what_breaks_unexpectedly_is_told_of_a_whole_circle(failing: Failing) -> None:
    idp = client_at(failing)
    failing.ahead = [None, RuntimeError("SELECT secret"), None]
    results = bulk(
        idp, new_user("before"), *circle("a", "b", "c"), new_group("g", "bulkId:b"), new_user("z")
    )
    assert statuses(results) == ["201", "500", "500", "500", "409", "201"]
    for result in results[1:4]:
        assert_failed(result, 500)
    assert found(idp, "id pr") == {id_of(results[0]), id_of(results[5])}
    assert statuses(bulk(idp, *circle("a", "b", "c"), failOnErrors=1)) == ["201"] * 3


@pytest.mark.requirement("R222", "R282")
@pytest.mark.parametrize("operations", [lambda: [new_user("a")], lambda: circle("a", "b")])
def test_a_race_that_is_lost_again_and_again_is_told_as_such(
    failing: Failing, monkeypatch: pytest.MonkeyPatch, operations: Callable[[], list[Operation]]
) -> None:
    monkeypatch.setattr(attempts, "_FIRST_PAUSE", 0)
    idp = client_at(failing)
    failing.ahead = [LostRace("deadlock found")] * attempts.ATTEMPTS
    # To be sent again, all of it; the next finds no race any more.
    results = bulk(idp, *operations(), new_user("next"))
    assert statuses(results) == [*["503"] * len(operations()), "201"]
    for result in results[:-1]:
        assert_failed(result, 503)
        assert "deadlock" not in result["response"]["detail"]
    failing.ahead = [LostRace("deadlock found")] * (attempts.ATTEMPTS - 1)
    assert statuses(bulk(idp, *operations())) == ["201"] * len(operations())


@pytest.mark.requirement("R222")
def test_what_storage_has_to_say_is_said_as_alone(failing: Failing) -> None:
    idp = client_at(failing)
    at = f"/Users/{idp.user('ada')['id']}"
    failing.ahead = [InUse("fk_api_key_user"), InUse("fk_api_key_user")]
    [result] = bulk(idp, delete(at))
    assert_failed(result, 409, None, "refer")
    assert result["response"] == idp.delete(at).get_json()
    assert idp.delete(at).status_code == 204
