"""OAuth clients in dictionaries: a part of :mod:`flask_scim_teams.storage.memory`."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace

from flask_scim_teams.storage.interface import ClientCredential
from flask_scim_teams.storage.interface import ClientRecord
from flask_scim_teams.storage.interface import ConnectionRecord
from flask_scim_teams.storage.interface import SecretRecord


@dataclass
class Clients:
    """What is stored of clients."""

    clients: dict[str, ClientRecord] = field(default_factory=dict)
    secrets: dict[str, SecretRecord] = field(default_factory=dict)
    spent: dict[bytes, str] = field(default_factory=dict)

    def copy(self) -> Clients:
        """Return a copy for a unit of work."""
        return Clients(dict(self.clients), dict(self.secrets), dict(self.spent))


class MemoryClients:
    """Clients in dictionaries."""

    def __init__(self, stored: Clients, connections: Mapping[str, ConnectionRecord]) -> None:
        self._stored = stored
        self._connections = connections

    def credential(self, id: str) -> ClientCredential | None:
        """Return a client and its connection."""
        client = self._stored.clients.get(id)
        if client is None:
            return None
        return ClientCredential(client, self._connections.get(client.connection_id))

    def list(self) -> Iterable[ClientRecord]:
        """Return the clients, oldest first."""
        return sorted(self._stored.clients.values(), key=lambda one: (one.created, one.id))

    def add(self, client: ClientRecord) -> None:
        """Store a client."""
        self._stored.clients[client.id] = client

    def set_disabled(self, id: str, when: str | None) -> bool:
        """Switch a client off or on."""
        client = self._stored.clients.get(id)
        if client is None or (client.disabled is None) is (when is None):
            return False
        self._stored.clients[id] = replace(client, disabled=when)
        return True

    def secrets(self, client_id: str) -> Iterable[SecretRecord]:
        """Return the secrets of a client, oldest first."""
        own = (one for one in self._stored.secrets.values() if one.client_id == client_id)
        return sorted(own, key=lambda one: (one.created, one.id))

    def add_secret(self, secret: SecretRecord) -> None:
        """Store a secret."""
        self._stored.secrets[secret.id] = secret

    def revoke_secret(self, client_id: str, id: str, when: str) -> bool:
        """Mark a secret revoked, once."""
        secret = self._stored.secrets.get(id)
        if secret is None or secret.client_id != client_id or secret.revoked is not None:
            return False
        self._stored.secrets[id] = replace(secret, revoked=when)
        return True

    def spend(self, digest: bytes, expires: str, *, now: str) -> bool:
        """Note an assertion, and forget those that expired."""
        for old in [one for one, ends in self._stored.spent.items() if ends < now]:
            del self._stored.spent[old]
        if digest in self._stored.spent:
            return False
        self._stored.spent[digest] = expires
        return True
