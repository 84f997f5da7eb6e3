"""Clients that sign: private_key_jwt, and what an attacker makes of it (RFC 7523)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from typing import Any

import pytest
from joserfc import jwk
from joserfc import jwt

from tests.hosts import Storage
from tests.oauth.gateway import EC
from tests.oauth.gateway import ISSUER
from tests.oauth.gateway import JWT_BEARER
from tests.oauth.gateway import RSA
from tests.oauth.gateway import TOKEN_URL
from tests.oauth.gateway import Gateway
from tests.oauth.gateway import assert_refused
from tests.oauth.gateway import claims_of
from tests.oauth.gateway import public
from tests.oauth.gateway import signed

TENANT = "https://login.example.com/tenant/v2.0"


def coded(part: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


def assertion(text: str) -> dict[str, str]:
    return {"client_assertion_type": JWT_BEARER, "client_assertion": text}


@pytest.mark.parametrize(("key", "alg"), [(RSA, "RS256"), (RSA, "PS256"), (EC, "ES256")])
def test_a_client_that_signs(key: Any, alg: str) -> None:
    gateway = Gateway()
    client = gateway.client(keys=public(RSA, EC))
    for aud in (TOKEN_URL, ISSUER, [ISSUER, "https://other.example.com"]):
        answer = gateway.ask(signed(claims_of(client.id, aud=aud), key, alg))
        assert answer.status_code == 200, answer.text
        assert gateway.get(answer.get_json()["access_token"]).status_code == 200
    beside = gateway.ask({"client_id": client.id, **signed(claims_of(client.id), key, alg)})
    assert beside.status_code == 200


def test_claims_that_are_not_good() -> None:
    gateway = Gateway()
    client, other = gateway.client(keys=public(EC)), gateway.client(keys=public(EC))
    now = int(time.time())
    faults: dict[str, dict[str, Any]] = {
        "expired": {"exp": now - 61},
        "without end": {"exp": None},
        "for too long": {"exp": now + 700},
        "for ever": {"exp": 10**30},
        "an end that is text": {"exp": str(now + 300)},
        "an end that is no number": {"exp": float("nan")},
        "an end beyond all": {"exp": float("inf")},
        "an end that is true": {"exp": True},
        "not yet": {"nbf": now + 120},
        "of the future": {"iat": now + 120},
        "for nobody": {"aud": None},
        "for another": {"aud": "https://other.example.com/scim/oauth/token"},
        "for a part of us": {"aud": "https://gateway.example.com"},
        "for SCIM": {"aud": "https://gateway.example.com/scim/v2"},
        "by another": {"iss": other.id},
        "by nobody": {"iss": None},
        "about another": {"sub": other.id},
        "about nobody": {"sub": None},
        "about a number": {"sub": 7},
        "without id": {"jti": None},
        "an id that is a number": {"jti": 7},
        "an empty id": {"jti": ""},
        "a long id": {"jti": "x" * 256},
    }
    for name, changed in faults.items():
        answer = gateway.ask(signed(claims_of(client.id, **changed)))
        assert answer.status_code == 401, name
        assert_refused(answer)
    # Clocks may be a minute apart.
    for close in ({"exp": now - 30}, {"iat": now + 30, "nbf": now + 30}, {"exp": now + 630}):
        assert gateway.ask(signed(claims_of(client.id, **close))).status_code == 200, close


def test_signatures_that_are_not_good() -> None:
    gateway = Gateway()
    rsa, ec = gateway.client(keys=public(RSA)), gateway.client(keys=public(EC))
    stranger = jwk.ECKey.generate_key("P-256", {"kid": "ec"})
    claims = claims_of(ec.id)
    good = signed(claims)["client_assertion"]
    head, body, signature = good.split(".")
    pem = RSA.as_pem(private=False)
    texts = {
        "none": f"{coded({'alg': 'none'})}.{body}.",
        "None": f"{coded({'alg': 'None'})}.{body}.",
        "none, signed": f"{coded({'alg': 'none', 'kid': 'ec'})}.{body}.{signature}",
        "no algorithm": f"{coded({'kid': 'ec'})}.{body}.{signature}",
        "changed claims": f"{head}.{coded(claims | {'jti': 'x'})}.{signature}",
        "no signature": f"{head}.{body}.",
        "another key of that name": signed(claims, stranger)["client_assertion"],
        "two parts": f"{head}.{body}",
        "five parts": f"{good}.x.y",
        "nonsense": "x",
        "empty": "",
        "not of JSON": f"{head}.{base64.urlsafe_b64encode(b'[').decode()}.{signature}",
        "a list": f"{head}.{coded([])}.{signature}",
        "not of ASCII": "é.é.é",
        "critical": f"{coded({'alg': 'ES256', 'crit': ['b64'], 'b64': False})}.{body}.{signature}",
    }
    for name, text in texts.items():
        answer = gateway.ask(assertion(text))
        assert answer.status_code == 401, name
    # The public key is everybody's: taken for a shared secret, it would let everybody in.
    for secret in (pem, json.dumps(RSA.as_dict(private=False)).encode(), RSA["n"].encode()):
        for alg in ("HS256", "HS384", "HS512"):
            # By the letter: joserfc does not sign with such a key.
            text = hs_signed(alg, claims_of(rsa.id), secret)
            assert_refused(gateway.ask(assertion(text)))
    # Algorithms that the kind of key could do, and nobody agreed on.
    for alg in ("RS384", "RS512", "PS384", "PS512"):
        assert_refused(gateway.ask(signed(claims_of(rsa.id), RSA, alg)))
    assert_refused(gateway.ask(assertion(good) | {"client_assertion_type": "jwt"}))
    assert gateway.ask(assertion(good)).status_code == 200


def hs_signed(alg: str, claims: dict[str, Any], secret: bytes) -> str:
    text = f"{coded({'alg': alg, 'typ': 'JWT'})}.{coded(claims)}"
    digest = getattr(hashlib, f"sha{alg[2:]}")
    mac = hmac.new(secret, text.encode(), digest).digest()
    return f"{text}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"


def test_keys_that_the_assertion_would_like_to_choose() -> None:
    gateway = Gateway()
    mine = jwk.ECKey.generate_key("P-256", {"kid": "mine"})
    attacker = jwk.ECKey.generate_key("P-256", {"kid": "mine"})
    client = gateway.client(keys=public(mine, EC))
    other = gateway.client(keys=public(attacker))
    published = attacker.as_dict(private=False)
    for header in (
        # One client's name of a key is not another's.
        {"kid": "mine"},
        {"kid": "ec"},
        {"kid": "../../../../dev/null"},
        {"kid": "' OR 1=1 --"},
        {"kid": None},
        {"kid": None, "jwk": published},
        {"kid": "mine", "jwk": published},
        {"kid": "mine", "jku": "https://attacker.example.com/keys"},
        {"kid": "mine", "x5u": "https://attacker.example.com/chain"},
    ):
        assert_refused(gateway.ask(signed(claims_of(client.id), attacker, **header)))
    # The client of another cannot speak for it, either way round.
    claims = claims_of(other.id)
    assert_refused(gateway.ask({"client_id": client.id, **signed(claims, attacker)}))
    assert_refused(gateway.ask({"client_id": other.id, **signed(claims_of(client.id), attacker)}))
    # Of two keys that fit, none is guessed at.
    assert_refused(gateway.ask(signed(claims_of(client.id), mine, kid=None)))
    assert gateway.ask(signed(claims_of(client.id), mine)).status_code == 200
    assert gateway.ask(signed(claims_of(other.id), attacker, kid=None)).status_code == 200


def test_an_assertion_is_good_once(storage: Storage) -> None:
    gateway, elsewhere = Gateway(storage.backend), Gateway(storage.backend)
    client, other = gateway.client(keys=public(EC)), gateway.client(keys=public(EC))
    sent = signed(claims_of(client.id, jti="once"))
    assert gateway.ask(sent).status_code == 200
    for again in (gateway, elsewhere):
        assert_refused(again.ask(sent))
    # The same id in another assertion is the same, unless it is another client's.
    assert_refused(gateway.ask(signed(claims_of(client.id, jti="once"))))
    assert gateway.ask(signed(claims_of(other.id, jti="once"))).status_code == 200
    # What is refused uses nothing up.
    assert_refused(gateway.ask(signed(claims_of(client.id, jti="twice", aud="x"))))
    assert gateway.ask(signed(claims_of(client.id, jti="twice"))).status_code == 200


def test_who_is_refused_is_not_told_why() -> None:
    gateway = Gateway()
    client, off, secret = (
        gateway.client(keys=public(EC)),
        gateway.client(keys=public(EC)),
        gateway.client(),
    )
    gateway.secret(secret)
    with gateway.app.app_context():
        assert gateway.scim.clients.disable(off.id)
        with pytest.raises(ValueError, match="signs"):
            gateway.scim.clients.add_secret(client.id)
    words = {
        assert_refused(answer)
        for answer in (
            gateway.ask(signed(claims_of(client.id, aud="x"))),
            gateway.ask(signed(claims_of(client.id), RSA, "RS256")),
            gateway.ask(signed(claims_of("0" * 16))),
            gateway.ask(signed(claims_of("nobody"))),
            gateway.ask(signed(claims_of(off.id))),
            gateway.ask(signed(claims_of(secret.id))),
            gateway.ask(assertion("x")),
            # It signs, and a secret of nobody's does not stand in for that.
            gateway.ask({"client_id": client.id, "client_secret": "x"}),
            gateway.ask({"client_id": client.id}),
        )
    }
    assert len(words) == 1


def issued(**changed: Any) -> dict[str, Any]:
    """Return claims as Microsoft's documentation has them: for 65 minutes, and without an id."""
    now = int(time.time())
    claims = {
        "aud": "api://b5ba7a93",
        "iss": TENANT,
        "sub": "d2f8ee76",
        "iat": now,
        "nbf": now,
        "exp": now + 3900,
        "ver": "2.0",
    }
    return {name: value for name, value in (claims | changed).items() if value is not None}


