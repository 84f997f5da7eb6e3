"""Simulated identity providers, let loose on a host's own app."""

from __future__ import annotations

from typing import Any

from flask import Flask

from flask_scim_teams.services.simulated import simulated_token
from flask_scim_teams.simulator import simulation
from flask_scim_teams.simulator.simulation import Report
from flask_scim_teams.simulator.wsgi import wsgi_sender

__all__ = ["Report", "simulate"]


def simulate(
    app: Flask,
    provider: str,
    *,
    users: int = 20,
    teams: int = 3,
    cycles: int = 1,
    seed: int = 0,
) -> Report:
    """Provision an app the way an identity provider does, and return what came of it.

    The app is called in process, over a connection ``simulated PROVIDER`` and with a token that is
    revoked afterwards.

    :param provider: ``entra``, ``okta``, ``onelogin``, ``google``, ``keycloak``, ``auth0``,
        ``authentik``, ``jumpcloud`` or ``ping``.
    :param users: how many people the directory has in the beginning.
    :param cycles: how often it changes afterwards.
    :raises CannotStart: when the app does not answer as a SCIM service provider.
    """
    state: Any = app.extensions["scim_teams"]
    with app.app_context():
        credentials = simulated_token(provider, state.connections, state.tokens)
        with credentials as token:
            return simulation.simulate(
                provider,
                wsgi_sender(app, token, f"http://localhost{state.settings.url_prefix}"),
                users=users,
                teams=teams,
                cycles=cycles,
                seed=seed,
            )
