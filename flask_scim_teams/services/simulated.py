"""What a simulated identity provider signs in with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from flask_scim_teams.services.connections import SIMULATED
from flask_scim_teams.services.connections import ConnectionManager
from flask_scim_teams.services.tokens import TokenManager
from flask_scim_teams.storage.interface import ConnectionRecord

#: How long a token lives at most, should the run end so badly that it is not revoked.
LIFETIME = timedelta(days=1)


@contextmanager
def simulated_token(
    provider: str, connections: ConnectionManager, tokens: TokenManager
) -> Iterator[str]:
    """Give a token of the provider's simulated connection, which is revoked afterwards.

    The connection is called ``simulated PROVIDER``, and is kept for the next time.

    :raises ValueError: if the connection is disabled, or is another provider's.
    """
    made = tokens.create(
        label="simulation",
        expires_in=LIFETIME,
        connection=_connection(provider, connections),
    )
    try:
        yield made.secret
    finally:
        tokens.revoke(made.record.id)


def _connection(provider: str, connections: ConnectionManager) -> ConnectionRecord:
    name = f"{SIMULATED}{provider}"
    for known in connections.list():
        if known.name != name:
            continue
        if known.provider != provider:
            raise ValueError(f"The connection {name!r} is one of the provider {known.provider!r}.")
        if known.disabled is not None:
            raise ValueError(f"The connection {name!r} is disabled.")
        return known
    return connections.create(name, provider=provider)
