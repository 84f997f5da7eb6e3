"""ID tokens that are not what they have to be: nobody is signed in, and no claim is believed.

OpenID Connect Core 3.1.3.7, RFC 8725.
"""

from __future__ import annotations

import hmac
import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from http.server import HTTPServer
from threading import Thread
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc.jwk import OctKey
from joserfc.jwk import RSAKey

from flask_scim_teams.sso import Link
from tests.sso.gateway import Gateway
from tests.sso.gateway import assert_refused
from tests.sso.gateway import provider_of
from tests.sso.openid_provider import CLIENT_SECRET
from tests.sso.openid_provider import KEY
from tests.sso.openid_provider import OpenIDProvider
from tests.sso.openid_provider import signed
from tests.sso.openid_provider import without_signature

FOREIGN = RSAKey.generate_key(2048, {"kid": "one"})
SERVED = "127.0.0.1"


def changed(**claims: Any) -> Callable[[dict[str, Any]], None]:
    """Return a change of claims; what is changed to ``None`` is left out."""

    def change(given: dict[str, Any]) -> None:
        given.update(claims)
        for name in [name for name, value in given.items() if value is None]:
            del given[name]

    return change


NOW = int(time.time())
CLAIMS = {
    "wrong nonce": {"nonce": "of another sign-in"},
    "no nonce": {"nonce": None},
    "nonce switched off": {"nonce": None, "nonce_supported": False},
    "wrong audience": {"aud": "another client"},
    "no audience": {"aud": None},
    "another client's, with us as the party": {"aud": "another client", "azp": "gateway"},
    "several audiences and no party": {"aud": ["gateway", "another client"]},
    "another party": {"azp": "another client"},
    "wrong issuer": {"iss": "https://elsewhere.example.com"},
    "the issuer with a slash": {"iss": f"http://{SERVED}/"},
    "no issuer": {"iss": None},
    "expired": {"exp": NOW - 3600},
    "never expires": {"exp": None},
    "expires at no number": {"exp": float("nan")},
    "expires at infinity": {"exp": float("inf")},
    "expires at a text": {"exp": "2099"},
    "made tomorrow": {"iat": NOW + 86_400},
    "made at no time": {"iat": None},
    "not yet good": {"nbf": NOW + 86_400},
    "nobody's": {"sub": None},
    "an empty subject's": {"sub": ""},
    "a number's": {"sub": 7},
    "with another access token": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
}


@pytest.mark.parametrize("claims", CLAIMS.values(), ids=CLAIMS)
def test_a_token_that_is_not_for_this_sign_in_is_refused(
    server: OpenIDProvider, gateway: Gateway, claims: dict[str, Any]
) -> None:
    server.change = changed(**claims)
    browser = gateway.browser()
    assert_refused(gateway, browser, browser.sign_in(), 403)


def by_hand(header: dict[str, Any], claims: dict[str, Any], sign: Callable[[bytes], bytes]) -> str:
    """Return a token that no library makes."""
    parts = [json.dumps(header).encode(), json.dumps(claims).encode()]
    text = b".".join(urlsafe_b64encode(one).rstrip(b"=") for one in parts)
    return b".".join([text, urlsafe_b64encode(sign(text)).rstrip(b"=")]).decode()


def with_public_key(text: bytes) -> bytes:
    return hmac.digest(KEY.as_pem(private=False), text, "sha256")


def with_private_key(text: bytes) -> bytes:
    signature: bytes = KEY.get_op_key("sign").sign(text, PKCS1v15(), SHA256())
    return signature


