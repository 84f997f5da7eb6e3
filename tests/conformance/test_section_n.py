"""Versions, and requests that depend on them (RFC 7644 section 3.14)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.changes import FULL
from tests.conformance.changes import add
from tests.conformance.changes import changed
from tests.conformance.changes import remove
from tests.conformance.changes import replace
from tests.conformance.changes import unchanged
from tests.conftest import ScimClient
from tests.dumps import dump
from tests.hosts import Storage
from tests.http.messages import ENTERPRISE
from tests.http.messages import GROUP
from tests.http.messages import USER
from tests.http.messages import assert_error

KINDS = ["Users", "Groups"]


def make(idp: ScimClient, kind: str) -> dict[str, Any]:
    """Create a user, or a team with a member."""
    user = idp.user("ada")
    return user if kind == "Users" else idp.team("Blue", user["id"])


def body_of(kind: str, **attributes: Any) -> dict[str, Any]:
    named = {"schemas": [USER], "userName": "ada"}
    return (named if kind == "Users" else {"schemas": [GROUP], "displayName": "Blue"}) | attributes


@pytest.mark.requirement("R206")
@pytest.mark.parametrize("kind", KINDS)
def test_every_answer_of_one_resource_tells_its_version(idp: ScimClient, kind: str) -> None:
    assert idp.get("/ServiceProviderConfig").get_json()["etag"] == {"supported": True}
    made = idp.post(f"/{kind}", body_of(kind))
    url = f"/{kind}/{made.get_json()['id']}"
    asked = "?attributes=meta.version"
    for response in (
        made,
        idp.get(url),
        idp.get(url + asked),
        idp.put(url, body_of(kind, externalId="1")),
        idp.put(url, body_of(kind, externalId="1")),
        idp.put(url + asked, body_of(kind, externalId="2")),
        idp.patch(url + asked, add("externalId", "3")),
        idp.patch(url + asked, add("externalId", "3")),
        idp.patch(url + "?excludedAttributes=externalId", remove("externalId")),
    ):
        assert response.status_code in (200, 201)
        assert response.headers.getlist("ETag") == [response.get_json()["meta"]["version"]]
    # And where the version is not in the body, or there is no body.
    version = idp.get(url).get_json()["meta"]["version"]
    for response in (
        idp.get(f"{url}?attributes=id"),
        idp.get(f"{url}?excludedAttributes=meta"),
        idp.request("HEAD", url),
        idp.get(url, headers={"If-None-Match": version}),
        idp.put(f"{url}?attributes=id", body_of(kind)),
        idp.patch(url, remove("externalId")),
        idp.patch(f"{url}?excludedAttributes=meta", remove("externalId")),
    ):
        assert response.headers.getlist("ETag") == [version]
    [listed] = idp.get(f"/{kind}").get_json()["Resources"]
    assert listed["meta"]["version"] == version


@pytest.mark.requirement("R207")
def test_every_change_of_a_user_makes_a_version_never_seen(idp: ScimClient) -> None:
    url = f"/Users/{idp.user('ada')['id']}"
    steps = [add(name, value) for name, value in FULL.items() if name != "active"]
    steps += [
        replace("active", False),
        replace("active", True),
        # Content that has been there before is at another version all the same.
        remove("title"),
        add("title", "Countess"),
        replace("title", "COUNTESS"),
        add('emails[type eq "work"].display', "D"),
        remove('emails[type eq "work"].display'),
        replace("emails[type pr].primary", False),
        replace(f"{ENTERPRISE}:manager.value", "other"),
        remove(ENTERPRISE),
        remove("externalId"),
        replace("userName", "ADA@EXAMPLE.COM"),
    ]
    seen = {idp.get(url).headers["ETag"]}
    before = idp.get(url).get_json()
    for step in steps:
        after = changed(idp, url, step)
        version, times = after["meta"]["version"], (before["meta"], after["meta"])
        assert version not in seen, step
        assert times[0]["lastModified"] < times[1]["lastModified"]
        assert times[0]["created"] == times[1]["created"]
        seen.add(version)
        before = after
    for sent in (body_of("Users"), body_of("Users", title="x"), body_of("Users")):
        version = idp.put(url, sent).headers["ETag"]
        assert version not in seen
        seen.add(version)


@pytest.mark.requirement("R207")
def test_every_change_of_a_group_makes_a_version_never_seen(idp: ScimClient) -> None:
    a, b, c = (idp.user(name)["id"] for name in "abc")
    url = f"/Groups/{idp.team('Blue')['id']}"
    seen = {idp.get(url).headers["ETag"]}
    for step in (
        add("members", [{"value": a}]),
        add("members", [{"value": b}, {"value": a}]),
        remove(f'members[value eq "{a}"]'),
        replace("members", [{"value": a}, {"value": c}]),
        {**remove("members"), "value": [{"value": c}]},
        replace("displayName", "blue"),
        add("externalId", "x"),
        remove("members"),
    ):
        version = changed(idp, url, step)["meta"]["version"]
        assert version not in seen, step
        seen.add(version)
    # A request is one change, however many steps it has.
    steps = [add("members", [{"value": id}]) for id in (a, b, c)] + [replace("displayName", "x")]
    assert changed(idp, url, *steps)["meta"]["version"] == f'W/"{len(seen) + 1}"'


@pytest.mark.requirement("R207")
@pytest.mark.parametrize("kind", KINDS)
def test_without_a_change_the_version_stays(idp: ScimClient, storage: Storage, kind: str) -> None:
    made = make(idp, kind)
    url = f"/{kind}/{made['id']}"
    name = "userName" if kind == "Users" else "displayName"
    unchanged(idp, storage, url, add(name, made[name]), remove("externalId"))
    unchanged(idp, storage, url, add("externalId", "x"), remove("externalId"))
    before = dump(storage)
    assert idp.put(url, made).headers["ETag"] == made["meta"]["version"]
    # Nor does reading, searching or being refused count as one.
    idp.get(url)
    idp.get(f"/{kind}?filter=id pr")
    assert_error(idp.patch(url, add("nonsense", 1)), 400, "invalidPath")
    assert_error(idp.put(url, {"schemas": made["schemas"]}), 400, "invalidValue", name)
    assert idp.get(url).headers["ETag"] == made["meta"]["version"]
    assert dump(storage) == before


@pytest.mark.requirement("R208")
@pytest.mark.parametrize("kind", KINDS)
def test_a_stale_version_changes_nothing(idp: ScimClient, storage: Storage, kind: str) -> None:
    made = make(idp, kind)
    url, stale = f"/{kind}/{made['id']}", made["meta"]["version"]
    current = changed(idp, url, add("externalId", "x"))["meta"]["version"]
    before = dump(storage)
    bare = stale.removeprefix("W/")
    for tag in (stale, bare, f'{stale}, W/"77"', f'"a,b", {bare}', '"*"', current.strip('W/"'), ""):
        headers = {"If-Match": tag}
        assert_error(idp.put(url, body_of(kind, externalId="y"), headers=headers), 412)
        assert_error(idp.patch(url, add("externalId", "y"), headers=headers), 412)
        # Not even what would change nothing goes through.
        assert_error(idp.patch(url, add("externalId", "x"), headers=headers), 412)
        assert_error(idp.delete(url, headers=headers), 412)
        if kind == "Groups":
            assert_error(idp.patch(url, remove("members"), headers=headers), 412)
    assert dump(storage) == before


@pytest.mark.requirement("R208")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "form", ["{0}", "{1}", "*", 'W/"0", {0}', '{0},"x"', '"a,b" ,\t{1}', "  {0}  ", " * "]
)
def test_the_version_that_was_told_lets_through(idp: ScimClient, kind: str, form: str) -> None:
    url = f"/{kind}/{make(idp, kind)['id']}"

    def headers() -> dict[str, str]:
        # As it was issued, or as a strong tag of the same text: some proxies make it that.
        tag = idp.get(url).headers["ETag"]
        return {"If-Match": form.format(tag, tag.removeprefix("W/"))}

    changes = [body_of(kind, externalId="1"), body_of(kind, externalId="2")]
    for body in changes:
        assert idp.put(url, body, headers=headers()).status_code == 200
    for value in ("3", "4"):
        response = idp.patch(url, replace("externalId", value), headers=headers())
        assert response.status_code in (200, 204)
    assert idp.get(url).get_json()["externalId"] == "4"
    assert idp.delete(url, headers=headers()).status_code == 204


@pytest.mark.requirement("R208")
def test_the_version_of_another_resource_is_no_key(idp: ScimClient, storage: Storage) -> None:
    # Two resources may be at versions of one name; a condition is about the one it is sent to.
    ada, bob = idp.user("ada"), idp.user("bob")
    tag = changed(idp, f"/Users/{ada['id']}", add("title", "x"))["meta"]["version"]
    before = dump(storage)
    assert_error(idp.delete(f"/Users/{bob['id']}", headers={"If-Match": tag}), 412)
    assert_error(idp.delete("/Users/unknown", headers={"If-Match": tag}), 404)
    assert_error(idp.delete("/Users/unknown", headers={"If-Match": "*"}), 404)
    assert dump(storage) == before


@pytest.mark.requirement("R210")
def test_the_groups_version_tells_of_its_members_and_the_users_does_not(idp: ScimClient) -> None:
    ada, bob = idp.user("ada"), idp.user("bob")
    url = f"/Groups/{idp.team('Blue')['id']}"
    users = {user["id"]: user["meta"] for user in (ada, bob)}

    def metas() -> dict[str, Any]:
        return {id: idp.get(f"/Users/{id}").get_json()["meta"] for id in users}

    before = idp.get(url).get_json()["meta"]
    body = {"schemas": [GROUP], "displayName": "Blue", "members": [{"value": bob["id"]}]}
    for request in (
        lambda: idp.patch(url, add("members", [{"value": ada["id"]}])),
        lambda: idp.put(url, body),
        lambda: idp.patch(url, replace("members", [{"value": id} for id in users])),
        lambda: idp.patch(url, remove(f'members[value eq "{ada["id"]}"]')),
        lambda: idp.patch(url, replace("displayName", "Green")),
    ):
        assert request().status_code < 300
        after = idp.get(url).get_json()["meta"]
        assert after["version"] != before["version"]
        assert after["lastModified"] > before["lastModified"]
        # The users' groups are computed: they are told anew, at the version of before.
        assert metas() == users
        before = after
    [group] = idp.get(f"/Users/{bob['id']}").get_json()["groups"]
    assert group["display"] == "Green"
    # A member that is deleted changes the group as one that is removed does.
    assert idp.delete(f"/Users/{bob['id']}").status_code == 204
    after = idp.get(url).get_json()["meta"]
    assert after["version"] != before["version"]
    assert after["lastModified"] > before["lastModified"]
