"""The identity providers that can be simulated, one module each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from flask_scim_teams.simulator.providers.auth0 import Auth0
from flask_scim_teams.simulator.providers.authentik import Authentik
from flask_scim_teams.simulator.providers.entra import Entra
from flask_scim_teams.simulator.providers.google import Google
from flask_scim_teams.simulator.providers.jumpcloud import JumpCloud
from flask_scim_teams.simulator.providers.keycloak import Keycloak
from flask_scim_teams.simulator.providers.okta import Okta
from flask_scim_teams.simulator.providers.onelogin import OneLogin
from flask_scim_teams.simulator.providers.ping import Ping
from flask_scim_teams.simulator.providers.provider import Provider

SIMULATED: Final[Mapping[str, type[Provider]]] = {
    provider.key: provider
    for provider in (Entra, Okta, OneLogin, Google, Keycloak, Auth0, Authentik, JumpCloud, Ping)
}
