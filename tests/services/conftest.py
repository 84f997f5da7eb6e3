"""A service whose teams several sources speak of."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from flask_scim_teams import ScimTeams
from tests.hosts import Storage
from tests.services.house import House


@pytest.fixture
def house(storage: Storage, scim: ScimTeams, app: Flask) -> Iterator[House]:
    """A service, begun anew."""
    with app.app_context():
        yield House(storage, scim)
