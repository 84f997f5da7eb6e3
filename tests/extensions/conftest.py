"""What the tests of extensions share: the host that has them, on storage of every kind."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.extensions.host import EXTENDED
from tests.extensions.host import ExtendedStorage
from tests.extensions.host import open_extended


@pytest.fixture(scope="session", params=EXTENDED)
def every_storage(
    request: pytest.FixtureRequest, tmp_path_factory: Any
) -> Iterator[ExtendedStorage]:
    """Storage of each kind in turn, made once for the whole run."""
    with open_extended(request.param, tmp_path_factory.mktemp(request.param)) as storage:
        yield storage
