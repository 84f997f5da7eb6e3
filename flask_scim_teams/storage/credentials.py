"""Tokens and connections as storage keeps them.

A part of :mod:`flask_scim_teams.storage.interface`, where everything here can be had as well.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field
from typing import Any
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRecord:
    """A bearer token as it is stored: never the secret, only its digest.

    :param id: public id, part of the token and fit for logs.
    :param digest: SHA-256 of the secret, 32 bytes.
    :param connection_id: of the connection it belongs to.
    :param created: and the other times: UTC instants, ``YYYY-MM-DDTHH:MM:SS.ffffffZ``.
    :param addresses: networks in CIDR form that it is good from; from anywhere if there are none.
    :param replaced_by: id of the token that took its place; it ends soon, and is not to be warned
        of.
    :param last_used: roughly: uses that follow within a minute are not noted.
    :param last_address: where that use came from.
    """

    id: str
    label: str
    digest: bytes = field(repr=False)
    scopes: tuple[str, ...]
    created: str
    expires: str | None = None
    revoked: str | None = None
    connection_id: str | None = None
    addresses: tuple[str, ...] = ()
    replaced_by: str | None = None
    last_used: str | None = None
    last_address: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionRecord:
    """One identity provider tied to the host.

    :param id: public id, fit for logs.
    :param name: what the administrator knows it by; no two have the same.
    :param created: UTC instant, ``YYYY-MM-DDTHH:MM:SS.ffffffZ``, as is ``disabled``.
    :param provider: key of the kind of identity provider.
    :param tenant: whose resources it provisions; empty where the host has one tenant.
    :param overrides: what of the provider's profile is otherwise here: names of the profile's
        parameters and JSON values.
    :param disabled: when it was switched off; ``None`` while it is on.
    """

    id: str
    name: str
    created: str
    provider: str = "generic"
    tenant: str = ""
    overrides: Mapping[str, Any] = field(default_factory=dict)
    disabled: str | None = None

    @property
    def status(self) -> str:
        """Whether it is ``active`` or ``disabled``."""
        return "active" if self.disabled is None else "disabled"


@dataclass(frozen=True, slots=True)
class Credential:
    """A token, and the connection it belongs to."""

    token: TokenRecord
    connection: ConnectionRecord | None


class TokenAdapter(Protocol):
    """Bearer tokens."""

    def get(self, id: str) -> TokenRecord | None:
        """Return a token, revoked and expired ones too."""
        ...

    def credential(self, id: str) -> Credential | None:
        """Return a token, revoked and expired ones too, and its connection, disabled ones too.

        Used by: every request, so that it should be one look-up.
        """
        ...

    def list(self) -> Iterable[TokenRecord]:
        """Return all tokens, oldest first."""
        ...

    def add(self, token: TokenRecord) -> None:
        """Store a new token."""
        ...

    def revoke(self, id: str, when: str) -> bool:
        """Mark a token revoked; return whether there was one to revoke."""
        ...

    def expire(self, id: str, when: str, *, replaced_by: str | None = None) -> bool:
        """Let a token end then, unless it ends earlier, and note what took its place.

        :returns: whether there was a token that is neither revoked nor replaced; of another one
            nothing changes.
        """
        ...

    def note_use(self, id: str, when: str, address: str | None, *, unless_since: str) -> bool:
        """Note when and from where a token was used, unless a use at or after an instant is noted.

        Of several processes at once one alone may be told that it did.
        """
        ...


class ConnectionAdapter(Protocol):
    """Connections to identity providers."""

    def get(self, id: str) -> ConnectionRecord | None:
        """Return a connection."""
        ...

    def lock(self, id: str) -> ConnectionRecord | None:
        """Return a connection and keep others from locking it until the unit of work ends.

        What is read of tokens afterwards includes what earlier holders of the lock committed.
        Used by: making and rotating tokens, of which a connection has only so many.
        """
        ...

    def list(self) -> Iterable[ConnectionRecord]:
        """Return all connections, oldest first."""
        ...

    def add(self, connection: ConnectionRecord) -> None:
        """Store a new connection.

        :raises Conflict: if its name is taken.
        """
        ...

    def set_disabled(self, id: str, when: str | None) -> bool:
        """Switch a connection off, as of then, or on again; return whether that changed it.

        One that is off already stays off as of when it was switched off.
        """
        ...
