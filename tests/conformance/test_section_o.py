"""Bulk requests: their shape, their results, their limits (RFC 7644 section 3.7)."""

from __future__ import annotations

from json import dumps
from typing import Any

import pytest

from tests.conformance.bulk import BASE
from tests.conformance.bulk import BULK_REQUEST
from tests.conformance.bulk import assert_failed
from tests.conformance.bulk import bulk
from tests.conformance.bulk import delete
from tests.conformance.bulk import id_of
from tests.conformance.bulk import message
from tests.conformance.bulk import new_group
from tests.conformance.bulk import new_user
from tests.conformance.bulk import patch
from tests.conformance.bulk import statuses
from tests.conformance.doors import client_at
from tests.conformance.lookups import shown
from tests.conftest import ScimClient
from tests.dumps import dump
from tests.hosts import Storage
from tests.http.messages import PATCH
from tests.http.messages import USER
from tests.http.messages import assert_error

NOBODY = "/Users/0190a1b2-0000-7000-8000-000000000000"


def titled(title: str) -> dict[str, Any]:
    """Return the step of a PATCH that sets the title."""
    return {"op": "replace", "path": "title", "value": title}


def names(idp: ScimClient) -> set[str]:
    """Return the names of all users."""
    return {user["userName"] for user in shown(idp, "/Users")["Resources"]}


@pytest.mark.requirement("R211")
def test_a_bulk_request_is_answered_with_a_bulk_response(idp: ScimClient) -> None:
    assert statuses(bulk(idp, new_user("ada"))) == ["201"]
    # Names of attributes have no letter case, and what is not known is left out.
    response = idp.post(
        "/Bulk",
        {"SCHEMAS": [BULK_REQUEST.upper()], "operations": [new_user("bob")], "nonsense": 1},
    )
    assert (response.status_code, names(idp)) == (200, {"ada", "bob"})
    assert shown(idp, "/ServiceProviderConfig")["bulk"]["supported"] is True


@pytest.mark.requirement("R211")
def test_another_message_is_refused_as_a_whole(idp: ScimClient, storage: Storage) -> None:
    good = new_user("ada")
    before = dump(storage)
    for body in (
        *([], "bulk", 5, {}, [message(good)]),
        *({"schemas": [one], "Operations": [good]} for one in (PATCH, USER, "", None, 5)),
        {"Operations": [good]},
        *({"schemas": schemas, "Operations": [good]} for schemas in ([], None, BULK_REQUEST)),
        {"schemas": [BULK_REQUEST]},
        *({"schemas": [BULK_REQUEST], "Operations": o} for o in ([], None, good, "all", 1)),
        *(message(good, failOnErrors=number) for number in (0, -1, "1", 1.5, True, [1])),
    ):
        assert_error(idp.post("/Bulk", body), 400, "invalidSyntax")
    assert_error(idp.request("POST", "/Bulk", data=b"{"), 415)
    json = {"content_type": "application/scim+json"}
    assert_error(idp.request("POST", "/Bulk", data=b"{", **json), 400, "invalidSyntax")
    assert_error(idp.request("POST", "/Bulk", **json), 400, "invalidSyntax")
    assert_error(ScimClient(idp.client, "none").post("/Bulk", message(good)), 401)
    for method in ("GET", "PUT", "PATCH", "DELETE", "OPTIONS"):
        refused = idp.request(method, "/Bulk")
        assert_error(refused, 405, None, method)
        assert refused.headers["Allow"] == "POST"
    assert dump(storage) == before


@pytest.mark.requirement("R212")
def test_an_operation_that_lacks_something_fails_by_itself(
    idp: ScimClient, storage: Storage
) -> None:
    user = idp.user("ada")
    at = f"/Users/{user['id']}"
    data = {"schemas": [USER], "userName": "eve"}
    post = new_user("x", "eve")
    table: list[tuple[Any, str]] = [
        *(({**post, "method": method}, "method") for method in (None, 5, [], {}, True)),
        *(({**post, "method": method}, "method") for method in ("", "GET", "HEAD", "POSTS", " ")),
        ({name: post[name] for name in ("path", "bulkId", "data")}, "method"),
        ({name: post[name] for name in ("method", "bulkId", "data")}, "path"),
        *(({**post, "path": path}, "path") for path in (None, 5, [], {})),
        ({name: post[name] for name in ("method", "path", "data")}, "bulkId"),
        *(({**post, "bulkId": bulk_id}, "bulkId") for bulk_id in (None, "", "", 5, [], {})),
        ({name: post[name] for name in ("method", "path", "bulkId")}, "data"),
        ({**post, "data": None}, "data"),
        *(({"method": method, "path": at}, "data") for method in ("PUT", "PATCH")),
        *(({"method": method, "path": at, "data": None}, "data") for method in ("PUT", "PATCH")),
        *((delete(at, version=version), "version") for version in (1, [], {})),
        *((operation, "object") for operation in (None, 5, "POST", [post], [])),
    ]
    operations = [
        {**one, "bulkId": f"x{number}"}
        if isinstance(one, dict) and one.get("bulkId") == "x"
        else one
        for number, (one, _) in enumerate(table)
    ]
    before = dump(storage)
    # None of them is in the way of another: each has its result, in its place.
    for (_, word), result in zip(table, bulk(idp, *operations), strict=True):
        assert_failed(result, 400, "invalidSyntax", word)
    assert dump(storage) == before
    broken = operations[:9]
    results = bulk(idp, *broken, patch(at, titled("Countess")), *broken)
    assert results[9]["status"] == "200"
    assert shown(idp, at)["title"] == "Countess"
    # Nor are the names of methods in letter case; nor does DELETE need data, or PUT a bulkId.
    put = {"method": "Put", "path": at, "data": {**data, "userName": "ada"}}
    assert statuses(bulk(idp, put, {"method": "delete", "path": at})) == ["200", "204"]


