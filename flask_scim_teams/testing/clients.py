"""The contract of OAuth clients."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from flask_scim_teams.storage.interface import HOST
from flask_scim_teams.storage.interface import Backend
from flask_scim_teams.storage.interface import ClientCredential
from flask_scim_teams.storage.interface import ClientRecord
from flask_scim_teams.storage.interface import SecretRecord
from flask_scim_teams.testing.connections import CONNECTION
from flask_scim_teams.testing.samples import CREATED
from flask_scim_teams.testing.samples import LATER

CLIENT = ClientRecord(
    id="0123456789abcdef",
    label="Entra ID, Zürich 🔑",
    connection_id=CONNECTION.id,
    scopes=("users:read", "groups:write"),
    created=CREATED,
    trust={"keys": [{"kty": "EC", "kid": "ü"}]},
)
SECRET = SecretRecord(
    id="aaaaaaaaaaaaaaaa",
    client_id=CLIENT.id,
    digest=hashlib.sha256(b"\x00 a digest is bytes, not text").digest(),
    created=CREATED,
    expires=LATER,
)
_USED = hashlib.sha256(b"an assertion").digest()


class ClientContract:
    """Rules of :class:`~flask_scim_teams.storage.interface.ClientAdapter`."""

    def test_clients_come_back_oldest_first(self, backend: Backend) -> None:
        """As they were stored, each with its connection; ids are compared exactly."""
        newer = replace(CLIENT, id="0" * 16, created=LATER, trust={}, disabled=LATER)
        _add(backend, newer, CLIENT)
        with backend.begin(HOST, write=False) as work:
            assert list(work.clients.list()) == [CLIENT, newer]
            assert work.clients.credential(CLIENT.id) == ClientCredential(CLIENT, CONNECTION)
            assert work.clients.credential(newer.id) == ClientCredential(newer, CONNECTION)
            assert work.clients.credential(CLIENT.id.upper()) is None

    def test_a_client_is_switched_off_and_on(self, backend: Backend) -> None:
        """The first switch counts, and whoever comes second is told that nothing changed."""
        _add(backend, CLIENT)
        for when, changes in ((CREATED, True), (LATER, False), (None, True), (None, False)):
            with backend.begin(HOST, write=True) as work:
                assert work.clients.set_disabled(CLIENT.id, when) is changes
                work.commit()
            with backend.begin(HOST, write=False) as work:
                found = work.clients.credential(CLIENT.id)
            assert found is not None
            assert found.client.disabled == (CREATED if when else None)
        with backend.begin(HOST, write=True) as work:
            assert not work.clients.set_disabled("f" * 16, LATER)

    def test_a_client_has_secrets_of_its_own(self, backend: Backend) -> None:
        """They come back oldest first, and are revoked once, as one of that client."""
        other = replace(CLIENT, id="0" * 16)
        newer = replace(SECRET, id="9" * 16, created=LATER, expires=None)
        foreign = replace(SECRET, id="b" * 16, client_id=other.id)
        _add(backend, CLIENT, other)
        with backend.begin(HOST, write=True) as work:
            for secret in (newer, SECRET, foreign):
                work.clients.add_secret(secret)
            work.commit()
        with backend.begin(HOST, write=True) as work:
            assert list(work.clients.secrets(CLIENT.id)) == [SECRET, newer]
            assert not work.clients.revoke_secret(other.id, SECRET.id, LATER)
            assert work.clients.revoke_secret(CLIENT.id, SECRET.id, LATER)
            assert not work.clients.revoke_secret(CLIENT.id, SECRET.id, CREATED)
            work.commit()
        with backend.begin(HOST, write=False) as work:
            assert list(work.clients.secrets(CLIENT.id)) == [replace(SECRET, revoked=LATER), newer]
            assert list(work.clients.secrets(other.id)) == [foreign]
            assert list(work.clients.secrets("f" * 16)) == []

    def test_an_assertion_is_used_once(self, backend: Backend) -> None:
        """Until it expires: then it is no good anyway."""
        other = hashlib.sha256(b"another").digest()
        for digest, fresh in ((_USED, True), (_USED, False), (other, True)):
            with backend.begin(HOST, write=True) as work:
                assert work.clients.spend(digest, CREATED, now=CREATED) is fresh
                if fresh:
                    work.commit()
        with backend.begin(HOST, write=True) as work:
            assert work.clients.spend(_USED, LATER, now=LATER)


def _add(backend: Backend, *clients: ClientRecord) -> None:
    with backend.begin(HOST, write=True) as work:
        work.connections.add(CONNECTION)
        for client in clients:
            work.clients.add(client)
        work.commit()
