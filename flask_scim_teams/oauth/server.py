"""The authorization server: one grant, two ways to prove who asks (RFC 6749 section 4.4)."""

from __future__ import annotations

import json
from collections.abc import Callable
from collections.abc import Mapping
from typing import Any

from authlib.oauth2.rfc6749 import AuthorizationServer
from authlib.oauth2.rfc6749 import ClientMixin
from authlib.oauth2.rfc6749 import InvalidClientError
from authlib.oauth2.rfc6749 import InvalidScopeError
from authlib.oauth2.rfc6749 import OAuth2Payload
from authlib.oauth2.rfc6749 import OAuth2Request
from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant
from authlib.oauth2.rfc6750 import BearerTokenGenerator
from flask import Request
from flask import Response
from joserfc.jwk import ECKey

from flask_scim_teams.oauth.assertions import METHOD
from flask_scim_teams.oauth.assertions import authenticate_with
from flask_scim_teams.oauth.key_sets import KeySets
from flask_scim_teams.services.clients import Client
from flask_scim_teams.services.clients import ClientManager

#: How clients prove who they are.
METHODS = ["client_secret_basic", "client_secret_post", METHOD]
#: Means all that the client is allowed; Microsoft's documentation asks for it.
EVERYTHING = "scim"
_UNKNOWN = "The client is unknown, or what it proves itself with is not good."


class _Client(ClientMixin):
    """A client as Authlib asks for it; nobody, where there is none of the id."""

    def __init__(self, client: Client | None, id: str, trust: Mapping[str, Any]) -> None:
        self.client = client
        self.trust = trust
        self._id = id

    def get_client_id(self) -> str:
        return self._id

    def check_client_secret(self, client_secret: str) -> bool:
        if self.client is None:
            # As much work as with one that exists.
            return _NOBODY.has_secret(client_secret)
        return self.client.has_secret(client_secret)

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        if self.client is None:
            return False
        signs: bool = method == METHOD
        return signs is bool(self.client.record.trust)

    def check_grant_type(self, grant_type: str) -> bool:
        offered: str = ClientCredentialsGrant.GRANT_TYPE
        return grant_type == offered

    def get_allowed_scope(self, scope: str | None) -> str:
        assert self.client is not None
        allowed = self.client.record.scopes
        wanted = (scope or EVERYTHING).split()
        if wanted == [EVERYTHING]:
            return " ".join(allowed)
        # What it may not have is refused, not left out: it would not look whether it got it.
        if not wanted or not set(wanted) <= set(allowed):
            raise InvalidScopeError(description=f"This client may have: {' '.join(allowed)}")
        return " ".join(one for one in allowed if one in wanted)


_NOBODY = Client(record=None, digests=())  # type: ignore[arg-type]


class _Grant(ClientCredentialsGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = METHODS

    def create_token_response(self) -> Any:
        """Return the answer. Authlib's own method would write the access token to its log."""
        token = self.generate_token(scope=self.request.payload.scope, include_refresh_token=False)
        return 200, token, self.TOKEN_RESPONSE_HEADER


class _Payload(OAuth2Payload):
    """The parameters: in the body, but for the scope, which Okta puts into the URL."""

    def __init__(self, request: Request) -> None:
        self._request = request

    @property
    def data(self) -> dict[str, str]:
        beside = self._request.args.get("scope")
        given = {} if beside is None else {"scope": beside}
        return given | self._request.form.to_dict()


class _Request(OAuth2Request):
    def __init__(self, request: Request, url: str) -> None:
        super().__init__(method=request.method, uri=url, headers=request.headers)
        self._form = request.form
        self.payload = _Payload(request)

    @property
    def form(self) -> Any:
        return self._form


class TokenServer(AuthorizationServer):
    """Answers requests for access tokens.

    :param url: of the token endpoint.
    :param issuer: what the server calls itself.
    :param key_sets: of clients whose keys are at a URL.
    :param admit: refuses a client, by its id, that asks too often.
    """

    def __init__(
        self,
        clients: ClientManager,
        key_sets: KeySets,
        *,
        url: str,
        issuer: str,
        admit: Callable[[str], None],
    ) -> None:
        super().__init__(scopes_supported=[*clients.scopes, EVERYTHING])
        self._clients = clients
        self._url = url
        self._admit = admit
        # A key that nobody has: what is signed for a client that does not exist is verified too.
        key = ECKey.generate_key("P-256", private=True).as_dict(private=False)
        self._nobody = {"keys": [key]}
        signed = authenticate_with(clients, key_sets, [url, issuer])
        self.register_client_auth_method(METHOD, signed)
        self.register_grant(_Grant)
        self.register_token_generator(
            "default",
            BearerTokenGenerator(self._access_token, None, int(clients.lifetime.total_seconds())),
        )

    def query_client(self, client_id: str) -> _Client:
        """Return the client of that id, or one that can prove nothing."""
        found = self._clients.find(client_id)
        trust = self._nobody if found is None else found.record.trust
        return _Client(found, client_id, trust)

    def authenticate_client(self, request: Any, methods: Any, endpoint: str = "token") -> Any:
        """Return the client that a request is from, or refuse it in words that are always the same.

        :raises InvalidClientError: if it is from none.
        """
        try:
            client = super().authenticate_client(request, methods, endpoint)
        except (InvalidClientError, UnicodeError) as error:
            raise InvalidClientError(description=_UNKNOWN, status_code=401) from error
        self._admit(client.get_client_id())
        return client

    def save_token(self, token: Any, request: Any) -> None:
        """Do nothing: what is signed need not be stored."""

    def create_oauth2_request(self, request: Request) -> _Request:
        """Return the request as Authlib reads it."""
        return _Request(request, self._url)

    def handle_response(self, status: int, body: Any, headers: Any) -> Response:
        """Return the response that Authlib made up."""
        return Response(json.dumps(body), status=status, headers=headers)

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Send none."""

    def _access_token(self, *, client: _Client, scope: str, **_: Any) -> str:
        assert client.client is not None
        return self._clients.issue(client.client.record, scope.split())
