"""References of bulk operations to one another (RFC 7644 sections 3.7.1 and 3.7.2)."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from tests.conformance.bulk import BASE
from tests.conformance.bulk import Operation
from tests.conformance.bulk import Result
from tests.conformance.bulk import assert_failed
from tests.conformance.bulk import bulk
from tests.conformance.bulk import delete
from tests.conformance.bulk import id_of
from tests.conformance.bulk import new_group
from tests.conformance.bulk import new_user
from tests.conformance.bulk import patch
from tests.conformance.bulk import statuses
from tests.conformance.lookups import found
from tests.conformance.lookups import shown
from tests.conftest import ScimClient
from tests.dumps import dump
from tests.hosts import Storage
from tests.http.messages import ENTERPRISE
from tests.http.messages import GROUP
from tests.http.messages import USER


def managed(bulk_id: str, manager: str, **attributes: Any) -> Operation:
    """Return the operation that creates a user under a manager."""
    return new_user(bulk_id, **{ENTERPRISE: {"manager": {"value": manager}}}, **attributes)


def manager_of(idp: ScimClient, id: str) -> str | None:
    """Return the id of a user's manager."""
    manager = shown(idp, f"/Users/{id}").get(ENTERPRISE, {}).get("manager", {})
    value: str | None = manager.get("value")
    if value is not None:
        assert manager["$ref"] == f"{BASE}/Users/{value}"
    return value


def in_both_orders(operations: list[Operation]) -> list[list[Operation]]:
    """Return the operations as they are, and from behind."""
    return [operations, operations[::-1]]


def by_name(results: list[Result]) -> dict[str, str]:
    """Return the ids of what was created, by bulkId."""
    return {one["bulkId"]: id_of(one) for one in results if one["method"] == "POST"}


@pytest.mark.requirement("R215", "R216")
@pytest.mark.parametrize("forward", [False, True])
def test_a_reference_stands_for_the_new_id_wherever_it_is(idp: ScimClient, forward: bool) -> None:
    ada, bob = idp.user("ada")["id"], idp.user("bob")["id"]
    teams = [idp.team(f"t{number}", ada)["id"] for number in range(6)]
    whole = {"schemas": [GROUP], "displayName": "t5"}
    ref = "bulkId:new"
    member = [{"value": ref}]
    steps = [
        {"op": "add", "path": "members", "value": member},
        {"op": "Add", "value": {"members": [{"value": ada}, *member]}},
        {"op": "replace", "path": "members", "value": member},
        {"op": "replace", "value": {"members": member}},
        {"op": "add", "path": f"{GROUP}:members", "value": {"value": ref}},
    ]
    placed = [
        *(patch(f"/Groups/{team}", step) for team, step in zip(teams, steps, strict=False)),
        {
            "method": "PUT",
            "path": f"/Groups/{teams[5]}",
            "data": {**whole, "members": [{"value": ref, "$ref": f"{BASE}/Users/{ref}"}]},
        },
        new_group("fresh", ref, ada),
        managed("report", ref, profileUrl=f"https://example.com/people/{ref}", externalId=ref),
        patch(f"/Users/{ada}", {"op": "add", "path": f"{ENTERPRISE}:manager.value", "value": ref}),
        patch(f"/Users/{bob}", {"op": "add", "value": {ENTERPRISE: {"manager": {"value": ref}}}}),
        patch(f"/Users/{ref}", {"op": "add", "path": "title", "value": "Countess"}),
    ]
    maker = new_user("new")
    results = bulk(idp, *([*placed, maker] if forward else [maker, *placed]))
    assert {status[:2] for status in statuses(results)} == {"20"}, results
    ids = by_name(results)
    new, report = ids["new"], ids["report"]
    assert [idp.members(team) for team in teams] == [
        *({ada, new}, {ada, new}, {new}, {new}, {ada, new}, {new})
    ]
    assert idp.members(ids["fresh"]) == {new, ada}
    assert [manager_of(idp, id) for id in (report, ada, bob)] == [new] * 3
    assert shown(idp, f"/Users/{report}")["profileUrl"] == f"https://example.com/people/{new}"
    assert shown(idp, f"/Users/{report}")["externalId"] == new
    assert shown(idp, f"/Users/{new}")["title"] == "Countess"
    place = results[-2 if forward else -1]["location"]
    assert place == f"{BASE}/Users/{new}"


