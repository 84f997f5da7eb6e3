"""The documentation's example: a host plays what identity providers send against its own app."""

from __future__ import annotations

# begin: transcripts
import pytest
from flask import Flask

from flask_scim_teams.testing import Transcript
from flask_scim_teams.testing import app_sender
from flask_scim_teams.testing import play
from flask_scim_teams.testing import transcripts


@pytest.mark.parametrize(
    "transcript", [one for one in transcripts() if one.provider == "okta"], ids=str
)
def test_okta_gets_the_answers_it_needs(host: Flask, transcript: Transcript) -> None:
    from myapp import scim

    with host.app_context():
        scim.connections.create("test", provider=transcript.provider)
        token = scim.tokens.create(label="test").secret
    play(transcript, app_sender(host, token))


# end: transcripts
