"""What is asked of an identity provider, by Authlib: over https, straight, and not for long."""

from __future__ import annotations

import time
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

from authlib.common.security import generate_token
from authlib.integrations.base_client import OAuthError
from authlib.integrations.flask_client import FlaskIntegration
from authlib.integrations.flask_client import FlaskOAuth2App
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from flask import session
from requests import PreparedRequest
from requests import RequestException
from requests import Response

from flask_scim_teams.sso.provider import Provider
from flask_scim_teams.sso.refusals import NotPending
from flask_scim_teams.sso.refusals import ProviderFault

#: Seconds for a connection, and between two bytes of an answer.
TIMEOUT = (5.0, 10.0)
#: Largest answer in bytes.
LARGEST = 1024 * 1024
#: Seconds after which a sign-in has to be begun anew.
PENDING = 600
#: Most sign-ins that one browser may have begun with one provider: sessions may be small cookies.
_MOST_PENDING = 3
#: Seconds for which what a provider publishes of itself and of its keys is taken as it was.
FRESH = 3600
#: What is asked of a provider, and where its document says that is.
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class StrictSession(OAuth2Session):
    """Requests that follow no redirect and read no endless answer."""

    def request(self, method: str, url: str, **kwargs: Any) -> Response:
        """Send a request.

        :raises ProviderFault: if there is no answer, a redirect, or too much of one.
        """
        kwargs |= {"allow_redirects": False, "timeout": TIMEOUT, "stream": True}
        if kwargs.get("withhold_token"):
            # Else requests looks for a password in the operator's files.
            kwargs["auth"] = _unsigned
        try:
            response: Response = super().request(method, url, **kwargs)
            with response:
                _read(response)
        except RequestException as error:
            # Its text has the address in it, and that may have a secret.
            raise ProviderFault(f"The request failed: {type(error).__name__}.") from None
        if 300 <= response.status_code < 400:
            raise ProviderFault("The identity provider answers with a redirect.")
        return response


def _unsigned(request: PreparedRequest) -> PreparedRequest:
    return request


def _read(response: Response) -> None:
    body = bytearray()
    for part in response.iter_content(16 * 1024):
        body += part
        if len(body) > LARGEST:
            raise ProviderFault(f"The answer is larger than {LARGEST} bytes.")
    response._content = bytes(body)  # noqa: SLF001 - requests has no limit of its own


class PendingSignIns(FlaskIntegration):
    """The sign-ins that a browser began, in its session and nowhere else.

    Authlib could keep them in a cache that all browsers share, where whoever knows a state could
    finish the sign-in of another.
    """

    expires_in = PENDING

    def set_state_data(self, session: Any, state: str, data: Mapping[str, Any]) -> None:
        """Keep one more, and forget the oldest if there are too many."""
        self._clear_session_state(session)
        mine = [key for key in session if key.startswith(f"_state_{self.name}_")]
        mine.sort(key=lambda key: float(session[key]["exp"]))
        for key in mine[: max(0, len(mine) - _MOST_PENDING + 1)]:
            session.pop(key)
        super().set_state_data(session, state, data)

    def get_state_data(self, session: Any, state: str) -> Any:
        """Return what was kept, unless that is too long ago."""
        self._clear_session_state(session)
        return super().get_state_data(session, state)