@pytest.mark.requirement("R213")
def test_the_results_say_all_there_is_to_say(idp: ScimClient) -> None:
    ada, bob, eve = (idp.user(name)["id"] for name in ("ada", "bob", "eve"))
    team = idp.team("Blue", ada)["id"]
    results = bulk(
        idp,
        new_group("Red", "bulkId:kim"),
        {"method": "PUT", "path": f"/Users/{ada}", "data": {"schemas": [USER], "userName": "a"}},
        new_user("kim"),
        patch(f"/Users/{bob}", titled("Sir"), bulkId="mine"),
        patch(f"/Groups/{team}", {"op": "remove", "path": "members"}),
        patch(f"/Groups/{team}", {"op": "remove", "path": "members"}),
        delete(f"/Users/{eve}"),
        {"method": "PUT", "path": NOBODY, "data": {"schemas": [USER], "userName": "x"}},
        new_user("kim2", "KIM"),
    )
    red, kim = id_of(results[0]), id_of(results[2])
    error = results[7].pop("response"), results[8].pop("response")
    assert [one["status"] for one in error] == ["404", "409"]
    places = [
        *(f"/Groups/{red}", f"/Users/{ada}", f"/Users/{kim}", f"/Users/{bob}"),
        *(f"/Groups/{team}", f"/Groups/{team}", f"/Users/{eve}", NOBODY),
    ]
    done = [
        {"method": "POST", "bulkId": "Red", "version": 'W/"1"', "status": "201"},
        {"method": "PUT", "version": 'W/"2"', "status": "200"},
        {"method": "POST", "bulkId": "kim", "version": 'W/"1"', "status": "201"},
        {"method": "PATCH", "bulkId": "mine", "version": 'W/"2"', "status": "200"},
        {"method": "PATCH", "version": 'W/"2"', "status": "204"},
        {"method": "PATCH", "version": 'W/"2"', "status": "204"},
        {"method": "DELETE", "status": "204"},
        {"method": "PUT", "status": "404"},
    ]
    located = [{**one, "location": BASE + at} for one, at in zip(done, places, strict=True)]
    assert results == [*located, {"method": "POST", "bulkId": "kim2", "status": "409"}]
    for one, at in zip(done[:6], places[:6], strict=True):
        now = shown(idp, at)["meta"]
        assert (now["version"], now["location"]) == (one["version"], BASE + at)


@pytest.mark.requirement("R213")
def test_only_a_failed_post_has_no_location(idp: ScimClient) -> None:
    user = idp.user("ada")
    at = f"/Users/{user['id']}"
    put = {"method": "PUT", "path": at}
    body = {"schemas": [USER], "userName": "ada"}
    failing = [
        put,
        {**put, "data": {"schemas": [USER]}},
        {**put, "data": body, "version": 'W/"7"'},
        {**put, "data": {**body, "title": "bulkId:nobody"}},
        patch(at),
        delete(at, version='W/"7"'),
        delete(at, version=5),
        {**put, "path": NOBODY, "data": body},
        delete(NOBODY),
    ]
    results = bulk(idp, *failing)
    assert statuses(results) == ["400", "400", "412", "400", "400", "412", "400", "404", "404"]
    assert [result["location"] for result in results] == [BASE + at] * 7 + [BASE + NOBODY] * 2
    # A resource that there never was is nowhere, and neither is what is no path of one.
    nowhere = [
        new_user("x", ""),
        delete("/Users/bulkId:x"),
        delete("/Users/bulkId:nobody"),
        *(delete(path) for path in ("/Users", "/Nope/1", "", "/Users/1/2")),
    ]
    assert not [result for result in bulk(idp, *nowhere) if "location" in result]


