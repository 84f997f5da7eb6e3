"""``flask scim connection``, and tokens that belong to one."""

from __future__ import annotations

import pytest
from click.testing import Result
from flask import Flask

from flask_scim_teams import ScimTeams
from flask_scim_teams.storage.memory import MemoryBackend


@pytest.fixture
def host() -> Flask:
    host = Flask("host")
    host.config["SECRET_KEY"] = "a key of the commands' tests, long enough to sign with"
    ScimTeams(MemoryBackend(), host)
    return host


def run(host: Flask, *arguments: str) -> Result:
    return host.test_cli_runner().invoke(args=["scim", *arguments])


def test_connections_are_listed_with_their_modes(host: Flask) -> None:
    assert run(host, "connection", "create", "Entra ID").exit_code == 0
    assert run(host, "connection", "create", "Okta", "--lenient").exit_code == 0
    assert run(host, "connection", "create", "Conformance lab", "--strict").exit_code == 0
    lines = run(host, "connection", "list").stdout.splitlines()
    assert [line.split("  ")[0] for line in lines] == [
        "NAME",
        "Entra ID",
        "Okta",
        "Conformance lab",
    ]
    for line, mode in zip(lines[1:], ("as configured", "lenient", "strict"), strict=True):
        assert mode in line


def test_a_token_belongs_to_its_connection(host: Flask) -> None:
    run(host, "connection", "create", "Okta", "--strict")
    made = run(host, "token", "create", "--label", "Okta", "--connection", "Okta")
    assert made.exit_code == 0, made.output
    with host.app_context():
        state = host.extensions["scim_teams"]
        [connection], [token] = state.connections.list(), state.tokens.list()
        assert token.connection_id == connection.id
        caller = state.tokens.verify(made.stdout.strip())
    assert (caller.connection_id, caller.profile.strict) == (connection.id, True)


@pytest.mark.parametrize("name", ["", "  ", "x" * 101, "a\nb"])
def test_a_name_that_is_none_is_refused_in_words(host: Flask, name: str) -> None:
    result = run(host, "connection", "create", name)
    assert result.exit_code == 1
    assert "name of 1 to 100" in result.stderr


def test_a_name_is_taken_once(host: Flask) -> None:
    run(host, "connection", "create", "Okta")
    result = run(host, "connection", "create", "Okta")
    assert (result.exit_code, result.stderr) == (
        1,
        "Error: There is a connection 'Okta' already.\n",
    )


def test_an_unknown_connection_is_refused_with_those_that_are_known(host: Flask) -> None:
    run(host, "connection", "create", "Okta")
    result = run(host, "token", "create", "--label", "x", "--connection", "Okto")
    assert result.exit_code == 1
    assert "There is no connection 'Okto'; known are: 'Okta'." in result.stderr
