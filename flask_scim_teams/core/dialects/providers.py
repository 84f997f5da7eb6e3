"""The identity providers that are known, by key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from flask_scim_teams.core.dialects import auth0
from flask_scim_teams.core.dialects import authentik
from flask_scim_teams.core.dialects import canaille
from flask_scim_teams.core.dialects import entra
from flask_scim_teams.core.dialects import generic
from flask_scim_teams.core.dialects import google
from flask_scim_teams.core.dialects import jumpcloud
from flask_scim_teams.core.dialects import keycloak
from flask_scim_teams.core.dialects import okta
from flask_scim_teams.core.dialects import onelogin
from flask_scim_teams.core.dialects import ping
from flask_scim_teams.core.dialects.profile import Provider

PROVIDERS: Final[Mapping[str, Provider]] = {
    module.PROVIDER.key: module.PROVIDER
    for module in (
        entra,
        okta,
        onelogin,
        google,
        keycloak,
        auth0,
        authentik,
        jumpcloud,
        ping,
        canaille,
        generic,
    )
}
