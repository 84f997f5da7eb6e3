"""``flask scim token``: create, list, revoke."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import click
from flask.cli import AppGroup
from flask.cli import with_appcontext

from flask_scim_teams.cli.durations import Duration
from flask_scim_teams.cli.tables import print_table
from flask_scim_teams.services.connections import ConnectionManager
from flask_scim_teams.services.identifiers import now
from flask_scim_teams.services.tokens import TokenManager
from flask_scim_teams.storage.interface import ConnectionRecord
from flask_scim_teams.storage.interface import TokenRecord


def token_commands(tokens: TokenManager, connections: ConnectionManager) -> AppGroup:
    """Return the ``token`` group."""
    group = AppGroup("token", help="Bearer tokens that identity providers sign in with.")

    @group.command("create")
    @click.option("--label", required=True, help="What you will know the token by.")
    @click.option(
        "--expires-in",
        type=Duration(),
        help="How long it is good for, such as 365d. For ever if not given: provisioning stops "
        "when a token runs out.",
    )
    @click.option(
        "--scope",
        "scopes",
        multiple=True,
        type=click.Choice(tokens.scopes),
        help="What it allows; repeat for several. Everything if not given.",
    )
    @click.option(
        "--connection",
        "connection_name",
        metavar="NAME",
        help="The connection it belongs to; need not be said where there is only one.",
    )
    @with_appcontext
    def create(
        label: str,
        expires_in: timedelta | None,
        scopes: tuple[str, ...],
        connection_name: str | None,
    ) -> None:
        """Make a token and print it, this once."""
        try:
            connection = None if connection_name is None else connections.named(connection_name)
            made = tokens.create(
                label=label,
                expires_in=expires_in,
                scopes=scopes or None,
                connection=connection,
            )
        except ValueError as error:
            raise click.ClickException(str(error)) from None
        click.echo(f"Token {made.record.id} is shown this once; keep it safe.", err=True)
        click.echo(made.secret)

    @group.command("list")
    @with_appcontext
    def list_tokens() -> None:
        """List the tokens, without their secrets."""
        known = {one.id: one for one in connections.list()}
        print_table(
            ("ID", "LABEL", "CONNECTION", "STATUS", "SCOPES", "CREATED", "EXPIRES"),
            [
                _row(token, known.get(token.connection_id or ""), tokens.scopes)
                for token in tokens.list()
            ],
        )

    @group.command("revoke")
    @click.argument("id")
    @with_appcontext
    def revoke(id: str) -> None:
        """Revoke the token of that ID, at once and for good."""
        if not tokens.revoke(id):
            raise click.ClickException(f"There is no live token {id}.")
        click.echo(f"Token {id} is revoked.", err=True)

    return group


def _row(
    token: TokenRecord, connection: ConnectionRecord | None, every: Sequence[str]
) -> tuple[str, ...]:
    if token.revoked is not None:
        status = "revoked"
    elif token.expires is not None and token.expires <= now():
        status = "expired"
    elif connection is None or connection.disabled is not None:
        status = "disabled"
    else:
        status = "live"
    label = "".join(char if char.isprintable() else "?" for char in token.label)
    scopes = "all" if set(token.scopes) == set(every) else ",".join(token.scopes)
    return (
        token.id,
        label,
        "-" if connection is None else connection.name,
        status,
        scopes,
        token.created[:19] + "Z",
        (token.expires or "never")[:19],
    )
