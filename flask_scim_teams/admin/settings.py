"""Settings: the configuration in force, without its secrets, and how connections are treated."""

from __future__ import annotations

from dataclasses import fields
from enum import Enum
from typing import Any

from flask import Blueprint

from flask_scim_teams.admin.console import Console
from flask_scim_teams.admin.translation import _
from flask_scim_teams.core.dialects.profile import Profile
from flask_scim_teams.core.dialects.providers import PROVIDERS
from flask_scim_teams.services.connections import profile_of

_KEYS = "signing_keys"


def add_settings_page(blueprint: Blueprint, console: Console) -> None:
    """Add the page to the blueprint."""

    @blueprint.get("/settings")
    def settings() -> str:
        current = console.scim.settings
        shown = [
            (f"SCIM_{one.name.upper()}", _words(getattr(current, one.name)))
            for one in fields(current)
            if one.name != _KEYS
        ]
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
        case _:
            return str(value)
