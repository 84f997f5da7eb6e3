"""``flask scim token``: create, rotate, list, show, revoke."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import click
from flask.cli import AppGroup
from flask.cli import with_appcontext

from flask_scim_teams.cli.documents import json_option
from flask_scim_teams.cli.documents import print_json
from flask_scim_teams.cli.documents import token_document
from flask_scim_teams.cli.durations import Duration
from flask_scim_teams.cli.tables import print_lines
from flask_scim_teams.cli.tables import print_table
from flask_scim_teams.services.connections import ConnectionManager
from flask_scim_teams.services.tokens import NewToken
from flask_scim_teams.services.tokens import TokenManager
from flask_scim_teams.storage.interface import TokenRecord

_HEAD = (
    "ID", "LABEL", "CONNECTION", "STATUS", "SCOPES", "CREATED", "EXPIRES", "USED", "FROM",
)  # fmt: skip


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
    @click.option(
        "--allow-address",
        "addresses",
        metavar="CIDR",
        multiple=True,
        help="A network it is good from, such as 192.0.2.0/24; repeat for several. From anywhere "
        "if not given.",
    )
    @json_option
    @with_appcontext
    def create(
        label: str,
        expires_in: timedelta | None,
        scopes: tuple[str, ...],
        connection_name: str | None,
        addresses: tuple[str, ...],
        as_json: bool,
    ) -> None:
        """Make a token and print it, this once."""
        try:
            connection = None if connection_name is None else connections.named(connection_name)
            made = tokens.create(
                label=label,
                expires_in=expires_in,
                scopes=scopes or None,
                connection=connection,
                addresses=addresses,
            )
        except ValueError as error:
            raise click.ClickException(str(error)) from None
        _print_new(tokens, connections, made, as_json=as_json)

    @group.command("rotate")
    @click.argument("id")
    @click.option(
        "--overlap",
        type=Duration(zero=True),
        default="24h",
        show_default=True,
        help="How long the old one stays good; 0 to revoke it at once.",
    )
    @json_option
    @with_appcontext
    def rotate(id: str, overlap: timedelta, as_json: bool) -> None:
        """Make a token that takes the place of the one of that ID, and print it, this once."""
        try:
            made = tokens.rotate(id, overlap=overlap)
            ends = tokens.get(id).expires
        except ValueError as error:
            raise click.ClickException(str(error)) from None
        until = f"is good until {ends}" if overlap else "is revoked"
        click.echo(f"Token {id} {until}.", err=True)
        _print_new(tokens, connections, made, as_json=as_json)

    @group.command("list")
    @json_option
    @with_appcontext
    def list_tokens(as_json: bool) -> None:
        """List the tokens, without their secrets; warn of those that expire soon."""
        documents = _documents(tokens, connections, tokens.list())
        if as_json:
            print_json(documents)
        else:
            print_table(_HEAD, [_row(one, tokens.scopes) for one in documents])
        for soon in tokens.expiring():
            click.echo(f"Warning: {soon.words}", err=True)

    @group.command("show")
    @click.argument("id")
    @json_option
    @with_appcontext
    def show(id: str, as_json: bool) -> None:
        """Show what is known of the token of that ID, without its secret."""
        try:
            [document] = _documents(tokens, connections, [tokens.get(id)])
        except ValueError as error:
            raise click.ClickException(str(error)) from None
        show_document = print_json if as_json else print_lines
        show_document(document)

    @group.command("revoke")
    @click.argument("id")
    @json_option
    @with_appcontext
    def revoke(id: str, as_json: bool) -> None:
        """Revoke the token of that ID, at once and for good."""
        if not tokens.revoke(id):
            raise click.ClickException(f"There is no live token {id}.")
        click.echo(f"Token {id} is revoked.", err=True)
        if as_json:
            print_json(_documents(tokens, connections, [tokens.get(id)])[0])

    return group


def _print_new(
    tokens: TokenManager, connections: ConnectionManager, made: NewToken, *, as_json: bool
) -> None:
    click.echo(f"Token {made.record.id} is shown this once; keep it safe.", err=True)
    if not as_json:
        click.echo(made.secret)
        return
    [document] = _documents(tokens, connections, [made.record])
    print_json({"token": made.secret, **document})


def _documents(
    tokens: TokenManager, connections: ConnectionManager, records: Iterable[TokenRecord]
) -> list[dict[str, Any]]:
    known = {one.id: one for one in connections.list()}
    soon = {one.token.id: one.days for one in tokens.expiring()}
    return [
        token_document(
            one,
            known.get(one.connection_id or ""),
            status=tokens.status(one, known),
            expires_in_days=soon.get(one.id),
        )
        for one in records
    ]


def _row(document: Mapping[str, Any], every: Sequence[str]) -> tuple[str, ...]:
    one = document
    return (
        one["id"],
        one["label"],
        one["connection"] or "-",
        one["status"],
        "all" if set(one["scopes"]) == set(every) else ",".join(one["scopes"]),
        one["created"][:19] + "Z",
        (one["expires"] or "never")[:19],
        (one["last_used"] or "never")[:19],
        one["last_address"] or "-",
    )
