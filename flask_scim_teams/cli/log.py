"""``flask scim log``: list, show, purge, export."""

from __future__ import annotations

import re
from collections.abc import Callable
from collections.abc import Mapping
from datetime import timedelta
from functools import reduce
from typing import Any

import click
from flask.cli import AppGroup
from flask.cli import with_appcontext

from flask_scim_teams.cli.documents import json_option
from flask_scim_teams.cli.documents import print_json
from flask_scim_teams.cli.durations import Duration
from flask_scim_teams.cli.tables import print_lines
from flask_scim_teams.cli.tables import print_table
from flask_scim_teams.cli.tables import printable
from flask_scim_teams.core.comparison import shifted
from flask_scim_teams.services.connections import ConnectionManager
from flask_scim_teams.services.export import EXPORTS
from flask_scim_teams.services.export import entry_document
from flask_scim_teams.services.identifiers import now
from flask_scim_teams.services.log import ProvisioningLog
from flask_scim_teams.storage.log import LogEntry
from flask_scim_teams.storage.log import LogQuery

_HEAD = ("ID", "AT", "CONNECTION", "STATUS", "ACTION", "RESOURCE", "DETAIL")
_FILTERS = (
    click.option("--connection", metavar="NAME", help="Of that connection alone."),
    click.option("--refused", is_flag=True, help="What was refused, and nothing else."),
    click.option("--text", help="With that text in what happened, a name, a URL, or a detail."),
    click.option(
        "--since",
        metavar="WHEN",
        help="No older than that: a day such as 2026-11-24, or a duration such as 12h.",
    ),
)


def _filters(command: Callable[..., None]) -> Callable[..., None]:
    return reduce(lambda wrapped, option: option(wrapped), reversed(_FILTERS), command)


def log_commands(log: ProvisioningLog, connections: ConnectionManager) -> AppGroup:
    """Return the ``log`` group."""
    group = AppGroup("log", help="What identity providers asked for, and what became of it.")

    @group.command("list")
    @_filters
    @click.option(
        "--count",
        type=click.IntRange(1, 1_000),
        default=50,
        show_default=True,
        help="Most entries.",
    )
    @click.option("--before", metavar="ID", help="Older than the entry with that ID.")
    @json_option
    @with_appcontext
    def list_entries(count: int, before: str | None, as_json: bool, **filters: Any) -> None:
        """List entries, newest first."""
        query = _query(connections, count=count, before_id=before, **filters)
        page, names = log.search(query), _names(connections)
        if as_json:
            print_json([entry_document(one, names) for one in page.entries])
        else:
            print_table(_HEAD, [_row(one, names) for one in page.entries])
        if page.next_before_id is not None:
            # A search for text may have looked far enough for one page and found little.
            click.echo(f"There is more: --before {page.next_before_id}", err=True)

    @group.command("show")
    @click.argument("id")
    @json_option
    @with_appcontext
    def show(id: str, as_json: bool) -> None:
        """Show all of the entry with that ID: the request, what changed, and why it was refused."""
        entry = log.get(id)
        if entry is None:
            raise click.ClickException(f"There is no entry {printable(id)}.")
        document = entry_document(entry, _names(connections))
        if as_json:
            print_json(document)
            return
        trace = document.pop("trace")
        print_lines(document)
        for step in trace:
            click.echo(printable(f"{step['outcome']}: {step['check']}: {step['words']}"))
            if step["remedy"]:
                click.echo(printable(f"what to do: {step['remedy']}"))

    @group.command("purge")
    @click.option(
        "--older-than",
        type=Duration(),
        help="How long entries are kept, such as 90d; SCIM_LOG_RETENTION if not said.",
    )
    @json_option
    @with_appcontext
    def purge(older_than: timedelta | None, as_json: bool) -> None:
        """Remove old entries: to be run daily."""
        count = log.purge(older_than)
        if as_json:
            print_json({"removed": count})
        else:
            click.echo(f"Removed {count} entries.", err=True)

    @group.command("export")
    @_filters
    @click.option(
        "--format",
        "kind",
        type=click.Choice(tuple(EXPORTS)),
        default="csv",
        show_default=True,
        help="A table whose cells are no formulas, or a JSON document a line.",
    )
    @with_appcontext
    def export(kind: str, **filters: Any) -> None:
        """Print all entries, newest first."""
        query = _query(connections, **filters)
        for line in EXPORTS[kind].render(log.walk(query), _names(connections)):
            click.echo(line, nl=False)

    return group


def _query(
    connections: ConnectionManager,
    *,
    connection: str | None,
    refused: bool,
    text: str | None,
    since: str | None,
    **more: Any,
) -> LogQuery:
    try:
        known = None if connection is None else connections.named(connection)
    except ValueError as error:
        raise click.ClickException(str(error)) from None
    return LogQuery(
        connection_id=None if known is None else known.id,
        outcome="refused" if refused else None,
        text=text,
        since=None if since is None else _instant(since),
        **more,
    )


def _instant(text: str) -> str:
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:.]+Z)?", text, re.ASCII):
        return text
    ago = Duration().convert(text, None, None)
    return shifted(now(), -ago)


def _names(connections: ConnectionManager) -> Mapping[str, str]:
    return {one.id: one.name for one in connections.list()}


def _row(entry: LogEntry, names: Mapping[str, str]) -> tuple[str, ...]:
    return (
        entry.id,
        f"{entry.at[:19]}Z",
        names.get(entry.connection_id or "", "-"),
        str(entry.status),
        entry.action,
        entry.resource_name or entry.resource_id or "-",
        (entry.detail or "-")[:80],
    )
