"""What is announced of resources of a host's own types."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from flask_scim_teams import signals
from tests.conftest import ScimClient
from tests.extensions.bodies import device
from tests.extensions.bodies import made
from tests.extensions.bodies import team
from tests.extensions.bodies import user
from tests.extensions.declarations import CREW
from tests.extensions.declarations import SURVEY
from tests.extensions.declarations import WARRANTY
from tests.http.messages import assert_error

NAMES = (
    *("resource_created", "resource_updated", "resource_deleted"),
    *("user_provisioned", "user_updated", "user_deactivated", "team_created", "team_updated"),
)


class Heard(list[tuple[str, dict[str, Any]]]):
    """The signals of one app, in the order in which they came."""

    def last(self) -> dict[str, Any]:
        """Return the arguments of the one signal since the last look."""
        [(_, arguments)] = self
        self.clear()
        return arguments

    def names(self) -> list[str]:
        """Return the names of those since the last look."""
        found = [name for name, _ in self]
        self.clear()
        return found


@pytest.fixture
def heard(app: Flask) -> Iterator[Heard]:
    """What the app sends."""
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


def test_the_life_of_a_device(idp: ScimClient, heard: Heard) -> None:
    created = made(idp, "/Devices", device(active=True))
    url = f"/Devices/{created['id']}"
    assert [name for name, _ in heard] == ["resource_created"]
    arguments = heard.last()
    assert {*arguments} == {"resource_type", "resource", "caller"}
    assert arguments["resource_type"].name == "Device"
    assert arguments["resource"].id == created["id"]
    assert arguments["resource"].attributes["name"] == "Printer"
    assert arguments["caller"].token_id in idp.token

    # Its "active" is no account's.
    idp.patch(url, {"op": "replace", "path": "active", "value": False})
    assert [name for name, _ in heard] == ["resource_updated"]
    arguments = heard.last()
    assert arguments["before"].attributes["active"] is True
    assert arguments["resource"].attributes["active"] is False
    idp.put(url, device())
    assert heard.names() == ["resource_updated"]
    idp.put(url, device())
    assert heard.names() == []

    assert idp.delete(url).status_code == 204
    assert [name for name, _ in heard] == ["resource_deleted"]
    arguments = heard.last()
    assert {*arguments} == {"resource_type", "resource", "caller"}
    assert arguments["resource"].attributes[WARRANTY.id] == device()[WARRANTY.id]


def test_what_is_refused_is_not_announced(idp: ScimClient, heard: Heard) -> None:
    made(idp, "/Devices", device())
    heard.clear()
    assert_error(idp.post("/Devices", device()), 409, "uniqueness")
    assert_error(idp.delete("/Devices/nobody"), 404)
    assert heard == []


def test_extensions_are_part_of_what_changed(idp: ScimClient, heard: Heard) -> None:
    ada = made(idp, "/Users", user(survey={"code": "X"}))
    blue = made(idp, "/Groups", team(budget=1))
    assert heard.names() == ["user_provisioned", "team_created"]
    idp.patch(f"/Users/{ada['id']}", {"op": "add", "path": f"{SURVEY.id}:level", "value": 1})
    idp.patch(f"/Groups/{blue['id']}", {"op": "add", "path": f"{CREW.id}:budget", "value": 2})
    assert [name for name, _ in heard] == ["user_updated", "team_updated"]
    (_, of_user), (_, of_team) = heard
    assert of_user["before"].attributes[SURVEY.id] == {"code": "X"}
    assert of_user["user"].attributes[SURVEY.id] == {"code": "X", "level": 1}
    assert of_team["team"].attributes[CREW.id] == {"budget": 2}
