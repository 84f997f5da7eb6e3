"""The provider that the tests sign in with."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.sso.gateway import ADA
from tests.sso.gateway import Gateway
from tests.sso.gateway import provider_of
from tests.sso.house import House
from tests.sso.house import house_at
from tests.sso.openid_provider import OpenIDProvider
from tests.sso.test_presets import TENANT


@pytest.fixture
def serve() -> Iterator[Callable[..., OpenIDProvider]]:
    """Return a function that makes providers, which are closed afterwards."""
    made: list[OpenIDProvider] = []

    def make(*args: Any, **kwargs: Any) -> OpenIDProvider:
        made.append(OpenIDProvider(*args, **kwargs))
        made[-1].person = dict(ADA)
        return made[-1]

    yield make
    for provider in made:
        provider.close()


@pytest.fixture
def open_house(serve: Callable[..., OpenIDProvider]) -> Iterator[Callable[..., House]]:
    """Return a function that makes hosts that ask a provider's API for groups."""
    with ExitStack() as stack:

        def make(kind: str, claims: dict[str, Any] | None = None, **settings: Any) -> House:
            server = serve(f"/{TENANT}/v2.0" if kind == "entra" else "")
            return house_at(kind, server, stack, claims or {}, **settings)

        yield make


@pytest.fixture
def server(serve: Callable[..., OpenIDProvider]) -> OpenIDProvider:
    """A provider that lets Ada in."""
    return serve()


@pytest.fixture
def gateway(server: OpenIDProvider) -> Gateway:
    """A host that Ada is a user of."""
    made = Gateway(provider_of(server))
    made.idp().user("ada@example.com", externalId="ada-at-the-provider")
    return made
