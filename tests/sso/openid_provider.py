"""An OpenID provider over real HTTP, which lets in whoever a test says, and errs as a test says.

It publishes itself, signs with keys of its own, and checks what a provider has to: the redirect
URI, the client's secret, PKCE, and that a code is used once (OpenID Connect Core, RFC 7636).
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler
from http.server import ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs
from urllib.parse import urlencode
from urllib.parse import urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT_ID = "gateway"
CLIENT_SECRET = "a secret of the gateway at the provider"
KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})

Answer = tuple[int, Mapping[str, str], Any]


class OpenIDProvider:
    """The provider.

    :param path: of the issuer, slash at the end or not.
    :param template: whether the document names the issuer with ``{tenantid}`` in place of a tenant.
    """

    def __init__(self, path: str = "", *, issuer_path: str | None = None) -> None:
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        self.base = f"http://127.0.0.1:{self.server.server_port}"
        self.issuer = self.base + path
        self.published_issuer = self.issuer if issuer_path is None else self.base + issuer_path
        self.redirect_uris: set[str] = set()
        self.person: dict[str, Any] = {}
        #: Claims that only the userinfo endpoint tells.
        self.more: dict[str, Any] = {}
        self.keys = [KEY]
        #: Changes the claims of an ID token before it is signed.
        self.change: Callable[[dict[str, Any]], None] = lambda claims: None
        #: Signs an ID token.
        self.sign: Callable[[dict[str, Any]], str] = signed
        #: Answers in place of an endpoint, by its path.
        self.instead: dict[str, Callable[[], Answer]] = {}
        #: What is changed of the discovery document.
        self.document: dict[str, Any] = {}
        #: What was asked for, in order.
        self.asked: list[str] = []
        self.parameters: dict[str, str] = {}
        self._codes: dict[str, dict[str, str]] = {}
        self._access: dict[str, dict[str, Any]] = {}
        self._thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        self._thread.start()

    def close(self) -> None:
        """Stop serving."""
        self.server.shutdown()
        self._thread.join()
        self.server.server_close()

    def answer(self, method: str, url: str, headers: Any, body: bytes) -> Answer:
        """Answer a request."""
        parts = urlsplit(url)
        self.asked.append(parts.path)
        if parts.path in self.instead:
            return self.instead[parts.path]()
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        match method, parts.path:
            case "GET", path if path.endswith("/.well-known/openid-configuration"):
                return _json(self._description())
            case "GET", "/keys":
                return _json({"keys": [key.as_dict(private=False) for key in self.keys]})
            case "GET", "/authorize":
                return self._authorize(query)
            case "POST", "/token":
                return self._token(headers, form)
            case "GET", "/userinfo":
                return self._userinfo(headers)
        return 404, {}, {}

    def _description(self) -> dict[str, Any]:
        return {
            "issuer": self.published_issuer,
            "authorization_endpoint": f"{self.base}/authorize",
            "token_endpoint": f"{self.base}/token",
            "userinfo_endpoint": f"{self.base}/userinfo",
            "jwks_uri": f"{self.base}/keys",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        } | self.document

    def _authorize(self, query: dict[str, str]) -> Answer:
        """Let the person in without asking (OpenID Connect Core 3.1.2)."""
        self.parameters = query
        good = (
            query.get("client_id") == CLIENT_ID
            and query.get("redirect_uri") in self.redirect_uris
            and query.get("response_type") == "code"
            and "openid" in query.get("scope", "").split()
            and query.get("code_challenge_method") == "S256"
            and len(query.get("code_challenge", "")) == 43
            and query.get("state")
            and query.get("nonce")
        )
        if not good:
            return 400, {}, {"error": "invalid_request"}
        code = secrets.token_urlsafe(16)
        self._codes[code] = query
        back = {"code": code, "state": query["state"]}
        return 302, {"Location": f"{query['redirect_uri']}?{urlencode(back)}"}, None

    def _token(self, headers: Any, form: dict[str, str]) -> Answer:
        """Give tokens for a code, once, to whom it was made for (3.1.3, RFC 7636 section 4.6)."""
        scheme, _, given = headers.get("Authorization", "").partition(" ")
        posted = f"{form.get('client_id')}:{form.get('client_secret')}"
        proof = base64.b64decode(given).decode() if scheme == "Basic" else posted
        if proof != f"{CLIENT_ID}:{CLIENT_SECRET}":
            return 401, {}, {"error": "invalid_client"}
        begun = self._codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if (
            begun is None
            or form.get("grant_type") != "authorization_code"
            or form.get("redirect_uri") != begun["redirect_uri"]
            or challenge != begun["code_challenge"]
        ):
            return 400, {}, {"error": "invalid_grant", "error_description": "secret words"}
        access = secrets.token_urlsafe(16)
        self._access[access] = {"sub": self.person["sub"], **self.more}
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 300,
            "nonce": begun["nonce"],
            **self.person,
        }
        self.change(claims)
        return _json(
            {
                "access_token": access,
                "token_type": "Bearer",
                "expires_in": 300,
                "id_token": self.sign(claims),
            }
        )

    def _userinfo(self, headers: Any) -> Answer:
        claims = self._access.get(headers.get("Authorization", "").removeprefix("Bearer "))
        return (401, {}, {}) if claims is None else _json(claims)


def signed(claims: dict[str, Any], key: Any = KEY, **header: Any) -> str:
    """Return an ID token."""
    header = {"alg": "RS256", "kid": key.kid} | header
    return jwt.encode(header, claims, key, algorithms=[header["alg"]])


def without_signature(claims: dict[str, Any]) -> str:
    """Return an ID token of the algorithm "none"."""
    parts = ({"alg": "none", "kid": "one"}, claims)
    encoded = [base64.urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=") for one in parts]
    return b".".join([*encoded, b""]).decode()


def _json(document: Any) -> Answer:
    return 200, {"Content-Type": "application/json"}, document


def _handler_of(provider: OpenIDProvider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.0"

        def respond(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            status, headers, document = provider.answer(
                self.command, self.path, self.headers, self.rfile.read(length)
            )
            body = document if isinstance(document, bytes) else json.dumps(document).encode()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = respond  # noqa: N815 - the names that http.server calls

        def log_message(self, *args: Any) -> None:
            pass

    return Handler
