"""Transcripts of identity providers, played against a host's own app."""

from __future__ import annotations

from flask import Flask

from flask_scim_teams.simulator.exchange import Send
from flask_scim_teams.simulator.transcript import StepFailed
from flask_scim_teams.simulator.transcript import Transcript
from flask_scim_teams.simulator.transcript import play
from flask_scim_teams.simulator.transcript import step_by_step
from flask_scim_teams.simulator.transcript import transcripts
from flask_scim_teams.simulator.wsgi import wsgi_sender

__all__ = [
    "StepFailed",
    "Transcript",
    "app_sender",
    "play",
    "step_by_step",
    "transcripts",
]


def app_sender(app: Flask, token: str, base: str = "/scim/v2") -> Send:
    """Return a function that sends requests to an app, without a server in between.

    :param token: bearer token of the connection; a request that has its own ``Authorization``
        is sent with that.
    :param base: path of the base URL.
    """
    return wsgi_sender(app, token, f"http://localhost{base}")
