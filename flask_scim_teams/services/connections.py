"""Connections: the identity providers tied to the host."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Sequence

from flask_scim_teams.storage.interface import HOST
from flask_scim_teams.storage.interface import Backend
from flask_scim_teams.storage.interface import Conflict
from flask_scim_teams.storage.interface import ConnectionRecord

#: Longest name, in characters.
MAX_NAME = 100


class ConnectionManager:
    """Makes and finds connections. A host with one identity provider needs none.

    :param now: returns the present instant as ``YYYY-MM-DDTHH:MM:SS.ffffffZ``.
    :param new_id: returns a fresh id.
    """

    def __init__(
        self, backend: Backend, *, now: Callable[[], str], new_id: Callable[[], str]
    ) -> None:
        self._backend = backend
        self._now = now
        self._new_id = new_id

    def create(self, name: str, *, strict: bool | None = None) -> ConnectionRecord:
        """Make a connection.

        :param strict: whether it is held to the RFCs by the letter; as configured if not said.
        :raises ValueError: if the name is blank, too long, or taken.
        """
        if not name.strip() or len(name) > MAX_NAME or not name.isprintable():
            raise ValueError(f"A connection needs a name of 1 to {MAX_NAME} printable characters.")
        made = ConnectionRecord(id=self._new_id(), name=name, created=self._now(), strict=strict)
        with self._backend.begin(HOST, write=True) as work:
            try:
                work.connections.add(made)
            except Conflict:
                raise ValueError(f"There is a connection {name!r} already.") from None
            work.commit()
        return made

    def list(self) -> Sequence[ConnectionRecord]:
        """Return all connections, oldest first."""
        with self._backend.begin(HOST, write=False) as work:
            return tuple(work.connections.list())

    def named(self, name: str) -> ConnectionRecord:
        """Return the connection of that name.

        :raises ValueError: if there is none, naming those there are.
        """
        known = self.list()
        for connection in known:
            if connection.name == name:
                return connection
        names = ", ".join(repr(one.name) for one in known) or "none"
        raise ValueError(f"There is no connection {name!r}; known are: {names}.")
