"""The contract of connections."""

from __future__ import annotations

from dataclasses import replace

import pytest

from flask_scim_teams.storage.interface import HOST
from flask_scim_teams.storage.interface import Backend
from flask_scim_teams.storage.interface import Conflict
from flask_scim_teams.storage.interface import ConnectionRecord
from flask_scim_teams.testing.samples import CREATED
from flask_scim_teams.testing.samples import LATER
from flask_scim_teams.testing.samples import id_of
from flask_scim_teams.testing.tokens import TOKEN

CONNECTION = ConnectionRecord(id=id_of(500), name="Entra, Zürich", created=CREATED, strict=True)


class ConnectionContract:
    """Rules of :class:`~flask_scim_teams.storage.interface.ConnectionAdapter`."""

    def test_connections_come_back_oldest_first(self, backend: Backend) -> None:
        """As they were stored; what is not said of one stays ``None``."""
        newer = ConnectionRecord(id=id_of(400), name="Okta", created=LATER)
        lenient = replace(CONNECTION, id=id_of(501), name="Keycloak", strict=False)
        with backend.begin(HOST, write=True) as work:
            for one in (newer, CONNECTION, lenient):
                work.connections.add(one)
            work.commit()
        with backend.begin(HOST, write=False) as work:
            assert list(work.connections.list()) == [CONNECTION, lenient, newer]
            assert work.connections.get(newer.id) == newer
            assert work.connections.get(id_of(999)) is None

    def test_no_two_connections_have_one_name(self, backend: Backend) -> None:
        """The name is compared exactly."""
        with backend.begin(HOST, write=True) as work:
            work.connections.add(CONNECTION)
            work.connections.add(replace(CONNECTION, id=id_of(501), name="ENTRA, Zürich"))
            work.commit()
        with backend.begin(HOST, write=True) as work, pytest.raises(Conflict):
            work.connections.add(replace(CONNECTION, id=id_of(502)))

    def test_a_token_knows_its_connection(self, backend: Backend) -> None:
        """A token without one has none."""
        tied = replace(TOKEN, id="1" * 16, connection_id=CONNECTION.id)
        with backend.begin(HOST, write=True) as work:
            work.connections.add(CONNECTION)
            work.tokens.add(tied)
            work.tokens.add(TOKEN)
            work.commit()
        with backend.begin(HOST, write=False) as work:
            assert work.tokens.get(tied.id) == tied
            assert work.tokens.get(TOKEN.id) == TOKEN
