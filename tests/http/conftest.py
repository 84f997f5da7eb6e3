"""What the HTTP tests share: an app over memory, for what storage has no part in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from flask_scim_teams import ScimTeams
from flask_scim_teams.storage.memory import MemoryBackend
from tests.conftest import SECRET_KEY
from tests.conftest import ScimClient
from tests.http.log import Log

Connect = Callable[..., ScimClient]
Own = tuple[ScimClient, Log, pytest.MonkeyPatch]


@pytest.fixture
def connect() -> Connect:
    """Make an app with the given configuration and return an identity provider at its door."""

    def connect(backend: Any = None, *, scopes: tuple[str, ...] = (), **config: Any) -> ScimClient:
        app = Flask("host")
        app.config.update({"SECRET_KEY": SECRET_KEY, **config})
        scim = ScimTeams(MemoryBackend() if backend is None else backend, app)
        with app.app_context():
            wanted = {"scopes": scopes} if scopes else {}
            token = scim.tokens.create(label="test", **wanted).secret
        return ScimClient(app.test_client(), token, config.get("SCIM_URL_PREFIX", "/scim/v2"))

    return connect


@pytest.fixture
def quick(connect: Connect) -> ScimClient:
    """An identity provider of an app over memory."""
    return connect()


@pytest.fixture
def log(app: Flask, scim: ScimTeams) -> Log:
    """The log of the app over each storage in turn."""
    return Log(app, scim)


@pytest.fixture
def own(
    monkeypatch: pytest.MonkeyPatch,
) -> Own:
    """An app over memory, whose log may be broken."""
    app = Flask("host")
    app.config.update(SECRET_KEY=SECRET_KEY)
    scim = ScimTeams(MemoryBackend(), app)
    with app.app_context():
        token = scim.tokens.create(label="test").secret
    return ScimClient(app.test_client(), token), Log(app, scim), monkeypatch
