"""The contract of connections."""

from __future__ import annotations

from dataclasses import replace

import pytest

from flask_scim_teams.storage.interface import HOST
from flask_scim_teams.storage.interface import Backend
from flask_scim_teams.storage.interface import Conflict
from flask_scim_teams.storage.interface import ConnectionRecord
from flask_scim_teams.storage.interface import Credential
from flask_scim_teams.testing.samples import CREATED
from flask_scim_teams.testing.samples import LATER
from flask_scim_teams.testing.samples import id_of
from flask_scim_teams.testing.tokens import TOKEN

CONNECTION = ConnectionRecord(
    id=id_of(500),
    name="Entra, Zürich",
    created=CREATED,
    provider="entra",
    tenant="zürich",
    overrides={"strict": True, "on_conflict": "refuse"},
)


class ConnectionContract:
    """Rules of :class:`~flask_scim_teams.storage.interface.ConnectionAdapter`."""

    def test_connections_come_back_oldest_first(self, backend: Backend) -> None:
        """As they were stored; what is not said of one stays unsaid."""
        newer = ConnectionRecord(id=id_of(400), name="Okta", created=LATER)
        lenient = replace(CONNECTION, id=id_of(501), name="Keycloak", overrides={}, disabled=LATER)
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

    def test_a_connection_is_switched_off_and_on(self, backend: Backend) -> None:
        """The first switch counts, and whoever comes second is told that nothing changed."""
        with backend.begin(HOST, write=True) as work:
            work.connections.add(CONNECTION)
            work.commit()
        switches = [(CREATED, True), (LATER, False), (None, True), (None, False)]
        for when, changes in switches:
            with backend.begin(HOST, write=True) as work:
                assert work.connections.set_disabled(CONNECTION.id, when) is changes
                work.commit()
            with backend.begin(HOST, write=False) as work:
                found = work.connections.get(CONNECTION.id)
            assert found == replace(CONNECTION, disabled=CREATED if when else None)
        with backend.begin(HOST, write=True) as work:
            assert not work.connections.set_disabled(id_of(999), LATER)

    def test_a_connection_is_locked(self, backend: Backend) -> None:
        """It comes back as it is; nothing is locked where there is none."""
        with backend.begin(HOST, write=True) as work:
            work.connections.add(CONNECTION)
            work.commit()
        with backend.begin(HOST, write=True) as work:
            assert work.connections.lock(CONNECTION.id) == CONNECTION
            assert work.connections.lock(id_of(999)) is None

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
            assert work.tokens.credential(tied.id) == Credential(tied, CONNECTION)
            assert work.tokens.credential(TOKEN.id) == Credential(TOKEN, None)
            assert work.tokens.credential("f" * 16) is None
