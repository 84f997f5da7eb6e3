"""An app with a token endpoint, and clients that ask it."""

from __future__ import annotations

import base64
import secrets
import time
from typing import Any

from flask import Flask
from joserfc import jwt
from joserfc.jwk import ECKey
from joserfc.jwk import RSAKey
from werkzeug.test import TestResponse

from flask_scim_teams import ScimTeams
from flask_scim_teams.storage.interface import ClientRecord
from flask_scim_teams.storage.memory import MemoryBackend
from tests.conftest import SECRET_KEY

BASE = "https://gateway.example.com"
TOKEN_URL = f"{BASE}/scim/oauth/token"
ISSUER = f"{BASE}/scim/oauth"
JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
RSA = RSAKey.generate_key(2048, {"kid": "rsa"})
EC = ECKey.generate_key("P-256", {"kid": "ec"})


def public(*keys: RSAKey | ECKey) -> list[dict[str, Any]]:
    """Return what a client publishes of its keys."""
    return [dict(key.as_dict(private=False)) for key in keys]


class Gateway:
    """The app, and what an administrator does to it."""

    def __init__(self, backend: Any = None, **config: Any) -> None:
        self.app = Flask("host")
        self.app.config.update(
            {
                "SECRET_KEY": SECRET_KEY,
                "SCIM_OAUTH": True,
                "SCIM_BASE_URL": f"{BASE}/scim/v2",
                **config,
            }
        )
        self.scim = ScimTeams(backend or MemoryBackend(), self.app)

    def client(self, scopes: tuple[str, ...] = (), **trust: Any) -> ClientRecord:
        """Make a client; with ``keys`` it signs."""
        with self.app.app_context():
            return self.scim.clients.create(label="Entra", scopes=scopes or None, trust=trust)

    def secret(self, client: ClientRecord) -> str:
        """Make a secret of a client."""
        with self.app.app_context():
            return self.scim.clients.add_secret(client.id).secret

    def ask(self, form: dict[str, Any], **kwargs: Any) -> TestResponse:
        """Ask for an access token."""
        form = {"grant_type": "client_credentials"} | form
        return self.app.test_client().post("/scim/oauth/token", data=form, **kwargs)

    def token(self, client: ClientRecord, secret: str, **form: str) -> str:
        """Return an access token."""
        answer = self.ask({"client_id": client.id, "client_secret": secret, **form})
        assert answer.status_code == 200, answer.text
        token: str = answer.get_json()["access_token"]
        return token

    def get(self, token: str, path: str = "/Users") -> TestResponse:
        """Ask SCIM with a bearer token."""
        headers = {"Authorization": f"Bearer {token}"}
        return self.app.test_client().get(f"/scim/v2{path}", headers=headers)


def basic(client_id: str, secret: str) -> dict[str, str]:
    """Return the header of client_secret_basic."""
    return {"Authorization": f"Basic {base64.b64encode(f'{client_id}:{secret}'.encode()).decode()}"}


def claims_of(client_id: str, **changed: Any) -> dict[str, Any]:
    """Return the claims of a good assertion, changed; what is changed to ``None`` is left out."""
    now = int(time.time())
    claims = {
        "iss": client_id,
        "sub": client_id,
        "aud": TOKEN_URL,
        "iat": now,
        "exp": now + 300,
        "jti": secrets.token_hex(8),
    } | changed
    return {name: value for name, value in claims.items() if value is not None}


def signed(
    claims: dict[str, Any], key: Any = EC, alg: str = "ES256", **header: Any
) -> dict[str, str]:
    """Return the parameters of an assertion."""
    header = {"alg": alg, "kid": key.kid} | header
    text = jwt.encode(
        {name: value for name, value in header.items() if value is not None},
        claims,
        key,
        algorithms=[alg],
    )
    return {"client_assertion_type": JWT_BEARER, "client_assertion": text}


def assert_refused(answer: TestResponse, code: str = "invalid_client", status: int = 401) -> str:
    """Hold a refusal to RFC 6749 section 5.2, and return its words."""
    assert answer.status_code == status, answer.text
    body = answer.get_json()
    assert set(body) - {"error_description"} == {"error"}
    assert body["error"] == code
    assert answer.content_type == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Pragma"] == "no-cache"
    assert ("WWW-Authenticate" in answer.headers) is (status == 401)
    words: str = body.get("error_description", "")
    return words