@pytest.mark.requirement("R215")
def test_a_reference_stands_in_the_paths_of_what_follows(idp: ScimClient) -> None:
    body = {"schemas": [USER], "userName": "renamed"}
    results = bulk(
        idp,
        new_user("u"),
        new_user("v"),
        new_group("g", "bulkId:u", "bulkId:v"),
        patch("/Groups/bulkId:g", {"op": "remove", "path": 'members[value eq "bulkId:u"]'}),
        {"method": "PUT", "path": "/Users/bulkId:u", "data": body},
        patch("Users/BULKID:v", {"op": "add", "path": "title", "value": "Ms."}),
        new_group("gone", "bulkId:v"),
        delete("/Groups/bulkId:gone"),
        patch(
            "/Groups/bulkId:g",
            {"op": "remove", "path": "members", "value": [{"value": "bulkId:v"}]},
            {"op": "add", "path": "members", "value": [{"value": "bulkId:u"}]},
        ),
    )
    assert statuses(results) == [*["201"] * 3, "204", "200", "200", "201", "204", "204"]
    ids = by_name(results)
    places = [f"{BASE}/{at}" for at in (f"Groups/{ids['g']}", f"Users/{ids['u']}")]
    assert [results[3]["location"], results[4]["location"]] == places
    assert idp.members(ids["g"]) == {ids["u"]}
    assert shown(idp, f"/Users/{ids['u']}")["userName"] == "renamed"
    assert shown(idp, f"/Users/{ids['v']}")["title"] == "Ms."
    assert found(idp, "id pr", "/Groups") == {ids["g"]}


@pytest.mark.requirement("R215")
@pytest.mark.parametrize(
    "name",
    [
        *("qwerty", "1", "John Smith", "ada@example.com", "a/b", "urn:x:y", "Zoë", "bulkId:x"),
        *("0190a1b2-0000-7000-8000-000000000000", "x" * 200, "%41", "[a]", "*", "\\d+"),
    ],
)
def test_a_bulk_id_may_be_any_text(idp: ScimClient, name: str) -> None:
    steps = [
        {"op": "add", "path": "members", "value": [{"value": f"bulkId:{name}"}]},
        {"op": "remove", "path": "members", "value": [{"value": f"bulkId:{name}"}]},
    ]
    results = bulk(
        idp,
        new_group("g", f"bulkId:{name}"),
        new_user(name, "ada"),
        patch("/Groups/bulkId:g", steps[1]),
        patch("/Groups/bulkId:g", steps[0]),
        patch(f"/Users/bulkId:{name}", {"op": "add", "path": "title", "value": "Ms."}),
    )
    assert statuses(results) == ["201", "201", "204", "204", "200"]
    assert results[1]["bulkId"] == name
    assert idp.members(id_of(results[0])) == {id_of(results[1])}


@pytest.mark.requirement("R213", "R215", "R216")
@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_a_chain_is_made_in_whatever_order_it_is_sent(
    idp: ScimClient, order: tuple[int, ...]
) -> None:
    chain = [
        new_group("team", "bulkId:clerk", "bulkId:lead"),
        managed("clerk", "bulkId:lead"),
        managed("lead", "bulkId:head"),
        new_user("head"),
    ]
    sent = [chain[number] for number in order]
    results = bulk(idp, *sent)
    assert statuses(results) == ["201"] * 4
    assert [one["bulkId"] for one in results] == [one["bulkId"] for one in sent]
    ids = by_name(results)
    assert idp.members(ids["team"]) == {ids["clerk"], ids["lead"]}
    managers = [manager_of(idp, ids[name]) for name in ("clerk", "lead", "head")]
    assert managers == [ids["lead"], ids["head"], None]


