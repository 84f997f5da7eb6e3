"""The extension object a host registers on its app."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import replace
from functools import partial

from flask import Blueprint
from flask import Flask
from flask import abort
from flask import current_app
from flask.cli import AppGroup

from flask_scim_teams import signals
from flask_scim_teams.checks.check import Check
from flask_scim_teams.checks.diagnosis import diagnose
from flask_scim_teams.checks.in_process import check_connection
from flask_scim_teams.checks.service import Service
from flask_scim_teams.cli.client import client_commands
from flask_scim_teams.cli.commands import scim_commands
from flask_scim_teams.cli.drift import drift_command
from flask_scim_teams.cli.log import log_commands
from flask_scim_teams.cli.openapi import openapi_command
from flask_scim_teams.cli.simulate import simulate_command
from flask_scim_teams.cli.sync import sync_command
from flask_scim_teams.config import OAuth
from flask_scim_teams.config import Settings
from flask_scim_teams.config import read_settings
from flask_scim_teams.core.errors import SetupError
from flask_scim_teams.core.resource_types import ResourceTypes
from flask_scim_teams.http.blueprint import build_blueprint
from flask_scim_teams.http.limiting import Limiter
from flask_scim_teams.http.me import Subject
from flask_scim_teams.services.clients import ClientManager
from flask_scim_teams.services.connections import ConnectionManager
from flask_scim_teams.services.cursors import Cursors
from flask_scim_teams.services.directory_sync import DirectorySync
from flask_scim_teams.services.drift import Drift
from flask_scim_teams.services.events import Event
from flask_scim_teams.services.identifiers import new_id
from flask_scim_teams.services.identifiers import now
from flask_scim_teams.services.linking import Linking
from flask_scim_teams.services.log import LogPolicy
from flask_scim_teams.services.log import ProvisioningLog
from flask_scim_teams.services.logger import logger
from flask_scim_teams.services.provisioning import Provisioning
from flask_scim_teams.services.reading import Reading
from flask_scim_teams.services.roles import RoleMap
from flask_scim_teams.services.roles import Roles
from flask_scim_teams.services.roles import RolesOf
from flask_scim_teams.services.team_sync import TeamPolicy
from flask_scim_teams.services.team_sync import TeamSync
from flask_scim_teams.services.tokens import TokenManager
from flask_scim_teams.services.verifying import TokensOrClients
from flask_scim_teams.storage.interface import HOST
from flask_scim_teams.storage.interface import Backend

_KEY = "scim_teams"
_NEEDS_OAUTH = 'SCIM_OAUTH needs the extra "oauth": pip install "flask-scim-teams[oauth]".'


@dataclass(frozen=True, slots=True)
class _State:
    """What the extension keeps of one app."""

    settings: Settings
    reading: Reading
    provisioning: Provisioning
    linking: Linking
    tokens: TokenManager
    connections: ConnectionManager
    log: ProvisioningLog
    service: Service
    clients: ClientManager | None
    team_sync: TeamSync
    drift: Drift


class ScimTeams:
    """SCIM provisioning of users and teams for an existing Flask app.

    :param backend: where the host keeps users and teams.
    :param me: returns the SCIM id of the user that a caller is, or ``None``; turns on ``/Me``,
        which answers 501 without it.
    :param teams: what a sync of teams may do, at sign-in and from directories.
    :param map_group: which team gives which role: by the team's own id, or by the source and the
        id that it knows the group by; or a function that takes a
        :class:`~flask_scim_teams.services.roles.TeamInfo`. Without it nobody has a role.

    The object may serve several apps; what belongs to one is found through the current app.
    """

    def __init__(
        self,
        backend: Backend,
        app: Flask | None = None,
        *,
        me: Subject | None = None,
        teams: TeamPolicy | None = None,
        map_group: RoleMap | None = None,
    ) -> None:
        self._backend = backend
        self._me = me
        self._teams = teams
        self._roles = Roles(backend, map_group)
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask) -> None:
        """Read the configuration and register the endpoints and commands.

        :raises SetupError: if the configuration cannot be used, or the app has an instance
            already.
        """
        if _KEY in app.extensions:
            raise SetupError(
                "A ScimTeams instance is already registered on this app. Make one, at module "
                "level, and call its init_app once an app."
            )
        settings = read_settings(app.config)
        connections = ConnectionManager(self._backend, now=now, new_id=new_id)
        policy = LogPolicy(
            enabled=settings.log, reads=settings.log_reads, retention=settings.log_retention
        )
        log = ProvisioningLog(
            self._backend, now=now, new_id=new_id, policy=policy, context=app.app_context
        )
        provisioning = Provisioning(
            self._backend, log=log, publish=self._publish, now=now, new_id=new_id
        )
        team_sync = TeamSync(self._backend, provisioning, self._teams)
        linking = Linking(self._backend, provisioning, connections, team_sync)
        cursors = Cursors(settings.signing_keys, now, settings.cursor_timeout)
        reading = Reading(self._backend, cursors)
        types = self._backend.types
        tokens = TokenManager(
            self._backend,
            settings.signing_keys,
            now,
            connections,
            max_tokens=settings.max_tokens,
            publish=partial(signals.send, app),
        )
        limiter = Limiter(settings.rates)
        clients = self._clients(settings, connections, tokens.scopes)
        verifier = tokens if clients is None else TokensOrClients(tokens, clients)
        blueprint = build_blueprint(
            types, reading, provisioning, verifier, log, settings, self._me, limiter
        )
        service = Service(
            app=app,
            config=app.config,
            settings=settings,
            backend=self._backend,
            tokens=tokens,
            connections=connections,
            clients=clients,
            now=now,
        )
        drift = Drift(self._backend)
        app.extensions[_KEY] = _State(
            settings,
            reading,
            provisioning,
            linking,
            tokens,
            connections,
            log,
            service,
            clients,
            team_sync,
            drift,
        )
        _register(app, blueprint)
        described = openapi_command(types, settings, me=self._me is not None)
        simulated = simulate_command(tokens, connections, settings)
        logged = log_commands(log, connections)
        drifted = drift_command(drift, connections)
        synced = sync_command(
            settings.directories, partial(DirectorySync, self._backend, provisioning, team_sync)
        )
        further = (logged, described, simulated, drifted, synced)
        commands = scim_commands(tokens, connections, service, *further)
        if clients is not None and settings.oauth is not None:
            _offer_oauth(app, commands, clients, connections, settings.oauth, limiter)
        app.cli.add_command(commands)

    def _clients(
        self, settings: Settings, connections: ConnectionManager, scopes: Sequence[str]
    ) -> ClientManager | None:
        if settings.oauth is None:
            return None
        try:
            from flask_scim_teams.oauth.key_sets import KeySets
            from flask_scim_teams.oauth.keys import public_keys
        except ImportError as missing:
            raise SetupError(_NEEDS_OAUTH) from missing
        return ClientManager(
            self._backend,
            settings.signing_keys,
            now,
            connections,
            scopes=scopes,
            lifetime=settings.oauth.lifetime,
            public_keys=public_keys,
            fetch=KeySets(settings.oauth.internal_hosts).fetch,
        )

    @property
    def settings(self) -> Settings:
        """The current app's configuration, as it is in force."""
        return _state().settings

    @property
    def types(self) -> ResourceTypes:
        """The resource types that the backend holds."""
        return self._backend.types

    @property
    def tokens(self) -> TokenManager:
        """The current app's bearer tokens."""
        return _state().tokens

    @property
    def clients(self) -> ClientManager:
        """The current app's OAuth clients.

        :raises SetupError: if it has none, because ``SCIM_OAUTH`` is off.
        """
        clients = _state().clients
        if clients is None:
            raise SetupError("There are no OAuth clients on this app: SCIM_OAUTH is off.")
        return clients

    @property
    def connections(self) -> ConnectionManager:
        """The current app's connections to identity providers."""
        return _state().connections

    @property
    def linking(self) -> Linking:
        """Which user of the current app somebody is who signs in elsewhere."""
        return _state().linking

    @property
    def log(self) -> ProvisioningLog:
        """The current app's provisioning log."""
        return _state().log

    @property
    def reading(self) -> Reading:
        """The current app's users and teams, read by the host's own code."""
        return _state().reading

    @property
    def provisioning(self) -> Provisioning:
        """The current app's users and teams, written by the host's own code."""
        return _state().provisioning

    @property
    def team_sync(self) -> TeamSync:
        """The current app's teams, made to follow what identity providers and directories say."""
        return _state().team_sync

    @property
    def drift(self) -> Drift:
        """What the current app's users and teams are otherwise than their sources last said."""
        return _state().drift

    def roles_of(self, scim_id: str, *, tenant: str = "") -> RolesOf:
        """Return the roles that a user has as of now, with the teams that give each.

        :param tenant: whose user it is, where the host has several tenants.
        """
        return self._roles.of(replace(HOST, tenant=tenant), [scim_id])[scim_id]

    def diagnose(self, *, connect: bool = True, write: bool = False) -> list[Check]:
        """Look for what is wrong with the current app's service, as ``flask scim doctor`` does.

        :param connect: whether the connection test is run as well, for each connection.
        :param write: whether that is to make a user and a team, and delete them.
        """
        return diagnose(_state().service, connect=connect, write=write)

    def test_connection(self, name: str, *, write: bool = False) -> list[Check]:
        """Ask what the identity provider of a connection asks, and return what came of it.

        :param write: whether a user and a team are to be made, and deleted.
        :raises ValueError: if there is no such connection, or nobody can sign in to it.
        """
        service = _state().service
        connection = service.connections.named(name)
        return check_connection(service.app, service.base, connection, service.tokens, write=write)

    def _publish(self, event: Event) -> None:
        # Receivers compare the sender with their app: they have to get the app, not the proxy.
        app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001
        signals.send(app, event)
        if not signals.roles_changed.receivers:
            return
        try:
            for changed in self._roles.changes(event):
                signals.send(app, changed)
        except Exception as error:  # noqa: BLE001 - the change is made, and stays made
            logger.warning("Whose roles changed is not known: %s", type(error).__name__)

    def is_active(self, scim_id: str, *, tenant: str = "") -> bool:
        """Whether the user of that id exists and is active, as of now.

        :param tenant: whose user it is, where the host has several tenants.
        """
        return self.reading.is_active(replace(HOST, tenant=tenant), scim_id)

    def require_active(
        self, identify: Callable[[], str | None], *, tenant: str | Callable[[], str] = ""
    ) -> Callable[[], None]:
        """Return a function that refuses a deactivated user's request with 403.

        Made for ``app.before_request``: sessions and keys that were handed out before the
        deactivation stop working with the next request.

        :param identify: returns the current user's SCIM id; ``None`` for an account that SCIM
            does not manage, or for nobody, who is let through.
        :param tenant: whose users they are, where the host has several tenants; a function where
            the request says so.
        """

        def check() -> None:
            scim_id = identify()
            if scim_id is None:
                return
            whose = tenant if isinstance(tenant, str) else tenant()
            if not self.is_active(scim_id, tenant=whose):
                abort(403, "This account is deactivated.")

        return check


def _state() -> _State:
    state: _State | None = current_app.extensions.get(_KEY)
    if state is None:
        raise SetupError("No ScimTeams instance is registered on this app: call init_app.")
    return state


def _register(app: Flask, blueprint: Blueprint) -> None:
    app.register_blueprint(blueprint)
    if "csrf" in app.extensions:
        # Flask-WTF's protection is for browsers, which send cookies; SCIM looks at none.
        app.extensions["csrf"].exempt(blueprint)


def _offer_oauth(
    app: Flask,
    commands: AppGroup,
    clients: ClientManager,
    connections: ConnectionManager,
    oauth: OAuth,
    limiter: Limiter,
) -> None:
    try:
        from flask_scim_teams.oauth.endpoint import oauth_blueprint
        from flask_scim_teams.oauth.key_sets import KeySets
    except ImportError as missing:
        raise SetupError(_NEEDS_OAUTH) from missing
    _register(app, oauth_blueprint(clients, oauth, KeySets(oauth.internal_hosts), limiter))
    commands.add_command(client_commands(clients, connections, oauth))
