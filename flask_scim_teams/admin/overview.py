"""Overview: whether provisioning works, at a glance."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import replace
from datetime import timedelta
from typing import Literal

from flask import Blueprint

from flask_scim_teams.admin.console import Console
from flask_scim_teams.admin.expiry import expiry_warnings
from flask_scim_teams.core.comparison import elapsed
from flask_scim_teams.core.dialects.providers import PROVIDERS
from flask_scim_teams.core.query import parse_query
from flask_scim_teams.core.schemas import ResourceType
from flask_scim_teams.services.identifiers import now
from flask_scim_teams.storage.interface import HOST
from flask_scim_teams.storage.interface import ConnectionRecord
from flask_scim_teams.storage.interface import TokenRecord
from flask_scim_teams.storage.log import Latest
from flask_scim_teams.storage.log import LogQuery

DAYS = 14
_ERRORS = 5
# These ask at intervals; the others are silent while nothing happens in the directory.
_BY_THE_CLOCK = frozenset({"entra", "authentik", "google"})
# An identity provider looks for what is gone, and makes what is there, and goes on from the answer.
_ORDINARY = frozenset({404, 409, 412})
_LOOKED_AT = 20
_QUIET_DAY = timedelta(days=1)
_QUIET_WEEK = timedelta(days=7)

Light = Literal["disabled", "never", "failing", "stale", "healthy"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How a connection is.

    :param heard: when it last sent anything.
    :param success: when it last sent what was not refused, of what the log has.
    """

    connection: ConnectionRecord
    light: Light
    heard: str | None
    success: str | None


def add_overview(blueprint: Blueprint, console: Console) -> None:
    """Add the page to the blueprint."""
    scim = console.scim

    @blueprint.get("/")
    def overview() -> str:
        types = scim.types
        connections = scim.connections.list()
        tenants = console.tenants(connections)
        logged = scim.log.policy.enabled
        latest: Mapping[str, Latest] = scim.log.latest() if logged else {}
        tokens = scim.tokens.list()
        days = scim.log.days(DAYS) if logged else ()
        refused = LogQuery(outcome="refused", count=_ERRORS)
        return console.page(
            "overview",
            users=_count(console, tenants, types.user),
            active=_count(console, tenants, types.user, "active eq true"),
            teams=_count(console, tenants, types.group),
            health=[
                _health(console, one, latest.get(one.id, Latest()), tokens) for one in connections
            ],
            providers=PROVIDERS,
            warnings=expiry_warnings(console, tokens, {one.id: one for one in connections}),
            logged=logged,
            errors=scim.log.search(refused).entries if logged else (),
            days=days,
            most=max((one.changes for one in days), default=0),
        )


def _count(
    console: Console, tenants: Sequence[str], resource_type: ResourceType, filter: str | None = None
) -> int:
    query = parse_query(resource_type, filter=filter, count=0)
    return sum(
        console.scim.reading.search(replace(HOST, tenant=tenant), query, related=False).total
        for tenant in tenants
    )


def _health(
    console: Console, connection: ConnectionRecord, latest: Latest, tokens: Sequence[TokenRecord]
) -> Health:
    # A look-up that was answered need not be in the log, but its token was used.
    uses = [one.last_used for one in tokens if one.connection_id == connection.id]
    heard = max((one for one in (latest.request, *uses) if one), default=None)
    return Health(
        connection=connection,
        light=_light(console, connection, latest, heard),
        heard=heard,
        success=latest.success,
    )


def _light(
    console: Console, connection: ConnectionRecord, latest: Latest, heard: str | None
) -> Light:
    if connection.disabled is not None:
        return "disabled"
    if heard is None:
        return "never"
    if latest.request is not None and (latest.success or "") < latest.request:
        refused = LogQuery(
            connection_id=connection.id, outcome="refused", since=latest.success, count=_LOOKED_AT
        )
        if any(one.status not in _ORDINARY for one in console.scim.log.search(refused).entries):
            return "failing"
    quiet = _QUIET_DAY if connection.provider in _BY_THE_CLOCK else _QUIET_WEEK
    return "stale" if elapsed(heard, now()) > quiet else "healthy"
