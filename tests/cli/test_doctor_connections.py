"""The connection test, as part of ``flask scim doctor`` and by itself."""

from __future__ import annotations

import json

import pytest
from flask import request

from tests.cli.doctor import doctor
from tests.cli.doctor import findings
from tests.cli.doctor import host
from tests.cli.doctor import scim
from tests.cli.doctor import with_token


def test_the_connection_test_runs_for_each_connection_that_is_on() -> None:
    app = host()
    for name in ("Okta", "Entra", "Old"):
        scim(app, "connection", "create", name)
        scim(app, "token", "create", "--label", "x", "--connection", name)
    scim(app, "connection", "disable", "Old")
    said = doctor(app, "--all").stdout
    assert "Connection test: Okta: Token: The token is accepted." in said
    assert "Connection test: Entra: Token: The token is accepted." in said
    assert "Connection test: Old" not in said
    assert "Connection test" not in doctor(app, "--all", "--no-connection-test").stdout


def test_the_connection_test_fails_where_something_answers_in_its_place() -> None:
    app = with_token(host())

    @app.before_request
    def _sign_in() -> tuple[str, int] | None:
        return ("<h1>Sign in</h1>", 200) if request.path.endswith("/Schemas") else None

    [(name, outcome, words)] = findings(app)
    assert (name, outcome) == ("Connection test: default: Schemas", "failure")
    assert "text/html" in words


def test_one_connection_is_tested() -> None:
    app = with_token(host())
    result = scim(app, "connection", "test", "default", "--write")
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0] == "ok       Token: The token is accepted."
    assert lines[-1] == "ok       Probe: clean up: Nothing of the probe is left."
    said = json.loads(scim(app, "connection", "test", "default", "--json").stdout)
    assert said["outcome"] == "ok"
    assert [set(one) for one in said["checks"]] == [{"name", "outcome", "words", "remedy"}] * 8
    listed = scim(app, "token", "list").stdout
    assert (listed.count("revoked"), listed.count("live")) == (2, 1)


def test_one_connection_is_tested_in_its_own_tenant_and_mode() -> None:
    app = host()
    scim(app, "connection", "create", "Berlin", "--tenant", "berlin", "--strict")
    assert scim(app, "connection", "test", "Berlin", "--write").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("connection", "test", "Nobody"), "There is no connection 'Nobody'"),
        (("connection", "test", "off"), "The connection 'off' is disabled."),
        (("connection", "test", "full"), "1 live tokens"),
        (("doctor", "--write", "--no-connection-test"), "--write is for the connection test"),
        (("doctor", "--fail-on", "ok"), "'ok' is not one of"),
    ],
)
def test_what_cannot_run_is_2(arguments: tuple[str, ...], words: str) -> None:
    app = host(SCIM_MAX_TOKENS=1)
    for name in ("off", "full"):
        scim(app, "connection", "create", name)
        scim(app, "token", "create", "--label", "x", "--connection", name)
    scim(app, "connection", "disable", "off")
    result = scim(app, *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert words in " ".join(result.stderr.split())


def test_where_no_token_is_left_for_the_test_the_doctor_says_so() -> None:
    [(name, outcome, words)] = findings(with_token(host(SCIM_MAX_TOKENS=1)))
    assert (name, outcome) == ("Connection test: default", "warning")
    assert "could not be run" in words
