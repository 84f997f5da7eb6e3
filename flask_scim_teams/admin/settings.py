"""Settings: the configuration in force, without its secrets, and how connections are treated."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from datetime import timedelta
from enum import Enum
from typing import Any

from flask import Blueprint

from flask_scim_teams.admin.console import Console
from flask_scim_teams.admin.translation import _
from flask_scim_teams.config import Settings
from flask_scim_teams.core.dialects.profile import Profile
from flask_scim_teams.core.dialects.providers import PROVIDERS
from flask_scim_teams.services.connections import profile_of


def add_settings_page(blueprint: Blueprint, console: Console) -> None:
    """Add the page to the blueprint."""

    @blueprint.get("/settings")
    def settings() -> str:
        current = console.scim.settings
        shown = list(_configuration(current))
        known = list(console.scim.connections.list())
        profiles = [
            (one.name, [_profile_value(one.name, profile_of(each)) for each in known])
            for one in fields(Profile)
        ]
        return console.page(
            "settings",
            tenant_url=console.tenant_url(),
            configuration=shown,
            keys=len(current.signing_keys),
            connections=known,
            providers=PROVIDERS,
            profiles=profiles,
        )


def _configuration(settings: Settings) -> Iterator[tuple[str, str]]:
    """Yield the keys and values in force, but for what is secret, in the order of their names."""
    found = {
        one.name: getattr(settings, one.name)
        for one in fields(settings)
        if one.name not in ("signing_keys", "rates", "oauth")
    }
    # By name alone: what they are read with is secret.
    found["directories"] = ", ".join(sorted(settings.directories)) or None
    rates, oauth = settings.rates, settings.oauth
    found |= {"rate_limit": rates.token, "rate_limit_failed": rates.failed}
    found |= {"rate_limit_storage": rates.storage, "oauth": oauth is not None}
    if oauth is not None:
        found |= {"oauth_token_path": oauth.token_path, "oauth_token_lifetime": oauth.lifetime}
        found["oauth_jwks_internal_hosts"] = ", ".join(sorted(oauth.internal_hosts)) or None
    for name in sorted(found):
        yield f"SCIM_{name.upper()}", _words(found[name])


def _profile_value(name: str, profile: Profile) -> str:
    value = getattr(profile, name)
    return _("as configured") if value is None else _words(value)


def _words(value: Any) -> str:
    match value:
        case None:
            return _("not set")
        case bool():
            return _("yes") if value else _("no")
        case Enum():
            return str(value.value)
        case timedelta() if value.days and not value.seconds:
            return _("%(number)s days", number=value.days)
        case timedelta():
            return _("%(number)s seconds", number=int(value.total_seconds()))
        case str():
            return _without_password(value)
        case _:
            return str(value)


def _without_password(text: str) -> str:
    """Return a setting as it is, but a URL without who signs in to what it names."""
    scheme, mark, rest = text.partition("://")
    place, slash, path = rest.partition("/")
    return (
        f"{scheme}{mark}{place.rpartition('@')[2]}{slash}{path.partition('?')[0]}" if mark else text
    )
