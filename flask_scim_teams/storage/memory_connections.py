"""Connections in a dictionary: a part of :mod:`flask_scim_teams.storage.memory`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from flask_scim_teams.storage.interface import Conflict
from flask_scim_teams.storage.interface import ConnectionRecord


class MemoryConnections:
    """Connections in a dictionary."""

    def __init__(self, connections: dict[str, ConnectionRecord]) -> None:
        self._connections = connections

    def get(self, id: str) -> ConnectionRecord | None:
        """Return a connection."""
        return self._connections.get(id)

    def lock(self, id: str) -> ConnectionRecord | None:
        """Return a connection; the unit of work is the only writer anyway."""
        return self._connections.get(id)

    def list(self) -> Iterable[ConnectionRecord]:
        """Return the connections, oldest first."""
        return sorted(self._connections.values(), key=lambda one: (one.created, one.id))

    def add(self, connection: ConnectionRecord) -> None:
        """Store a connection under its id."""
        if any(one.name == connection.name for one in self._connections.values()):
            raise Conflict("name")
        self._connections[connection.id] = connection

    def set_disabled(self, id: str, when: str | None) -> bool:
        """Switch a connection off or on."""
        connection = self._connections.get(id)
        if connection is None or (connection.disabled is None) is (when is None):
            return False
        self._connections[id] = replace(connection, disabled=when)
        return True