@pytest.mark.requirement("R216")
def test_only_what_waits_changes_its_place(idp: ScimClient) -> None:
    # Apart from what they wait for, operations are carried out as they were sent.
    user = idp.user("ada", title="0")
    at = f"/Users/{user['id']}"

    def titled(title: str, version: str) -> Operation:
        step = {"op": "replace", "path": "title", "value": title}
        return patch(at, step, version=version)

    results = bulk(
        idp,
        titled("1", 'W/"1"'),
        titled("bulkId:late", 'W/"3"'),
        titled("2", 'W/"2"'),
        new_user("late"),
        titled("3", 'W/"4"'),
        new_user("last"),
    )
    assert statuses(results) == ["200", "200", "200", "201", "200", "201"]
    assert shown(idp, at)["title"] == "3"
    late, last = id_of(results[3]), id_of(results[5])
    assert late < last


@pytest.mark.requirement("R216")
def test_a_long_chain_is_made_from_its_end(idp: ScimClient) -> None:
    length = 200
    forward = [managed(f"u{number}", f"bulkId:u{number + 1}") for number in range(length - 1)]
    results = bulk(idp, *forward, new_user(f"u{length - 1}"))
    assert statuses(results) == ["201"] * length
    ids = [id_of(result) for result in results]
    assert [manager_of(idp, id) for id in ids[::20]] == ids[1::20]


@pytest.mark.requirement("R217")
@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_users_may_be_one_anothers_managers(idp: ScimClient, count: int) -> None:
    names = [f"u{number}" for number in range(count)]
    around = [
        managed(name, f"bulkId:{after}")
        for name, after in zip(names, [*names[1:], names[0]], strict=True)
    ]
    beside = [new_group("team", *(f"bulkId:{name}" for name in names)), new_user("other")]
    for number, operations in enumerate(in_both_orders([beside[0], *around, beside[1]])):
        results = bulk(idp, *operations)
        assert statuses(results) == ["201"] * (count + 2)
        ids = by_name(results)
        assert [manager_of(idp, ids[name]) for name in names] == [
            ids[name] for name in [*names[1:], names[0]]
        ]
        assert idp.members(ids["team"]) == {ids[name] for name in names}
        if number == 0:
            # None is left of what has the same names.
            gone = [delete(f"/Users/{ids[name]}") for name in [*names, "other"]]
            assert set(statuses(bulk(idp, *gone, delete(f"/Groups/{ids['team']}")))) == {"204"}


@pytest.mark.requirement("R217")
@pytest.mark.parametrize("count", [2, 3])
def test_groups_in_a_circle_are_made_or_fail_together(
    idp: ScimClient, storage: Storage, count: int
) -> None:
    names = [f"g{number}" for number in range(count)]
    around = [
        new_group(name, f"bulkId:{after}", "bulkId:ada")
        for name, after in zip(names, [*names[1:], names[0]], strict=True)
    ]
    beside = [new_group("above", "bulkId:g0"), new_group("beside", "bulkId:ada")]
    results = bulk(idp, beside[0], around[0], new_user("ada"), beside[1], *around[1:])
    circle = [results[1], *results[4:]]
    assert statuses(results[2:4]) == ["201", "201"]
    ada = id_of(results[2])
    if not storage.backend.types.nests:
        for result in (results[0], *circle):
            assert_failed(result, 409)
        assert found(idp, "id pr", "/Groups") == {id_of(results[3])}
        return
    ids = [id_of(result) for result in circle]
    for id, after in zip(ids, [*ids[1:], ids[0]], strict=True):
        members = {one["value"]: one["type"] for one in shown(idp, f"/Groups/{id}")["members"]}
        assert members == {after: "Group", ada: "User"}
    assert idp.members(id_of(results[0])) == {ids[0]}


@pytest.mark.requirement("R217", "R222")
def test_a_group_cannot_be_a_member_of_itself_here_either(
    idp: ScimClient, storage: Storage
) -> None:
    before = dump(storage)
    assert_failed(bulk(idp, new_group("g", "bulkId:g"))[0], 400, "invalidValue", "members")
    assert dump(storage) == before


