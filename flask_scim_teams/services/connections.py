"""Connections: the identity providers tied to the host."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import fields
from dataclasses import replace
from typing import Any

from flask_scim_teams.core.dialects.profile import OnConflict
from flask_scim_teams.core.dialects.profile import Profile
from flask_scim_teams.core.dialects.providers import PROVIDERS
from flask_scim_teams.storage.interface import HOST
from flask_scim_teams.storage.interface import Backend
from flask_scim_teams.storage.interface import Conflict
from flask_scim_teams.storage.interface import ConnectionRecord

#: Longest name of a connection or tenant, in characters.
MAX_NAME = 100
#: Name of the connection of a host that never named one.
DEFAULT = "default"
#: What the names of connections begin with that simulated identity providers use.
SIMULATED = "simulated "


class ConnectionManager:
    """Makes, finds and switches connections. A host with one never needs to name it.

    :param now: returns the present instant as ``YYYY-MM-DDTHH:MM:SS.ffffffZ``.
    :param new_id: returns a fresh id.
    """

    def __init__(
        self, backend: Backend, *, now: Callable[[], str], new_id: Callable[[], str]
    ) -> None:
        self._backend = backend
        self._now = now
        self._new_id = new_id

    def create(
        self,
        name: str,
        *,
        provider: str = "generic",
        tenant: str = "",
        overrides: Mapping[str, Any] | None = None,
    ) -> ConnectionRecord:
        """Make a connection.

        :param provider: key of the kind of identity provider, such as ``entra``.
        :param tenant: whose users and teams it provisions, where the host has several tenants.
        :param overrides: what is to be otherwise than the provider's profile has it: parameters of
            :class:`~flask_scim_teams.core.dialects.profile.Profile` by name.
        :raises ValueError: if the name is blank, too long, or taken; if the provider or an
            override is unknown.
        """
        if not name.strip() or len(name) > MAX_NAME or not name.isprintable():
            raise ValueError(f"A connection needs a name of 1 to {MAX_NAME} printable characters.")
        if len(tenant) > MAX_NAME or not tenant.isprintable():
            raise ValueError(f"A tenant is a name of up to {MAX_NAME} printable characters.")
        if provider not in PROVIDERS:
            raise ValueError(
                f"There is no provider {provider!r}; known are: {', '.join(PROVIDERS)}."
            )
        made = ConnectionRecord(
            id=self._new_id(),
            name=name,
            created=self._now(),
            provider=provider,
            tenant=tenant,
            overrides=dict(overrides or {}),
        )
        profile_of(made)
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
        raise ValueError(f"There is no connection {name!r}; known are: {_names(known)}.")

    def only(self) -> ConnectionRecord:
        """Return the one connection that there is, made here if there is none.

        Those of simulated identity providers are nobody's.

        :raises ValueError: if there are several, naming them.
        """
        known = self.real()
        if not known:
            try:
                return self.create(DEFAULT)
            except ValueError:
                # Another process was faster; its connection is as good.
                known = self.real()
        if len(known) > 1:
            raise ValueError(f"There are several connections; say which one: {_names(known)}.")
        return known[0]

    def real(self) -> Sequence[ConnectionRecord]:
        """Return all connections but those of simulated identity providers, oldest first."""
        return [one for one in self.list() if not one.name.startswith(SIMULATED)]

    def disable(self, name: str) -> bool:
        """Refuse the connection's tokens, from the next request on; return whether that is new.

        What was provisioned stays as it is.

        :raises ValueError: if there is no connection of that name.
        """
        return self._set_disabled(name, self._now())

    def enable(self, name: str) -> bool:
        """Let the connection's tokens be good again; return whether that is new.

        :raises ValueError: if there is no connection of that name.
        """
        return self._set_disabled(name, None)

    def _set_disabled(self, name: str, when: str | None) -> bool:
        connection = self.named(name)
        with self._backend.begin(HOST, write=True) as work:
            changed = work.connections.set_disabled(connection.id, when)
            work.commit()
        return changed


def profile_of(connection: ConnectionRecord) -> Profile:
    """Return how a connection is treated: its provider's profile, and what it overrides of that.

    :raises ValueError: if an override is unknown, or of the wrong type.
    """
    profile = PROVIDERS[connection.provider].profile
    if not connection.overrides:
        return profile
    known = {one.name for one in fields(Profile)}
    given: dict[str, Any] = {}
    for name, value in connection.overrides.items():
        if name not in known:
            raise ValueError(f"{name!r} is not part of a profile; that is: {', '.join(known)}.")
        if name == "on_conflict":
            given[name] = OnConflict(value)
        elif isinstance(value, bool):
            given[name] = value
        else:
            raise ValueError(f"{name} is true or false, not {value!r}.")
    return replace(profile, **given)


def _names(connections: Sequence[ConnectionRecord]) -> str:
    return ", ".join(repr(one.name) for one in connections) or "none"
