"""``flask scim doctor``: configuration, keys, public URL, and what the exit status says."""

from __future__ import annotations

import re
import secrets
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask import request
from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase
from werkzeug.middleware.proxy_fix import ProxyFix

from flask_scim_teams import ScimTeams
from flask_scim_teams.config import known_keys
from flask_scim_teams.config import switches
from flask_scim_teams.storage.memory import MemoryBackend
from flask_scim_teams.storage.sqlalchemy import ready_made
from tests.cli.doctor import KEY
from tests.cli.doctor import URL
from tests.cli.doctor import doctor
from tests.cli.doctor import findings
from tests.cli.doctor import host
from tests.cli.doctor import scim
from tests.cli.doctor import with_token
from tests.databases import close
from tests.hosts import Database
from tests.processes import environment
from tests.test_documentation import PACKAGE
from tests.test_documentation import keys_in


def test_who_is_well_hears_nothing() -> None:
    app = with_token(host())
    result = doctor(app, "--write", "--fail-on", "warning")
    assert (result.exit_code, result.stdout) == (0, "")
    assert re.fullmatch(r"\d+ checks: 0 failed, 0 to be warned of, \d skipped.\n", result.stderr)
    everything = doctor(app, "--all", "--no-connection-test").stdout.splitlines()
    assert {line.split()[0] for line in everything} == {"ok", "skipped"}
    assert len(everything) >= 9


def test_warnings_fail_where_they_are_to() -> None:
    app = with_token(host(SCIM_BASE_URL=None))
    result = doctor(app)
    assert result.exit_code == 0
    assert result.stdout.startswith("warning  Public URL: Locations are made of the Host header")
    assert "\n         -> Set SCIM_BASE_URL" in result.stdout
    assert doctor(app, "--fail-on", "warning").exit_code == 1


def test_the_known_keys_are_those_that_are_read() -> None:
    assert known_keys() == keys_in(PACKAGE / "config.py")
    assert {"SCIM_STRICT", "SCIM_PUBLIC_DISCOVERY"} <= switches() <= known_keys()


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        ("SCIM_BASE_ULR", "SCIM_BASE_URL"),
        ("SCIM_SIGNING_KEY", "SCIM_SIGNING_KEYS"),
        ("SICM_BASE_URL", "SCIM_BASE_URL"),
        ("scim_strict", "SCIM_STRICT"),
        ("SCIM_MAX_RESULT", "SCIM_MAX_RESULTS"),
    ],
)
def test_a_misspelt_key(key: str, meant: str) -> None:
    [(name, outcome, words)] = findings(with_token(host(**{key: "hunter2"})))
    assert (name, outcome) == ("Configuration: names", "warning")
    assert words == f"Nobody reads {key}. Did you mean {meant}?"


def test_keys_of_others_are_not_taken_for_ours() -> None:
    others = {"SQLALCHEMY_DATABASE_URI": "x", "BASE_URL": "x", "STRICT": "x", "SMTP_TOKEN": "x"}
    assert findings(with_token(host(**others))) == []


@pytest.mark.parametrize(
    ("config", "outcome", "words"),
    [
        ({"SCIM_STRICT": "false"}, "failure", "SCIM_STRICT is of the type str"),
        ({"SCIM_MAX_RESULTS": 10}, "warning", "10 resources at most, and 100"),
    ],
)
def test_a_value_that_cannot_be_meant(config: dict[str, Any], outcome: str, words: str) -> None:
    [(name, found, said)] = findings(with_token(host(**config)))
    assert (name, found) == ("Configuration: values", outcome)
    assert words in said


@pytest.mark.parametrize(
    "late", [{"SCIM_MAX_RESULTS": 500}, {"SCIM_BASE_URL": "ftp://a:hunter2@b"}]
)
def test_a_value_that_came_too_late(late: dict[str, Any]) -> None:
    app = with_token(host())
    app.config.update(late)
    [(name, outcome, words)] = findings(app)
    assert (name, outcome) == ("Configuration: values", "failure")
    assert "after init_app" in words


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"SCIM_SIGNING_KEYS": None, "SECRET_KEY": KEY}, "signed with the SECRET_KEY"),
        ({"SCIM_SIGNING_KEYS": ["ab" * 32]}, "few different bytes"),
        ({"SCIM_SIGNING_KEYS": [KEY, KEY]}, "there twice"),
        ({"SCIM_SIGNING_KEYS": [secrets.token_hex(32) for _ in range(4)]}, "4 signing keys"),
    ],
)
def test_keys_to_sign_with(config: dict[str, Any], words: str) -> None:
    [(name, outcome, said)] = findings(with_token(host(**config)))
    assert (name, outcome) == ("Signing keys", "warning")
    assert words in said


@pytest.mark.parametrize(
    ("config", "outcome", "words"),
    [
        ({"SCIM_BASE_URL": "http://gateway.example.com/scim/v2"}, "failure", "not encrypted"),
        ({"SCIM_BASE_URL": "http://127.0.0.1:5000/scim/v2"}, "warning", "this machine alone"),
        ({"SCIM_BASE_URL": "https://gateway.example.com/scim"}, "warning", "not end with /scim/v2"),
        ({"SCIM_BASE_URL": "https://a:hunter2@b.example/scim/v2"}, "failure", "password in it"),
        ({"TRUSTED_HOSTS": ["example.org"]}, "failure", "TRUSTED_HOSTS does not have gateway"),
        ({"SERVER_NAME": "gateway.internal"}, "warning", "SERVER_NAME is gateway.internal"),
        ({"SCIM_BASE_URL": None, "TRUSTED_HOSTS": ["a.example"]}, "warning", "http:// behind"),
    ],
)
def test_a_public_url_that_is_none(config: dict[str, Any], outcome: str, words: str) -> None:
    [(name, found, said)] = findings(with_token(host(**config)), "--no-connection-test")
    assert (name, found) == ("Public URL", outcome)
    assert words in said


