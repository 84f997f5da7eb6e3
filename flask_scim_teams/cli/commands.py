"""``flask scim``: the group that all commands are in."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from flask_scim_teams.checks.service import Service
from flask_scim_teams.cli.checks import connection_test_command
from flask_scim_teams.cli.checks import doctor_command
from flask_scim_teams.cli.connection import connection_commands
from flask_scim_teams.cli.token import token_commands
from flask_scim_teams.services.connections import ConnectionManager
from flask_scim_teams.services.tokens import TokenManager


def scim_commands(
    tokens: TokenManager,
    connections: ConnectionManager,
    service: Service,
    *further: click.Command,
) -> AppGroup:
    """Return the ``scim`` group of an app's commands."""
    scim = AppGroup("scim", help="Provisioning by identity providers (SCIM).")
    scim.add_command(token_commands(tokens, connections))
    of_connections = connection_commands(connections, tokens)
    of_connections.add_command(connection_test_command(service))
    scim.add_command(of_connections)
    scim.add_command(doctor_command(service))
    for command in further:
        scim.add_command(command)
    return scim