@pytest.mark.requirement("R214")
@pytest.mark.parametrize(
    ("limit", "tried"), [(None, 7), (1, 2), (2, 4), (3, 6), (4, 7), (1_000_000, 7)]
)
def test_after_as_many_errors_as_are_allowed_no_more_is_tried(
    idp: ScimClient, limit: int | None, tried: int
) -> None:
    operations = [
        new_user("u0"),
        delete(NOBODY),
        new_user("u2"),
        new_user("U0"),
        new_user("u4"),
        new_group("g5", "nobody"),
        new_user("u6"),
    ]
    results = bulk(idp, *operations, failOnErrors=limit)
    expected = ["201", "404", "201", "409", "201", "400", "201"]
    assert statuses(results) == expected[:tried]
    assert names(idp) == {f"u{number}" for number in (0, 2, 4, 6) if number < tried}


@pytest.mark.requirement("R213", "R214")
def test_what_waits_for_another_is_not_tried_after_that_fails(idp: ScimClient) -> None:
    operations = [
        new_group("waiting", "bulkId:failing"),
        new_user("before"),
        new_user("failing", ""),
        new_user("behind"),
    ]
    # In the order of the request, and without those that were not tried.
    first = bulk(idp, *operations, failOnErrors=1)
    assert [result["bulkId"] for result in first] == ["before", "failing"]
    assert statuses(first) == ["201", "400"]
    # A reference that cannot be met is an error as well, and counts.
    second = bulk(idp, *operations[:1], *operations[2:], failOnErrors=2)
    assert [result["bulkId"] for result in second] == ["waiting", "failing"]
    assert statuses(second) == ["409", "400"]
    assert names(idp) == {"before"}


@pytest.mark.requirement("R219")
def test_a_bulk_id_that_is_used_twice_is_refused(idp: ScimClient, storage: Storage) -> None:
    before = dump(storage)
    for operations in (
        [new_user("x", "ada"), new_user("x", "bob")],
        [new_user("x", "ada"), new_user("y", "bob"), new_group("x")],
        [new_user("x", "ada"), {"method": "POST", "bulkId": "x"}],
        [new_user("long" * 100, "ada"), new_user("long" * 100, "bob")],
    ):
        refused = idp.post("/Bulk", message(*operations))
        assert_error(refused, 400, "invalidSyntax", "bulkId", operations[0]["bulkId"][:60])
    assert dump(storage) == before
    # They are compared exactly, and name what is created: the others' are for the client alone.
    at = f"/Users/{idp.user('eve')['id']}"
    changes = [patch(at, titled(title), bulkId="x") for title in ("Ms.", "Dr.")]
    results = bulk(idp, new_user("x", "ada"), new_user("X", "bob"), *changes)
    assert statuses(results) == ["201", "201", "200", "200"]
    assert [result["bulkId"] for result in results] == ["x", "X", "x", "x"]


@pytest.mark.requirement("R220")
def test_too_many_operations_are_refused_before_the_first(storage: Storage) -> None:
    idp = client_at(storage.backend, SCIM_BULK_MAX_OPERATIONS=3)
    assert shown(idp, "/ServiceProviderConfig")["bulk"]["maxOperations"] == 3
    before = dump(storage)
    operations = [new_user(f"u{number}") for number in range(4)]
    assert_error(idp.post("/Bulk", message(*operations)), 413, None, "3", "4")
    # Those that could not be carried out count too.
    assert_error(idp.post("/Bulk", message(operations[0], None, None, None)), 413, None, "3")
    assert dump(storage) == before
    assert statuses(bulk(idp, *operations[:3])) == ["201"] * 3


@pytest.mark.requirement("R220")
def test_too_large_a_body_is_refused_before_the_first_operation(storage: Storage) -> None:
    idp = client_at(storage.backend, SCIM_MAX_BODY_BYTES=1_000)
    assert shown(idp, "/ServiceProviderConfig")["bulk"]["maxPayloadSize"] == 1_000
    before = dump(storage)
    body = dumps(message(new_user("ada"))).encode().ljust(1_000)
    json = {"content_type": "application/scim+json"}
    assert_error(idp.request("POST", "/Bulk", data=body + b" ", **json), 413, None, "1000")
    assert dump(storage) == before
    assert idp.request("POST", "/Bulk", data=body, **json).status_code == 200
    assert names(idp) == {"ada"}


@pytest.mark.requirement("R220")
def test_as_many_operations_as_are_promised_are_carried_out(idp: ScimClient) -> None:
    limit = shown(idp, "/ServiceProviderConfig")["bulk"]["maxOperations"]
    assert statuses(bulk(idp, *[delete("/Users/x", bulkId="x")] * limit)) == ["404"] * limit
    refused = idp.post("/Bulk", message(*[delete("/Users/x")] * (limit + 1)))
    assert_error(refused, 413, None, str(limit))
