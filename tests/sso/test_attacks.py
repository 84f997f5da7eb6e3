"""What an attacker, or a broken provider, sends: nobody is signed in, and no secret is told.

OpenID Connect Core 3.1.3.7 and 16, RFC 9700, RFC 8725.
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
from urllib.parse import parse_qs
from urllib.parse import urlencode
from urllib.parse import urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc.jwk import OctKey
from joserfc.jwk import RSAKey
from werkzeug.test import TestResponse

from flask_scim_teams.sso import Link
from tests.sso.gateway import Browser
from tests.sso.gateway import Gateway
from tests.sso.gateway import provider_of
from tests.sso.gateway import settings_for
from tests.sso.openid_provider import CLIENT_SECRET
from tests.sso.openid_provider import KEY
from tests.sso.openid_provider import OpenIDProvider
from tests.sso.openid_provider import signed
from tests.sso.openid_provider import without_signature

FOREIGN = RSAKey.generate_key(2048, {"kid": "one"})
SERVED = "127.0.0.1"


@pytest.fixture
def gateway(server: OpenIDProvider) -> Gateway:
    made = Gateway(provider_of(server))
    made.idp().user("ada@example.com", externalId="ada-at-the-provider")
    return made


def assert_refused(gateway: Gateway, browser: Browser, answer: TestResponse, status: int) -> None:
    """Hold an answer to a page in words, and the browser to nobody."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert "form-action 'none'" in answer.headers["Content-Security-Policy"]
    assert "<h1>You are not signed in</h1>" in answer.text
    for secret in (CLIENT_SECRET, "Traceback", "secret words", "code_verifier"):
        assert secret not in answer.text
    assert browser.whoami() == "nobody"
    assert gateway.identities == []
    entries = [one for one in gateway.log() if one.action == "tried to sign in"]
    begun = answer.request.path.endswith("/callback") and status != 400
    assert len(entries) == begun, "what anybody can send does not fill the log"
    for entry in entries:
        assert (entry.status, entry.outcome) == (status, "refused")
        assert entry.detail


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


def test_a_state_is_good_once(gateway: Gateway) -> None:
    browser = gateway.browser()
    back = browser.approve(browser.begin())
    assert browser.go(back).status_code == 302
    assert browser.go(back).status_code == 400
    assert len(gateway.identities) == 1


def test_a_state_is_good_in_the_browser_that_made_it(gateway: Gateway) -> None:
    """RFC 9700 section 4.7: an attacker's sign-in must not become the victim's session."""
    attacker, victim = gateway.browser(), gateway.browser()
    back = attacker.approve(attacker.begin())
    victim.begin()
    assert_refused(gateway, victim, victim.go(back), 400)


@pytest.mark.parametrize("query", ["", "code=x", "state=&code=x", "state=a&state=b&code=x"])
def test_there_has_to_be_a_state(gateway: Gateway, query: str) -> None:
    browser = gateway.browser()
    browser.begin()
    assert_refused(gateway, browser, browser.go(f"/sso/oidc/callback?{query}"), 400)


def test_a_state_is_good_for_its_provider(
    serve: Callable[..., OpenIDProvider], server: OpenIDProvider
) -> None:
    """RFC 9700 section 4.4: the code of one provider is not shown to another."""
    other = serve()
    gateway = Gateway(provider_of(server, name="a"), provider_of(other, name="a-b"))
    browser = gateway.browser()
    back = browser.approve(browser.begin("a")).replace("/sso/a/", "/sso/a-b/")
    assert_refused(gateway, browser, browser.go(back), 400)
    assert "/token" not in other.asked


def test_an_answer_of_another_issuer_is_refused_before_its_code_is_shown(
    server: OpenIDProvider, gateway: Gateway
) -> None:
    """RFC 9207 section 2.4."""
    browser = gateway.browser()
    back = f"{browser.approve(browser.begin())}&iss=https%3A%2F%2Felsewhere.example.com"
    assert_refused(gateway, browser, browser.go(back), 502)
    assert "/token" not in server.asked


def test_an_issuer_that_names_itself_has_to(server: OpenIDProvider, gateway: Gateway) -> None:
    """RFC 9207 section 2.4."""
    server.document = {"authorization_response_iss_parameter_supported": True}
    browser = gateway.browser()
    assert_refused(gateway, browser, browser.sign_in(), 502)
    assert "/token" not in server.asked
    back = f"{browser.approve(browser.begin())}&{urlencode({'iss': server.issuer})}"
    assert browser.go(back).status_code == 302


def test_a_code_of_another_session_is_refused_by_its_verifier(
    server: OpenIDProvider, gateway: Gateway
) -> None:
    """RFC 9700 section 4.5: PKCE ties the code to the browser that asked for it."""
    victim, attacker = gateway.browser(), gateway.browser()
    stolen = parse_qs(urlsplit(victim.approve(victim.begin())).query)["code"][0]
    own = parse_qs(urlsplit(attacker.begin()).query)["state"][0]
    answer = attacker.go(f"/sso/oidc/callback?code={stolen}&state={own}")
    assert_refused(gateway, attacker, answer, 502)
    assert server.asked.count("/token") == 1


