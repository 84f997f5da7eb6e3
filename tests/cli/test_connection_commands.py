"""``flask scim connection``, and tokens that belong to one."""

from __future__ import annotations

import json

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


def test_a_connection_has_a_provider_a_tenant_and_a_status(host: Flask) -> None:
    made = run(host, "connection", "create", "Berlin", "--provider", "entra", "--tenant", "berlin")
    assert (made.exit_code, made.stderr) == (0, "Connection Berlin is made.\n")
    [head, line] = run(host, "connection", "list").stdout.splitlines()
    assert head.split()[:5] == ["NAME", "PROVIDER", "STATUS", "MODE", "TENANT"]
    assert line.split()[:3] == ["Berlin", "entra", "active"]
    assert "berlin" in line


def test_an_unknown_provider_is_refused_with_those_that_are_known(host: Flask) -> None:
    result = run(host, "connection", "create", "Entra", "--provider", "entera")
    assert result.exit_code == 2
    for known in ("entra", "okta", "onelogin", "google", "keycloak", "auth0", "generic"):
        assert f"'{known}'" in result.stderr
    assert run(host, "connection", "list").stdout.count("\n") == 1


def test_what_the_profile_decides_can_be_decided_otherwise(host: Flask) -> None:
    options = ("--on-conflict", "adopt", "--repeated-team-names", "--no-user-patch-body")
    assert run(host, "connection", "create", "Lab", *options).exit_code == 0
    made = run(host, "token", "create", "--label", "Lab")
    with host.app_context():
        profile = host.extensions["scim_teams"].tokens.verify(made.stdout.strip()).profile
    assert (profile.on_conflict, profile.unique_team_names) == ("adopt", False)
    assert (profile.user_patch_body, profile.group_patch_body) == (False, None)


def test_a_disabled_connection_opens_nothing_until_it_is_enabled(host: Flask) -> None:
    run(host, "connection", "create", "Okta", "--provider", "okta")
    secret = run(host, "token", "create", "--label", "Okta").stdout.strip()

    def asked() -> int:
        headers = {"Authorization": f"Bearer {secret}"}
        return host.test_client().get("/scim/v2/Users", headers=headers).status_code

    def token_line() -> str:
        return run(host, "token", "list").stdout.splitlines()[1]

    assert (asked(), "live" in token_line()) == (200, True)
    for words in ("Connection Okta is disabled.", "Connection Okta is disabled already."):
        assert run(host, "connection", "disable", "Okta").stderr.strip() == words
        assert asked() == 401
    assert " disabled " in run(host, "connection", "list").stdout
    assert token_line().split()[1:4] == ["Okta", "Okta", "disabled"]
    for words in ("Connection Okta is active.", "Connection Okta is active already."):
        assert run(host, "connection", "enable", "Okta").stderr.strip() == words
        assert asked() == 200
    for command in ("disable", "enable"):
        unknown = run(host, "connection", command, "Okto")
        assert unknown.exit_code == 1
        assert "There is no connection 'Okto'; known are: 'Okta'." in unknown.stderr


def test_a_host_with_one_identity_provider_never_names_it(host: Flask) -> None:
    assert run(host, "token", "create", "--label", "first").exit_code == 0
    assert run(host, "token", "create", "--label", "second").exit_code == 0
    lines = run(host, "connection", "list").stdout.splitlines()[1:]
    assert [line.split()[:2] for line in lines] == [["default", "generic"]]
    # A simulated one is nobody's.
    simulated = run(host, "simulate", "okta", "--users", "1", "--teams", "1", "--cycles", "0")
    assert simulated.exit_code == 0, simulated.output
    assert run(host, "token", "create", "--label", "third").exit_code == 0
    run(host, "connection", "create", "Okta", "--provider", "okta")
    several = run(host, "token", "create", "--label", "fourth")
    assert several.exit_code == 1
    assert "several connections; say which one: 'default', 'Okta'." in several.stderr


def test_json(host: Flask) -> None:
    arguments = ["--provider", "entra", "--tenant", "acme", "--strict", "--json"]
    result = run(host, "connection", "create", "Zoë", *arguments)
    made = json.loads(result.stdout)
    run(host, "token", "create", "--label", "x", "--connection", "Zoë")
    revoked = run(host, "token", "create", "--label", "x", "--connection", "Zoë").stdout
    run(host, "token", "revoke", revoked.split("_")[1])
    shown = json.loads(run(host, "connection", "show", "Zoë", "--json").stdout)
    assert (made["live_tokens"], shown["live_tokens"]) == (0, 1)
    assert shown == made | {"live_tokens": 1}
    assert (shown["name"], shown["provider"], shown["tenant"]) == ("Zoë", "entra", "acme")
    assert (shown["status"], shown["disabled"]) == ("active", None)
    assert shown["overrides"] == {"strict": True}
    assert shown["profile"]["strict"] is True
    disabled = json.loads(run(host, "connection", "disable", "Zoë", "--json").stdout)
    [listed] = json.loads(run(host, "connection", "list", "--json").stdout)
    assert disabled == listed
    assert (listed["status"], listed["live_tokens"]) == ("disabled", 0)
    assert listed["disabled"] is not None
    assert json.loads(run(host, "connection", "enable", "Zoë", "--json").stdout) == shown


def test_show(host: Flask) -> None:
    run(host, "connection", "create", "Okta", "--provider", "okta")
    lines = run(host, "connection", "show", "Okta").stdout.splitlines()
    assert "name: Okta" in lines
    assert "live tokens: 0" in lines
    unknown = run(host, "connection", "show", "Entra")
    assert (unknown.exit_code, unknown.stdout) == (1, "")
    assert "'Okta'" in unknown.stderr
