"""Bearer tokens: made, listed, revoked, verified.

A token reads ``scim_ID_SECRET.SIGNATURE``. The signature lets a guess be refused without asking
the database; what makes a token good is the database alone: expiry, revocation and the digest of
the secret. Tokens open SCIM and nothing else.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field
from datetime import timedelta

from flask_scim_teams.core.comparison import shifted
from flask_scim_teams.core.errors import Unauthorized
from flask_scim_teams.core.schemas import ResourceType
from flask_scim_teams.services.connections import ConnectionManager
from flask_scim_teams.services.connections import profile_of
from flask_scim_teams.services.signing import Seal
from flask_scim_teams.storage.interface import HOST
from flask_scim_teams.storage.interface import Backend
from flask_scim_teams.storage.interface import Caller
from flask_scim_teams.storage.interface import ConnectionRecord
from flask_scim_teams.storage.interface import TokenRecord

# One exact form and length: what is not of it is refused before any work is done with it.
_TOKEN = re.compile(r"scim_([0-9a-f]{16})_([0-9a-f]{64})\.[A-Za-z0-9_-]{43}", re.ASCII)
_SALT = b"flask-scim-teams/token/v1"
_REFUSED = "The bearer token is not valid."


def scope_of(resource_type: ResourceType, *, write: bool) -> str:
    """Return the scope that reading or writing resources of the type takes: ``users:read``."""
    return f"{resource_type.endpoint.strip('/').lower()}:{'write' if write else 'read'}"


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token that was just made.

    :param secret: the whole token, to be shown once; it is stored nowhere.
    """

    record: TokenRecord
    secret: str = field(repr=False)


class TokenManager:
    """Makes and verifies tokens.

    ``scopes`` is what a token can allow: reading and writing resources of each type.

    :param keys: signing keys, oldest first; the last one signs.
    :param now: returns the present instant as ``YYYY-MM-DDTHH:MM:SS.ffffffZ``.
    """

    def __init__(
        self,
        backend: Backend,
        keys: Sequence[bytes],
        now: Callable[[], str],
        connections: ConnectionManager,
    ) -> None:
        self._backend = backend
        self._connections = connections
        self._now = now
        self.scopes = tuple(
            scope_of(one, write=write) for one in backend.types for write in (False, True)
        )
        self._seal = Seal(keys, _SALT)

    def create(
        self,
        *,
        label: str,
        expires_in: timedelta | None = None,
        scopes: Iterable[str] | None = None,
        connection: ConnectionRecord | None = None,
    ) -> NewToken:
        """Make a token.

        :param label: what the administrator will know it by.
        :param expires_in: how long it is good for; for ever if not said, because an identity
            provider whose token runs out stops provisioning.
        :param scopes: some of :attr:`scopes`; all if not said.
        :param connection: the connection it belongs to; where there is one alone, it need not be
            said, and where there is none, one is made.
        :raises ValueError: if the label is blank, a scope unknown, the lifetime not positive, or
            several connections leave open whose it is.
        """
        if not label.strip() or len(label) > 255:
            raise ValueError("A token needs a label of 1 to 255 characters.")
        wanted = tuple(dict.fromkeys(self.scopes if scopes is None else scopes))
        unknown = [scope for scope in wanted if scope not in self.scopes]
        if unknown or not wanted:
            raise ValueError(
                f"Unknown scope {unknown[0]!r}." if unknown else "A token needs a scope."
            )
        if expires_in is not None and expires_in <= timedelta(0):
            raise ValueError("A token's lifetime has to be positive.")
        now = self._now()
        try:
            expires = None if expires_in is None else shifted(now, expires_in)
        except OverflowError:
            raise ValueError("A token's lifetime ends after the year 9999.") from None
        connection = connection or self._connections.only()
        id, secret = secrets.token_hex(8), secrets.token_hex(32)
        record = TokenRecord(
            id=id,
            label=label,
            digest=_digest(secret),
            scopes=wanted,
            created=now,
            expires=expires,
            connection_id=connection.id,
        )
        with self._backend.begin(HOST, write=True) as work:
            work.tokens.add(record)
            work.commit()
        return NewToken(record, self._seal.sign(f"scim_{id}_{secret}"))

    def list(self) -> Sequence[TokenRecord]:
        """Return all tokens, oldest first, without their secrets."""
        with self._backend.begin(HOST, write=False) as work:
            return tuple(work.tokens.list())

    def revoke(self, id: str) -> bool:
        """Revoke a token, effective with the next request to any process.

        :returns: whether there was a live token of that id.
        """
        with self._backend.begin(HOST, write=True) as work:
            revoked = work.tokens.revoke(id, self._now())
            work.commit()
        return revoked

    def verify(self, secret: str) -> Caller:
        """Return the caller that a token stands for.

        :raises Unauthorized: saying the same of tokens that are malformed, forged, unknown,
            revoked and expired, and of those whose connection is disabled.
        """
        match = _TOKEN.fullmatch(secret)
        if match is None or self._seal.unsign(secret) is None:
            raise Unauthorized(_REFUSED, presented=True)
        with self._backend.begin(HOST, write=False) as work:
            found = work.tokens.credential(match[1])
        stored = b"" if found is None else found.token.digest
        genuine = hmac.compare_digest(_digest(match[2]), stored)
        if found is None or found.connection is None or not genuine or not self._live(found.token):
            raise Unauthorized(_REFUSED, presented=True)
        if found.connection.disabled is not None:
            raise Unauthorized(_REFUSED, presented=True)
        return Caller(
            token_id=found.token.id,
            scopes=frozenset(found.token.scopes),
            connection_id=found.connection.id,
            tenant=found.connection.tenant,
            profile=profile_of(found.connection),
        )

    def _live(self, record: TokenRecord) -> bool:
        expired = record.expires is not None and record.expires <= self._now()
        return record.revoked is None and not expired


def _digest(secret: str) -> bytes:
    # 256 random bits need no slow hash: there is nothing to guess from a list of likely ones.
    return hashlib.sha256(secret.encode()).digest()