def test_a_client_whose_assertions_another_issues() -> None:
    gateway = Gateway()
    trust = {"issuer": TENANT, "subject": "d2f8ee76", "audience": "api://b5ba7a93"}
    client = gateway.client(keys=public(RSA), **trust)
    own = gateway.client(keys=public(RSA))
    form = {"client_id": client.id, "scope": "scim"}
    sent = form | signed(issued(), RSA, "RS256")
    answer = gateway.ask(sent)
    assert answer.status_code == 200, answer.text
    assert gateway.get(answer.get_json()["access_token"]).status_code == 200
    # It may send the same one again, as long as that is good.
    assert gateway.ask(sent).status_code == 200
    now = int(time.time())
    for changed in (
        {"iss": "https://login.example.com/another/v2.0"},
        {"iss": None},
        {"sub": "somebody else"},
        {"sub": None},
        {"aud": "api://another"},
        {"aud": TOKEN_URL},
        {"aud": None},
        {"exp": now - 61},
        {"exp": now + 3 * 3600},
        {"exp": None},
        {"nbf": now + 120},
    ):
        answer = gateway.ask(form | signed(issued(**changed), RSA, "RS256"))
        assert answer.status_code == 401, changed
    # It says itself which client it is, and what it signs as itself is not what was agreed on.
    assert_refused(gateway.ask(signed(issued(), RSA, "RS256")))
    assert_refused(gateway.ask(form | signed(claims_of(client.id), RSA, "RS256")))
    assert_refused(gateway.ask({"client_id": own.id} | signed(issued(), RSA, "RS256")))
    assert_refused(gateway.ask(form | signed(issued(), EC)))


def test_the_text_of_an_assertion_is_bounded() -> None:
    gateway = Gateway()
    client = gateway.client(keys=public(EC))
    claims = claims_of(client.id, padding="x" * 40_000)
    text = jwt.encode({"alg": "ES256", "kid": "ec"}, claims, EC, algorithms=["ES256"])
    assert_refused(gateway.ask(assertion(text)), "invalid_request", 413)
