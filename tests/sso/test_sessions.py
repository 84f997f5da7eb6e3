"""The session before, during and after a sign-in."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask import make_response
from flask import session
from flask.sessions import SecureCookieSessionInterface

from flask_scim_teams import ScimTeams
from flask_scim_teams.core.errors import SetupError
from flask_scim_teams.sso import Identity
from flask_scim_teams.sso import Link
from flask_scim_teams.sso import Provider
from flask_scim_teams.sso import SignInRefused
from flask_scim_teams.sso import entra
from flask_scim_teams.sso import oidc
from flask_scim_teams.sso import sso_blueprint
from flask_scim_teams.storage.memory import MemoryBackend
from tests.sso.gateway import ADA
from tests.sso.gateway import Gateway
from tests.sso.gateway import provider_of
from tests.sso.openid_provider import OpenIDProvider


def test_nothing_of_the_session_before_is_left_but_what_the_host_keeps(
    server: OpenIDProvider,
) -> None:
    """ASVS 7.2.4: a session that somebody planted does not become the person's."""
    gateway = Gateway(provider_of(server), keep=("language", "theme"))
    gateway.idp().user(externalId=ADA["sub"])
    browser = gateway.browser()
    with browser.client.session_transaction() as before:
        before |= {"planted": "x", "language": "en"}
    browser.begin()
    browser.sign_in()
    with browser.client.session_transaction() as after:
        assert dict(after) == {"language": "en", "user": gateway.identities[0].user_id}


def test_the_id_of_a_session_on_the_server_is_made_anew(server: OpenIDProvider) -> None:
    class OnTheServer(SecureCookieSessionInterface):
        regenerated = 0

        def regenerate(self, session: Any) -> None:
            assert not session
            self.regenerated += 1

    gateway = Gateway(provider_of(server))
    gateway.idp().user(externalId=ADA["sub"])
    gateway.app.session_interface = OnTheServer()
    assert gateway.browser().sign_in().status_code == 302
    assert gateway.app.session_interface.regenerated == 1


def test_several_sign_ins_may_be_under_way_but_not_many(server: OpenIDProvider) -> None:
    gateway = Gateway(provider_of(server))
    gateway.idp().user(externalId=ADA["sub"])
    browser = gateway.browser()
    urls = [browser.begin() for _ in range(5)]
    with browser.client.session_transaction() as kept:
        assert len(kept) == 3
    assert browser.go(browser.approve(urls[1])).status_code == 400
    assert browser.go(browser.approve(urls[3])).status_code == 302


def test_a_sign_in_that_took_too_long_is_begun_anew(server: OpenIDProvider) -> None:
    gateway = Gateway(provider_of(server))
    browser = gateway.browser()
    url = browser.begin()
    with browser.client.session_transaction() as kept:
        [name] = kept
        assert 0 < kept[name]["exp"] - 600 <= kept[name]["exp"]
        kept[name] = kept[name] | {"exp": kept[name]["exp"] - 601}
    answer = browser.go(browser.approve(url))
    assert answer.status_code == 400
    assert "took too long" in answer.text
    assert "/token" not in server.asked


def test_the_hosts_log_in_may_refuse_or_answer_itself(server: OpenIDProvider) -> None:
    def refuse(identity: Identity) -> None:
        raise SignInRefused(f"{identity.name} has to read the terms first.", status=403)

    gateway = Gateway(provider_of(server), login_user=refuse)
    gateway.idp().user(externalId=ADA["sub"])
    answer = gateway.browser().sign_in()
    assert (answer.status_code, "has to read the terms" in answer.text) == (403, True)

    def greet(identity: Identity) -> Any:
        session["user"] = identity.user_id
        return make_response("Welcome")

    gateway = Gateway(provider_of(server), login_user=greet)
    gateway.idp().user(externalId=ADA["sub"])
    browser = gateway.browser()
    answer = browser.sign_in()
    assert (answer.status_code, answer.text) == (200, "Welcome")
    assert browser.whoami() != "nobody"


def test_pages_that_are_not_there_are_said_so(server: OpenIDProvider) -> None:
    client = Gateway(provider_of(server)).app.test_client()
    answer = client.get("/sso/other/sign-in")
    assert (answer.status_code, "no such identity provider" in answer.text) == (404, True)
    assert client.post("/sso/oidc/sign-in").status_code == 405


def test_the_redirect_uri_is_where_the_host_says_it_is(server: OpenIDProvider) -> None:
    """Not where the request's Host header says."""
    provider = provider_of(server)
    server.redirect_uris.clear()
    server.redirect_uris.add("https://gateway.example.com/sso/oidc/callback")
    gateway = Gateway(provider, base_url="https://gateway.example.com/")
    answer = gateway.app.test_client().get("/sso/oidc/sign-in", headers={"Host": "evil.example"})
    assert "gateway.example.com%2Fsso%2Foidc%2Fcallback" in answer.headers["Location"]


GOOD = {"issuer": "https://idp.example.com", "client_id": "x"}
TENANT = "11111111-2222-3333-4444-555555555555"


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: oidc(**GOOD | {"issuer": "http://idp.example.com"}), "https"),
        (lambda: oidc(**GOOD | {"issuer": "http://localhost:9"}), "https"),
        (lambda: oidc(**GOOD | {"issuer": "http://x", "allow_localhost": True}), "https"),
        (lambda: oidc(**GOOD, discovery="http://idp.example.com/x"), "https"),
        (lambda: oidc(**GOOD | {"client_id": ""}), "client_id"),
        (lambda: oidc(name="a_b", **GOOD), "small letters"),
        (lambda: oidc(scopes=("email",), **GOOD), "openid"),
        (lambda: Link("email", "emails"), "no proof"),
        (lambda: entra(tenant="acme.onmicrosoft.com", client_id="x"), "directory's id"),
        (lambda: entra(tenant="common", client_id="x"), "which tenants"),
        (
            lambda: entra(
                tenant="common",
                tenants=[TENANT],
                client_id="x",
                link=Link("preferred_username", "userName"),
            ),
            "one tenant",
        ),
        (lambda: blueprint(), "without a provider"),
        (lambda: blueprint(oidc(**GOOD), oidc(**GOOD)), "one name"),
        (lambda: blueprint(oidc(**GOOD), default_page="//x"), "path of this site"),
        (lambda: blueprint(oidc(**GOOD), login_user=None), "login_user"),
        (lambda: Flask("x").register_blueprint(blueprint(oidc(**GOOD))), "SECRET_KEY"),
    ],
    ids=[
        "http", "localhost", "http elsewhere", "discovery", "client", "name", "scope", "link",
        "tenant", "tenants", "names of many tenants", "no provider", "twice", "page", "log-in",
        "key",
    ],
)  # fmt: skip
def test_what_cannot_work_is_said_at_set_up(make: Any, words: str) -> None:
    with pytest.raises(SetupError, match=words):
        make()


def blueprint(*providers: Provider, **settings: Any) -> Any:
    settings = {"login_user": lambda identity: None} | settings
    return sso_blueprint(ScimTeams(MemoryBackend()), providers=providers, **settings)
