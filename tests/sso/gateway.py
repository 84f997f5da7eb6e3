"""A host that people sign in to, and their browsers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import requests
from flask import Flask
from flask import session
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from flask_scim_teams import ScimTeams
from flask_scim_teams.sso import Identity
from flask_scim_teams.sso import Provider
from flask_scim_teams.sso import oidc
from flask_scim_teams.sso import sso_blueprint
from flask_scim_teams.storage.memory import MemoryBackend
from tests.conftest import SECRET_KEY
from tests.conftest import ScimClient
from tests.sso.openid_provider import CLIENT_ID
from tests.sso.openid_provider import CLIENT_SECRET
from tests.sso.openid_provider import OpenIDProvider

ADA = {
    "sub": "ada-at-the-provider",
    "email": "ada@example.com",
    "email_verified": True,
    "name": "Ada Lovelace",
    "given_name": "Ada",
    "family_name": "Lovelace",
}
URN = "urn:ietf:params:scim:schemas:core:2.0:User"


def settings_for(provider: OpenIDProvider, **settings: Any) -> dict[str, Any]:
    """Return what a preset is given to mean the provider of the tests."""
    return {
        "issuer": provider.issuer,
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "allow_localhost": True,
    } | settings


class Gateway:
    """The host: its app, its people, and SCIM."""

    def __init__(
        self, *providers: Provider, backend: Any = None, connections: Sequence[str] = (), **sso: Any
    ) -> None:
        self.identities: list[Identity] = []
        self.app = Flask("host")
        self.app.config.update(SECRET_KEY=SECRET_KEY)
        self.scim = ScimTeams(backend or MemoryBackend(), self.app)
        sso = {"login_user": self.log_in} | sso
        self.app.register_blueprint(sso_blueprint(self.scim, providers=providers, **sso))
        self.app.before_request(self.scim.require_active(lambda: session.get("user")))
        self.app.add_url_rule("/", "home", lambda: session.get("user", "nobody"))
        self.app.add_url_rule("/reports", "reports", lambda: session.get("user", "nobody"))
        with self.app.app_context():
            for name in connections:
                self.scim.connections.create(name)

    def log_in(self, identity: Identity) -> None:
        self.identities.append(identity)
        session["user"] = identity.user_id

    def idp(self, connection: str | None = None) -> ScimClient:
        """Return an identity provider with a token of a connection."""
        with self.app.app_context():
            known = None if connection is None else self.scim.connections.named(connection)
            token = self.scim.tokens.create(label="test", connection=known).secret
        return ScimClient(self.app.test_client(), token)

    def browser(self) -> Browser:
        return Browser(self.app.test_client())

    def log(self) -> list[Any]:
        """Return the entries of the log, newest first."""
        with self.app.app_context():
            assert self.scim.log.flush()
            return list(self.scim.log.search().entries)


class Browser:
    """Somebody's browser: cookies at the host, and a person at the provider."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def begin(self, name: str = "oidc", to: str | None = None) -> str:
        """Press the button; return where that leads."""
        answer = self.client.get(
            f"/sso/{name}/sign-in", query_string={} if to is None else {"next": to}
        )
        assert answer.status_code == 302, answer.text
        assert answer.headers["Cache-Control"] == "no-store"
        return answer.headers["Location"]

    def approve(self, url: str) -> str:
        """Go to the provider, which lets the person in; return where it sends them."""
        answer = requests.get(url, allow_redirects=False, timeout=10)
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"]

    def go(self, url: str) -> TestResponse:
        """Go to an address of the host's."""
        parts = urlsplit(url)
        assert parts.netloc in ("", "localhost")
        return self.client.get(f"{parts.path}?{parts.query}")

    def sign_in(self, name: str = "oidc", to: str | None = None) -> TestResponse:
        """Sign in; return the last answer."""
        return self.go(self.approve(self.begin(name, to)))

    def whoami(self) -> str:
        """Return the id of the user that is signed in: "nobody" if nobody is."""
        answer = self.client.get("/")
        return answer.text if answer.status_code == 200 else f"refused with {answer.status_code}"


def provider_of(server: OpenIDProvider, **settings: Any) -> Provider:
    """Return a provider that nothing is known of."""
    made = oidc(**settings_for(server, **settings))
    server.redirect_uris.add(f"http://localhost/sso/{made.name}/callback")
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
