"""What an attacker, or a broken provider, answers: nobody is signed in, and no secret is told.

OpenID Connect Core 16, Discovery 4.3, RFC 9700.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs
from urllib.parse import urlencode
from urllib.parse import urlsplit

import pytest

from tests.sso.gateway import Gateway
from tests.sso.gateway import assert_refused
from tests.sso.gateway import provider_of
from tests.sso.gateway import settings_for
from tests.sso.openid_provider import CLIENT_SECRET
from tests.sso.openid_provider import OpenIDProvider


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
