"""Sign-in at identity providers, which the settings name."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

from flask import Flask
from flask import current_app

from examples.gateway import sessions
from examples.gateway.admin import TEAMS
from examples.gateway.canaille import canaille
from examples.gateway.provisioning import scim
from flask_scim_teams import sso
from flask_scim_teams.core.errors import SetupError
from flask_scim_teams.sso import Link
from flask_scim_teams.sso import Provider
from flask_scim_teams.sso import sso_blueprint

KINDS: Mapping[str, Callable[..., Provider]] = {
    "auth0": sso.auth0,
    "canaille": canaille,
    "entra": sso.entra,
    "google": sso.google,
    "keycloak": sso.keycloak,
    "oidc": sso.oidc,
    "okta": sso.okta,
    "onelogin": sso.onelogin,
}
TEXTS = (
    "base", "client_id", "client_secret", "connection", "domain", "groups_claim", "hosted_domain",
    "issuer", "label", "realm", "server", "subdomain", "tenant",
)  # fmt: skip
SWITCHES = ("allow_localhost", "create_users", "require_groups")
LISTS = ("scopes", "tenants")
SETTINGS = (*TEXTS, *SWITCHES, *LISTS, "kind", "link")
VARIABLE = re.compile(rf"GATEWAY_SSO_(?P<name>[A-Z0-9]+)_(?P<setting>{'|'.join(SETTINGS).upper()})")


def from_environment() -> dict[str, dict[str, str]]:
    """Return the settings ``GATEWAY_SSO_NAME_SETTING``, by name of the provider.

    :raises ValueError: if there is one that nobody knows.
    """
    found: dict[str, dict[str, str]] = {}
    for variable, value in sorted(os.environ.items()):
        if not variable.startswith("GATEWAY_SSO_") or not value:
            continue
        match = VARIABLE.fullmatch(variable)
        if match is None:
            known = ", ".join(sorted(SETTINGS)).upper()
            raise ValueError(f"{variable} is no setting of a provider; it ends in one of: {known}")
        found.setdefault(match["name"].lower(), {})[match["setting"].lower()] = value
    return found


# begin: sign-in
def init_app(app: Flask) -> None:
    """Let people sign in at the providers of the settings, if there are any."""
    providers = [provider(name, said) for name, said in app.config["SSO"].items()]
    app.extensions["gateway_providers"] = providers
    if providers:
        app.register_blueprint(
            sso_blueprint(
                scim,
                providers=providers,
                login_user=sessions.begin,
                default_page=TEAMS,
                base_url=app.config["BASE_URL"],
                template="refusal.html",
            )
        )


# end: sign-in


def providers() -> Sequence[Provider]:
    """Return whom people can sign in with."""
    known: Sequence[Provider] = current_app.extensions["gateway_providers"]
    return known


def provider(name: str, said: Mapping[str, str]) -> Provider:
    """Return a provider as its settings have it.

    :raises ValueError: if they do not make one, naming the provider and what is wrong.
    """
    values: dict[str, Any] = {"name": name} | {key: said[key] for key in TEXTS if key in said}
    # GATEWAY_SSO_OKTA_DOMAIN says of which kind OKTA is.
    kind = KINDS.get(said.get("kind", name if name in KINDS else "oidc"))
    if kind is None:
        raise ValueError(f"The provider {name} is of a kind that is none of {', '.join(KINDS)}.")
    for key in SWITCHES:
        if key in said:
            values[key] = _switch(name, key, said[key])
    for key in LISTS:
        if key in said:
            values[key] = tuple(said[key].split())
    try:
        if "link" in said:
            claim, _, attribute = said["link"].rpartition("=")
            values["link"] = Link(claim, attribute)
        return kind(**values)
    except SetupError as error:
        raise ValueError(f"The provider {name} cannot be used: {error}") from None
    except TypeError as error:
        # Which settings a kind takes is said by its function alone.
        raise ValueError(f"The settings of the provider {name} do not fit: {error}") from None


def _switch(name: str, key: str, text: str) -> bool:
    answers = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
    if text.lower() not in answers:
        raise ValueError(f"The {key} of the provider {name} is yes or no, not {text!r}.")
    return answers[text.lower()]
