"""What identity providers send, replayed against storage of every kind."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from flask_scim_teams import ScimTeams
from flask_scim_teams.simulator.exchange import Send
from flask_scim_teams.testing import Transcript
from flask_scim_teams.testing import app_sender
from flask_scim_teams.testing import play
from flask_scim_teams.testing import transcripts
from flask_scim_teams.testing.transcripts import step_by_step
from tests.conftest import SECRET_KEY
from tests.hosts import STORAGE
from tests.hosts import Storage

pytestmark = pytest.mark.idp

TRANSCRIPTS = transcripts()


class Server:
    """An app over a backend, to which identity providers are connected."""

    def __init__(self, backend: Any) -> None:
        self.app = Flask("host")
        self.app.config["SECRET_KEY"] = SECRET_KEY
        self.scim = ScimTeams(backend, self.app)

    def connect(self, transcript: Transcript, tenant: str = "") -> Send:
        """Return a sender over a new connection of the transcript's provider."""
        with self.app.app_context():
            made = self.scim.connections.create(
                transcript.name, provider=transcript.provider, tenant=tenant
            )
            token = self.scim.tokens.create(label=transcript.name, connection=made).secret
        return app_sender(self.app, token)


@pytest.mark.parametrize("transcript", TRANSCRIPTS, ids=str)
def test_a_provider_gets_the_answers_it_needs(storage: Storage, transcript: Transcript) -> None:
    play(transcript, Server(storage.backend).connect(transcript))


def test_what_is_answered_otherwise_is_known_and_little() -> None:
    differing = {str(one) for one in TRANSCRIPTS for step in one.steps if step.differs}
    steps = [step for one in TRANSCRIPTS for step in one.steps if step.differs]
    assert (differing, len(steps)) == ({"microsoft-collection"}, 3)


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
def test_all_providers_share_one_server(kind: str, storages: Callable[[str], Storage]) -> None:
    assert kind in STORAGE
    storage = storages(kind)
    storage.clear()
    server = Server(storage.backend)
    waiting: list[Iterator[Any]] = [
        step_by_step(one, server.connect(one, tenant=one.name if one.alone else ""))
        for one in TRANSCRIPTS
    ]
    while waiting:
        # A step of each in turn, until all have sent all of theirs.
        waiting = [steps for steps in waiting if next(steps, None) is not None]
