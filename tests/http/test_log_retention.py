"""How long the log is kept."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from flask_scim_teams import ScimTeams
from flask_scim_teams.core.comparison import shifted
from flask_scim_teams.services.identifiers import now
from flask_scim_teams.storage.interface import HOST
from flask_scim_teams.storage.log import LogEntry
from flask_scim_teams.storage.memory import MemoryBackend
from flask_scim_teams.storage.memory_log import MemoryLog
from tests.conftest import SECRET_KEY
from tests.conftest import ScimClient
from tests.http.log import Log


def test_what_is_too_old_is_removed_on_each_new_day(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    # SCIM_LOG_RETENTION is kept without a command, by a change and by a refusal alike.
    days: list[int] = [1]
    monkeypatch.setattr("flask_scim_teams.extension.now", lambda: days_ago(days[-1]))
    app = Flask("host")
    app.config.update(SECRET_KEY=SECRET_KEY, SCIM_LOG_RETENTION=90)
    scim = ScimTeams(MemoryBackend(), app)
    log = Log(app, scim)
    with app.app_context():
        idp = ScimClient(app.test_client(), scim.tokens.create(label="test").secret)
        with scim._backend.begin(HOST, write=True) as work:
            for age in (92, 91, 89):
                work.log.add(LogEntry(id=f"0-{age}", at=days_ago(age), status=200))
            work.commit()

    def ages() -> list[str]:
        return [one.id for one in log() if one.id.startswith("0-")]

    idp.user("ada")
    idp.get("/Users/nobody")
    assert len(ages()) == 3
    days.append(0)
    idp.user("bob")
    assert ages() == ["0-89"]
    days.append(-2)
    idp.get("/Users/nobody")
    assert ages() == []
    days.append(-3)
    # A purge that fails is told, and nobody waits for it or is refused.
    with monkeypatch.context() as broken:
        broken.setattr(MemoryLog, "purge", _fail)
        assert idp.get("/Users/nobody").status_code == 404
        idp.user("cyd")
        assert log.last().action == "created user"
    assert [line for line in caplog.messages if "tidied" in line] == [
        "The provisioning log could not be tidied up (OSError)"
    ]


def _fail(self: MemoryLog, *arguments: Any) -> None:
    raise OSError("disk full of hunter2")


def days_ago(days: int) -> str:
    return shifted(now(), timedelta(days=-days))
