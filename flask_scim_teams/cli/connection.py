"""``flask scim connection``: create, list."""

from __future__ import annotations

import click
from flask.cli import AppGroup
from flask.cli import with_appcontext

from flask_scim_teams.cli.tables import print_table
from flask_scim_teams.services.connections import ConnectionManager

_MODES = {None: "as configured", True: "strict", False: "lenient"}


def connection_commands(connections: ConnectionManager) -> AppGroup:
    """Return the ``connection`` group."""
    group = AppGroup("connection", help="Identity providers tied to this service.")

    @group.command("create")
    @click.argument("name")
    @click.option(
        "--strict/--lenient",
        default=None,
        help="Whether what the RFCs do not allow is refused of it; as configured if not given.",
    )
    @with_appcontext
    def create(name: str, strict: bool | None) -> None:
        """Make the connection NAME; tokens are then made for it."""
        try:
            made = connections.create(name, strict=strict)
        except ValueError as error:
            raise click.ClickException(str(error)) from None
        click.echo(f"Connection {made.name} is made.", err=True)

    @group.command("list")
    @with_appcontext
    def list_connections() -> None:
        """List the connections."""
        print_table(
            ("NAME", "MODE", "CREATED", "ID"),
            [
                (one.name, _MODES[one.strict], f"{one.created[:19]}Z", one.id)
                for one in connections.list()
            ],
        )

    return group
