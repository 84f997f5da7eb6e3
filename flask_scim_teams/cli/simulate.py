"""``flask scim simulate``: an identity provider that is none."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import ExitStack
from contextlib import contextmanager
from typing import TextIO
from urllib.parse import urlsplit

import click
from flask import Flask
from flask import current_app
from flask.cli import with_appcontext

from flask_scim_teams.config import Settings
from flask_scim_teams.services.connections import ConnectionManager
from flask_scim_teams.services.simulated import simulated_token
from flask_scim_teams.services.tokens import TokenManager
from flask_scim_teams.simulator import PROVIDERS
from flask_scim_teams.simulator.exchange import Send

# What a header can carry, and no identity provider sends anything else.
_TOKEN = re.compile(r"[\x21-\x7e]+")


class CannotRun(click.ClickException):
    """The simulation cannot even start."""

    exit_code = 2


def simulate_command(
    tokens: TokenManager, connections: ConnectionManager, settings: Settings
) -> click.Command:
    """Return the command that plays an identity provider against this app, or against a URL."""

    @click.command("simulate")
    @click.argument("provider", metavar="PROVIDER", type=click.Choice(PROVIDERS))
    @click.option(
        "--users",
        type=click.IntRange(min=1),
        default=50,
        show_default=True,
        help="How many people the directory has in the beginning.",
    )
    @click.option(
        "--teams",
        type=click.IntRange(min=0),
        default=5,
        show_default=True,
        help="How many groups it has in the beginning.",
    )
    @click.option(
        "--cycles",
        type=click.IntRange(min=0),
        default=1,
        show_default=True,
        help="How often it changes after the first synchronisation.",
    )
    @click.option(
        "--seed", type=int, default=0, show_default=True, help="The same seed, the same directory."
    )
    @click.option("--url", help="Base URL of another server; this application if not given.")
    @click.option(
        "--token-file",
        type=click.File(),
        help="File that the bearer token for the URL is read from, - for standard input; else it "
        "is SCIM_TOKEN in the environment. On the command line everybody on the machine would "
        "see it.",
    )
    @with_appcontext
    def simulate(
        provider: str,
        users: int,
        teams: int,
        cycles: int,
        seed: int,
        url: str | None,
        token_file: TextIO | None,
    ) -> None:
        """Send what the identity provider PROVIDER sends, and compare what comes of it.

        A made-up directory is provisioned: a connection test, everybody and every group, then
        people who are hired, renamed, disabled, restored and deleted, and groups that change.
        Afterwards the state is read back. The exit status is 0 if it equals the directory and
        nothing was refused, 1 if not, and 2 if the simulation could not start.

        PROVIDER is one of entra, okta, onelogin, google, keycloak, auth0, authentik, jumpcloud
        and ping.
        """
        # Loaded when it is used: no server needs it.
        from flask_scim_teams.simulator import simulation
        from flask_scim_teams.simulator.providers import SIMULATED
        from flask_scim_teams.simulator.report import report_lines

        kind = SIMULATED[provider]
        with ExitStack() as stack:
            if url is not None:
                send, secret = _elsewhere(stack, url, token_file, kind.time_limit)
            else:
                # One in the environment may be meant for another command, and is not looked at.
                if token_file is not None:
                    raise click.UsageError(
                        "--token-file is for another server: name it with --url."
                    )
                send, secret = _here(stack, provider, tokens, connections, settings)
            progress = stack.enter_context(_progress(kind.title))
            try:
                report = simulation.simulate(
                    provider,
                    send,
                    users=users,
                    teams=teams,
                    cycles=cycles,
                    seed=seed,
                    progress=progress,
                )
            except simulation.CannotStart as error:
                line = " ".join(str(error).split())
                raise CannotRun(line.replace(secret, "[token]")) from None
        for line in report_lines(report):
            # A server may say back what it was sent.
            click.echo(line.replace(secret, "[token]"))
        if not report.passed:
            raise click.exceptions.Exit(1)

    return simulate


def _elsewhere(
    stack: ExitStack, url: str, token_file: TextIO | None, time_limit: float
) -> tuple[Send, str]:
    """Return what sends requests to a URL, and the token."""
    from flask_scim_teams.simulator import urls

    token = (token_file.read() if token_file else os.environ.get("SCIM_TOKEN", "")).strip()
    if not token:
        raise click.UsageError(
            "--url needs a token: SCIM_TOKEN in the environment, or a --token-file."
        )
    if _TOKEN.fullmatch(token) is None:
        raise click.UsageError("The token has characters that no header can carry.")
    try:
        base = urls.base_url(url)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    try:
        send = stack.enter_context(urls.url_sender(base, token, time_limit=time_limit))
    except ModuleNotFoundError as error:
        if error.name != "httpx":
            raise
        raise CannotRun(
            "A URL needs the extra simulator: pip install 'flask-scim-teams[simulator]'."
        ) from None
    return send, token


def _here(
    stack: ExitStack,
    provider: str,
    tokens: TokenManager,
    connections: ConnectionManager,
    settings: Settings,
) -> tuple[Send, str]:
    """Return what sends requests to this app, and a token that lives as long as the run."""
    from flask_scim_teams.simulator.wsgi import wsgi_sender

    try:
        token = stack.enter_context(simulated_token(provider, connections, tokens))
    except ValueError as error:
        raise CannotRun(str(error)) from None
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001
    own = urlsplit(settings.base_url or f"http://{app.config['SERVER_NAME'] or 'localhost'}")
    # The path is the one that the app itself knows, whatever a proxy puts in front of it.
    base = f"{own.scheme}://{own.netloc}{settings.url_prefix}"
    return wsgi_sender(app, token, base), token


@contextmanager
def _progress(title: str) -> Iterator[Callable[[int, int], None]]:
    """Give a function that is told how many of how many changes are done."""
    if not sys.stderr.isatty():
        yield lambda _done, _of: None
        return
    with click.progressbar(length=1, label=title, file=sys.stderr) as bar:

        def show(done: int, of: int) -> None:
            bar.length = of
            bar.update(done - bar.pos)

        yield show
