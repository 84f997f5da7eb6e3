"""Logging that fails: a line is lost, and no request."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest

from flask_scim_teams import signals
from flask_scim_teams.services.logger import logger
from flask_scim_teams.storage.memory_log import MemoryLog
from tests.http.conftest import Own

USER = "urn:ietf:params:scim:schemas:core:2.0:User"


def _fail(self: MemoryLog, *arguments: Any) -> None:
    raise OSError("disk full of hunter2")


class Raising(logging.Handler):
    """A host's handler that fails, and does not keep that to itself."""

    said = 0

    def emit(self, record: logging.LogRecord) -> None:
        self.said += 1
        raise OSError("the disk is full")


@pytest.fixture
def raising() -> Iterator[Raising]:
    handler = Raising()
    logger = logging.getLogger("flask_scim_teams")
    logger.addHandler(handler)
    yield handler
    logger.removeHandler(handler)


def test_a_handler_that_raises_costs_a_line_and_nothing_else(own: Own, raising: Raising) -> None:
    idp, log, patch = own
    with patch.context() as broken:
        broken.setattr(MemoryLog, "add", _fail)
        # The thread that writes goes on, though it could neither write nor say so.
        assert idp.get("/Users/nobody").status_code == 404
        assert log.dropped() == 1
        response = idp.post("/Users", {"schemas": [USER], "userName": "ada"})
        assert response.status_code == 500
        assert response.content_type == "application/scim+json"
        assert response.get_json()["status"] == "500"
    assert raising.said >= 2

    def receive(sender: Any, **arguments: Any) -> None:
        raise ValueError("a receiver of the host's")

    with signals.user_provisioned.connected_to(receive):
        idp.user("ada")
    idp.get("/Users/nobody")
    assert [one.action for one in log()] == ["created user", "tried to read user"]


def test_where_a_line_was_logged_is_still_to_be_seen(caplog: pytest.LogCaptureFixture) -> None:
    logger.warning("Hello, %s.", "operator")
    [record] = caplog.records
    assert (record.funcName, record.getMessage()) == (
        "test_where_a_line_was_logged_is_still_to_be_seen",
        "Hello, operator.",
    )
