"""A host whose people sign in at a provider that is asked for groups over its own API."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from flask_scim_teams.connectors.api import AT_SIGN_IN
from flask_scim_teams.sso import Provider
from flask_scim_teams.sso import auth0
from flask_scim_teams.sso import entra
from flask_scim_teams.sso import google
from flask_scim_teams.sso import keycloak
from flask_scim_teams.sso import okta
from tests.conftest import ScimClient
from tests.connectors.company import small_company
from tests.connectors.conftest import KINDS
from tests.connectors.conftest import Connecting
from tests.connectors.serving import serving
from tests.sso.gateway import Gateway
from tests.sso.gateway import settings_for
from tests.sso.openid_provider import OpenIDProvider
from tests.sso.test_presets import TENANT
from tests.sso.test_presets import open_gateway


@dataclass
class House:
    """A host whose people sign in at one provider, and the API that it asks."""

    api: Any
    server: OpenIDProvider
    connect: Connecting
    gateway: Gateway
    ada: str
    connection: str | None = None

    def idp(self) -> ScimClient:
        """Return the same provider, as it sends SCIM."""
        return self.gateway.idp(self.connection)

    def sign_in(self) -> Any:
        """Let Ada sign in; return the answer."""
        return self.gateway.browser().sign_in(self.api.name)

    def detail(self, action: str = "signed in") -> str:
        """Return what the newest entry of an action says."""
        return next(one.detail or "" for one in self.gateway.log() if one.action == action)


def provider_at(kind: str, server: OpenIDProvider, **settings: Any) -> Provider:
    given = settings_for(server, **settings)
    match kind:
        case "entra":
            return entra(tenant=TENANT, **given)
        case "google":
            return google(hosted_domain="acme.example", **given)
        case "okta":
            return okta(domain="acme.okta.com", **given)
        case "keycloak":
            return keycloak(base=server.base, realm="acme", **given)
        case _:
            return auth0(domain="acme.eu.auth0.com", **given)


def house_at(
    kind: str, server: OpenIDProvider, stack: ExitStack, claims: dict[str, Any], **settings: Any
) -> House:
    """Return a host, with the small company behind the API, and Ada as its user."""
    options = settings.pop("options", {})
    hosting = settings.pop("hosting", {})
    connect = Connecting(stack)
    api = stack.enter_context(serving(KINDS[kind](small_company())))
    server.person |= {"sub": "ada", "oid": "ada", "tid": TENANT, "hd": "acme.example"}
    server.person |= {"email_verified": None} | claims
    settings = {"groups_from": connect(api, AT_SIGN_IN, **options)} | settings
    gateway = open_gateway(server, provider_at(kind, server, **settings), **hosting)
    connection = settings.get("connection")
    ada = gateway.idp(connection).user("ada@acme.example", externalId="ada")["id"]
    return House(api, server, connect, gateway, ada, connection)
