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
from tests.admin.browser import Browser
from tests.databases import close
from tests.examples.people import IdP
from tests.examples.people import signed_in


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


@pytest.fixture
def idp(gateway: Flask) -> IdP:
    """An identity provider that is connected."""
    return IdP(gateway)


@pytest.fixture
def operator(gateway: Flask, run: Callable[..., str]) -> Browser:
    """A browser that the operator is logged in with."""
    browser = Browser(gateway.test_client(), "")
    stamp = browser.get("/log-in").value("csrf_token")
    password = run("admin", "password")
    answer = browser.send("/log-in?next=/teams", password=password, csrf_token=stamp)
    assert answer.location == "/teams"
    return browser


@pytest.fixture
def ada(gateway: Flask, idp: IdP) -> tuple[Browser, str]:
    """A browser that Ada is signed in with, and her SCIM id."""
    id = idp.user("ada@example.com", displayName="Ada Lovelace")
    return Browser(signed_in(gateway, id), ""), id