def test_no_redirect_of_the_token_endpoint_is_followed(
    server: OpenIDProvider, gateway: Gateway
) -> None:
    server.instead["/token"] = lambda: (307, {"Location": f"{server.base}/elsewhere"}, {})
    browser = gateway.browser()
    assert_refused(gateway, browser, browser.sign_in(), 502)
    assert "/elsewhere" not in server.asked


FAULTS: dict[str, tuple[int, Any]] = {
    "an error": (400, {"error": "invalid_grant", "error_description": "secret words"}),
    "an error of its own": (500, {"error": "secret words"}),
    "no JSON": (200, b"secret words"),
    "a list": (200, ["secret words"]),
    "a text": (200, "secret words"),
    "nothing": (200, b""),
    "too much": (200, b" " * (1024 * 1024 + 1)),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_token_endpoint_that_gives_no_tokens_lets_nobody_in(
    server: OpenIDProvider, gateway: Gateway, fault: tuple[int, Any], caplog: Any
) -> None:
    server.instead["/token"] = lambda: (fault[0], {}, fault[1])
    browser = gateway.browser()
    assert_refused(gateway, browser, browser.sign_in(), 502)
    assert "secret words" not in caplog.text


def test_no_secret_is_written_down(gateway: Gateway, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever the loggers of libraries are set to."""
    caplog.set_level("DEBUG")
    caplog.set_level("CRITICAL", "urllib3")  # which is the browser's way to the provider here
    browser = gateway.browser()
    url = browser.begin()
    with browser.client.session_transaction() as session:
        [kept] = [value["data"] for name, value in session.items() if "_state_" in name]
    back = browser.approve(url)
    browser.go(back)
    code = parse_qs(urlsplit(back).query)["code"][0]
    assert len(gateway.identities) == 1
    for secret in (kept["code_verifier"], kept["nonce"], code, CLIENT_SECRET):
        assert secret not in caplog.text


def test_tokens_without_an_id_token_let_nobody_in(server: OpenIDProvider, gateway: Gateway) -> None:
    server.instead["/token"] = lambda: (200, {}, {"access_token": "x", "token_type": "Bearer"})
    browser = gateway.browser()
    assert_refused(gateway, browser, browser.sign_in(), 403)


@pytest.mark.parametrize(
    "document",
    [
        {"issuer": "https://elsewhere.example.com"},
        {"token_endpoint": "http://elsewhere.example.com/token"},
        {"token_endpoint": "ftp://localhost/token"},
        {"jwks_uri": None},
        {"authorization_endpoint": ["https://localhost/"]},
        {"userinfo_endpoint": "https://somebody:password@localhost/userinfo"},
    ],
    ids=["issuer", "http elsewhere", "ftp", "no keys", "a list", "a password"],
)
def test_a_discovery_document_that_leads_elsewhere_is_refused(
    server: OpenIDProvider, gateway: Gateway, document: dict[str, Any]
) -> None:
    """OpenID Connect Discovery 4.3."""
    server.document = document
    browser = gateway.browser()
    assert_refused(gateway, browser, browser.client.get("/sso/oidc/sign-in"), 502)


def test_no_redirect_to_a_discovery_document_is_followed(
    server: OpenIDProvider, gateway: Gateway
) -> None:
    path = "/.well-known/openid-configuration"
    server.instead[path] = lambda: (302, {"Location": f"{server.base}/other{path}"}, {})
    browser = gateway.browser()
    assert_refused(gateway, browser, browser.client.get("/sso/oidc/sign-in"), 502)
    assert server.asked == [path]


def test_a_provider_that_is_away_is_said_in_words(server: OpenIDProvider) -> None:
    away = settings_for(server, issuer="http://127.0.0.1:9")
    gateway = Gateway(provider_of(server, **away))
    browser = gateway.browser()
    answer = browser.client.get("/sso/oidc/sign-in")
    assert_refused(gateway, browser, answer, 502)
    assert "127.0.0.1:9" not in answer.text


@pytest.mark.parametrize(
    ("error", "status"),
    [("access_denied", 403), ("server_error", 502), ("<b>call 555</b>", 502)],
    ids=["access_denied", "server_error", "markup"],
)
def test_an_error_of_the_provider_is_told_in_our_words(
    gateway: Gateway, error: str, status: int
) -> None:
    browser = gateway.browser()
    state = parse_qs(urlsplit(browser.begin()).query)["state"][0]
    answer = browser.client.get(
        "/sso/oidc/callback",
        query_string={"error": error, "error_description": "secret words", "state": state},
    )
    assert_refused(gateway, browser, answer, status)
    assert "call 555" not in answer.text


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
