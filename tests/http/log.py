"""The provisioning log as tests read it."""

from __future__ import annotations

from typing import Any

from flask import Flask

from flask_scim_teams import ScimTeams
from flask_scim_teams.storage.log import LogEntry
from flask_scim_teams.storage.log import LogQuery


class Log:
    """The log of an app, oldest entry first."""

    def __init__(self, app: Flask, scim: ScimTeams) -> None:
        self.app = app
        self.scim = scim

    def __call__(self, **query: Any) -> list[LogEntry]:
        with self.app.app_context():
            assert self.scim.log.flush()
            return list(self.scim.log.search(LogQuery(**query)).entries)[::-1]

    def dropped(self) -> int:
        with self.app.app_context():
            assert self.scim.log.flush()
            return self.scim.log.dropped

    def last(self) -> LogEntry:
        return self()[-1]
