"""What the storage tests share: a host that has its own models and uses them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import create_engine
from sqlalchemy import event

from flask_scim_teams import ScimTeams
from tests.conftest import SECRET_KEY
from tests.conftest import ScimClient
from tests.databases import KINDS
from tests.databases import close
from tests.databases import fresh_database
from tests.storage.office import Office
from tests.storage.office import open_office


def _check_foreign_keys(connection: Any, record: Any) -> None:
    # As the other databases do without being asked.
    connection.execute("PRAGMA foreign_keys = ON")


@pytest.fixture(scope="module", params=KINDS)
def every_office(request: pytest.FixtureRequest, tmp_path_factory: Any) -> Iterator[Office]:
    """The host on each database in turn."""
    with fresh_database(request.param, tmp_path_factory.mktemp("office")) as url:
        engine = create_engine(url)
        if request.param == "sqlite":
            event.listen(engine, "connect", _check_foreign_keys)
        try:
            yield open_office(engine)
        finally:
            close(engine)


@pytest.fixture
def office(every_office: Office) -> Office:
    """The host with nobody in it."""
    with every_office.engine.begin() as connection:
        for table in reversed(every_office.metadata.sorted_tables):
            connection.execute(table.delete())
    return every_office


@pytest.fixture
def at_office(office: Office) -> ScimClient:
    """An identity provider at the host's door."""
    app = Flask("office")
    app.config["SECRET_KEY"] = SECRET_KEY
    scim = ScimTeams(office.backend, app)
    with app.app_context():
        token = scim.tokens.create(label="test").secret
    return ScimClient(app.test_client(), token)
