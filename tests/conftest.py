"""Fixtures of the suite: storage of every kind, an app over it, a client that signs in."""

from __future__ import annotations

import sys
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import ExitStack
from json import dumps
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from flask_scim_teams import ScimTeams
from tests.hosts import STORAGE
from tests.hosts import Storage
from tests.hosts import open_storage

pytest_plugins = ["tests.conformance.held", "tests.secrecy"]

SECRET_KEY = "a key of the test suite, long enough to sign with"


class ScimClient:
    """Requests in SCIM's media type, below the prefix, with a bearer token."""

    def __init__(self, client: FlaskClient, token: str, prefix: str = "/scim/v2") -> None:
        self.client = client
        self.token = token
        self.prefix = prefix

    def request(self, method: str, path: str, json: Any = None, **kwargs: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.token}", **kwargs.pop("headers", {})}
        if json is not None:
            kwargs.setdefault("content_type", "application/scim+json")
            kwargs["data"] = dumps(json)
        return self.client.open(self.prefix + path, method=method, headers=headers, **kwargs)

    def get(self, path: str, **kwargs: Any) -> TestResponse:
        return self.request("GET", path, **kwargs)

    def post(self, path: str, json: Any = None, **kwargs: Any) -> TestResponse:
        return self.request("POST", path, json, **kwargs)

    def put(self, path: str, json: Any = None, **kwargs: Any) -> TestResponse:
        return self.request("PUT", path, json, **kwargs)

    def patch(self, path: str, *operations: Any, **kwargs: Any) -> TestResponse:
        urn = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
        return self.request(
            "PATCH", path, {"schemas": [urn], "Operations": list(operations)}, **kwargs
        )

    def delete(self, path: str, **kwargs: Any) -> TestResponse:
        return self.request("DELETE", path, **kwargs)

    def user(self, user_name: str = "ada@example.com", **attributes: Any) -> dict[str, Any]:
        """Create a user and return what the server says of it."""
        urn = "urn:ietf:params:scim:schemas:core:2.0:User"
        response = self.post("/Users", {"schemas": [urn], "userName": user_name, **attributes})
        assert response.status_code == 201, response.text
        return response.get_json()

    def team(self, name: str = "Blue", *members: str, **attributes: Any) -> dict[str, Any]:
        """Create a team and return what the server says of it."""
        urn = "urn:ietf:params:scim:schemas:core:2.0:Group"
        body = {"schemas": [urn], "displayName": name, **attributes}
        if members:
            body["members"] = [{"value": id} for id in members]
        response = self.post("/Groups", body)
        assert response.status_code == 201, response.text
        return response.get_json()

    def members(self, team: str) -> set[str]:
        """Return the ids of a team's members, as the server tells them."""
        found = self.get(f"/Groups/{team}").get_json().get("members", [])
        return {member["value"] for member in found}


@pytest.fixture(scope="session")
def storages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Storage]]:
    """Return storage by its kind; each is made once for the whole run, when it is asked for."""
    opened: dict[str, Storage] = {}
    with ExitStack() as stack:

        def storage_of(kind: str) -> Storage:
            if kind not in opened:
                made = open_storage(kind, tmp_path_factory.mktemp(kind))
                opened[kind] = stack.enter_context(made)
            return opened[kind]

        yield storage_of


@pytest.fixture(scope="module", params=STORAGE)
def every_storage(request: pytest.FixtureRequest, storages: Callable[[str], Storage]) -> Storage:
    """Storage of each kind in turn."""
    return storages(request.param)


@pytest.fixture
def storage(every_storage: Storage) -> Storage:
    """Empty storage of each kind in turn."""
    every_storage.clear()
    return every_storage


@pytest.fixture(scope="session", autouse=True)
def _without_rate_limits() -> Iterator[None]:
    """Run as if the extra ``limits`` were not installed: tests ask faster than anybody may.

    Tests of the limits take it back.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "limits", None)
        yield


@pytest.fixture(autouse=True)
def _push_request_context() -> None:
    """Take back what pytest-flask does of itself: a request context around every test.

    In it, ``g`` would live on from one request to the next, and what fails without a context
    would pass.
    """


@pytest.fixture
def config() -> dict[str, Any]:
    """Configuration of the app; a module that wants another overrides this."""
    return {}


class Hosts:
    """Apps over the suite's storages, one for each configuration: to make one takes longer than
    most tests do. Whoever changes an app makes its own.
    """

    def __init__(self) -> None:
        self._extensions: dict[int, ScimTeams] = {}
        self._apps: dict[tuple[int, str], Flask] = {}

    def extension(self, backend: Any) -> ScimTeams:
        # Backends of the suite live as long as it does, so that no other has the same id.
        return self._extensions.setdefault(id(backend), ScimTeams(backend))

    def app(self, scim: ScimTeams, config: dict[str, Any]) -> Flask:
        if scim not in self._extensions.values():
            return self._made(scim, config)
        key = id(scim), repr(sorted(config.items()))
        if key not in self._apps:
            self._apps[key] = self._made(scim, config)
        return self._apps[key]

    def _made(self, scim: ScimTeams, config: dict[str, Any]) -> Flask:
        app = Flask("host")
        app.config.update(SECRET_KEY=SECRET_KEY, **config)
        scim.init_app(app)
        return app


@pytest.fixture(scope="session")
def hosts() -> Hosts:
    return Hosts()


@pytest.fixture
def scim(storage: Storage, hosts: Hosts) -> ScimTeams:
    return hosts.extension(storage.backend)


@pytest.fixture
def app(scim: ScimTeams, config: dict[str, Any], hosts: Hosts) -> Iterator[Flask]:
    app = hosts.app(scim, config)
    yield app
    with app.app_context():
        # Storage is another test's afterwards, and the log is written after the answer.
        assert scim.log.flush()


@pytest.fixture
def idp(app: Flask, scim: ScimTeams) -> ScimClient:
    """An identity provider with a token for everything."""
    with app.app_context():
        token = scim.tokens.create(label="test").secret
    # Not pytest-flask's client, which keeps the context of its last request open.
    return ScimClient(app.test_client(), token)