# RFC 8725 sections 2.1 and 3.1.
SIGNATURES: dict[str, Callable[[dict[str, Any]], str]] = {
    "none": without_signature,
    "HS256 with the public key": lambda claims: by_hand(
        {"alg": "HS256", "kid": "one"}, claims, with_public_key
    ),
    "HS256 without a key's name": lambda claims: by_hand({"alg": "HS256"}, claims, with_public_key),
    "HS256 with the client's secret": lambda claims: signed(
        claims, OctKey.import_key(CLIENT_SECRET), alg="HS256", kid="one"
    ),
    "another's key of the same name": lambda claims: signed(claims, FOREIGN),
    "a key that the token brings": lambda claims: signed(
        claims, FOREIGN, jwk=FOREIGN.as_dict(private=False)
    ),
    "a key of an unknown name": lambda claims: signed(claims, FOREIGN, kid="two"),
    "an extension that is critical": lambda claims: by_hand(
        {"alg": "RS256", "kid": "one", "crit": ["new"], "new": 1}, claims, with_private_key
    ),
    "changed afterwards": lambda claims: signed(claims)[:-8] + "AAAAAAAA",
    "no token": lambda claims: "not.a.token",
}


@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
@pytest.mark.parametrize("sign", SIGNATURES.values(), ids=SIGNATURES)
def test_a_token_that_the_provider_did_not_sign_is_refused(
    server: OpenIDProvider, gateway: Gateway, sign: Callable[[dict[str, Any]], str]
) -> None:
    server.sign = sign
    browser = gateway.browser()
    assert_refused(gateway, browser, browser.sign_in(), 403)


def test_a_new_key_is_asked_for_and_an_old_one_is_not_good_any_more(
    server: OpenIDProvider, gateway: Gateway
) -> None:
    gateway.browser().sign_in()
    new = RSAKey.generate_key(2048, {"kid": "two"})
    server.keys, server.sign = [new], lambda claims: signed(claims, new)
    gateway.browser().sign_in()
    assert len(gateway.identities) == 2
    server.sign = signed
    assert gateway.browser().sign_in().status_code == 403


def test_an_unverified_address_is_nobodys(server: OpenIDProvider) -> None:
    """An account is not the attacker's because they wrote its address at their provider."""
    for link in ("externalId", "userName"):
        for proof in (False, None, "no", 1):
            gateway = Gateway(provider_of(server, link=Link("email", link), create_users=True))
            gateway.idp().user("ada@example.com", externalId="ada@example.com")
            server.person["email_verified"] = proof
            browser = gateway.browser()
            assert_refused(gateway, browser, browser.sign_in(), 403)
            users = gateway.idp().get("/Users").get_json()["Resources"]
            assert [one["userName"] for one in users] == ["ada@example.com"]


@pytest.fixture
def internal() -> Iterator[tuple[str, list[str]]]:
    """A server that must never be asked, and what it was asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(403)

        def log_message(self, *args: Any) -> None:
            pass

    with HTTPServer((SERVED, 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://{SERVED}:{server.server_port}/internal", asked
        server.shutdown()
        thread.join()


def test_an_address_in_a_token_is_never_asked(
    server: OpenIDProvider, gateway: Gateway, internal: tuple[str, list[str]]
) -> None:
    """Entra's overage names one; an attacker's token would name one within our network."""
    url, asked = internal
    server.person |= {
        "_claim_names": {"groups": "src1"},
        "_claim_sources": {"src1": {"endpoint": url}},
        "profile": url,
        "picture": url,
    }
    server.sign = lambda claims: signed(claims, jku=url, x5u=url)
    assert gateway.browser().sign_in().status_code == 302
    [identity] = gateway.identities
    assert not identity.groups_known
    assert asked == []


def test_claims_of_somebody_else_are_not_used(server: OpenIDProvider, gateway: Gateway) -> None:
    """OpenID Connect Core 5.3.2."""
    server.more = {"sub": "eve", "groups": ["Admins"], "email": "eve@example.com"}
    del server.person["email"]
    gateway.browser().sign_in()
    [identity] = gateway.identities
    assert (identity.email, identity.groups_known) == (None, False)


def test_a_verified_address_does_not_verify_another_one(
    server: OpenIDProvider, gateway: Gateway
) -> None:
    server.person |= {"email": "boss@example.com"}
    del server.person["email_verified"]
    server.more = {"email": "ada@example.com", "email_verified": True}
    gateway.browser().sign_in()
    [identity] = gateway.identities
    assert (identity.email, identity.email_verified) == ("boss@example.com", False)
