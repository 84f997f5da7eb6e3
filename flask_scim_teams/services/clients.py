"""OAuth clients: made, listed, switched; what they prove, and the access tokens they get.

An access token reads ``scimat_CLIENT_NONCE_EXPIRY_SCOPES.SIGNATURE`` and is stored nowhere. The
signature says that it was issued, for whom, how long and what for; whether the client and its
connection may still ask is looked up, so that either can be switched off at once.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
from base64 import urlsafe_b64decode
from base64 import urlsafe_b64encode
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field
from datetime import timedelta
from functools import partial
from typing import Any

from flask_scim_teams.core.comparison import shifted
from flask_scim_teams.core.errors import Unauthorized
from flask_scim_teams.services.attempts import attempt
from flask_scim_teams.services.connections import ConnectionManager
from flask_scim_teams.services.connections import profile_of
from flask_scim_teams.services.once import MadeAlready
from flask_scim_teams.services.once import credential_id
from flask_scim_teams.services.signing import Seal
from flask_scim_teams.services.tokens import KnownButRefused
from flask_scim_teams.storage.interface import HOST
from flask_scim_teams.storage.interface import Backend
from flask_scim_teams.storage.interface import Caller
from flask_scim_teams.storage.interface import ClientRecord
from flask_scim_teams.storage.interface import ConnectionRecord
from flask_scim_teams.storage.interface import SecretRecord

PREFIX = "scimat_"
_TOKEN = re.compile(
    r"scimat_([0-9a-f]{16})_[0-9a-f]{16}_([0-9]{14})_([A-Za-z0-9_-]*)\.[A-Za-z0-9_-]{43}", re.ASCII
)
_CLIENT_ID = re.compile(r"[0-9a-f]{16}", re.ASCII)
_SALT = b"flask-scim-teams/access-token/v1"
_REFUSED = "The bearer token is not valid."

#: How long a secret is good, if not said otherwise; Microsoft wants one to three years.
SECRET_LIFETIME = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class NewSecret:
    """A secret that was just made.

    :param secret: to be shown once; it is stored nowhere.
    """

    record: SecretRecord
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Client:
    """A client that may ask for access tokens now, and what it can prove that it is with.

    :param digests: of its live secrets.
    """

    record: ClientRecord
    digests: tuple[bytes, ...] = field(repr=False)

    def has_secret(self, secret: str) -> bool:
        """Return whether a secret is one of its own; takes as long for those that are none."""
        given = hashlib.sha256(secret.encode(errors="replace")).digest()
        # All of them, and one at least, whichever it is.
        matches = [hmac.compare_digest(given, one) for one in self.digests or (b"",)]
        return any(matches)


class ClientManager:
    """Makes and switches clients, and verifies their access tokens.

    :param scopes: what a client can be allowed.
    :param keys: signing keys, oldest first; the last one signs.
    :param now: returns the present instant as ``YYYY-MM-DDTHH:MM:SS.ffffffZ``.
    :param lifetime: how long an access token is good.
    :param public_keys: returns the keys of a JWK set that can be kept, or raises ``ValueError``.
    :param fetch: raises ``ValueError`` of a URL where no keys can be had.
    """

    def __init__(
        self,
        backend: Backend,
        keys: Sequence[bytes],
        now: Callable[[], str],
        connections: ConnectionManager,
        *,
        scopes: Sequence[str],
        lifetime: timedelta,
        public_keys: Callable[[Any], Sequence[Mapping[str, Any]]],
        fetch: Callable[[str], object],
    ) -> None:
        self._backend = backend
        self._seal = Seal(keys, _SALT)
        self._now = now
        self._connections = connections
        self.scopes = tuple(scopes)
        self.lifetime = lifetime
        self._public_keys = public_keys
        self._fetch = fetch

    def trust(
        self,
        jwks: str | bytes | None = None,
        *,
        jwks_uri: str | None = None,
        issuer: str | None = None,
        subject: str | None = None,
        audience: str | None = None,
    ) -> Mapping[str, Any]:
        """Return what a client is to be trusted by that signs its assertions.

        :param jwks: its public keys, a JWK set as JSON (RFC 7517).
        :param jwks_uri: or where they are published; they are fetched now, while somebody looks,
            and then when they are needed.
        :param issuer: whose keys those are, if not the client's own.
        :param subject: and ``audience``: what the issuer's assertions have to say.
        :raises ValueError: if there are no keys or both, that is no JSON or no such set, a key
            cannot be used, or one of the last three is given and another is not.
        """
        if len({bool(one) for one in (issuer, subject, audience)}) > 1:
            raise ValueError("Issuer, subject and audience belong together.")
        if bool(jwks) is bool(jwks_uri):
            raise ValueError("A client that signs has its public keys here, or at a URL.")
        trust: dict[str, Any]
        if jwks_uri:
            self._fetch(jwks_uri)
            trust = {"jwks_uri": jwks_uri}
        else:
            try:
                document = json.loads(jwks or "")
            except (ValueError, RecursionError):
                raise ValueError("The public keys are no JSON.") from None
            trust = {"keys": self._public_keys(document)}
        if issuer and subject and audience:
            # Microsoft shows the audience with a scope behind it, which its assertions leave out.
            audience = audience.removesuffix("/.default")
            trust |= {"issuer": issuer, "subject": subject, "audience": audience}
        return trust

    def create(
        self,
        *,
        label: str,
        scopes: Iterable[str] | None = None,
        connection: ConnectionRecord | None = None,
        trust: Mapping[str, Any] | None = None,
        id: str | None = None,
    ) -> ClientRecord:
        """Make a client; without ``trust`` it needs a secret, by :meth:`add_secret`.

        :param label: what the administrator will know it by.
        :param scopes: some of :attr:`scopes`; all if not said.
        :param connection: the connection it belongs to; where there is one alone, it need not be
            said.
        :param trust: the public keys of its assertions, and what those have to say, as
            :meth:`trust` returns it.
        :param id: its public id, 16 hexadecimal digits, where the caller may ask twice.
        :raises MadeAlready: if there is a client of that id.
        :raises ValueError: if the label is blank, a scope unknown, or several connections leave
            open whose it is.
        """
        if not label.strip() or len(label) > 255:
            raise ValueError("A client needs a label of 1 to 255 characters.")
        wanted = tuple(dict.fromkeys(self.scopes if scopes is None else scopes))
        unknown = [scope for scope in wanted if scope not in self.scopes]
        if unknown or not wanted:
            raise ValueError(
                f"Unknown scope {unknown[0]!r}." if unknown else "A client needs a scope."
            )
        connection = connection or self._connections.only()
        record = ClientRecord(
            id=credential_id(id),
            label=label,
            connection_id=connection.id,
            scopes=wanted,
            created=self._now(),
            trust=dict(trust or {}),
        )
        attempt(partial(self._add, record))
        return record

    def add_secret(
        self, id: str, *, expires_in: timedelta = SECRET_LIFETIME, secret_id: str | None = None
    ) -> NewSecret:
        """Make one more secret for a client; those it has stay good.

        :param secret_id: its public id, as in :meth:`create`.
        :raises MadeAlready: if the client has or had a secret of that id.
        :raises ValueError: if there is no such client, it signs its assertions instead, or the
            lifetime is not positive.
        """
        if expires_in <= timedelta(0):
            raise ValueError("A secret's lifetime has to be positive.")
        now, secret = self._now(), f"scimcs_{secrets.token_hex(32)}"
        try:
            expires = shifted(now, expires_in)
        except OverflowError:
            raise ValueError("A secret's lifetime ends after the year 9999.") from None
        record = SecretRecord(
            id=credential_id(secret_id),
            client_id=id,
            digest=hashlib.sha256(secret.encode()).digest(),
            created=now,
            expires=expires,
        )
        attempt(partial(self._add_secret, record))
        return NewSecret(record, secret)

    def revoke_secret(self, id: str, secret_id: str) -> bool:
        """Revoke one secret of a client; access tokens it was used for last until they end.

        :returns: whether there was a live one of that id.
        """
        with self._backend.begin(HOST, write=True) as work:
            revoked = work.clients.revoke_secret(id, secret_id, self._now())
            work.commit()
        return revoked

    def get(self, id: str) -> ClientRecord:
        """Return a client, a disabled one too.

        :raises ValueError: if there is none of that id.
        """
        with self._backend.begin(HOST, write=False) as work:
            found = work.clients.credential(id)
        if found is None:
            raise ValueError(f"There is no client {id}.")
        return found.client

    def list(self) -> Sequence[ClientRecord]:
        """Return all clients, oldest first."""
        with self._backend.begin(HOST, write=False) as work:
            return tuple(work.clients.list())

    def secrets(self, id: str) -> Sequence[SecretRecord]:
        """Return the secrets of a client that are still good, oldest first."""
        now = self._now()
        with self._backend.begin(HOST, write=False) as work:
            return [one for one in work.clients.secrets(id) if _live(one, now)]

    def disable(self, id: str) -> bool:
        """Refuse a client, and its access tokens, from the next request on.

        :returns: whether that changed anything.
        """
        return self._set_disabled(id, self._now())

    def enable(self, id: str) -> bool:
        """Let a client be good again, and those of its access tokens that have not ended."""
        return self._set_disabled(id, None)

    def find(self, id: str) -> Client | None:
        """Return a client that may ask for access tokens; nobody may whose connection is off."""
        if not _CLIENT_ID.fullmatch(id):
            return None
        now = self._now()
        with self._backend.begin(HOST, write=False) as work:
            found = work.clients.credential(id)
            known = tuple(work.clients.secrets(id))
        if found is None or found.client.disabled is not None:
            return None
        if found.connection is None or found.connection.disabled is not None:
            return None
        return Client(found.client, tuple(one.digest for one in known if _live(one, now)))

    def spend(self, id: str, assertion: str, *, expires: str) -> bool:
        """Note that an assertion of a client was used; return whether it was the first time.

        :param assertion: its id, which is the client's to choose.
        """
        digest = hashlib.sha256(f"{id} {assertion}".encode(errors="replace")).digest()
        return attempt(partial(self._spend, digest, expires))

    def issue(self, record: ClientRecord, scopes: Iterable[str]) -> str:
        """Return an access token of a client, for some of its scopes."""
        wanted = set(scopes)
        granted = [one for one in record.scopes if one in wanted]
        # All of them are written as none: a token has to fit into a header.
        named = "" if len(granted) == len(record.scopes) else " ".join(granted)
        ends = _digits(shifted(self._now(), self.lifetime))
        coded = urlsafe_b64encode(named.encode()).decode().rstrip("=")
        return self._seal.sign(f"{PREFIX}{record.id}_{secrets.token_hex(8)}_{ends}_{coded}")

    def verify(self, token: str) -> Caller:
        """Return the caller that an access token stands for.

        :raises Unauthorized: saying the same of tokens that are malformed, forged and expired, and
            of those whose client or connection is disabled.
        """
        match = _TOKEN.fullmatch(token)
        if match is None or self._seal.unsign(token) is None:
            raise Unauthorized(_REFUSED, presented=True)
        with self._backend.begin(HOST, write=False) as work:
            found = work.clients.credential(match[1])
        if found is None or found.connection is None:
            raise Unauthorized(_REFUSED, presented=True)
        fault = self._fault(found.client, found.connection, match[2])
        if fault is not None:
            raise KnownButRefused(_REFUSED, found.client, found.connection, *fault)
        named = urlsafe_b64decode(match[3] + "=" * (-len(match[3]) % 4)).decode().split()
        allowed = frozenset(found.client.scopes)
        return Caller(
            token_id=found.client.id,
            scopes=allowed.intersection(named) if named else allowed,
            connection_id=found.connection.id,
            tenant=found.connection.tenant,
            profile=profile_of(found.connection),
        )

    def _fault(
        self, client: ClientRecord, connection: ConnectionRecord, ends: str
    ) -> tuple[str, str] | None:
        """Return which check an access token fails, and why, or ``None``."""
        if client.disabled is not None:
            return "token", f"The client was disabled at {client.disabled}."
        if ends <= _digits(self._now()):
            return "token", "The access token has expired; its client asks for another one."
        if connection.disabled is not None:
            return "connection", f"The connection was disabled at {connection.disabled}."
        return None

    def _add(self, record: ClientRecord) -> None:
        with self._backend.begin(HOST, write=True) as work:
            # Nobody else makes one of this id for the connection meanwhile.
            work.connections.lock(record.connection_id)
            if work.clients.credential(record.id) is not None:
                raise MadeAlready(record.id)
            work.clients.add(record)
            work.commit()

    def _add_secret(self, record: SecretRecord) -> None:
        with self._backend.begin(HOST, write=True) as work:
            found = work.clients.credential(record.client_id)
            if found is None:
                raise ValueError(f"There is no client {record.client_id}.")
            if found.client.trust:
                raise ValueError(f"Client {found.client.id} signs, and has no secret.")
            work.connections.lock(found.client.connection_id)
            if any(one.id == record.id for one in work.clients.secrets(record.client_id)):
                raise MadeAlready(record.id)
            work.clients.add_secret(record)
            work.commit()

    def _spend(self, digest: bytes, expires: str) -> bool:
        with self._backend.begin(HOST, write=True) as work:
            fresh = work.clients.spend(digest, expires, now=self._now())
            if fresh:
                work.commit()
        return fresh

    def _set_disabled(self, id: str, when: str | None) -> bool:
        with self._backend.begin(HOST, write=True) as work:
            changed = work.clients.set_disabled(id, when)
            work.commit()
        return changed


def _live(secret: SecretRecord, now: str) -> bool:
    return secret.revoked is None and (secret.expires is None or secret.expires > now)


def _digits(instant: str) -> str:
    """Return the digits of an instant to the second: a token has no room for its marks."""
    return re.sub(r"\D", "", instant[:19])
