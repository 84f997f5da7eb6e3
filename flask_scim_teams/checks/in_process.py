"""The connection test of an application in its own process, with a token of its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

from flask_scim_teams.checks.check import Check
from flask_scim_teams.checks.connection_test import run_connection_test
from flask_scim_teams.config import Settings
from flask_scim_teams.services.tokens import TokenManager
from flask_scim_teams.simulator.wsgi import Application
from flask_scim_teams.simulator.wsgi import wsgi_sender
from flask_scim_teams.storage.interface import ConnectionRecord

#: How long a token of the test lives at most, should it end so badly that it is not revoked.
LIFETIME = timedelta(minutes=15)
LABEL = "connection test"


def own_base_url(settings: Settings, server_name: str | None) -> str:
    """Return the URL by which an application is asked in its own process.

    The path is the one that the application itself knows, whatever a proxy puts in front of it.
    """
    own = urlsplit(settings.base_url or f"http://{server_name or 'localhost'}")
    return f"{own.scheme}://{own.netloc.rpartition('@')[2]}{settings.url_prefix}"


def check_connection(
    app: Application,
    base: str,
    connection: ConnectionRecord,
    tokens: TokenManager,
    *,
    write: bool = False,
) -> list[Check]:
    """Run the connection test against an application in this process, and return the checks.

    The test signs in with a token of the connection, which is revoked afterwards, and so sees what
    the connection's identity provider sees: its tenant, in its profile.

    :param base: absolute URL that the endpoints are below.
    :param write: whether a user and a team are to be made and removed.
    :raises ValueError: if no token can be made, in words.
    """
    if connection.disabled is not None:
        raise ValueError(f"The connection {connection.name!r} is disabled.")
    made = tokens.create(label=LABEL, expires_in=LIFETIME, connection=connection)
    try:
        checks = run_connection_test(wsgi_sender(app, made.secret, base), write=write)
    finally:
        tokens.revoke(made.record.id)
    # A server may say back what it was sent.
    return [replace(one, words=one.words.replace(made.secret, "[token]")) for one in checks]
