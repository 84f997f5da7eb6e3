"""``flask scim drift``: what is not as a source last said."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from dataclasses import replace

import click
from flask.cli import with_appcontext

from flask_scim_teams.cli.documents import json_option
from flask_scim_teams.cli.documents import print_json
from flask_scim_teams.cli.tables import printable
from flask_scim_teams.core.ownership import scim_source
from flask_scim_teams.services.connections import ConnectionManager
from flask_scim_teams.services.drift import Difference
from flask_scim_teams.services.drift import Drift
from flask_scim_teams.services.origins import shown_source
from flask_scim_teams.storage.interface import HOST
from flask_scim_teams.storage.interface import Caller


def drift_command(drift: Drift, connections: ConnectionManager) -> click.Command:
    """Return the command."""

    @click.command("drift")
    @click.option("--connection", metavar="NAME", help="What that SCIM connection last said.")
    @click.option("--source", help="What that source last said: directory:NAME, sso:NAME.")
    @click.option(
        "--tenant",
        default="",
        help="Whose users and teams, where this service has several tenants.",
    )
    @json_option
    @with_appcontext
    def command(connection: str | None, source: str | None, tenant: str, as_json: bool) -> None:
        """Show what was changed here since identity providers and directories last spoke.

        Of every source, if none is named. The exit status is 0 if there is no difference, and 1 if
        there is one.
        """
        if connection is not None and source is not None:
            raise click.UsageError("--connection and --source name the same thing: say one.")
        names = {one.id: one.name for one in connections.list()}
        caller = replace(HOST, tenant=tenant)
        if connection is not None:
            try:
                known = connections.named(connection)
            except ValueError as error:
                raise click.ClickException(str(error)) from None
            source, caller = scim_source(known.id), replace(HOST, tenant=known.tenant)
        found = list(_differences(drift, caller, source))
        if as_json:
            print_json([{**asdict(one), "words": one.words} for one in found])
        else:
            for one in found:
                click.echo(printable(f"{shown_source(one.source, names)}: {one.words}"))
            click.echo(f"{len(found)} differences.", err=True)
        if found:
            raise click.exceptions.Exit(1)

    return command


def _differences(drift: Drift, caller: Caller, source: str | None) -> Iterator[Difference]:
    for one in drift.sources(caller) if source is None else (source,):
        yield from drift.walk(caller, one)
