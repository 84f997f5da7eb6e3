"""Clients that prove who they are with a signed assertion (RFC 7523 section 2.2)."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC
from datetime import datetime
from typing import Any

from authlib.oauth2.rfc6749 import InvalidClientError
from authlib.oauth2.rfc7523 import JWTBearerClientAssertion
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import Key
from joserfc.jws import CompactSignature

from flask_scim_teams.oauth.key_sets import KeySets
from flask_scim_teams.oauth.keys import ALGORITHMS
from flask_scim_teams.oauth.keys import chosen
from flask_scim_teams.services.clients import ClientManager

METHOD = "private_key_jwt"
#: Seconds that clocks may be apart.
LEEWAY = 60
#: Seconds that a client's own assertion may be good; each is used once.
LONGEST = 600
#: Seconds that an assertion of another issuer may be good. Microsoft's are for 65 minutes.
LONGEST_ISSUED = 2 * 3600
#: Longest id of an assertion, in characters.
_LONGEST_ID = 255


class Assertion(JWTBearerClientAssertion):
    """One assertion, held to what is known of its client.

    A client of its own signs as itself, for this token endpoint, and each time anew. One whose keys
    are another issuer's - workload identity federation - sends what that issuer says of it: issuer,
    subject and audience are as agreed on, and the assertion comes again until it expires.
    """

    CLIENT_AUTH_METHOD = METHOD

    def __init__(self, clients: ClientManager, key_sets: KeySets, audiences: list[str]) -> None:
        super().__init__(leeway=LEEWAY)
        self._clients = clients
        self._key_sets = key_sets
        self._audiences = audiences
        self._client: Any = None

    def resolve_client_public_key(self, client: Any) -> Any:
        """Return what chooses the key by the assertion's header."""
        self._client = client
        return self._key

    def process_assertion_claims(self, assertion: str, resolve_key: Any) -> Any:
        """Verify signature and claims."""
        try:
            token = jwt.decode(assertion, resolve_key, algorithms=list(ALGORITHMS))
        except (JoseError, ValueError, TypeError) as error:
            raise InvalidClientError(description="The assertion is not good.") from error
        self.verify_claims(token.claims)
        return token.claims

    def verify_claims(self, claims: Any) -> None:
        """Hold the claims to what is expected of this client."""
        _check_times(claims, LONGEST_ISSUED if self._issued else LONGEST)
        if not self._issued:
            if claims.get("sub") != self._client.get_client_id():
                raise InvalidClientError(description="The assertion is another's.")
            super().verify_claims(claims)
            return
        trust = self._client.trust
        expected = jwt.JWTClaimsRegistry(
            leeway=self.leeway,
            iss={"essential": True, "value": trust["issuer"]},
            sub={"essential": True, "value": trust["subject"]},
            aud={"essential": True, "value": trust["audience"]},
            exp={"essential": True},
        )
        try:
            expected.validate(claims)
        except JoseError as error:
            raise InvalidClientError(description="The assertion is not good.") from error

    def get_audiences(self) -> list[str]:
        """Return the names of this token endpoint."""
        return self._audiences

    def validate_jti(self, claims: Any, jti: Any) -> bool:
        """Use the assertion up."""
        if not isinstance(jti, str) or not 0 < len(jti) <= _LONGEST_ID:
            return False
        # Good until then by its own word, and by the leeway.
        ends = datetime.fromtimestamp(claims["exp"] + LEEWAY + 1, UTC)
        expires = ends.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        return self._clients.spend(self._client.get_client_id(), jti, expires=expires)

    def _key(self, signature: CompactSignature) -> Key:
        """Return the key that an assertion can be signed with; where keys are, it has no say in."""
        trust, header = self._client.trust, signature.headers()
        if "jwks_uri" not in trust:
            return chosen(trust.get("keys", ()), signature)
        # Nobody is asked for the key of what is refused anyway.
        known = header.get("alg") in ALGORITHMS
        keys = self._key_sets.keys(trust["jwks_uri"], header.get("kid")) if known else ()
        return chosen(keys, signature)

    @property
    def _issued(self) -> bool:
        return "issuer" in self._client.trust


def authenticate_with(
    clients: ClientManager, key_sets: KeySets, audiences: list[str]
) -> Callable[[Callable[[str], Any], Any], Any]:
    """Return the method of authentication, as Authlib registers it."""

    def authenticate(query_client: Callable[[str], Any], request: Any) -> Any:
        named = request.form.get("client_id")

        def find(subject: str) -> Any:
            # What another issuer says of the client is not the client's id: that comes beside it.
            return query_client(named if named is not None else subject)

        return Assertion(clients, key_sets, audiences)(find, request)

    return authenticate


def _check_times(claims: Any, longest: int) -> None:
    """Refuse times that are no whole numbers - NaN is later than nothing - or too far away."""
    for name in ("exp", "nbf", "iat"):
        value = claims.get(name)
        if (name == "exp" or value is not None) and type(value) is not int:
            raise InvalidClientError(description="The assertion is not good.")
    if claims["exp"] - time.time() > longest + LEEWAY:
        raise InvalidClientError(description="The assertion is good for too long.")
