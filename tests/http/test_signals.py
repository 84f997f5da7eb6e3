"""Signals: what is announced, when, and what is not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from flask_scim_teams import ScimTeams
from flask_scim_teams import signals
from flask_scim_teams.storage.interface import MembershipDelta
from tests.conftest import ScimClient
from tests.hosts import Storage
from tests.http.messages import GROUP
from tests.http.messages import USER
from tests.http.messages import assert_error

NAMES = (
    *("user_provisioned", "user_updated", "user_deactivated", "user_reactivated", "user_deleted"),
    *("team_created", "team_updated", "team_deleted", "team_members_changed"),
)


class Heard(list[tuple[str, dict[str, Any]]]):
    """The signals of one app, in the order in which they came."""

    def names(self) -> list[str]:
        found = [name for name, _ in self]
        self.clear()
        return found


@pytest.fixture
def heard(app: Flask) -> Iterator[Heard]:
    heard = Heard()
    receivers = []
    for name in NAMES:

        def receive(sender: Any, *, name: str = name, **arguments: Any) -> None:
            assert sender is app
            heard.append((name, arguments))

        signal = getattr(signals, name)
        signal.connect(receive, app)
        receivers.append((signal, receive))
    yield heard
    for signal, receive in receivers:
        signal.disconnect(receive, app)


def test_the_life_of_a_user(idp: ScimClient, heard: Heard) -> None:
    user = idp.user("ada")
    url = f"/Users/{user['id']}"
    [(name, arguments)] = heard
    assert (name, arguments["user"].id) == ("user_provisioned", user["id"])
    assert arguments["user"].attributes["userName"] == "ada"
    assert arguments["caller"].token_id in idp.token
    heard.clear()

    idp.patch(url, {"op": "add", "path": "title", "value": "x"})
    [(name, arguments)] = heard
    assert name == "user_updated"
    assert "title" not in arguments["before"].attributes
    assert arguments["user"].attributes["title"] == "x"
    heard.clear()

    idp.patch(url, {"op": "replace", "value": {"active": False}})
    assert heard.names() == ["user_deactivated"]
    idp.put(url, {"schemas": [USER], "userName": "ada", "active": True})
    assert heard.names() == ["user_updated", "user_reactivated"]
    idp.put(url, {"schemas": [USER], "userName": "ada", "active": "False"})
    assert heard.names() == ["user_deactivated"]
    idp.put(url, {"schemas": [USER], "userName": "ada"})
    assert heard.names() == []
    idp.delete(url)
    [(name, arguments)] = heard
    assert (name, arguments["user"].attributes["userName"]) == ("user_deleted", "ada")


def test_created_inactive(idp: ScimClient, heard: Heard) -> None:
    idp.user("ada", active=False)
    assert heard.names() == ["user_provisioned", "user_deactivated"]


def test_the_life_of_a_team(idp: ScimClient, heard: Heard) -> None:
    ada, bob, eve = (idp.user(name)["id"] for name in ("ada", "bob", "eve"))
    heard.clear()
    team = idp.team("Blue", ada)
    url = f"/Groups/{team['id']}"
    (created, first), (changed, second) = heard
    assert (created, first["team"].id) == ("team_created", team["id"])
    assert (changed, second["team_id"]) == ("team_members_changed", team["id"])
    assert second["delta"] == MembershipDelta(added=(ada,))
    heard.clear()

    idp.patch(url, {"op": "replace", "path": "displayName", "value": "Red"})
    [(name, arguments)] = heard
    assert name == "team_updated"
    assert arguments["before"].attributes["displayName"] == "Blue"
    assert arguments["team"].attributes["displayName"] == "Red"
    heard.clear()

    idp.delete(f"/Users/{ada}")
    assert [name for name, _ in heard] == [
        "team_members_changed",
        "user_deactivated",
        "user_deleted",
    ]
    assert heard[0][1]["delta"] == MembershipDelta(removed=(ada,))
    heard.clear()
    members = [{"value": bob}, {"value": eve}]
    idp.put(url, {"schemas": [GROUP], "displayName": "Red", "members": members})
    assert heard.names() == ["team_members_changed"]
    idp.delete(url)
    assert [name for name, _ in heard] == ["team_members_changed", "team_deleted"]
    assert set(heard[0][1]["delta"].removed) == {bob, eve}


# Operations on a team of a and b, and who is announced to have come and gone.
DELTAS: list[tuple[list[tuple[Any, ...]], str, str]] = [
    ([("add", "abc")], "c", ""),
    ([("remove", "bc")], "", "b"),
    ([("replace", "bc")], "c", "a"),
    ([("add", "c"), ("remove", "c")], "", ""),
    ([("remove", "ab"), ("add", "b")], "", "a"),
    ([("replace", ""), ("add", "ab")], "", ""),
    ([("replace", "c"), ("replace", "ad")], "d", "b"),
    ([("add", "cc"), ("add", "c"), ("add", "d")], "cd", ""),
]


@pytest.mark.parametrize(("steps", "added", "removed"), DELTAS)
def test_deltas(
    idp: ScimClient, heard: Heard, steps: list[tuple[Any, ...]], added: str, removed: str
) -> None:
    ids = {name: idp.user(name)["id"] for name in "abcd"}
    team = idp.team("Blue", ids["a"], ids["b"])
    heard.clear()
    operations = [
        {"op": op, "path": "members", "value": [{"value": ids[name]} for name in names]}
        for op, names in steps
    ]
    assert idp.patch(f"/Groups/{team['id']}", *operations).status_code == 204
    if not added and not removed:
        assert heard == []
        return
    [(name, arguments)] = heard
    assert name == "team_members_changed"
    assert set(arguments["delta"].added) == {ids[name] for name in added}
    assert set(arguments["delta"].removed) == {ids[name] for name in removed}


def test_nothing_is_announced_that_did_not_happen(idp: ScimClient, heard: Heard) -> None:
    user = idp.user("ada")
    team = idp.team("Blue", user["id"])
    heard.clear()
    url, team_url = f"/Users/{user['id']}", f"/Groups/{team['id']}"
    stale = {"If-Match": 'W/"0"'}
    # Refused: taken, malformed, stale, unknown, one bad operation, an unknown member
    assert_error(idp.post("/Users", {"schemas": [USER], "userName": "ADA"}), 409, "uniqueness")
    assert idp.put(url, {"schemas": [USER]}).status_code == 400
    assert idp.delete(url, headers=stale).status_code == 412
    assert idp.delete("/Users/nobody").status_code == 404
    good = {"op": "replace", "path": "active", "value": False}
    assert idp.patch(url, good, {"op": "add", "path": "nonsense", "value": 1}).status_code == 400
    members = [{"value": "nobody"}]
    step = {"op": "replace", "path": "members", "value": members}
    rename = {"op": "replace", "path": "displayName", "value": "Red"}
    assert idp.patch(team_url, rename, step).status_code == 400
    body = {"schemas": [GROUP], "displayName": "Green", "members": members}
    assert idp.post("/Groups", body).status_code == 400
    # No change: the same again, read, listed
    assert idp.patch(url, {"op": "replace", "path": "active", "value": "True"}).status_code == 200
    assert idp.put(url, idp.get(url).get_json()).status_code == 200
    assert idp.put(team_url, idp.get(team_url).get_json()).status_code == 200
    assert (
        idp.patch(team_url, {"op": "add", "path": "members", "value": user["id"]}).status_code
        == 204
    )
    assert idp.get("/Users").status_code == 200
    assert heard == []


def test_a_receiver_sees_what_is_stored(app: Flask, idp: ScimClient) -> None:
    # Through a request of its own, as another process would.
    seen: dict[str, Any] = {}

    def look(sender: Any, user: Any, **extra: Any) -> None:
        seen["title"] = idp.get(f"/Users/{user.id}").get_json().get("title")

    def look_for(sender: Any, user: Any, **extra: Any) -> None:
        seen["status"] = idp.get(f"/Users/{user.id}").status_code

    def count(sender: Any, team_id: str, delta: Any, **extra: Any) -> None:
        seen["members"] = idp.members(team_id)

    with (
        signals.user_provisioned.connected_to(look, app),
        signals.user_updated.connected_to(look, app),
        signals.user_deleted.connected_to(look_for, app),
        signals.team_members_changed.connected_to(count, app),
    ):
        user = idp.user("ada", title="a")
        assert seen["title"] == "a"
        idp.patch(f"/Users/{user['id']}", {"op": "replace", "path": "title", "value": "b"})
        assert seen["title"] == "b"
        idp.team("Blue", user["id"])
        assert seen["members"] == {user["id"]}
        idp.delete(f"/Users/{user['id']}")
        assert seen["status"] == 404
        assert seen["members"] == set()


def test_a_receiver_that_fails(
    app: Flask, idp: ScimClient, heard: Heard, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(sender: Any, **arguments: Any) -> None:
        raise RuntimeError("the mail server is down")

    with (
        signals.user_provisioned.connected_to(fail, app),
        signals.user_deleted.connected_to(fail, app),
    ):
        user = idp.user("ada")
        assert idp.get(f"/Users/{user['id']}").status_code == 200
        assert idp.delete(f"/Users/{user['id']}").status_code == 204
    assert heard.names() == ["user_provisioned", "user_deactivated", "user_deleted"]
    records = [record for record in caplog.records if record.levelname == "ERROR"]
    assert [record.name for record in records] == ["flask_scim_teams"] * 2
    assert "scim-user-provisioned" in records[0].getMessage()
    assert all(record.exc_info for record in records)


def test_hosts_are_told_of_their_own(storage: Storage, idp: ScimClient, heard: Heard) -> None:
    other = Flask("other")
    other.config["SECRET_KEY"] = "a key of the other host's, long enough to sign with"
    scim = ScimTeams(storage.backend, other)
    with other.app_context():
        token = scim.tokens.create(label="other").secret
    ScimClient(other.test_client(), token).user("ada")
    assert heard == []
    idp.user("bob")
    assert heard.names() == ["user_provisioned"]


@pytest.mark.requirement("R044", "R268")
def test_a_deactivated_user_is_refused(storage: Storage) -> None:
    app = Flask("host")
    app.config["SECRET_KEY"] = "a key of the host's, long enough to sign with"
    scim = ScimTeams(storage.backend, app)
    with app.app_context():
        idp = ScimClient(app.test_client(), scim.tokens.create(label="test").secret)
    current: list[str | None] = [None]
    app.before_request(scim.require_active(lambda: current[0]))
    app.add_url_rule("/chat", "chat", lambda: "hello")
    user = idp.user("ada")
    url = f"/Users/{user['id']}"

    def status(id: str | None) -> int:
        current[0] = id
        code = app.test_client().get("/chat").status_code
        current[0] = None
        return code

    assert (status(None), status(user["id"])) == (200, 200)
    idp.patch(url, {"op": "Replace", "path": "active", "value": "False"})
    assert (status(None), status(user["id"])) == (200, 403)
    with app.app_context():
        assert not scim.is_active(user["id"])
    idp.patch(url, {"op": "Replace", "path": "active", "value": "True"})
    assert status(user["id"]) == 200
    idp.delete(url)
    assert status(user["id"]) == 403
    assert status("nobody") == 403
    assert status("") == 403
