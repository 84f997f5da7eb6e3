"""``flask scim token``."""

from __future__ import annotations

import re
from datetime import datetime
from datetime import timedelta

import pytest
from click.testing import Result
from flask import Flask

from flask_scim_teams import ScimTeams
from flask_scim_teams.storage.interface import TokenRecord
from flask_scim_teams.storage.memory import MemoryBackend

TOKEN = re.compile(r"scim_([0-9a-f]{16})_[0-9a-f]{64}\.[A-Za-z0-9_-]{43}")


@pytest.fixture
def host() -> Flask:
    host = Flask("host")
    host.config["SECRET_KEY"] = "a key of the commands' tests, long enough to sign with"
    ScimTeams(MemoryBackend(), host)
    return host


def run(host: Flask, *arguments: str) -> Result:
    return host.test_cli_runner().invoke(args=["scim", "token", *arguments])


def stored(host: Flask) -> list[TokenRecord]:
    return list(host.extensions["scim_teams"].tokens.list())


def test_create(host: Flask) -> None:
    result = run(host, "create", "--label", "Entra")
    assert result.exit_code == 0
    # The secret alone, so that it can be put into a file or a pipe.
    assert TOKEN.fullmatch(result.stdout.removesuffix("\n"))
    secret = result.stdout.strip()
    assert secret not in result.stderr
    assert "once" in result.stderr
    response = host.test_client().get(
        "/scim/v2/Users", headers={"Authorization": f"Bearer {secret}"}
    )
    assert response.status_code == 200
    [record] = stored(host)
    assert (record.label, record.scopes, record.expires) == (
        "Entra",
        ("users:read", "users:write", "groups:read", "groups:write"),
        None,
    )
    assert record.id in secret


@pytest.mark.parametrize(
    ("text", "lifetime"),
    [
        ("365d", timedelta(days=365)),
        ("12h", timedelta(hours=12)),
        ("30m", timedelta(minutes=30)),
        ("52w", timedelta(weeks=52)),
        ("1m", timedelta(minutes=1)),
    ],
)
def test_a_lifetime(host: Flask, text: str, lifetime: timedelta) -> None:
    assert run(host, "create", "--label", "x", "--expires-in", text).exit_code == 0
    [record] = stored(host)
    assert record.expires is not None
    made, ends = (datetime.fromisoformat(when) for when in (record.created, record.expires))
    assert ends - made == lifetime


@pytest.mark.parametrize(
    "text",
    ["", "365", "d", "0d", "-1d", "1.5d", "1y", "1 d", "365D", "١d", "1d1d", "999999w", "9" * 40],
)
def test_lifetimes_that_are_none(host: Flask, text: str) -> None:
    result = run(host, "create", "--label", "x", "--expires-in", text)
    assert result.exit_code != 0
    assert isinstance(result.exception, SystemExit)
    assert "Error" in result.stderr
    assert "Traceback" not in result.output
    assert result.stdout == ""
    assert stored(host) == []


def test_scopes(host: Flask) -> None:
    arguments = ["--scope", "users:read", "--scope", "groups:read", "--scope", "users:read"]
    assert run(host, "create", "--label", "x", *arguments).exit_code == 0
    assert stored(host)[0].scopes == ("users:read", "groups:read")
    result = run(host, "create", "--label", "x", "--scope", "users:admin")
    assert result.exit_code == 2
    assert "users:admin" in result.stderr
    assert "users:read" in result.stderr
    assert len(stored(host)) == 1


@pytest.mark.parametrize(
    "arguments", [[], ["--label", ""], ["--label", "  "], ["--label", "x" * 256]]
)
def test_a_label_is_needed(host: Flask, arguments: list[str]) -> None:
    result = run(host, "create", *arguments)
    assert result.exit_code != 0
    assert "label" in result.stderr
    assert stored(host) == []


def test_the_list_shows_no_secret(host: Flask) -> None:
    assert run(host, "list").exit_code == 0
    secrets = [
        run(host, "create", "--label", label, *more).stdout.strip()
        for label, *more in (
            ("Entra",),
            ("Okta", "--scope", "users:read"),
            ("Zoë's\x1b[31m\nlaptop", "--expires-in", "1d"),
        )
    ]
    ids = [secret.split("_")[1] for secret in secrets]
    assert run(host, "revoke", ids[1]).exit_code == 0
    result = run(host, "list")
    assert result.exit_code == 0
    head, *rows = result.stdout.splitlines()
    assert head.split() == ["ID", "LABEL", "CONNECTION", "STATUS", "SCOPES", "CREATED", "EXPIRES"]
    # A label is a stranger's text: it neither breaks the line nor colours the terminal.
    assert len(rows) == 3
    assert "\x1b" not in result.stdout
    assert [row.split()[0] for row in rows] == ids
    assert [word for row in rows for word in ("live", "revoked") if word in row] == [
        "live",
        "revoked",
        "live",
    ]
    assert "never" in rows[0]
    assert "users:read" in rows[1]
    for secret in secrets:
        hidden = secret.split("_", 2)[2]
        assert hidden[:64] not in result.output
        assert hidden[65:] not in result.output
    for record in stored(host):
        assert record.digest.hex() not in result.output


def test_an_expired_token_is_listed_as_such(host: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    manager = host.extensions["scim_teams"].tokens
    monkeypatch.setattr(manager, "_now", lambda: "2020-01-01T00:00:00.000000Z")
    run(host, "create", "--label", "old", "--expires-in", "1d")
    assert "expired" in run(host, "list").stdout


def test_revoke(host: Flask) -> None:
    secret = run(host, "create", "--label", "x").stdout.strip()
    id = secret.split("_")[1]
    assert run(host, "revoke", id).exit_code == 0
    headers = {"Authorization": f"Bearer {secret}"}
    assert host.test_client().get("/scim/v2/Users", headers=headers).status_code == 401
    for again in (id, "unknown", ""):
        result = run(host, "revoke", again)
        assert result.exit_code == 1
        assert result.stdout == ""
        assert "Error" in result.stderr
    assert run(host, "revoke").exit_code == 2
