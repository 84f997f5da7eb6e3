"""``flask scim connection``: create, list, show, disable, enable."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from collections.abc import Sequence
from typing import Any

import click
from flask.cli import AppGroup
from flask.cli import with_appcontext

from flask_scim_teams.cli.documents import connection_document
from flask_scim_teams.cli.documents import json_option
from flask_scim_teams.cli.documents import print_json
from flask_scim_teams.cli.tables import print_lines
from flask_scim_teams.cli.tables import print_table
from flask_scim_teams.core.dialects.profile import OnConflict
from flask_scim_teams.core.dialects.providers import PROVIDERS
from flask_scim_teams.services.connections import ConnectionManager
from flask_scim_teams.services.connections import profile_of
from flask_scim_teams.services.tokens import TokenManager
from flask_scim_teams.storage.interface import ConnectionRecord

_MODES = {None: "as configured", True: "strict", False: "lenient"}


def connection_commands(connections: ConnectionManager, tokens: TokenManager) -> AppGroup:
    """Return the ``connection`` group."""
    group = AppGroup("connection", help="Identity providers tied to this service.")

    @group.command("create")
    @click.argument("name")
    @click.option(
        "--provider",
        type=click.Choice(tuple(PROVIDERS)),
        default="generic",
        show_default=True,
        help="The kind of identity provider.",
    )
    @click.option(
        "--tenant",
        default="",
        help="Whose users and teams it provisions, where this service has several tenants.",
    )
    @click.option(
        "--strict/--lenient",
        default=None,
        help="Whether what the RFCs do not allow is refused of it.",
    )
    @click.option(
        "--user-patch-body/--no-user-patch-body",
        default=None,
        help="Whether the PATCH of a user is answered with the user, not with 204.",
    )
    @click.option(
        "--group-patch-body/--no-group-patch-body",
        default=None,
        help="Whether the PATCH of a group is answered with the group, not with 204.",
    )
    @click.option(
        "--empty-members/--no-empty-members",
        default=None,
        help="Whether a group without members is shown with an empty list.",
    )
    @click.option(
        "--announce-cursors/--no-announce-cursors",
        default=None,
        help="Whether it is told of cursors (RFC 9865).",
    )
    @click.option(
        "--unique-team-names/--repeated-team-names",
        default=None,
        help="Whether a team of it may have the name of another team.",
    )
    @click.option(
        "--on-conflict",
        type=click.Choice([one.value for one in OnConflict]),
        default=None,
        help="What becomes of a POST whose name is taken: it is refused, or adopts what has the "
        "same name and externalId.",
    )
    @json_option
    @with_appcontext
    def create(
        name: str, provider: str, tenant: str, as_json: bool, **overrides: bool | str | None
    ) -> None:
        """Make the connection NAME; tokens are then made for it.

        What is not said is as the provider's profile has it, or as configured.
        """
        try:
            made = connections.create(
                name,
                provider=provider,
                tenant=tenant,
                overrides={key: one for key, one in overrides.items() if one is not None},
            )
        except ValueError as error:
            raise click.ClickException(str(error)) from None
        click.echo(f"Connection {made.name} is made.", err=True)
        if as_json:
            print_json(_documents(tokens, [made])[0])

    @group.command("list")
    @json_option
    @with_appcontext
    def list_connections(as_json: bool) -> None:
        """List the connections."""
        if as_json:
            print_json(_documents(tokens, connections.list()))
            return
        print_table(
            ("NAME", "PROVIDER", "STATUS", "MODE", "TENANT", "CREATED", "ID"),
            [_row(one) for one in connections.list()],
        )

    @group.command("show")
    @click.argument("name")
    @json_option
    @with_appcontext
    def show(name: str, as_json: bool) -> None:
        """Show what is known of the connection NAME, and how it is treated."""
        try:
            [document] = _documents(tokens, [connections.named(name)])
        except ValueError as error:
            raise click.ClickException(str(error)) from None
        show_document = print_json if as_json else print_lines
        show_document(document)

    @group.command("disable")
    @click.argument("name")
    @json_option
    @with_appcontext
    def disable(name: str, as_json: bool) -> None:
        """Refuse the tokens of the connection NAME, at once; what it provisioned stays."""
        switched(connections.disable, name, "disabled", as_json=as_json)

    @group.command("enable")
    @click.argument("name")
    @json_option
    @with_appcontext
    def enable(name: str, as_json: bool) -> None:
        """Let the tokens of the connection NAME be good again."""
        switched(connections.enable, name, "active", as_json=as_json)

    def switched(switch: Callable[[str], bool], name: str, status: str, *, as_json: bool) -> None:
        try:
            changed = switch(name)
        except ValueError as error:
            raise click.ClickException(str(error)) from None
        click.echo(f"Connection {name} is {status}{'' if changed else ' already'}.", err=True)
        if as_json:
            print_json(_documents(tokens, [connections.named(name)])[0])

    return group


def _documents(tokens: TokenManager, records: Sequence[ConnectionRecord]) -> list[dict[str, Any]]:
    known = {one.id: one for one in records}
    live = Counter(
        one.connection_id for one in tokens.list() if tokens.status(one, known) == "live"
    )
    return [connection_document(one, live_tokens=live[one.id]) for one in records]


def _row(one: ConnectionRecord) -> tuple[str, ...]:
    mode = _MODES[profile_of(one).strict]
    created = f"{one.created[:19]}Z"
    return (one.name, one.provider, one.status, mode, one.tenant or "-", created, one.id)
