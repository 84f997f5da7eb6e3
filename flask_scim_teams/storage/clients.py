"""OAuth clients as storage keeps them: who may ask for access tokens.

A part of :mod:`flask_scim_teams.storage.interface`, where everything here can be had as well.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field
from typing import Any
from typing import Protocol

from flask_scim_teams.storage.credentials import ConnectionRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientRecord:
    """An OAuth client.

    :param id: public id, fit for logs.
    :param connection_id: of the connection it belongs to.
    :param created: UTC instant, ``YYYY-MM-DDTHH:MM:SS.ffffffZ``, as is ``disabled``.
    :param trust: JSON: the public keys that its assertions are signed with, and what those say;
        empty for one that has secrets.
    :param disabled: when it was switched off; ``None`` while it is on.
    """

    id: str
    label: str
    connection_id: str
    scopes: tuple[str, ...]
    created: str
    trust: Mapping[str, Any] = field(default_factory=dict)
    disabled: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretRecord:
    """A secret of a client as it is stored: its digest.

    :param id: public id, fit for logs.
    :param digest: SHA-256 of the secret, 32 bytes.
    """

    id: str
    client_id: str
    digest: bytes = field(repr=False)
    created: str
    expires: str | None = None
    revoked: str | None = None


@dataclass(frozen=True, slots=True)
class ClientCredential:
    """A client, and the connection it belongs to."""

    client: ClientRecord
    connection: ConnectionRecord | None


class ClientAdapter(Protocol):
    """OAuth clients, their secrets, and the assertions that were used."""

    def credential(self, id: str) -> ClientCredential | None:
        """Return a client, disabled ones too, and its connection, disabled ones too.

        Used by: every request with an access token, so that it should be one look-up.
        """
        ...

    def list(self) -> Iterable[ClientRecord]:
        """Return all clients, oldest first."""
        ...

    def add(self, client: ClientRecord) -> None:
        """Store a new client."""
        ...

    def set_disabled(self, id: str, when: str | None) -> bool:
        """Switch a client off, as of then, or on again; return whether that changed it."""
        ...

    def secrets(self, client_id: str) -> Iterable[SecretRecord]:
        """Return the secrets of a client, revoked and expired ones too, oldest first."""
        ...

    def add_secret(self, secret: SecretRecord) -> None:
        """Store a new secret."""
        ...

    def revoke_secret(self, client_id: str, id: str, when: str) -> bool:
        """Mark a secret of the client revoked; return whether there was one to revoke."""
        ...

    def spend(self, digest: bytes, expires: str, *, now: str) -> bool:
        """Note that an assertion was used; return whether it was not noted already.

        Of several processes at once one alone may be told so. What expired before now can be
        forgotten.

        :param digest: SHA-256 of the client and the assertion's id, 32 bytes.
        """
        ...
