"""``flask scim doctor`` and ``flask scim connection test``: what is wrong, and what to do."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Literal

import click
from flask.cli import with_appcontext

from flask_scim_teams.checks.check import Check
from flask_scim_teams.checks.check import reach
from flask_scim_teams.checks.diagnosis import diagnose
from flask_scim_teams.checks.in_process import check_connection
from flask_scim_teams.checks.service import Service

_write = click.option(
    "--write",
    is_flag=True,
    help="Let the connection test make a user and a team as well, change both and delete them. "
    "Signals are sent for them.",
)
_as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


class CannotRun(click.ClickException):
    """Nothing could be looked at."""

    exit_code = 2


def doctor_command(service: Service) -> click.Command:
    """Return the command that looks at everything there is to look at."""

    @click.command("doctor")
    @click.option(
        "--connection-test/--no-connection-test",
        default=True,
        show_default=True,
        help="Whether what identity providers ask is asked as well, for each connection.",
    )
    @_write
    @click.option(
        "--fail-on",
        type=click.Choice(("failure", "warning")),
        default="failure",
        show_default=True,
        help="From what on the exit status is 1.",
    )
    @click.option("--all", "-a", "everything", is_flag=True, help="Print what is well, too.")
    @_as_json
    @with_appcontext
    def doctor(
        connection_test: bool,
        write: bool,
        fail_on: Literal["failure", "warning"],
        everything: bool,
        as_json: bool,
    ) -> None:
        """Look for what is wrong: configuration, keys, public URL, storage, clock, tokens.

        What is well is not printed. The exit status is 0 if nothing failed, 1 if something did, or
        is to be warned of with --fail-on warning, and 2 if nothing could be looked at.
        """
        if write and not connection_test:
            raise click.UsageError("--write is for the connection test.")
        checks = diagnose(service, connect=connection_test, write=write)
        _report(checks, everything=everything, as_json=as_json)
        if reach(checks, fail_on):
            raise click.exceptions.Exit(1)

    return doctor


def connection_test_command(service: Service) -> click.Command:
    """Return the command that asks what the identity provider of a connection asks."""

    @click.command("test")
    @click.argument("name")
    @_write
    @_as_json
    @with_appcontext
    def test(name: str, write: bool, as_json: bool) -> None:
        """Ask what the identity provider of the connection NAME asks, and show the answers.

        With a token of the connection that is revoked afterwards. The exit status is 0 if nothing
        failed, 1 if something did, and 2 if nothing could be asked.
        """
        try:
            connection = service.connections.named(name)
            checks = check_connection(
                service.app, service.base, connection, service.tokens, write=write
            )
        except ValueError as error:
            raise CannotRun(str(error)) from None
        _report(checks, everything=True, as_json=as_json)
        if reach(checks, "failure"):
            raise click.exceptions.Exit(1)

    return test


def _report(checks: Sequence[Check], *, everything: bool, as_json: bool) -> None:
    if as_json:
        said = {"outcome": _worst(checks), "checks": [asdict(check) for check in checks]}
        click.echo(json.dumps(said, indent=2))
        return
    for check in checks:
        if everything or check.outcome in ("warning", "failure"):
            click.echo(f"{check.outcome:8} {_line(check.name)}: {_line(check.words)}")
            if check.remedy:
                click.echo(f"{'':8} -> {_line(check.remedy)}")
    counts = Counter(check.outcome for check in checks)
    # Not to standard output, which stays empty where all is well.
    click.echo(
        f"{len(checks)} checks: {counts['failure']} failed, {counts['warning']} to be warned of, "
        f"{counts['skipped']} skipped.",
        err=True,
    )


def _worst(checks: Sequence[Check]) -> str:
    if reach(checks, "failure"):
        return "failure"
    return "warning" if reach(checks, "warning") else "ok"


def _line(text: str) -> str:
    """Return a text as one line that leaves the terminal as it is: answers come from anywhere."""
    return "".join(char if char.isprintable() else " " for char in text)
