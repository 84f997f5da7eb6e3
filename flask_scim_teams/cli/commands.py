"""``flask scim``: the group that all commands are in."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from flask_scim_teams.cli.connection import connection_commands
from flask_scim_teams.cli.token import token_commands
from flask_scim_teams.services.connections import ConnectionManager
from flask_scim_teams.services.tokens import TokenManager


def scim_commands(
    tokens: TokenManager, connections: ConnectionManager, *further: click.Command
) -> AppGroup:
    """Return the ``scim`` group of an app's commands."""
    scim = AppGroup("scim", help="Provisioning by identity providers (SCIM).")
    scim.add_command(token_commands(tokens, connections))
    scim.add_command(connection_commands(connections))
    for command in further:
        scim.add_command(command)
    return scim
