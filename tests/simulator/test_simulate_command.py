"""``flask scim simulate``, in process and over URLs."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from flask_scim_teams.core.dialects.providers import PROVIDERS as KNOWN
from flask_scim_teams.simulator import PROVIDERS
from flask_scim_teams.simulator.providers import SIMULATED
from flask_scim_teams.simulator.wsgi import Application
from tests.gateway import Gateway
from tests.processes import free_port
from tests.simulator.conftest import Scim

Serve = Callable[[Application], str]

SMALL = ("--users", "12", "--teams", "3")
TOKEN = "a-token-that-nobody-may-see"
BY_FILE = ("--token-file", "-")


def test_the_command_knows_what_can_be_simulated() -> None:
    assert tuple(SIMULATED) == PROVIDERS
    assert set(PROVIDERS) <= set(KNOWN)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_it_provisions_the_gateway_twice(gateway: Flask, provider: str) -> None:
    runner = gateway.test_cli_runner()
    for _ in range(2):
        result = runner.invoke(args=["scim", "simulate", provider, *SMALL, "--cycles", "2"])
        assert (result.exit_code, result.stderr) == (0, ""), result.output
        lines = result.stdout.splitlines()
        assert lines[0].startswith(SIMULATED[provider].title)
        assert re.fullmatch(r"Passed: state equal \(\d+ users.*\), 0 refusals", lines[-1])
        assert "scim_" not in result.output
    listed = runner.invoke(args=["scim", "connection", "list"]).stdout
    assert listed.count(f"simulated {provider}") == 1
    tokens = runner.invoke(args=["scim", "token", "list"]).stdout
    assert (tokens.count("revoked"), tokens.count("live")) == (2, 0)


def test_over_a_url_it_provisions_a_gateway_that_is_served(tmp_path: Path, scim: Scim) -> None:
    gateway = Gateway(tmp_path)
    token = gateway.create_token("simulated")
    with gateway.serving():
        result = scim(
            "simulate", "entra", *SMALL, "--url", gateway.scim_url, env={"SCIM_TOKEN": token}
        )
        assert (result.exit_code, result.stderr) == (0, ""), result.output
        almost = tmp_path / "token"
        almost.write_text(f"{token[:-1]}\n")
        at = ("--url", f"{gateway.scim_url}/", "--token-file", str(almost))
        wrong = scim("simulate", "okta", *at)
    there = gateway.contents()
    assert f"{len(there.accounts)} users and {len(there.teams)} teams" in result.stdout
    assert wrong.exit_code == 2
    assert one_line(wrong.stderr).startswith("Error: The server does not accept the token (401)")
    assert token[:-1] not in result.output + wrong.output
    assert gateway.requests()


class Dropping:
    """A server that loses every tenth membership, and says that all is well."""

    def __init__(self, app: Application) -> None:
        self.app = app
        self.seen = 0
        self.lost: set[tuple[str, str]] = set()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] == "PATCH" and "/Groups/" in environ["PATH_INFO"]:
            body = json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
            for operation in body["Operations"]:
                if operation["op"] == "Add":
                    team = environ["PATH_INFO"].rpartition("/")[2]
                    operation["value"] = [
                        one for one in operation["value"] if not self.loses(team, one["value"])
                    ]
            raw = json.dumps(body).encode()
            environ = {**environ, "wsgi.input": BytesIO(raw), "CONTENT_LENGTH": str(len(raw))}
        return self.app(environ, start_response)

    def loses(self, team: str, member: str) -> bool:
        self.seen += 1
        if self.seen % 10:
            return False
        self.lost.add((team, member))
        return True


def test_it_names_the_memberships_that_a_server_has_lost(
    gateway: Flask, scim: Scim, served: Serve
) -> None:
    state = gateway.extensions["scim_teams"]
    with gateway.app_context():
        token = state.tokens.create(label="test").secret
    server = Dropping(gateway)
    url = f"{served(server)}/scim/v2"
    arguments = ("--users", "40", "--teams", "4", "--cycles", "0", "--url", url)
    result = scim("simulate", "entra", *arguments, env={"SCIM_TOKEN": token})
    assert result.exit_code == 1
    client = gateway.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"

    def name(path: str, attribute: str) -> str:
        found: str = client.get(f"/scim/v2{path}").get_json()[attribute]
        return found

    lost = {
        f"  team {name(f'/Groups/{team}', 'displayName')!r}: member "
        f"{name(f'/Users/{member}', 'userName')} is missing"
        for team, member in server.lost
    }
    assert len(lost) == server.seen // 10 > 3
    lines = result.stdout.splitlines()
    heading = lines.index(f"Different from the directory ({len(lost)}):")
    assert set(lines[heading + 1 : -1]) == lost
    assert lines[-1] == "FAILED: state DIFFERENT (40 users and 4 teams), 0 refusals"


def one_line(text: str) -> str:
    assert text.count("\n") == 1, text
    return text.strip()


def saying(status: str, content_type: str, body: str) -> Application:
    """Return a server that says the same to everything, and back what it was told."""

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response(status, [("Content-Type", content_type)])
        return [body.replace("TOKEN", environ["HTTP_AUTHORIZATION"]).encode()]

    return app


@pytest.mark.parametrize("provider", ["entra", "keycloak"])
@pytest.mark.parametrize(
    ("server", "words"),
    [
        (saying("200 OK", "text/html", "<h1>Welcome</h1>"), "There is no SCIM endpoint here"),
        (saying("404 Not Found", "text/html", "<p>No\npage</p>"), "There is no SCIM endpoint here"),
        (saying("200 OK", "application/json", '{"status": "up"}'), "It is no ListResponse"),
        (
            saying("401 Unauthorized", "application/json", '{"detail": "What is TOKEN?"}'),
            "does not accept the token (401): What is Bearer [token]?",
        ),
        (saying("403 Forbidden", "text/plain", "TOKEN"), "does not accept the token (403)"),
    ],
)
def test_what_is_no_scim_server_is_said_in_a_line(
    scim: Scim, served: Serve, provider: str, server: Application, words: str
) -> None:
    result = scim("simulate", provider, "--url", served(server), env={"SCIM_TOKEN": TOKEN})
    assert (result.exit_code, result.stdout) == (2, "")
    assert words in one_line(result.stderr)
    assert TOKEN not in result.output


def test_a_server_that_sends_on_is_no_scim_server(scim: Scim, served: Serve) -> None:
    def login(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("302 Found", [("Location", "https://login.example/")])
        return []

    result = scim("simulate", "okta", "--url", served(login), env={"SCIM_TOKEN": TOKEN})
    assert result.exit_code == 2
    assert "302: sent on to https://login.example/" in one_line(result.stderr)


def test_a_server_that_is_not_there(scim: Scim) -> None:
    url = f"http://127.0.0.1:{free_port()}/scim/v2"
    result = scim("simulate", "okta", "--url", url, env={"SCIM_TOKEN": TOKEN})
    assert (result.exit_code, result.stdout) == (2, "")
    assert "cannot be reached" in one_line(result.stderr)


def test_a_server_without_tls(scim: Scim, served: Serve) -> None:
    url = served(saying("200 OK", "text/html", "")).replace("http:", "https:")
    result = scim("simulate", "okta", "--url", url, env={"SCIM_TOKEN": TOKEN})
    assert (result.exit_code, result.stdout) == (2, "")
    assert "SSL" in one_line(result.stderr)


@pytest.mark.parametrize(
    ("arguments", "told", "words"),
    [
        (("nobody",), None, "'nobody' is not one of 'entra', 'okta', 'onelogin'"),
        (("okta", "--users", "0"), None, "'--users': 0 is not in the range"),
        (("okta", "--users", "many"), None, "'many' is not a valid integer"),
        (("okta", "--teams", "-1"), None, "'--teams': -1 is not in the range"),
        (("okta", "--cycles", "-1"), None, "'--cycles': -1 is not in the range"),
        (("okta", "--url", "https://host.example/scim"), None, "--url needs a token"),
        (("okta", "--url", "https://host.example/scim", *BY_FILE), " \n", "--url needs a token"),
        (("okta", "--url", "https://a.example", *BY_FILE), f"{TOKEN}\nX: y", "no header can"),
        (("okta", *BY_FILE), TOKEN, "name it with --url"),
        (("okta", "--url", "host.example/scim", *BY_FILE), TOKEN, "begins with https://"),
        (("okta", "--url", "ftp://host.example", *BY_FILE), TOKEN, "begins with https://"),
        (("okta", "--url", "https://host.example:x/", *BY_FILE), TOKEN, "no URL"),
        (("okta", "--url", "https://u:p@host.example/", *BY_FILE), TOKEN, "no user name"),
        (("okta", "--url", "https://host.example/?a=b", *BY_FILE), TOKEN, "no query"),
    ],
)
def test_wrong_use_is_refused_in_words(
    scim: Scim, arguments: tuple[str, ...], told: str | None, words: str
) -> None:
    result = scim("simulate", *arguments, input=told)
    assert (result.exit_code, result.stdout) == (2, "")
    assert words in result.stderr
    assert TOKEN not in result.output


@pytest.mark.parametrize(
    ("before", "words"),
    [
        (("create", "simulated okta", "--provider", "ping"), "one of the provider 'ping'"),
        (("create", "simulated okta", "--provider", "okta"), "is disabled"),
    ],
)
def test_a_connection_that_cannot_be_used(scim: Scim, before: tuple[str, ...], words: str) -> None:
    assert scim("connection", *before).exit_code == 0
    assert scim("connection", "disable", "simulated okta").exit_code == 0
    result = scim("simulate", "okta")
    assert (result.exit_code, result.stdout) == (2, "")
    assert words in one_line(result.stderr)


def test_a_token_in_the_environment_is_not_for_this_app(scim: Scim) -> None:
    result = scim("simulate", "auth0", *SMALL, env={"SCIM_TOKEN": TOKEN})
    assert result.exit_code == 0, result.output


def test_without_httpx(scim: Scim, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [*sys.modules]:
        if name.partition(".")[0] == "httpx":
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [_Without("httpx"), *sys.meta_path])
    result = scim("simulate", "okta", "--url", "https://host.example", env={"SCIM_TOKEN": TOKEN})
    assert (result.exit_code, result.stdout) == (2, "")
    assert "flask-scim-teams[simulator]" in one_line(result.stderr)
    assert scim("simulate", "okta", *SMALL).exit_code == 0


class _Without:
    """Behaves as a machine on which a package is not installed."""

    def __init__(self, package: str) -> None:
        self.package = package

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        if name == self.package:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