class OpenIDClient(FlaskOAuth2App):
    """The client that is registered at one provider."""

    client_cls = StrictSession

    def __init__(self, provider: Provider) -> None:
        super().__init__(
            framework=PendingSignIns(provider.name),
            name=provider.name,
            client_id=provider.client_id,
            client_secret=provider.client_secret,
            client_kwargs={
                "scope": " ".join(provider.scopes),
                "token_endpoint_auth_method": provider.client_authentication
                if provider.client_secret
                else "none",
            },
        )
        self.provider = provider
        #: Whether its answers say whose they are (RFC 9207), as far as is known.
        self.names_itself = False
        self._published: tuple[float, Mapping[str, Any]] = (0.0, {})
        self._keys: tuple[float, Sequence[Mapping[str, Any]]] = (0.0, ())

    def load_server_metadata(self) -> dict[str, Any]:
        """Return the endpoints that the provider publishes.

        :raises ProviderFault: if it publishes something else.
        """
        at, published = self._published
        if not published or time.monotonic() - at > FRESH:
            document = self._published_at(self.provider.discovery_url)
            if document.get("issuer") != self.provider.issuer:
                raise ProviderFault("The discovery document is of another issuer.")
            wanted = [*_ENDPOINTS, "userinfo_endpoint"]
            # No other words of it: Authlib would take them for settings.
            published = {name: document[name] for name in wanted if name in document}
            for name in _ENDPOINTS:
                if name not in published:
                    raise ProviderFault(f"The discovery document has no {name}.")
            for name, url in published.items():
                if not self.provider.may_ask(url):
                    raise ProviderFault(f"The discovery document has no https address as {name}.")
            says = document.get("authorization_response_iss_parameter_supported")
            self.names_itself = says is True
            self._published = (time.monotonic(), published)
        return dict(published)

    def keys(self, *, anew: bool = False) -> Sequence[Mapping[str, Any]]:
        """Return the keys that the provider signs with (RFC 7517).

        :param anew: whether those that are known are not enough.
        """
        at, keys = self._keys
        if anew or not keys or time.monotonic() - at > FRESH:
            document = self._published_at(self.load_server_metadata()["jwks_uri"])
            found = document.get("keys")
            listed = found if isinstance(found, list) else []
            keys = [one for one in listed if isinstance(one, dict)]
            self._keys = (time.monotonic(), keys)
        return keys

    def begin(self, redirect_uri: str, target: str) -> str:
        """Begin a sign-in; return where the browser is to go.

        :param target: where it goes when the person has signed in.
        """
        verifier = generate_token(64)
        # Given as it is sent: Authlib would make one of its own, and write it into the log.
        made = self.create_authorization_url(
            redirect_uri,
            code_challenge=create_s256_code_challenge(verifier),
            code_challenge_method="S256",
            **self.provider.authorize,
        )
        self.save_authorize_data(
            state=made["state"],
            redirect_uri=redirect_uri,
            nonce=made["nonce"],
            code_verifier=verifier,
            next=target,
        )
        return str(made["url"])

    def pending(self, state: str) -> Mapping[str, Any]:
        """Return the sign-in that a state belongs to; it is used up.

        :raises NotPending: if this browser did not begin it, or has finished it.
        """
        begun = self.framework.get_state_data(session, state)
        self.framework.clear_state_data(session, state)
        if not begun:
            raise NotPending
        return dict(begun)

    def redeem(self, code: str, begun: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the tokens that a code is good for.

        :raises ProviderFault: if it is good for none.
        """
        try:
            token = self.fetch_access_token(
                code=code,
                redirect_uri=begun["redirect_uri"],
                code_verifier=begun["code_verifier"],
            )
        except OAuthError as error:
            raise ProviderFault(f"The token endpoint refuses the code: {_word(error)}.") from None
        except (RequestException, ValueError, TypeError, KeyError):
            raise ProviderFault("The token endpoint answers with no tokens.") from None
        return dict(token)

    def user_info(self, token: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Return the claims of the userinfo endpoint; ``None`` if it does not tell them."""
        if "userinfo_endpoint" not in self.load_server_metadata() or "access_token" not in token:
            return None
        try:
            return dict(self.userinfo(token=dict(token)))
        except (OAuthError, RequestException, ProviderFault, ValueError, TypeError):
            return None

    def _published_at(self, url: str) -> Mapping[str, Any]:
        with self._get_session() as asking:
            response = asking.request("GET", url, withhold_token=True)
        if response.status_code != 200:
            raise ProviderFault(f"What it publishes is answered with {response.status_code}.")
        try:
            document = response.json()
        except ValueError:
            document = None
        if not isinstance(document, dict):
            raise ProviderFault("What it publishes is no JSON object.")
        return document


def _word(error: OAuthError) -> str:
    """Return the code of an error (RFC 6749 section 5.2); other people's words stay out."""
    code = str(error.error or "")
    return code if code.isascii() and code.replace("_", "").isalnum() and len(code) < 40 else "?"
