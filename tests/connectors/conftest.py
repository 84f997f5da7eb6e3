"""One identity provider's API after the other, and connectors to them."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from flask_scim_teams.connectors.api import PATIENT
from flask_scim_teams.connectors.api import Manners
from flask_scim_teams.connectors.opening import Connector
from flask_scim_teams.connectors.opening import open_directory
from flask_scim_teams.connectors.settings import read_directories
from flask_scim_teams.storage.memory import MemoryBackend
from tests.connectors.auth0_api import Auth0Api
from tests.connectors.company import small_company
from tests.connectors.entra_api import EntraApi
from tests.connectors.google_api import GoogleApi
from tests.connectors.keycloak_api import KeycloakApi
from tests.connectors.okta_api import OktaApi
from tests.connectors.serving import Api
from tests.connectors.serving import serving
from tests.connectors.syncing import Host

KINDS: dict[str, type[Api]] = {
    "entra": EntraApi,
    "google": GoogleApi,
    "okta": OktaApi,
    "keycloak": KeycloakApi,
    "auth0": Auth0Api,
}


class Connecting:
    """Makes connectors that do not wait, but say how long they would have."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self.waits: list[float] = []
        self.now = 1_800_000_000.0

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds

    def __call__(self, api: Any, manners: Manners = PATIENT, **options: Any) -> Connector:
        [settings] = read_directories({api.name: api.options(**options)}).values()
        made = open_directory(settings, manners=manners, wait=self.wait, clock=lambda: self.now)
        self._stack.callback(made.close)
        return made


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def connect(stack: ExitStack) -> Connecting:
    return Connecting(stack)


@pytest.fixture
def serve(stack: ExitStack) -> Callable[[str], Any]:
    """Return a running API of a kind, with the small company behind it."""

    def start(kind: str) -> Any:
        return stack.enter_context(serving(KINDS[kind](small_company())))

    return start


@pytest.fixture(params=KINDS)
def api(request: pytest.FixtureRequest, serve: Callable[[str], Any]) -> Any:
    """Each kind of API in turn."""
    return serve(request.param)


@pytest.fixture
def host() -> Host:
    """A host with nobody in it."""
    return Host(MemoryBackend())


@pytest.fixture
def entra(serve: Callable[[str], Any]) -> Any:
    """Graph, with the small company behind it."""
    return serve("entra")
