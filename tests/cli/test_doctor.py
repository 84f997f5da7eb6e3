"""``flask scim doctor``: configuration, keys, public URL, tokens, and what the exit status says."""

from __future__ import annotations

import json
import re
import secrets
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from flask import request
from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase
from werkzeug.middleware.proxy_fix import ProxyFix

from flask_scim_teams import ScimTeams
from flask_scim_teams.config import known_keys
from flask_scim_teams.config import switches
from flask_scim_teams.core.comparison import shifted
from flask_scim_teams.services.identifiers import now
from flask_scim_teams.storage.interface import HOST
from flask_scim_teams.storage.interface import TokenRecord
from flask_scim_teams.storage.log import LogEntry
from flask_scim_teams.storage.memory import MemoryBackend
from flask_scim_teams.storage.sqlalchemy import ready_made
from tests.databases import close
from tests.hosts import Database
from tests.processes import environment
from tests.test_documentation import PACKAGE
from tests.test_documentation import keys_in

URL = "https://gateway.example.com/scim/v2"
KEY = secrets.token_hex(32)


def host(**config: Any) -> Flask:
    """A host that is well, but for what is given."""
    app = Flask("host")
    app.config.update(SCIM_SIGNING_KEYS=[KEY], SCIM_BASE_URL=URL)
    app.config.update(config)
    ScimTeams(MemoryBackend(), app)
    return app


def with_token(app: Flask, **given: Any) -> Flask:
    with app.app_context():
        app.extensions["scim_teams"].tokens.create(label="Entra", **given)
    return app


def scim(app: Flask, *arguments: str) -> Result:
    return app.test_cli_runner().invoke(args=["scim", *arguments])


def doctor(app: Flask, *arguments: str) -> Result:
    return scim(app, "doctor", *arguments)


def findings(app: Flask, *arguments: str) -> list[tuple[str, str, str]]:
    """Return the name, outcome and words of what is not well."""
    result = doctor(app, "--json", *arguments)
    said = json.loads(result.stdout)
    bad = [one for one in said["checks"] if one["outcome"] in ("warning", "failure")]
    assert all(one["remedy"] for one in bad)
    worst = {one["outcome"] for one in bad}
    assert result.exit_code == int("failure" in worst)
    assert said["outcome"] == next((one for one in ("failure", "warning") if one in worst), "ok")
    return [(one["name"], one["outcome"], one["words"]) for one in bad]


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


def test_a_host_without_a_connection() -> None:
    [(name, outcome, words)] = findings(host())
    assert (name, outcome) == ("Access", "warning")
    assert "no connection yet" in words


def test_a_connection_without_a_token() -> None:
    app = host()
    scim(app, "connection", "create", "Okta")
    [(name, outcome, words)] = findings(app, "--no-connection-test")
    assert (name, outcome, words) == ("Access: Okta", "warning", "The connection has no token yet.")
    # The token of the connection test is not one to sign in with.
    assert findings(app) == findings(app) == [(name, outcome, words)]


def test_a_connection_whose_token_has_expired() -> None:
    app = with_token(host(), expires_in=timedelta(microseconds=1))
    [(name, outcome, words)] = findings(app)
    assert (name, outcome) == ("Access: default", "failure")
    assert "the last one expired at" in words
    with_token(app)
    assert findings(app) == []


def test_a_connection_whose_tokens_are_revoked() -> None:
    app = with_token(host())
    with app.app_context():
        tokens = app.extensions["scim_teams"].tokens
        tokens.revoke(tokens.list()[0].id)
    [(name, outcome, words)] = findings(app)
    assert (name, outcome) == ("Access: default", "warning")
    assert "revoked" in words
    scim(app, "connection", "disable", "default")
    assert findings(app) == []


@pytest.mark.parametrize(
    ("days", "outcome"), [(2.5, "failure"), (10, "warning"), (29, "warning"), (31, None)]
)
def test_a_token_that_ends_soon(days: float, outcome: str | None) -> None:
    app = host()
    scim(app, "connection", "create", "Okta")
    state = app.extensions["scim_teams"]
    with app.app_context(), state.tokens._backend.begin(HOST, write=True) as work:
        token = TokenRecord(
            id="ends",
            label="Okta",
            digest=bytes(32),
            scopes=state.tokens.scopes,
            created=shifted(now(), timedelta(days=-365)),
            expires=shifted(now(), timedelta(days=days)),
            connection_id=state.connections.named("Okta").id,
        )
        work.tokens.add(token)
        work.commit()
    found = [(name, outcome) for name, outcome, words in findings(app) if "ends" in words]
    assert found == ([] if outcome is None else [("Access: Okta", outcome)])


def days_ago(days: float) -> str:
    return shifted(now(), timedelta(days=-days))


