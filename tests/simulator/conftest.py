"""Servers to be provisioned: the example gateway in process, and any WSGI application at a port."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from werkzeug.serving import WSGIRequestHandler
from werkzeug.serving import make_server

from examples.gateway import create_app
from examples.gateway.models import db
from flask_scim_teams import ScimTeams
from flask_scim_teams.simulator.exchange import Send
from flask_scim_teams.simulator.wsgi import Application
from flask_scim_teams.simulator.wsgi import wsgi_sender
from flask_scim_teams.storage.memory import MemoryBackend
from tests.conftest import SECRET_KEY
from tests.databases import close


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith(("GATEWAY_", "FLASK_", "SCIM_")):
            monkeypatch.delenv(name)


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Flask]:
    """The example gateway on SQLite."""
    gateway = create_app({"INSTANCE_PATH": str(tmp_path), "TESTING": True})
    yield gateway
    with gateway.app_context():
        close(db.engine)


@pytest.fixture
def host() -> Flask:
    """A host that keeps everything in memory."""
    host = Flask("host")
    host.config.update(SECRET_KEY=SECRET_KEY)
    ScimTeams(MemoryBackend(), host)
    return host


Scim = Callable[..., Result]


@pytest.fixture
def scim(host: Flask) -> Scim:
    """Run ``flask scim ...`` of the host in memory."""

    def scim(*arguments: str, **given: Any) -> Result:
        return host.test_cli_runner().invoke(args=["scim", *arguments], **given)

    return scim


def sender(host: Flask, provider: str, wrapped: Application | None = None) -> Send:
    """Return what sends requests to a host over a connection of the provider.

    :param wrapped: the application, where something stands between.
    """
    state = host.extensions["scim_teams"]
    with host.app_context():
        known = {one.name: one for one in state.connections.list()}
        connection = known.get(provider) or state.connections.create(provider, provider=provider)
        token = state.tokens.create(label="test", connection=connection).secret
    return wsgi_sender(wrapped or host, token, "http://localhost/scim/v2")


class _Silent(WSGIRequestHandler):
    def log(self, *_: object) -> None:
        pass


@pytest.fixture
def served() -> Iterator[Callable[[Application], str]]:
    """Serve WSGI applications while the test runs; each is given its URL."""
    with ExitStack() as stack:

        def serve(app: Application) -> str:
            server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Silent)
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            stack.callback(server.server_close)
            stack.callback(thread.join)
            stack.callback(server.shutdown)
            return f"http://127.0.0.1:{server.server_port}"

        yield serve
