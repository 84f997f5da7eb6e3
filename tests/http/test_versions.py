"""Versions, and requests that depend on them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import ScimClient
from tests.dumps import dump
from tests.hosts import Storage
from tests.http.messages import GROUP
from tests.http.messages import USER
from tests.http.messages import assert_error

STEP = {"op": "add", "path": "externalId", "value": "x"}


@pytest.mark.requirement("R033", "R206", "R207")
def test_every_change_makes_a_new_version(idp: ScimClient) -> None:
    user = idp.user("ada")
    url = f"/Users/{user['id']}"
    answers = [
        idp.get(url),
        idp.patch(url, {"op": "add", "path": "title", "value": "x"}),
        idp.patch(url, {"op": "remove", "path": "title"}),
        idp.put(url, {"schemas": [USER], "userName": "ada", "title": "x"}),
        idp.put(url, {"schemas": [USER], "userName": "ADA", "title": "x"}),
        idp.patch(url, {"op": "replace", "path": "active", "value": False}),
        idp.patch(url, {"op": "add", "path": "externalId", "value": "e"}),
    ]
    bodies = [answer.get_json() for answer in answers]
    versions = [body["meta"]["version"] for body in bodies]
    assert len(set(versions)) == len(versions)
    assert [answer.headers["ETag"] for answer in answers] == versions
    changed = [body["meta"]["lastModified"] for body in bodies]
    assert changed == sorted(changed)
    assert changed[0] == user["meta"]["created"] < changed[1]
    assert {body["meta"]["created"] for body in bodies} == {user["meta"]["created"]}
    assert idp.get(url).headers["ETag"] == versions[-1]


@pytest.mark.requirement("R205", "R208")
@pytest.mark.parametrize("type", ["Users", "Groups"])
def test_a_stale_version_changes_nothing(idp: ScimClient, storage: Storage, type: str) -> None:
    member = idp.user("ada")
    resource = member if type == "Users" else idp.team("Blue", member["id"])
    url = f"/{type}/{resource['id']}"
    stale = {"If-Match": resource["meta"]["version"]}
    assert idp.patch(url, STEP).status_code < 300
    before = dump(storage)
    body = {"schemas": [USER, GROUP], "userName": "x", "displayName": "x"}
    add = {"op": "add", "path": "displayName", "value": "y"}
    assert_error(idp.put(url, body, headers=stale), 412)
    assert_error(idp.patch(url, add, headers=stale), 412)
    assert_error(idp.delete(url, headers=stale), 412)
    # Not even what would change nothing goes through.
    assert_error(idp.patch(url, STEP, headers=stale), 412)
    assert dump(storage) == before


@pytest.mark.requirement("R208")
@pytest.mark.parametrize(
    "header", ["{0}", "*", " * ", 'W/"0", {0}', '{0},W/"0"', '"{1}"', 'W/"{1}"', 'w/"{1}"']
)
def test_a_version_that_matches(quick: ScimClient, header: str) -> None:
    # In either kind of tag, since some proxies make one of the other
    user = quick.user("ada")
    etag = user["meta"]["version"]
    value = header.format(etag, etag.strip('W/"'))
    response = quick.patch(f"/Users/{user['id']}", STEP, headers={"If-Match": value})
    assert response.status_code == 200


@pytest.mark.requirement("R208")
@pytest.mark.parametrize(
    "header",
    ['W/"0"', '"x", "y,{0}', '"0{1}"', '"abc"', "{1}", "", "nonsense", f'W/"{"9" * 30}"', '"-{1}"'],
)
def test_a_version_that_does_not(quick: ScimClient, header: str) -> None:
    # What cannot be read is no version, and never "any"
    user = quick.user("ada")
    etag = user["meta"]["version"]
    value = header.format(etag, etag.strip('W/"'))
    assert_error(quick.delete(f"/Users/{user['id']}", headers={"If-Match": value}), 412)
    assert quick.get(f"/Users/{user['id']}").get_json() == user


@pytest.mark.requirement("R154", "R208")
def test_any_version_of_nothing(quick: ScimClient) -> None:
    # There is nothing that "*" could match
    for headers in ({"If-Match": "*"}, {"If-Match": 'W/"1"'}):
        assert_error(quick.delete("/Users/x", headers=headers), 404)
        assert_error(quick.patch("/Users/x", STEP, headers=headers), 404)


@pytest.mark.requirement("R107")
def test_if_none_match(idp: ScimClient) -> None:
    user = idp.user("ada", title="x")
    url, etag = f"/Users/{user['id']}", user["meta"]["version"]
    for value in (etag, "*", f'W/"0", {etag}', etag.removeprefix("W/")):
        for query in ("", "?attributes=title", "?excludedAttributes=title"):
            response = idp.get(url + query, headers={"If-None-Match": value})
            assert (response.status_code, response.data) == (304, b"")
            assert response.headers["ETag"] == etag
    for value in ('W/"0"', '"x"', "", "x"):
        assert idp.get(url, headers={"If-None-Match": value}).get_json() == user
    idp.patch(url, {"op": "replace", "path": "title", "value": "y"})
    response = idp.get(url, headers={"If-None-Match": etag})
    assert response.get_json()["title"] == "y"


@pytest.mark.requirement("R035", "R121")
def test_a_list_shows_the_versions(idp: ScimClient) -> None:
    user, team = idp.user("ada"), idp.team("Blue")
    idp.patch(f"/Users/{user['id']}", STEP)
    idp.patch(f"/Groups/{team['id']}", STEP)
    for type, id in (("Users", user["id"]), ("Groups", team["id"])):
        [listed] = idp.get(f"/{type}").get_json()["Resources"]
        assert listed == idp.get(f"/{type}/{id}").get_json()
        found: dict[str, Any] = idp.get(
            f"/{type}", query_string={"filter": f"meta.version eq {_quoted(listed)}"}
        ).get_json()
        assert found["totalResults"] == 1


def _quoted(resource: dict[str, Any]) -> str:
    escaped = resource["meta"]["version"].replace('"', '\\"')
    return f'"{escaped}"'
