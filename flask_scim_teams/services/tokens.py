"""Bearer tokens: made, listed, rotated, revoked, verified.

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
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Literal
from typing import TypeAlias

from flask_scim_teams.core.comparison import elapsed
from flask_scim_teams.core.comparison import shifted
from flask_scim_teams.core.errors import Unauthorized
from flask_scim_teams.core.schemas import ResourceType
from flask_scim_teams.services.addresses import admits
from flask_scim_teams.services.addresses import networks
from flask_scim_teams.services.addresses import spelled
from flask_scim_teams.services.attempts import attempt
from flask_scim_teams.services.connections import ConnectionManager
from flask_scim_teams.services.connections import profile_of
from flask_scim_teams.services.events import Event
from flask_scim_teams.services.events import TokenCreated
from flask_scim_teams.services.events import TokenRevoked
from flask_scim_teams.services.events import TokenRotated
from flask_scim_teams.services.expiry import ExpiringToken
from flask_scim_teams.services.expiry import expiring
from flask_scim_teams.services.once import MadeAlready
from flask_scim_teams.services.once import credential_id
from flask_scim_teams.services.signing import Seal
from flask_scim_teams.services.uses import Uses
from flask_scim_teams.storage.interface import HOST
from flask_scim_teams.storage.interface import Backend
from flask_scim_teams.storage.interface import Caller
from flask_scim_teams.storage.interface import ClientRecord
from flask_scim_teams.storage.interface import ConnectionRecord
from flask_scim_teams.storage.interface import TokenRecord
from flask_scim_teams.storage.interface import Work

# One exact form and length: what is not of it is refused before any work is done with it.
_TOKEN = re.compile(r"scim_([0-9a-f]{16})_([0-9a-f]{64})\.[A-Za-z0-9_-]{43}", re.ASCII)
_SALT = b"flask-scim-teams/token/v1"
_REFUSED = "The bearer token is not valid."

#: How long a token that was rotated stays good, for the new one to be put in place.
OVERLAP = timedelta(hours=24)
#: Live tokens that a connection can have, if the configuration does not say.
MAX_TOKENS = 10

Status: TypeAlias = Literal["live", "revoked", "expired", "disabled"]


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


class KnownButRefused(Unauthorized):
    """A token that was good once, or is elsewhere; the client is told no more than of any other.

    :param token: or, of an access token, the client.
    :param check: what it fails: ``token``, ``connection`` or ``address``.
    :param reason: for the administrator, who may know.
    """

    def __init__(
        self,
        detail: str,
        token: TokenRecord | ClientRecord,
        connection: ConnectionRecord,
        check: str,
        reason: str,
    ) -> None:
        super().__init__(detail, presented=True)
        self.caller = Caller(
            token_id=token.id, connection_id=connection.id, tenant=connection.tenant
        )
        self.check = check
        self.reason = reason


class TokenManager:
    """Makes, rotates and verifies tokens.

    ``scopes`` is what a token can allow: reading and writing resources of each type.

    :param keys: signing keys, oldest first; the last one signs.
    :param now: returns the present instant as ``YYYY-MM-DDTHH:MM:SS.ffffffZ``.
    :param max_tokens: how many live tokens a connection can have.
    :param publish: announces an event.
    """

    def __init__(
        self,
        backend: Backend,
        keys: Sequence[bytes],
        now: Callable[[], str],
        connections: ConnectionManager,
        *,
        max_tokens: int = MAX_TOKENS,
        publish: Callable[[Event], None] = lambda _event: None,
    ) -> None:
        self._backend = backend
        self._connections = connections
        self._now = now
        self.scopes = tuple(
            scope_of(one, write=write) for one in backend.types for write in (False, True)
        )
        self._seal = Seal(keys, _SALT)
        self._max_tokens = max_tokens
        self._publish = publish
        self._uses = Uses(backend, publish)

    def create(
        self,
        *,
        label: str,
        expires_in: timedelta | None = None,
        scopes: Iterable[str] | None = None,
        connection: ConnectionRecord | None = None,
        addresses: Iterable[str] = (),
        id: str | None = None,
    ) -> NewToken:
        """Make a token.

        :param label: what the administrator will know it by.
        :param expires_in: how long it is good for; for ever if not said, because an identity
            provider whose token runs out stops provisioning.
        :param scopes: some of :attr:`scopes`; all if not said.
        :param connection: the connection it belongs to; where there is one alone, it need not be
            said, and where there is none, one is made.
        :param addresses: networks in CIDR form that it is good from; from anywhere if there are
            none.
        :param id: its public id, 16 hexadecimal digits, where the caller may ask twice.
        :raises MadeAlready: if there is a token of that id.
        :raises ValueError: if the label is blank, a scope unknown, the lifetime not positive, an
            address no network, or several connections leave open whose it is; if the connection
            has as many live tokens as it can have.
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
        allowed = networks(addresses)
        now = self._now()
        expires = None if expires_in is None else _later(now, expires_in)
        connection = connection or self._connections.only()
        id, secret = credential_id(id), secrets.token_hex(32)
        record = TokenRecord(
            id=id,
            label=label,
            digest=_digest(secret),
            scopes=wanted,
            created=now,
            expires=expires,
            connection_id=connection.id,
            addresses=allowed,
        )
        stored = attempt(partial(self._add, record))
        self._publish(TokenCreated(record, stored))
        return self._new(record, secret)

    def rotate(
        self, id: str, *, overlap: timedelta = OVERLAP, new_id: str | None = None
    ) -> NewToken:
        """Make a token that takes the place of another: all of that one's but its secret.

        The new one is good for as long as the other was when it was made, if that had an end.

        :param overlap: how long the other stays good, unless it ends earlier; zero revokes it.
        :param new_id: the new one's id, as in :meth:`create`.
        :raises MadeAlready: if there is a token of the new id.
        :raises ValueError: if there is no live token of that id, or it is replaced already; if the
            overlap is negative, or takes more live tokens than the connection can have.
        """
        if overlap < timedelta(0):
            raise ValueError("An overlap cannot be negative.")
        new_id, secret = credential_id(new_id), secrets.token_hex(32)
        made, before, connection = attempt(partial(self._rotate, id, overlap, new_id, secret))
        self._publish(TokenRotated(made, before, connection))
        return self._new(made, secret)

    def list(self) -> Sequence[TokenRecord]:
        """Return all tokens, oldest first, without their secrets."""
        with self._backend.begin(HOST, write=False) as work:
            return tuple(work.tokens.list())

    def get(self, id: str) -> TokenRecord:
        """Return a token.

        :raises ValueError: if there is none of that id.
        """
        with self._backend.begin(HOST, write=False) as work:
            found = work.tokens.get(id)
        if found is None:
            raise ValueError(f"There is no token {id}.")
        return found

    def revoke(self, id: str) -> bool:
        """Revoke a token, effective with the next request to any process.

        :returns: whether there was a live token of that id.
        """
        with self._backend.begin(HOST, write=True) as work:
            revoked = work.tokens.revoke(id, self._now())
            token = work.tokens.get(id)
            work.commit()
        if revoked and token is not None:
            self._publish(TokenRevoked(token))
        return revoked

    def status(
        self, record: TokenRecord, connections: Mapping[str, ConnectionRecord] | None = None
    ) -> Status:
        """Return what has become of a token; ``disabled`` is one whose connection is.

        :param connections: the connections by id; looked up if not given.
        """
        if record.revoked is not None:
            return "revoked"
        if not self._live(record):
            return "expired"
        if connections is None:
            connections = {one.id: one for one in self._connections.list()}
        connection = connections.get(record.connection_id or "")
        return "live" if connection is not None and connection.disabled is None else "disabled"

    def expiring(self) -> Sequence[ExpiringToken]:
        """Return the live tokens that end within 30 days, the next to end first."""
        with self._backend.begin(HOST, write=False) as work:
            tokens = tuple(work.tokens.list())
            known = {one.id: one for one in work.connections.list()}
        now = self._now()
        soon = [expiring(one, known.get(one.connection_id or ""), now) for one in tokens]
        return sorted(
            (one for one in soon if one is not None), key=lambda one: one.token.expires or ""
        )

    def verify(self, secret: str, address: str | None = None) -> Caller:
        """Return the caller that a token stands for, and note the use.

        :param address: where it is used from, if that is known.
        :raises Unauthorized: saying the same of tokens that are malformed, forged, unknown,
            revoked, expired and used from where they are not good, and of those whose connection
            is disabled.
        """
        match = _TOKEN.fullmatch(secret)
        if match is None or self._seal.unsign(secret) is None:
            raise Unauthorized(_REFUSED, presented=True)
        with self._backend.begin(HOST, write=False) as work:
            found = work.tokens.credential(match[1])
        stored = b"" if found is None else found.token.digest
        genuine = hmac.compare_digest(_digest(match[2]), stored)
        if found is None or found.connection is None or not genuine:
            raise Unauthorized(_REFUSED, presented=True)
        fault = self._fault(found.token, found.connection, address)
        if fault is not None:
            raise KnownButRefused(_REFUSED, found.token, found.connection, *fault)
        self._uses.note(found, address, self._now())
        return Caller(
            token_id=found.token.id,
            scopes=frozenset(found.token.scopes),
            connection_id=found.connection.id,
            tenant=found.connection.tenant,
            profile=profile_of(found.connection),
        )

    def _new(self, record: TokenRecord, secret: str) -> NewToken:
        return NewToken(record, self._seal.sign(f"scim_{record.id}_{secret}"))

    def _add(self, record: TokenRecord) -> ConnectionRecord:
        with self._backend.begin(HOST, write=True) as work:
            connection = self._lock(work, record.connection_id)
            if work.tokens.get(record.id) is not None:
                raise MadeAlready(record.id)
            self._check_room(work, connection, taken=1)
            work.tokens.add(record)
            work.commit()
        return connection

    def _rotate(
        self, id: str, overlap: timedelta, new_id: str, secret: str
    ) -> tuple[TokenRecord, TokenRecord, ConnectionRecord]:
        with self._backend.begin(HOST, write=False) as work:
            known = work.tokens.get(id)
        if known is None or known.connection_id is None:
            raise ValueError(f"There is no live token {id}.")
        with self._backend.begin(HOST, write=True) as work:
            connection = self._lock(work, known.connection_id)
            if work.tokens.get(new_id) is not None:
                raise MadeAlready(new_id)
            # As it is now: another rotation may have been waited for.
            before, now = work.tokens.get(id), self._now()
            if before is None or not self._live(before):
                raise ValueError(f"There is no live token {id}.")
            if before.replaced_by is not None:
                raise ValueError(f"Token {id} is replaced already, by {before.replaced_by}.")
            self._check_room(work, connection, taken=1 if overlap else 0)
            ends = before.expires
            lifetime = None if ends is None else elapsed(before.created, ends)
            made = replace(
                before,
                id=new_id,
                digest=_digest(secret),
                created=now,
                expires=None if lifetime is None else _later(now, lifetime),
                last_used=None,
                last_address=None,
            )
            work.tokens.add(made)
            work.tokens.expire(id, _later(now, overlap), replaced_by=new_id)
            if not overlap:
                work.tokens.revoke(id, now)
            ending = work.tokens.get(id)
            work.commit()
        return made, ending or before, connection

    def _lock(self, work: Work, id: str | None) -> ConnectionRecord:
        """Return a connection, whose tokens nobody else makes meanwhile."""
        connection = work.connections.lock(id or "")
        if connection is None:
            raise ValueError("There is no such connection any more.")
        return connection

    def _check_room(self, work: Work, connection: ConnectionRecord, *, taken: int) -> None:
        own = [one for one in work.tokens.list() if one.connection_id == connection.id]
        if sum(self._live(one) for one in own) + taken > self._max_tokens:
            raise ValueError(
                f"Connection {connection.name!r} has {self._max_tokens} live tokens, and no more "
                "are allowed: revoke one first."
            )

    def _fault(
        self, token: TokenRecord, connection: ConnectionRecord, address: str | None
    ) -> tuple[str, str] | None:
        """Return which check a genuine token fails, and why, in words."""
        if token.revoked is not None:
            return "token", f"The token was revoked at {token.revoked}."
        if not self._live(token):
            return "token", f"The token expired at {token.expires}."
        if not admits(token.addresses, address):
            where = spelled(address) or "nowhere that is known"
            good = ", ".join(token.addresses)
            return "address", f"The token was used from {where}, and is good from {good}."
        if connection.disabled is not None:
            return "connection", f"The connection was disabled at {connection.disabled}."
        return None

    def _live(self, record: TokenRecord) -> bool:
        expired = record.expires is not None and record.expires <= self._now()
        return record.revoked is None and not expired


def _later(now: str, lifetime: timedelta) -> str:
    try:
        return shifted(now, lifetime)
    except OverflowError:
        raise ValueError("A token's lifetime ends after the year 9999.") from None


def _digest(secret: str) -> bytes:
    # 256 random bits need no slow hash: there is nothing to guess from a list of likely ones.
    return hashlib.sha256(secret.encode()).digest()
