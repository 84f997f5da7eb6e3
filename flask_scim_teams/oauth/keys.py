"""The public keys of a client: which ones are taken, and which one an assertion is signed with."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

from joserfc.errors import InvalidKeyIdError
from joserfc.errors import JoseError
from joserfc.jwk import Key
from joserfc.jwk import import_key
from joserfc.jws import CompactSignature

#: The algorithms that assertions may be signed with, and the kind of key that each takes. None of
#: them is symmetric: a public key is no secret.
ALGORITHMS = {"RS256": "RSA", "PS256": "RSA", "ES256": "EC"}
_PARTS = ("kty", "kid", "use", "alg", "n", "e", "crv", "x", "y")
_MINIMUM_BITS = 2048
_MOST_KEYS = 100


def public_keys(document: Any) -> list[dict[str, Any]]:
    """Return the keys of a JWK set (RFC 7517) that can be kept of a client.

    :raises ValueError: if the document is none, has no key, or one that cannot be used.
    """
    keys = [_public(one) for one in _listed(document)]
    ids = [one.get("kid") for one in keys]
    if len(ids) > 1 and (None in ids or len(set(ids)) < len(ids)):
        raise ValueError('Where there are several keys, each needs a "kid" of its own.')
    return keys


def usable_keys(document: Any) -> list[dict[str, Any]]:
    """Return the keys of a published JWK set that assertions can be signed with.

    Others are there for other purposes, and are left out.

    :raises ValueError: if the document is none, or has no such key.
    """
    usable = []
    for one in _listed(document):
        try:
            usable.append(_public(one))
        except ValueError:
            continue
    if not usable:
        raise ValueError("None of its keys can be used: they have to be RSA, or EC on P-256.")
    return usable


def chosen(keys: Sequence[Mapping[str, Any]], signature: CompactSignature) -> Key:
    """Return the one key that an assertion can be signed with.

    :raises JoseError: if there is none, or more than one.
    """
    header = signature.headers()
    alg, kid = header.get("alg"), header.get("kid")
    fitting = [
        one
        for one in keys
        if one["kty"] == ALGORITHMS.get(str(alg))
        and one.get("alg", alg) == alg
        and (kid is None or one.get("kid") == kid)
    ]
    if len(fitting) != 1:
        raise InvalidKeyIdError("No key of the client fits.")
    return import_key(dict(fitting[0]))


def _listed(document: Any) -> Sequence[Any]:
    given = document.get("keys") if isinstance(document, Mapping) else None
    if not isinstance(given, Sequence) or isinstance(given, str) or not given:
        raise ValueError('This is no JWK set: an object with a list of "keys".')
    if len(given) > _MOST_KEYS:
        raise ValueError(f"This JWK set has more than {_MOST_KEYS} keys.")
    return given


def _public(key: Any) -> dict[str, Any]:
    if not isinstance(key, Mapping) or key.get("kty") not in ("RSA", "EC"):
        raise ValueError("Keys have to be RSA, or EC on the curve P-256.")
    if "d" in key:
        raise ValueError("This holds a private key. It is the client's alone: give the public one.")
    kept = {name: key[name] for name in _PARTS if isinstance(key.get(name), str)}
    if kept.get("use", "sig") != "sig":
        raise ValueError('A key of the use "enc" does not sign.')
    if kept.get("alg", "RS256") not in ALGORITHMS:
        raise ValueError(f"Keys sign by {', '.join(ALGORITHMS)}, not {kept['alg']}.")
    if kept["kty"] == "EC" and kept.get("crv", "P-256") != "P-256":
        raise ValueError("EC keys have to be on the curve P-256.")
    try:
        bits = int.from_bytes(urlsafe_b64decode(kept.get("n", "") + "==")).bit_length()
    except ValueError:
        raise ValueError("A key cannot be read.") from None
    if kept["kty"] == "RSA" and bits < _MINIMUM_BITS:
        raise ValueError(f"RSA keys need {_MINIMUM_BITS} bits at least; this has {bits}.")
    try:
        import_key(kept)
    except (JoseError, ValueError, TypeError):
        raise ValueError("A key cannot be read.") from None
    return kept
