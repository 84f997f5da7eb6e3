"""What is diagnosed: one application's service, with all that the extension keeps of it."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_scim_teams.checks.in_process import own_base_url
from flask_scim_teams.config import Settings
from flask_scim_teams.services.clients import ClientManager
from flask_scim_teams.services.connections import ConnectionManager
from flask_scim_teams.services.tokens import TokenManager
from flask_scim_teams.simulator.wsgi import Application
from flask_scim_teams.storage.interface import Backend


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A service to be looked at.

    :param app: the WSGI application, to be asked in this process.
    :param config: the configuration as it is now; ``settings`` were read from it at the start.
    :param clients: the OAuth clients; ``None`` where there can be none.
    :param now: returns the present instant as ``YYYY-MM-DDTHH:MM:SS.ffffffZ``.
    """

    app: Application
    config: Mapping[str, Any]
    settings: Settings
    backend: Backend
    tokens: TokenManager
    connections: ConnectionManager
    clients: ClientManager | None
    now: Callable[[], str]

    @property
    def trusted_hosts(self) -> Sequence[str]:
        """The hosts that requests are answered for; all if there are none."""
        return list(self.config.get("TRUSTED_HOSTS") or ())

    @property
    def server_name(self) -> str | None:
        """The host name that the application knows itself by, if any."""
        name: str | None = self.config.get("SERVER_NAME")
        return name

    @property
    def base(self) -> str:
        """The URL by which it is asked in this process."""
        known = self.server_name
        if known is None and self.trusted_hosts:
            known = self.trusted_hosts[0].removeprefix(".")
        return own_base_url(self.settings, known)
