"""ID tokens, verified (OpenID Connect Core 3.1.3.7)."""

from __future__ import annotations

import hmac
import math
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

from authlib.oidc.core.util import create_half_hash
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError
from joserfc.errors import JoseError
from joserfc.jwk import Key
from joserfc.jwk import import_key
from joserfc.jws import CompactSignature
from joserfc.jws import JWSRegistry

from flask_scim_teams.sso.client import OpenIDClient
from flask_scim_teams.sso.provider import ALGORITHMS
from flask_scim_teams.sso.provider import Claims
from flask_scim_teams.sso.provider import Provider
from flask_scim_teams.sso.refusals import SignInRefused
from flask_scim_teams.sso.refusals import UntrustedToken

#: Seconds that clocks may be apart.
LEEWAY = 60
_LONGEST_SUBJECT = 255
# Headers beside those of the RFCs are let be; "crit" is understood by none of us.
_HEADERS = JWSRegistry(algorithms=list(ALGORITHMS), strict_check_header=False)


def verified(client: OpenIDClient, token: Mapping[str, Any], nonce: str) -> Claims:
    """Return the claims of the ID token.

    :raises UntrustedToken: if it is not signed by the provider, for us, now, in this sign-in.
    :raises SignInRefused: if it is, and the person is not one of those who may.
    """
    text = token.get("id_token")
    if not isinstance(text, str):
        raise UntrustedToken("There is no ID token.")
    header, claims = _signed(client, text)
    provider = client.provider
    _check_times(claims)
    expected = jwt.JWTClaimsRegistry(
        leeway=LEEWAY,
        iss={"essential": True, "value": issuer_of(provider, claims)},
        sub={"essential": True},
        aud={"essential": True, "value": provider.client_id},
        exp={"essential": True},
        iat={"essential": True},
        nonce={"essential": True, "value": nonce},
    )
    try:
        expected.validate(dict(claims))
    except JoseError as error:
        raise UntrustedToken(f"The ID token is not good: {_about(error)}.") from None
    _check_audience(provider, claims)
    _check_access_token(header, claims, token)
    subject_of(provider, claims)
    for check in provider.checks:
        words = check(claims)
        if words is not None:
            raise SignInRefused(words)
    return claims


def issuer_of(provider: Provider, claims: Claims) -> str:
    """Return the issuer that the token has to be of.

    Where it is a template, it is that of the token's tenant, if its people may come in.

    :raises UntrustedToken: if the token has no tenant.
    :raises SignInRefused: if it is of a tenant whose people may not.
    """
    if not provider.of_many_tenants:
        return provider.issuer
    tenant = claims.get("tid")
    if not isinstance(tenant, str):
        raise UntrustedToken("The ID token is of no tenant.")
    if tenant not in (provider.tenants or ()):
        raise SignInRefused(
            "Your organization is not one of those that may sign in here.",
            reason=f"The tenant {tenant[:64]!r} is not allowed.",
        )
    return provider.issuer.replace("{tenantid}", tenant)


def subject_of(provider: Provider, claims: Claims) -> str:
    """Return what identifies the person for good.

    :raises UntrustedToken: if the claims do not tell it.
    """
    subject = provider.subject(claims)
    if not isinstance(subject, str) or not 0 < len(subject) <= _LONGEST_SUBJECT:
        raise UntrustedToken("The ID token does not say whose it is.")
    return subject


def _signed(client: OpenIDClient, text: str) -> tuple[Mapping[str, Any], Claims]:
    """Return header and claims, signed with a key that the provider publishes."""

    def decoded(keys: Sequence[Mapping[str, Any]]) -> jwt.Token:
        return jwt.decode(text, lambda signature: _chosen(keys, signature), registry=_HEADERS)

    try:
        try:
            token = decoded(client.keys())
        except InvalidKeyIdError:
            # Keys are changed now and then.
            token = decoded(client.keys(anew=True))
    except (JoseError, ValueError, TypeError) as error:
        raise UntrustedToken(f"The ID token is not signed well: {type(error).__name__}.") from None
    return token.header, token.claims


def _chosen(keys: Sequence[Mapping[str, Any]], signature: Any) -> Key:
    """Return the one key that the token can be signed with.

    :raises InvalidKeyIdError: if there is none, or more than one.
    """
    assert isinstance(signature, CompactSignature)
    header = signature.headers()
    alg, kid = header.get("alg"), header.get("kid")
    fitting = [
        one
        for one in keys
        if one.get("kty") == ALGORITHMS.get(str(alg), "")
        and one.get("use", "sig") == "sig"
        and one.get("alg", alg) == alg
        and (kid is None or one.get("kid") == kid)
    ]
    if len(fitting) != 1:
        raise InvalidKeyIdError("No key of the provider fits.")
    return import_key(dict(fitting[0]))


def _check_times(claims: Claims) -> None:
    """Refuse times that are none: NaN is later than nothing."""
    for name in ("exp", "iat", "nbf"):
        value = claims.get(name)
        if value is None and name == "nbf":
            continue
        if not isinstance(value, int | float) or not math.isfinite(value):
            raise UntrustedToken(f"The ID token is not good: {name}.")


def _check_audience(provider: Provider, claims: Claims) -> None:
    """Refuse a token that was made for others as well, unless it says that it was made for us."""
    audience, party = claims["aud"], claims.get("azp")
    several = isinstance(audience, list) and len(audience) > 1
    if (party is not None or several) and party != provider.client_id:
        raise UntrustedToken("The ID token is not good: azp.")


def _check_access_token(
    header: Mapping[str, Any], claims: Claims, token: Mapping[str, Any]
) -> None:
    """Refuse an access token that did not come with the ID token, where that can be told."""
    digest, access = claims.get("at_hash"), token.get("access_token")
    if digest is None or access is None:
        return
    expected = create_half_hash(str(access), header["alg"])
    if expected is None or not hmac.compare_digest(bytes(expected), str(digest).encode()):
        raise UntrustedToken("The ID token is not good: at_hash.")


def _about(error: JoseError) -> str:
    """Return the claim that an error is about, and nothing of its value."""
    return str(getattr(error, "claim", "")) or type(error).__name__
