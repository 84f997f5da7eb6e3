"""Connectors made of settings: which API is asked, and with which credentials."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Protocol
from urllib.parse import urlsplit

from flask_scim_teams.connectors.access_tokens import AccessTokens
from flask_scim_teams.connectors.api import PATIENT
from flask_scim_teams.connectors.api import Api
from flask_scim_teams.connectors.api import Manners
from flask_scim_teams.connectors.api import segment
from flask_scim_teams.connectors.auth0 import AUTH0
from flask_scim_teams.connectors.auth0 import Auth0Directory
from flask_scim_teams.connectors.entra import GRAPH
from flask_scim_teams.connectors.entra import EntraDirectory
from flask_scim_teams.connectors.google import GOOGLE
from flask_scim_teams.connectors.google import SCOPES
from flask_scim_teams.connectors.google import THROTTLING
from flask_scim_teams.connectors.google import GoogleDirectory
from flask_scim_teams.connectors.google import service_account_form
from flask_scim_teams.connectors.keycloak import KEYCLOAK
from flask_scim_teams.connectors.keycloak import KeycloakDirectory
from flask_scim_teams.connectors.okta import OKTA
from flask_scim_teams.connectors.okta import ApiToken
from flask_scim_teams.connectors.okta import OktaDirectory
from flask_scim_teams.connectors.settings import DirectorySettings
from flask_scim_teams.core.directory import Directory


class Connector(Directory, Protocol):
    """A directory with connections that can be closed."""

    def close(self) -> None:
        """Close the connections to the API."""
        ...


def open_directory(
    settings: DirectorySettings,
    *,
    manners: Manners = PATIENT,
    wait: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.time,
) -> Connector:
    """Return the connector of a directory; nothing is asked yet.

    :param manners: how its API is asked: :data:`~flask_scim_teams.connectors.api.AT_SIGN_IN`
        where a person waits.
    :param wait: waits for seconds.
    :param clock: returns seconds since 1970.
    :raises DirectoryError: if its settings cannot be used.
    """
    api = partial(Api, plain_http=settings.allow_http, manners=manners, wait=wait, clock=clock)
    return _MAKERS[settings.provider](settings, api)


def _client_credentials(
    settings: DirectorySettings, endpoint: Api, path: str, **more: str
) -> AccessTokens:
    """Return access tokens of the grant for clients (RFC 6749 section 4.4)."""
    form = {
        "grant_type": "client_credentials",
        "client_id": settings.options["client_id"],
        "client_secret": settings.options["client_secret"],
        **more,
    }
    return AccessTokens(endpoint, path, lambda: form, "client credentials to the application")


def _entra(settings: DirectorySettings, api: Callable[..., Api]) -> Connector:
    options = settings.options
    graph = options["graph_url"].rstrip("/")
    tokens = _client_credentials(
        settings,
        api("Microsoft's sign-in", options["login_url"]),
        f"/{segment(options['tenant_id'], 'a tenant')}/oauth2/v2.0/token",
        scope=f"{graph}/.default",
    )
    return EntraDirectory(
        api(GRAPH, f"{graph}/v1.0", credential=tokens),
        service_principal_id=options["service_principal_id"],
        members_only=settings.people == "members",
    )


def _google(settings: DirectorySettings, api: Callable[..., Api]) -> Connector:
    options = settings.options
    token_uri, form = service_account_form(
        options["service_account"], options["admin"], clock=time.time
    )
    url = urlsplit(token_uri)
    tokens = AccessTokens(
        api("Google's sign-in", f"{url.scheme}://{url.netloc}"),
        url.path or "/",
        form,
        "domain-wide delegation to the service account's client id, with the scopes "
        + " ".join(SCOPES),
    )
    return GoogleDirectory(
        api(GOOGLE, options["directory_url"], credential=tokens, throttling=THROTTLING),
        customer=options["customer"],
        members_only=settings.people == "members",
    )


def _okta(settings: DirectorySettings, api: Callable[..., Api]) -> Connector:
    return OktaDirectory(
        api(OKTA, settings.options["url"], credential=ApiToken(settings.options["api_token"])),
        members_only=settings.people == "members",
    )


def _keycloak(settings: DirectorySettings, api: Callable[..., Api]) -> Connector:
    url, realm = settings.options["url"], settings.options["realm"]
    tokens = _client_credentials(
        settings,
        api("Keycloak's sign-in", url),
        f"/realms/{segment(realm, 'a realm')}/protocol/openid-connect/token",
    )
    return KeycloakDirectory(
        api(KEYCLOAK, url, credential=tokens),
        realm=realm,
        members_only=settings.people == "members",
    )


def _auth0(settings: DirectorySettings, api: Callable[..., Api]) -> Connector:
    options = settings.options
    url = options["url"].rstrip("/")
    tokens = _client_credentials(
        settings,
        api("Auth0's sign-in", url),
        "/oauth/token",
        audience=options["audience"] or f"{url}/api/v2/",
    )
    return Auth0Directory(
        api(AUTH0, url, credential=tokens),
        groups=options["groups"],
        members_only=settings.people == "members",
    )


_MAKERS: dict[str, Callable[[DirectorySettings, Callable[..., Api]], Connector]] = {
    "entra": _entra,
    "google": _google,
    "okta": _okta,
    "keycloak": _keycloak,
    "auth0": _auth0,
}
