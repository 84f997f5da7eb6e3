"""The provider that the tests sign in with."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from typing import Any

import pytest

from tests.sso.gateway import ADA
from tests.sso.openid_provider import OpenIDProvider


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
def server(serve: Callable[..., OpenIDProvider]) -> OpenIDProvider:
    """A provider that lets Ada in."""
    return serve()
