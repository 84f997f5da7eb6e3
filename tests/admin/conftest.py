"""A host with the console, an operator's browser, and something to see in it."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from flask_scim_teams import ScimTeams
from flask_scim_teams.admin import admin_blueprint
from tests.admin.browser import PREFIX
from tests.admin.browser import Browser
from tests.conftest import ScimClient
from tests.hosts import Storage


@pytest.fixture(params=["sqlite"])
def storage(request: pytest.FixtureRequest, storages: Callable[[str], Storage]) -> Storage:
    """Empty storage: of one kind, as what the console does is the same over all."""
    storage = storages(request.param)
    storage.clear()
    return storage


@pytest.fixture
def guarded() -> dict[str, Any]:
    """What the host's guards answer."""
    return {"guard": True, "fresh": True}


@pytest.fixture
def app(scim: ScimTeams, config: dict[str, Any], guarded: dict[str, Any]) -> Iterator[Flask]:
    app = Flask("host")
    app.config.update(SECRET_KEY="a key of the console's tests, long enough to sign", **config)
    scim.init_app(app)
    app.register_blueprint(
        admin_blueprint(scim, guard=lambda: guarded["guard"], fresh=lambda: guarded["fresh"])
    )
    yield app
    with app.app_context():
        assert scim.log.flush()


@pytest.fixture
def operator(app: Flask) -> Browser:
    return Browser(app.test_client())


@pytest.fixture
def seen(app: Flask, scim: ScimTeams, idp: ScimClient) -> dict[str, str]:
    """What there is to see, by the names that the console's rules give it."""
    user = idp.user("ada@example.com", displayName="Ada Lovelace")
    team = idp.team("Analysts", user["id"])
    assert idp.post("/Users", {"schemas": [], "userName": ""}).status_code == 400
    with app.app_context():
        assert scim.log.flush()
        entry = scim.log.search().entries[0]
        connection = scim.connections.list()[0]
        token = scim.tokens.create(label="spare", connection=connection)
        if scim.settings.oauth is None:
            client, secret = "none", "none"
        else:
            client = scim.clients.create(label="Entra").id
            secret = scim.clients.add_secret(client).record.id
    return {
        "users": user["id"],
        "teams": team["id"],
        "connection": connection.id,
        "log": entry.id,
        "token": token.record.id,
        "client": client,
        "secret": secret,
    }


@pytest.fixture
def pages(app: Flask, seen: dict[str, str]) -> list[tuple[str, str]]:
    """Every rule and method of the console, each with something that exists."""
    found = []
    for rule in app.url_map.iter_rules():
        if not rule.endpoint.startswith("scim_admin."):
            continue
        for method in sorted(rule.methods or ()):
            found += [(method, path) for path in paths_of(rule.rule, seen)]
    assert len(found) > 40
    return found


def paths_of(rule: str, seen: dict[str, str]) -> list[str]:
    rule = rule.replace("<path:filename>", "scim_admin.css").replace("export/<kind>", "export/csv")
    if "<any(" in rule:
        before, _, after = rule.partition("<any")
        after = after.partition(">")[2]
        kinds = ("users", "teams")
        return [f"{before}{kind}{after.replace('<id>', seen.get(kind, ''))}" for kind in kinds]
    for kind, word in (
        ("connection", "/connect/"),
        ("token", "/tokens/"),
        ("log", "/log/"),
        ("client", "/clients/"),
    ):
        if word in rule and "<id>" in rule:
            rule = rule.replace("<secret_id>", seen["secret"])
            return [rule.replace("<id>", seen[kind])]
    assert "<" not in rule
    assert rule.startswith(PREFIX)
    return [rule]
