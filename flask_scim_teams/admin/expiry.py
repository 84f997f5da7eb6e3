"""What an operator is warned of: tokens that end soon, and those that ended with none left."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass

from flask_scim_teams.admin.console import Console
from flask_scim_teams.services.expiry import expiring
from flask_scim_teams.services.identifiers import now
from flask_scim_teams.storage.interface import ConnectionRecord
from flask_scim_teams.storage.interface import TokenRecord


@dataclass(frozen=True, slots=True)
class ExpiryWarning:
    """A token whose connection is, or will be, without one.

    :param threshold: the days of the warning that was reached: 30, 14 or 3; 0 if it is past.
    :param days: whole days that are left.
    """

    token: TokenRecord
    connection: ConnectionRecord
    threshold: int
    days: int = 0


def expiry_warnings(
    console: Console,
    tokens: Sequence[TokenRecord],
    connections: Mapping[str, ConnectionRecord],
) -> Sequence[ExpiryWarning]:
    """Return the warnings, what is past first, and then the next to end.

    :param connections: all of them by id.
    """
    instant = now()
    soon = [expiring(one, connections.get(one.connection_id or ""), instant) for one in tokens]
    found = [
        ExpiryWarning(one.token, one.connection, one.threshold, one.days)
        for one in soon
        if one is not None
    ]
    ended = {
        one.connection_id or "": one
        for one in sorted(tokens, key=lambda one: one.expires or "")
        if one.revoked is None and one.expires is not None and one.expires <= instant
    }
    served = _served(console, tokens, connections) if ended else frozenset()
    found += [
        ExpiryWarning(token, connections[id], 0)
        for id, token in ended.items()
        if id in connections and connections[id].disabled is None and id not in served
    ]
    return sorted(found, key=lambda one: one.token.expires or "")


def _served(
    console: Console, tokens: Sequence[TokenRecord], connections: Mapping[str, ConnectionRecord]
) -> frozenset[str]:
    """Return the ids of the connections that an identity provider can use all the same."""
    live = {
        one.connection_id or ""
        for one in tokens
        if console.scim.tokens.status(one, connections) == "live"
    }
    if console.scim.settings.oauth is not None:
        clients = console.scim.clients.list()
        live |= {one.connection_id for one in clients if one.disabled is None}
    return frozenset(live)
