"""A resource type of the host's own has all that users and groups have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from flask_scim_teams import ScimTeams
from tests.conformance.lookups import found
from tests.conformance.lookups import shown
from tests.conftest import ScimClient
from tests.extensions.bodies import UNTIL
from tests.extensions.bodies import device
from tests.extensions.bodies import made
from tests.extensions.bodies import room
from tests.extensions.declarations import DEVICE
from tests.extensions.declarations import ROOM
from tests.extensions.declarations import WARRANTY
from tests.http.messages import assert_error
from tests.http.messages import without_meta

pytestmark = pytest.mark.requirement("R069")

BASE = "http://localhost/scim/v2"
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
WHOLE: dict[str, Any] = {
    "name": "Printer",
    "serial": "S-1",
    "ports": 2,
    "weight": 7.5,
    "active": True,
    "bought": "2024-01-02T03:04:05Z",
    "owner": "https://people.example/ada",
    "tags": ["paper", "Loud"],
    WARRANTY.id: {"until": UNTIL, "vendor": "Acme"},
}


@pytest.fixture
def devices(idp: ScimClient) -> dict[str, str]:
    """The ids of three devices by their names."""
    rows = (("Alpha", 1, 0.5), ("beta", 2, 1.5), ("Gamma", 10, 12))
    return {
        name: made(idp, "/Devices", device(name, ports=ports, weight=weight))["id"]
        for name, ports, weight in rows
    }


def test_created_read_replaced_deleted(idp: ScimClient) -> None:
    response = idp.post("/Devices", device(**WHOLE))
    created = response.get_json()
    url = f"/Devices/{created['id']}"
    assert response.status_code == 201
    assert response.headers["Location"] == created["meta"]["location"] == f"{BASE}{url}"
    assert created["schemas"] == [DEVICE.schema.id, WARRANTY.id]
    assert created["meta"]["resourceType"] == "Device"
    assert without_meta(created) == WHOLE
    assert shown(idp, url) == created

    replaced = idp.put(url, device("Scanner", externalId="e1"))
    assert replaced.status_code == 200
    expected = {"name": "Scanner", "externalId": "e1", WARRANTY.id: {"until": UNTIL}}
    assert without_meta(replaced.get_json()) == {**expected, "serial": "S-1"}
    assert shown(idp, url) == replaced.get_json()

    assert idp.delete(url).status_code == 204
    assert_error(idp.get(url), 404, None, "Device")
    assert_error(idp.put(url, device()), 404, None, "Device")
    assert found(idp, "name pr", "/Devices") == set()
    made(idp, "/Devices", device("Scanner"))


def test_modified(idp: ScimClient) -> None:
    created = made(idp, "/Devices", device(**WHOLE))
    url = f"/Devices/{created['id']}"
    response = idp.patch(
        url,
        {"op": "replace", "path": "ports", "value": 4},
        {"op": "add", "path": "tags", "value": ["new", "paper"]},
        {"op": "remove", "path": "bought"},
        {"op": "replace", "path": "active", "value": "False"},
        {"op": "replace", "value": {f"{WARRANTY.id}:vendor": "Other", "weight": 8}},
    )
    assert response.status_code == 200
    changed = {name: value for name, value in WHOLE.items() if name != "bought"}
    changed |= {"ports": 4, "tags": ["paper", "Loud", "new"], "active": False, "weight": 8}
    changed[WARRANTY.id] = {"until": UNTIL, "vendor": "Other"}
    assert without_meta(response.get_json()) == changed
    assert shown(idp, url) == response.get_json()
    wrong = idp.patch(url, {"op": "replace", "path": "nothing", "value": 1})
    assert_error(wrong, 400, "invalidPath", "Device")


def test_versions(idp: ScimClient) -> None:
    created = made(idp, "/Devices", device())
    url, tag = f"/Devices/{created['id']}", created["meta"]["version"]
    assert idp.get(url, headers={"If-None-Match": tag}).status_code == 304
    same = idp.patch(url, {"op": "replace", "path": "name", "value": "Printer"})
    assert same.headers["ETag"] == tag
    ports = {"op": "add", "path": "ports", "value": 3}
    changed = idp.patch(url, ports, headers={"If-Match": tag})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != tag
    assert_error(idp.put(url, device(), headers={"If-Match": tag}), 412)
    assert_error(idp.delete(url, headers={"If-Match": tag}), 412)
    assert shown(idp, url)["ports"] == 3
    assert idp.delete(url, headers={"If-Match": changed.headers["ETag"]}).status_code == 204


@pytest.mark.parametrize(
    ("filter", "names"),
    [
        ('name eq "ALPHA"', {"Alpha"}),
        ('name sw "b" or name co "AMM"', {"beta", "Gamma"}),
        (f'{DEVICE.schema.id}:name eq "beta"', {"beta"}),
        ("ports gt 2", {"Gamma"}),
        ("ports ge 2", {"beta", "Gamma"}),
        ("weight lt 12", {"Alpha", "beta"}),
        ("weight eq 12.0", {"Gamma"}),
        ("not (ports eq 1)", {"beta", "Gamma"}),
        ("active pr", set()),
        (f'{WARRANTY.id}:until lt "2031-01-01T00:00:00+02:00"', {"Alpha", "beta", "Gamma"}),
        (f"{WARRANTY.id}:vendor pr", set()),
        (f'schemas eq "{WARRANTY.id}"', {"Alpha", "beta", "Gamma"}),
        ('meta.resourceType eq "Device"', {"Alpha", "beta", "Gamma"}),
        ('meta.resourceType eq "User"', set()),
    ],
)
def test_filtered(idp: ScimClient, devices: dict[str, str], filter: str, names: set[str]) -> None:
    made(idp, "/Rooms", room(code="Alpha"))
    assert found(idp, filter, "/Devices") == {devices[name] for name in names}
    posted = idp.post("/Devices/.search", {"schemas": [SEARCH], "filter": filter})
    assert {one["id"] for one in posted.get_json()["Resources"]} == {devices[n] for n in names}


@pytest.mark.parametrize("filter", ["nothing pr", 'ports eq "two"', "ports co 1", "userName pr"])
def test_filters_that_do_not_apply(idp: ScimClient, filter: str) -> None:
    response = idp.get("/Devices", query_string={"filter": filter})
    assert_error(response, 400, "invalidFilter")


@pytest.mark.parametrize(
    ("path", "order"),
    [
        ("name", ["Alpha", "beta", "Gamma"]),
        ("ports", ["Alpha", "beta", "Gamma"]),
        ("weight", ["Alpha", "beta", "Gamma"]),
        (f"{DEVICE.schema.id}:ports", ["Alpha", "beta", "Gamma"]),
    ],
)
def test_sorted_and_paged(
    idp: ScimClient, devices: dict[str, str], path: str, order: list[str]
) -> None:
    for direction, expected in (("ascending", order), ("descending", order[::-1])):
        asked = {"sortBy": path, "sortOrder": direction}
        listed = shown(idp, "/Devices", **asked)
        assert [one["name"] for one in listed["Resources"]] == expected
        second = shown(idp, "/Devices", **asked, startIndex="2", count="1")
        assert (second["totalResults"], second["startIndex"]) == (3, 2)
        assert [one["name"] for one in second["Resources"]] == expected[1:2]


@pytest.mark.parametrize("sort", [{}, {"sortBy": "weight", "sortOrder": "descending"}])
def test_walked_by_cursor(idp: ScimClient, devices: dict[str, str], sort: dict[str, str]) -> None:
    names: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = shown(idp, "/Devices", count="1", cursor=cursor, **sort)
        names += [one["name"] for one in page["Resources"]]
        cursor = page.get("nextCursor")
    assert names == (["Gamma", "beta", "Alpha"] if sort else ["Alpha", "beta", "Gamma"])


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({"attributes": "name"}, {"name"}),
        ({"attributes": f"{DEVICE.schema.id}:ports,TAGS"}, {"ports", "tags"}),
        ({"attributes": f"{WARRANTY.id}:vendor"}, {WARRANTY.id}),
        ({"excludedAttributes": f"serial,{WARRANTY.id},meta,owner"}, {*WHOLE} - {"serial"}),
    ],
)
def test_projected(idp: ScimClient, asked: dict[str, str], names: set[str]) -> None:
    id = made(idp, "/Devices", device(**WHOLE))["id"]
    names = names - ({"owner", WARRANTY.id} if "excludedAttributes" in asked else set())
    for body in (
        shown(idp, f"/Devices/{id}", **asked),
        shown(idp, "/Devices", **asked)["Resources"][0],
        idp.put(f"/Devices/{id}", device(**WHOLE), query_string=asked).get_json(),
    ):
        assert {*body} == names | {"schemas", "id"}
    if WARRANTY.id in names:
        assert body[WARRANTY.id] == {"vendor": "Acme"}


def test_searched_from_the_root(idp: ScimClient, devices: dict[str, str]) -> None:
    ada = idp.user("ada")["id"]
    attic = made(idp, "/Rooms", room(code="Attic", capacity=2))["id"]
    everything = shown(idp, "/")
    assert {one["id"] for one in everything["Resources"]} == {ada, attic, *devices.values()}
    body = {"schemas": [SEARCH], "filter": "ports gt 1 or capacity gt 1 or userName pr"}
    answer = idp.post("/.search", body).get_json()
    expected = {ada, attic, devices["beta"], devices["Gamma"]}
    assert {one["id"] for one in answer["Resources"]} == expected


def test_bulk(idp: ScimClient) -> None:
    old = made(idp, "/Devices", device("Old"))["id"]
    worn = made(idp, "/Devices", device("Worn"))["id"]
    patch = {"Operations": [{"op": "add", "path": "ports", "value": 8}]}
    patch["schemas"] = ["urn:ietf:params:scim:api:messages:2.0:PatchOp"]  # type: ignore[assignment]
    operations = [
        {"method": "POST", "path": "/Devices", "bulkId": "a", "data": device("New")},
        {"method": "POST", "path": "/Devices", "bulkId": "b", "data": device("New")},
        {"method": "PUT", "path": f"/Devices/{old}", "data": device("Newer", ports=1)},
        {"method": "PATCH", "path": "/Devices/bulkId:a", "data": patch},
        {"method": "DELETE", "path": f"/Devices/{worn}"},
        {"method": "POST", "path": "/Rooms", "bulkId": "c", "data": room(code="R")},
    ]
    answer = idp.post("/Bulk", {"schemas": [BULK], "Operations": operations}).get_json()
    statuses = [one["status"] for one in answer["Operations"]]
    assert statuses == ["201", "409", "200", "200", "204", "201"]
    listed = shown(idp, "/Devices", sortBy="name")["Resources"]
    assert [(one["name"], one["ports"]) for one in listed] == [("New", 8), ("Newer", 1)]
    assert answer["Operations"][0]["location"] == listed[0]["meta"]["location"]


def test_discovered(idp: ScimClient) -> None:
    types = {one["name"]: one for one in shown(idp, "/ResourceTypes")["Resources"]}
    assert list(types) == ["User", "Group", "Device", "Room"]
    one = shown(idp, "/ResourceTypes/Device")
    assert one == types["Device"]
    assert (one["endpoint"], one["schema"]) == ("/Devices", DEVICE.schema.id)
    assert one["schemaExtensions"] == [{"schema": WARRANTY.id, "required": True}]
    assert "schemaExtensions" not in types["Room"]
    published = {one["id"] for one in shown(idp, "/Schemas")["Resources"]}
    assert {DEVICE.schema.id, WARRANTY.id, ROOM.schema.id} <= published


@pytest.fixture
def with_scopes(app: Flask, scim: ScimTeams) -> Callable[..., ScimClient]:
    """Return an identity provider whose token has the scopes."""

    def with_scopes(*scopes: str) -> ScimClient:
        with app.app_context():
            token = scim.tokens.create(label="some", scopes=scopes).secret
        return ScimClient(app.test_client(), token)

    return with_scopes


def test_scopes(idp: ScimClient, with_scopes: Callable[..., ScimClient]) -> None:
    id = made(idp, "/Devices", device())["id"]
    made(idp, "/Rooms", room(code="Attic"))
    idp.user("ada")
    reader, writer = with_scopes("devices:read"), with_scopes("devices:write")
    url = f"/Devices/{id}"
    assert shown(reader, url)["id"] == id
    assert found(reader, "name pr", "/Devices") == {id}
    for response in (reader.post("/Devices", device("B")), reader.delete(url)):
        assert_error(response, 403, None)
    for response in (reader.get("/Rooms"), reader.get("/Users"), writer.get(url)):
        assert_error(response, 403, None)
    assert [one["id"] for one in shown(reader, "/")["Resources"]] == [id]
    assert writer.post("/Devices", device("B")).status_code == 201
    assert_error(writer.post("/Rooms", room(code="B")), 403, None)
    assert writer.delete(url).status_code == 204