@pytest.mark.parametrize(
    ("created", "used", "words"),
    [
        (365, 31, "was last used at"),
        (365, 29, None),
        (8, None, "has never been used"),
        (6, None, None),
    ],
)
def test_a_provider_that_may_have_stopped(
    created: float, used: float | None, words: str | None
) -> None:
    app = host()
    scim(app, "connection", "create", "Okta")
    state = app.extensions["scim_teams"]
    with app.app_context(), state.tokens._backend.begin(HOST, write=True) as work:
        token = TokenRecord(
            id="quiet",
            label="Okta",
            digest=bytes(32),
            scopes=state.tokens.scopes,
            created=days_ago(created),
            connection_id=state.connections.named("Okta").id,
            last_used=None if used is None else days_ago(used),
        )
        work.tokens.add(token)
        work.commit()
    # The connection test is nobody's use.
    found = findings(app, "--write") + findings(app)
    assert len(found) == (0 if words is None else 2)
    for name, outcome, said in found:
        assert (name, outcome) == ("Access: Okta", "warning")
        assert (words or "") in said


@pytest.mark.parametrize(("success", "refused"), [(3, True), (1.5, False), (None, True)])
def test_a_provider_that_is_refused_whatever_it_sends(success: float | None, refused: bool) -> None:
    app = with_token(host())
    state = app.extensions["scim_teams"]
    with app.app_context(), state.tokens._backend.begin(HOST, write=True) as work:
        [connection] = work.connections.list()
        entry = LogEntry(id="2", at=days_ago(1), connection_id=connection.id, status=403)
        if success is not None:
            fine = replace(entry, id="1", at=days_ago(success), status=200)
            work.log.add(fine)
        else:
            entry = replace(entry, at=days_ago(-2))
        work.log.add(entry)
        work.commit()
    found = findings(app, "--no-connection-test")
    assert [outcome for _, outcome, _ in found] == ["warning"] * refused
    assert all("Every request was refused since" in words for _, _, words in found)


def with_client(app: Flask, **arguments: Any) -> tuple[Flask, str]:
    clients = app.extensions["scim_teams"].clients
    with app.app_context():
        return app, clients.create(label="Entra", **arguments).id


def test_a_connection_whose_client_signs_needs_no_token() -> None:
    app, _ = with_client(host(SCIM_OAUTH=True), trust={"jwks_uri": "https://idp.example/keys"})
    assert findings(app) == []


@pytest.mark.parametrize(
    ("days", "outcome"), [(2.5, "failure"), (10, "warning"), (29, "warning"), (31, None)]
)
def test_a_client_whose_last_secret_ends_soon(
    monkeypatch: pytest.MonkeyPatch, days: float, outcome: str | None
) -> None:
    app, id = with_client(host(SCIM_OAUTH=True))
    clients = app.extensions["scim_teams"].clients
    monkeypatch.setattr(clients, "_now", lambda: days_ago(365 - days))
    with app.app_context():
        clients.add_secret(id, expires_in=timedelta(days=365))
        monkeypatch.undo()
        name = f"Access: default: client {id}"
        assert [found[:2] for found in findings(app)] == (
            [] if outcome is None else [(name, outcome)]
        )
        clients.add_secret(id)
        assert findings(app) == []


def test_a_client_that_can_prove_nothing_is_nobody() -> None:
    app, id = with_client(host(SCIM_OAUTH=True))
    nobody = [("Access: default", "warning", "The connection has no token yet.")]
    assert findings(app) == nobody
    state = app.extensions["scim_teams"]
    with app.app_context():
        state.clients.add_secret(id)
        assert findings(app) == []
        state.clients.disable(id)
    assert findings(app) == nobody


@pytest.mark.parametrize(("days", "old"), [(181, False), (183, True)])
def test_entries_that_should_be_gone(days: float, old: bool) -> None:
    app = with_token(host())
    state = app.extensions["scim_teams"]
    with app.app_context(), state.tokens._backend.begin(HOST, write=True) as work:
        work.log.add(LogEntry(id="1", at=days_ago(days), status=200))
        work.commit()
    found = findings(app)
    assert [(name, outcome) for name, outcome, _ in found] == [
        ("Provisioning log", "warning")
    ] * old
    scim(app, "log", "purge")
    assert findings(app) == []


def test_a_token_that_was_rotated_is_not_warned_of() -> None:
    app = with_token(host(), expires_in=timedelta(days=365))
    with app.app_context():
        tokens = app.extensions["scim_teams"].tokens
        made = tokens.rotate(tokens.list()[0].id)
    assert findings(app) == []
    with app.app_context():
        tokens.revoke(made.record.id)
    [(name, outcome, words)] = findings(app)
    assert (name, outcome) == ("Access: default", "warning")
    assert "replaced" in words


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