@pytest.mark.requirement("R217", "R221")
def test_a_circle_is_made_whole_or_not_at_all(idp: ScimClient) -> None:
    idp.user("taken")
    everybody = found(idp, "id pr")
    beside = new_user("beside")
    for faulty, expected in (
        # What one of them would be refused for alone is its own error.
        (managed("b", "bulkId:c", title={"a": "b"}), "400"),
        ({"method": "POST", "path": "/Nope", "bulkId": "b", "data": "bulkId:c"}, "404"),
        # What turns out when they are stored is of all of them.
        (managed("b", "bulkId:c", userName=""), "409"),
        (managed("b", "bulkId:c", userName="TAKEN"), "409"),
    ):
        results = bulk(
            idp, managed("a", "bulkId:b"), faulty, managed("c", "bulkId:a"), beside, failOnErrors=9
        )
        assert statuses(results[:3]) == ["409", expected, "409"]
        for result in results[:3]:
            scim_type = "invalidValue" if result["status"] == "400" else None
            assert_failed(result, int(result["status"]), scim_type)
        assert found(idp, "id pr") == {*everybody, id_of(results[3])}
        idp.delete(f"/Users/{id_of(results[3])}")
    # Each of them counts as an error.
    faulty = managed("b", "bulkId:a", userName="TAKEN")
    for limit, tried in ((1, 2), (2, 2), (3, 3)):
        results = bulk(idp, managed("a", "bulkId:b"), faulty, beside, failOnErrors=limit)
        assert statuses(results) == ["409", "409", "201"][:tried]


@pytest.mark.requirement("R218")
def test_an_unknown_bulk_id_fails_its_operation_alone(idp: ScimClient, storage: Storage) -> None:
    ada = idp.user("ada")["id"]
    team = idp.team("Blue", ada)["id"]
    at, members = f"/Groups/{team}", [{"value": ada}, {"value": "bulkId:nobody"}]
    removal = {"op": "remove", "path": 'members[value eq "bulkId:nobody"]'}
    operations = [
        new_group("g", ada, "bulkId:nobody"),
        managed("u", "bulkId:nobody"),
        patch(at, {"op": "add", "path": "members", "value": members}),
        patch(at, removal),
        {
            "method": "PUT",
            "path": at,
            "data": {"schemas": [GROUP], "displayName": "B", "members": members},
        },
        patch("/Users/bulkId:nobody", {"op": "add", "path": "title", "value": "x"}),
        delete("/Users/bulkId:nobody"),
        # Only what is created can be referred to, and its name is exact.
        patch(f"/Users/{ada}", {"op": "add", "path": "title", "value": "bulkId:other"}),
        delete("/Users/x", bulkId="other"),
        new_group("h", "bulkId:NOBODY"),
    ]
    before = dump(storage)
    results = bulk(idp, *operations)
    for number, result in enumerate(results):
        if number != 8:
            word = {7: "other", 9: "NOBODY"}.get(number, "nobody")
            assert_failed(result, 400, "invalidValue", "bulkId", word)
    assert results[8]["status"] == "404"
    assert dump(storage) == before
    mixed = bulk(idp, new_user("eve"), operations[0], new_group("k", "bulkId:eve"))
    assert statuses(mixed) == ["201", "400", "201"]
    assert idp.members(id_of(mixed[2])) == {id_of(mixed[0])}


@pytest.mark.requirement("R218")
@pytest.mark.parametrize("turned", [False, True])
def test_what_refers_to_a_failure_fails_as_well(
    idp: ScimClient, storage: Storage, turned: bool
) -> None:
    ada = idp.user("ada")["id"]
    operations = [
        new_user("bad", "ADA"),
        managed("report", "bulkId:bad"),
        new_group("team", ada, "bulkId:report"),
        patch("/Users/bulkId:report", {"op": "add", "path": "title", "value": "x"}),
        delete("/Users/bulkId:bad"),
        patch(f"/Users/{ada}", {"op": "add", "path": "title", "value": "bulkId:team"}),
        {"method": "POST", "path": "/Users", "bulkId": "shapeless"},
        delete("/Users/bulkId:shapeless"),
    ]
    before = dump(storage)
    results = bulk(idp, *(operations[::-1] if turned else operations))
    results = results[::-1] if turned else results
    assert_failed(results[0], 409, "uniqueness", "userName")
    assert_failed(results[6], 400, "invalidSyntax", "data")
    unmet = {1: "bad", 2: "report", 3: "report", 4: "bad", 5: "team", 7: "shapeless"}
    for number, cause in unmet.items():
        assert_failed(results[number], 409, None, repr(cause), "failed")
    assert results[5]["location"] == f"{BASE}/Users/{ada}"
    assert dump(storage) == before
