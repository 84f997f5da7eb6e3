"""The example gateway in a process of its own, and what its tables hold."""

from __future__ import annotations

import re
import secrets
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from tests.processes import ROOT
from tests.processes import Log
from tests.processes import Server
from tests.processes import environment
from tests.processes import free_port
from tests.processes import run
from tests.secrecy import SECRECY

# Lines of the access log: what was asked, and the status; refusals are printed in colour.
REQUEST = re.compile(r'"(?:\x1b\[[\d;]*m)*([A-Z]+) (\S+) HTTP/[\d.]+(?:\x1b\[[\d;]*m)*" (\d{3})')


class Account(NamedTuple):
    """A user as both sides must know it."""

    username: str
    email: str | None
    full_name: str | None
    is_active: bool


class Team(NamedTuple):
    """A team and the user names of its members, in order."""

    name: str
    members: tuple[str, ...]


class Contents(NamedTuple):
    """Everybody and every team, in order. Lists, so that something there twice is seen."""

    accounts: list[Account]
    teams: list[Team]


class Request(NamedTuple):
    """A SCIM request the gateway has answered; the path begins behind the base URL."""

    method: str
    path: str
    status: int


class Gateway:
    """The gateway as its own tables show it; nothing here asks its SCIM service provider.

    :param secret_key: that of another gateway with the same database; a new one if not given.
    :param config: settings of its own.
    """

    def __init__(
        self,
        folder: Path,
        database_url: str | None = None,
        *,
        secret_key: str | None = None,
        **config: bool | int | str,
    ) -> None:
        self._app = f"examples.gateway:create_app({config!r})"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.scim_url = f"{self.url}/scim/v2"
        self.folder = folder
        self.log = Log(folder / "gateway.log")
        self._database = folder / "gateway.sqlite3"
        self._environment = environment(
            GATEWAY_BASE_URL=self.url,
            GATEWAY_DATABASE_URL=database_url or f"sqlite:///{self._database}",
            GATEWAY_INSTANCE_PATH=str(folder),
            GATEWAY_SECRET_KEY=secret_key or secrets.token_hex(32),
        )

    def set(self, **variables: str) -> None:
        """Set environment variables of the processes that are started from now on."""
        self._environment |= variables

    def flask(self, *arguments: str) -> str:
        """Run ``flask`` with these arguments and return what it prints."""
        return run(self._flask(*arguments), self._environment, self.log).strip()

    def create_token(self, label: str, provider: str | None = None) -> str:
        """Return a new bearer token.

        :param provider: kind of a connection of its own, where it is to have one.
        """
        arguments = ["scim", "token", "create", "--label", label]
        if provider is not None:
            made = self._flask("scim", "connection", "create", label, "--provider", provider)
            run(made, self._environment, self.log)
            arguments += ["--connection", label]
        token = run(self._flask(*arguments), self._environment, self.log).strip()
        SECRECY.remember(token)
        return token

    def revoke_token(self, token: str) -> None:
        """Revoke a token, by a command of its own process."""
        id = token.split("_")[1]
        run(self._flask("scim", "token", "revoke", id), self._environment, self.log)

    def operator_password(self) -> str:
        """Return a new password of the operator."""
        return run(self._flask("admin", "password"), self._environment, self.log).strip()

    def serve(self) -> Server:
        """Start the server; it may take a moment to answer."""
        arguments = self._flask("run", "--host", "127.0.0.1", "--port", str(self.port))
        return Server(arguments, self._environment, self.log)

    def serve_by(self, workers: int) -> Server:
        """Start gunicorn with that many processes; it may take a moment to answer."""
        arguments = [sys.executable, "-m", "gunicorn", "--workers", str(workers), "--threads", "4"]
        arguments += ["--bind", f"127.0.0.1:{self.port}", self._app]
        return Server(arguments, self._environment, self.log)

    def command(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command of the gateway's; whoever starts it waits for it."""
        return subprocess.Popen(
            self._flask(*arguments),
            cwd=ROOT,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def _flask(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "flask", "--app", self._app, *arguments]

    @contextmanager
    def serving(self, workers: int = 0) -> Iterator[None]:
        """Serve while the block runs, by gunicorn where several workers are asked for."""
        server = self.serve_by(workers) if workers else self.serve()
        try:
            server.await_start(self.url)
            yield
        finally:
            server.stop()

    def contents(self) -> Contents:
        """Return what the tables hold."""
        # Read-only, and for this one look only: the file is the gateway's.
        with closing(sqlite3.connect(f"{self._database.as_uri()}?mode=ro", uri=True)) as tables:
            tables.execute("BEGIN")  # what follows reads one moment
            users = tables.execute("SELECT id, username, email, full_name, is_active FROM users")
            names: dict[int, str] = {}
            accounts = []
            for key, username, email, full_name, is_active in users:
                names[key] = username
                accounts.append(Account(username, email, full_name, bool(is_active)))
            members: dict[int, list[str]] = {}
            for team, user in tables.execute("SELECT team_id, user_id FROM team_members"):
                members.setdefault(team, []).append(names[user])
            teams = [
                Team(name, tuple(sorted(members.pop(key, ()))))
                for key, name in tables.execute("SELECT id, name FROM teams")
            ]
        assert not members, f"members of teams that are gone: {members}"
        return Contents(sorted(accounts), sorted(teams))

    def requests(self) -> list[Request]:
        """Return the SCIM requests since the log's mark."""
        base = urlsplit(self.scim_url).path
        return [
            Request(method, path.removeprefix(base), int(status))
            for method, path, status in REQUEST.findall(self.log.new())
            if path.startswith(base)
        ]
