"""Who verifies which bearer token: those that were made, and those that clients were issued."""

from __future__ import annotations

from typing import Protocol

from flask_scim_teams.services.clients import PREFIX
from flask_scim_teams.services.clients import ClientManager
from flask_scim_teams.services.tokens import TokenManager
from flask_scim_teams.storage.interface import Caller


class Verifier(Protocol):
    """What the protocol asks who a caller is."""

    def verify(self, secret: str, address: str | None = None) -> Caller:
        """Return the caller that a token stands for.

        :raises Unauthorized: if the token is not good.
        """
        ...


class TokensOrClients:
    """Takes tokens, and access tokens as well."""

    def __init__(self, tokens: TokenManager, clients: ClientManager) -> None:
        self._tokens = tokens
        self._clients = clients

    def verify(self, secret: str, address: str | None = None) -> Caller:
        """Return the caller that a token of either kind stands for."""
        if secret.startswith(PREFIX):
            return self._clients.verify(secret)
        return self._tokens.verify(secret, address)