def test_a_request_of_a_trusted_host_behind_a_known_proxy_is_well() -> None:
    app = with_token(host(SCIM_BASE_URL=None, TRUSTED_HOSTS=[".example.com"]))
    app.wsgi_app = ProxyFix(app.wsgi_app)  # type: ignore[method-assign]
    assert findings(app) == []


def test_addresses_are_the_proxys_where_nobody_looks_behind_it() -> None:
    app = with_token(host(), addresses=["192.0.2.0/24"])
    [(name, outcome, words)] = findings(app)
    assert (name, outcome) == ("Proxy", "warning")
    assert "no ProxyFix" in words
    app.wsgi_app = _Around(ProxyFix(app.wsgi_app, x_for=2))  # type: ignore[method-assign]
    assert findings(app) == []


class _Around:
    """Middleware that knows nothing of the one inside."""

    def __init__(self, app: Any) -> None:
        self.app = app

    def __call__(self, *arguments: Any) -> Any:
        return self.app(*arguments)


def test_a_host_shows_the_checks_to_its_monitoring() -> None:
    scim = ScimTeams(MemoryBackend())
    app = Flask("host")
    app.config.update(SCIM_SIGNING_KEYS=[KEY], SCIM_BASE_URL=URL)
    scim.init_app(app)

    # [checks]
    @app.get("/health/provisioning")
    def provisioning() -> tuple[list[str], int]:
        bad = [one for one in scim.diagnose(connect=False) if one.outcome == "failure"]
        return [f"{one.name}: {one.words}" for one in bad], 503 if bad else 200

    # [end]
    with_token(app, expires_in=timedelta(microseconds=1))
    answer = app.test_client().get("/health/provisioning")
    assert answer.status_code == 503
    assert answer.get_json()[0].startswith("Access: default: No token is live")
    with_token(app)
    assert app.test_client().get("/health/provisioning").status_code == 200
    with app.app_context():
        assert {one.outcome for one in scim.test_connection("default")} == {"ok"}


def test_an_application_that_cannot_be_loaded_is_flasks_to_report(tmp_path: Path) -> None:
    (tmp_path / "unusable.py").write_text(
        "from flask import Flask\n"
        "from flask_scim_teams import ScimTeams\n"
        "from flask_scim_teams.storage.memory import MemoryBackend\n"
        "app = Flask('unusable')\n"
        "app.config['SECRET_KEY'] = 'short'\n"
        "ScimTeams(MemoryBackend(), app)\n"
    )
    command = [sys.executable, "-m", "flask", "--app", "unusable", "scim", "doctor"]
    ran = subprocess.run(
        command, cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False
    )
    assert ran.returncode != 0
    assert ran.stdout == ""
    assert "each key needs 32 bytes" in ran.stderr


@pytest.fixture
def unreachable() -> Iterator[Flask]:
    """A host whose database is not there."""

    class Base(DeclarativeBase):
        pass

    engine = create_engine("postgresql+psycopg://scim:hunter2@127.0.0.1:1/nowhere")
    app = Flask("host")
    app.config.update(SCIM_SIGNING_KEYS=[KEY], SCIM_BASE_URL=URL)
    database = Database(engine, Base, Base.metadata)
    ScimTeams(ready_made(database).backend, app)  # type: ignore[arg-type]
    yield app
    close(engine)


def test_a_database_that_cannot_be_reached(unreachable: Flask) -> None:
    found = findings(unreachable)
    assert {outcome for _, outcome, _ in found} == {"failure"}
    names = {name for name, _, _ in found}
    assert names == {
        "Storage", "Clock", "Abilities", "Proxy", "Access", "Provisioning log", "Connection test",
    }  # fmt: skip
    assert "hunter2" not in doctor(unreachable, "--all").output


def test_nothing_secret_is_printed() -> None:
    other, session = secrets.token_hex(32), secrets.token_hex(32)
    app = host(
        SCIM_BASE_URL="https://admin:hunter2@gateway.example.com/scim/v2",
        SCIM_SIGNING_KEYS=[other, KEY],
        SECRET_KEY=session,
        SCIM_SIGNING_KEY="hunter2",
        SCIM_STRICT="hunter2",
    )
    app.config["SCIM_BASE_URL"] = "ftp://admin:hunter2@gateway"
    seen: list[str] = []

    @app.before_request
    def _telling() -> tuple[str, int]:
        seen.append(request.headers.get("Authorization", ""))
        return f"You sent {seen[-1]}", 418

    scim(app, "connection", "create", "Okta")
    said = doctor(app, "--all", "--write").output + doctor(app, "--json").output
    said += scim(app, "connection", "test", "Okta").output
    assert "You sent Bearer [token]" in said
    sent = {one.removeprefix("Bearer ") for one in seen} - {""}
    assert len(sent) == 3
    for secret in ("hunter2", KEY, other, session, *sent):
        assert secret not in said
    assert re.search("scim_[0-9a-f]{16}_", said) is None
