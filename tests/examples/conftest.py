"""A gateway of its own for every test, and the people who use it."""

from __future__ import annotations

import os
from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from examples.gateway import create_app
from examples.gateway.models import db
from tests.databases import close


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith(("GATEWAY_", "FLASK_")):
            monkeypatch.delenv(name)


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Flask]:
    gateway = create_app({"INSTANCE_PATH": str(tmp_path), "TESTING": True})
    yield gateway
    with gateway.app_context():
        close(db.engine)


@pytest.fixture
def run(gateway: Flask) -> Callable[..., str]:
    """Run one of the gateway's commands and return what it prints."""

    def run(*arguments: str) -> str:
        result = gateway.test_cli_runner().invoke(args=arguments)
        assert result.exit_code == 0, result.output
        return result.stdout.strip()

    return run


@pytest.fixture
def key(run: Callable[..., str]) -> str:
    """The API key of a local user, alice, who is in no team."""
    run("user", "create", "alice")
    return run("key", "create", "alice")


@pytest.fixture
def anyone(gateway: Flask) -> FlaskClient:
    """A client without a key."""
    return gateway.test_client()


@pytest.fixture
def client_with(gateway: Flask) -> Callable[[str], FlaskClient]:
    """Make a client that sends a bearer key or token."""

    def client_with(bearer: str) -> FlaskClient:
        client = gateway.test_client()
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {bearer}"
        return client

    return client_with


@pytest.fixture
def alice(client_with: Callable[[str], FlaskClient], key: str) -> FlaskClient:
    """A client with alice's key."""
    return client_with(key)
