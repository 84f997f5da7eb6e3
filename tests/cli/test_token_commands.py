"""``flask scim token``."""

from __future__ import annotations

import json
import re
from datetime import datetime
from datetime import timedelta

import pytest
from click.testing import Result
from flask import Flask

from flask_scim_teams import ScimTeams
from flask_scim_teams.core.comparison import shifted
from flask_scim_teams.services.identifiers import now
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
    assert head.split()[:5] == ["ID", "LABEL", "CONNECTION", "STATUS", "SCOPES"]
    assert head.split()[5:] == ["CREATED", "EXPIRES", "USED", "FROM"]
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
    monkeypatch.undo()
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


def test_revoke_as_json(host: Flask) -> None:
    id = run(host, "create", "--label", "x").stdout.split("_")[1]
    result = run(host, "revoke", id, "--json")
    said = json.loads(result.stdout)
    assert (said["id"], said["status"]) == (id, "revoked")
    assert said == json.loads(run(host, "show", id, "--json").stdout)
    assert result.stderr.strip() == f"Token {id} is revoked."


@pytest.mark.parametrize("name", ["token", "connection", "log", "doctor"])
def test_programs_can_read_what_a_command_says(host: Flask, name: str) -> None:
    command = host.cli.commands["scim"].commands[name]
    for one in getattr(command, "commands", {name: command}).values():
        # An export is read by programs anyway, and has more than one form.
        assert one.name == "export" or "as_json" in {option.name for option in one.params}


def good(host: Flask, secret: str, address: str = "127.0.0.1") -> bool:
    response = host.test_client().get(
        "/scim/v2/Users",
        headers={"Authorization": f"Bearer {secret}"},
        environ_overrides={"REMOTE_ADDR": address},
    )
    return response.status_code == 200


def test_addresses(host: Flask) -> None:
    networks = ["--allow-address", "192.0.2.0/24", "--allow-address", "2001:db8::1"]
    secret = run(host, "create", "--label", "x", *networks).stdout.strip()
    assert [good(host, secret, one) for one in ("192.0.2.9", "2001:db8::1", "127.0.0.1")] == [
        True,
        True,
        False,
    ]
    result = run(host, "create", "--label", "x", "--allow-address", "192.0.2.9/24")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "192.0.2.0/24 is one" in result.stderr


def test_rotate(host: Flask) -> None:
    old = run(host, "create", "--label", "x").stdout.strip()
    result = run(host, "rotate", old.split("_")[1], "--overlap", "2h")
    assert result.exit_code == 0, result.output
    new = result.stdout.strip()
    assert TOKEN.fullmatch(new)
    assert new not in result.stderr
    assert "is good until" in result.stderr
    assert good(host, old)
    assert good(host, new)
    replaced, _ = stored(host)
    assert replaced.expires is not None
    again = run(host, "rotate", old.split("_")[1])
    assert (again.exit_code, again.stdout) == (1, "")
    assert new.split("_")[1] in again.stderr


def test_rotate_at_once(host: Flask) -> None:
    old = run(host, "create", "--label", "x").stdout.strip()
    result = run(host, "rotate", old.split("_")[1], "--overlap", "0")
    assert "is revoked" in result.stderr
    assert not good(host, old)
    assert good(host, result.stdout.strip())
    for arguments in (["unknown"], [], [old.split("_")[1], "--overlap", "soon"]):
        result = run(host, "rotate", *arguments)
        assert result.exit_code in (1, 2)
        assert result.stdout == ""


def test_json(host: Flask) -> None:
    arguments = ["--label", "Zoë\x1b", "--scope", "users:read", "--allow-address", "127.0.0.0/8"]
    result = run(host, "create", *arguments, "--expires-in", "90d", "--json")
    made = json.loads(result.stdout)
    secret = made.pop("token")
    assert TOKEN.fullmatch(secret)
    assert made == {
        "id": secret.split("_")[1],
        "label": "Zoë\x1b",
        "connection": "default",
        "connection_id": stored(host)[0].connection_id,
        "status": "live",
        "scopes": ["users:read"],
        "addresses": ["127.0.0.0/8"],
        "created": stored(host)[0].created,
        "expires": stored(host)[0].expires,
        "expires_in_days": None,
        "revoked": None,
        "replaced_by": None,
        "last_used": None,
        "last_address": None,
    }
    assert good(host, secret)
    used = made | {"last_used": stored(host)[0].last_used, "last_address": "127.0.0.1"}
    assert json.loads(run(host, "show", made["id"], "--json").stdout) == used
    assert json.loads(run(host, "list", "--json").stdout) == [used]
    rotated = json.loads(run(host, "rotate", made["id"], "--json").stdout)
    assert good(host, rotated["token"])
    listed = json.loads(run(host, "list", "--json").stdout)
    assert [one["replaced_by"] for one in listed] == [rotated["id"], None]


def test_show(host: Flask) -> None:
    secret = run(host, "create", "--label", "Zoë's\x1b[31m\nlaptop").stdout.strip()
    result = run(host, "show", secret.split("_")[1])
    lines = result.stdout.splitlines()
    assert result.exit_code == 0
    assert lines[:2] == [f"id: {secret.split('_')[1]}", "label: Zoë's?[31m?laptop"]
    assert "last used: -" in lines
    assert secret.split("_")[2][:64] not in result.output
    unknown = run(host, "show", "unknown")
    assert (unknown.exit_code, unknown.stdout) == (1, "")


def test_the_list_warns_of_what_ends_soon(host: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    manager = host.extensions["scim_teams"].tokens
    early = shifted(now(), timedelta(days=-80))
    monkeypatch.setattr(manager, "_now", lambda: early)
    made = run(host, "create", "--label", "x", "--expires-in", "90d").stdout.strip()
    run(host, "create", "--label", "x", "--expires-in", "360d")
    monkeypatch.undo()
    result = run(host, "list")
    assert result.stderr.count("Warning") == 1
    assert f"Token {made.split('_')[1]} of connection default expires in 9 days" in result.stderr
    document = json.loads(run(host, "list", "--json").stdout)
    # Made in one instant, they are in the order of their ids.
    assert {one["id"]: one["expires_in_days"] for one in document} == {
        **dict.fromkeys((one["id"] for one in document), None),
        made.split("_")[1]: 9,
    }
