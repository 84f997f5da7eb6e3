"""What the console's pages work with: the extension, who may pass, and how a page is answered."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import replace
from typing import Protocol
from typing import TypeAlias

from flask import abort
from flask import render_template
from flask import request
from flask.typing import ResponseReturnValue
from werkzeug import Response

from flask_scim_teams.admin.translation import _
from flask_scim_teams.checks.check import Check
from flask_scim_teams.config import Settings
from flask_scim_teams.core.resource_types import ResourceTypes
from flask_scim_teams.services.clients import ClientManager
from flask_scim_teams.services.connections import ConnectionManager
from flask_scim_teams.services.drift import Drift
from flask_scim_teams.services.log import ProvisioningLog
from flask_scim_teams.services.origins import shown_source
from flask_scim_teams.services.reading import Reading
from flask_scim_teams.services.tokens import TokenManager
from flask_scim_teams.storage.interface import HOST
from flask_scim_teams.storage.interface import Caller
from flask_scim_teams.storage.interface import ClientRecord
from flask_scim_teams.storage.interface import ConnectionRecord
from flask_scim_teams.storage.interface import TokenRecord

#: A function of the host's: ``True`` lets pass, a response is answered instead, and all else is
#: refused.
Guard: TypeAlias = Callable[[], bool | Response | None]


class Service(Protocol):
    """What the console needs of :class:`~flask_scim_teams.ScimTeams`."""

    @property
    def settings(self) -> Settings:
        """The configuration in force."""
        ...

    @property
    def types(self) -> ResourceTypes:
        """What the store can hold."""
        ...

    @property
    def tokens(self) -> TokenManager:
        """The bearer tokens."""
        ...

    @property
    def clients(self) -> ClientManager:
        """The OAuth clients, where access tokens are given out."""
        ...

    @property
    def connections(self) -> ConnectionManager:
        """The connections."""
        ...

    @property
    def log(self) -> ProvisioningLog:
        """What was asked for, and what became of it."""
        ...

    @property
    def reading(self) -> Reading:
        """Users and teams, read."""
        ...

    @property
    def drift(self) -> Drift:
        """What sources said of users and teams, and what is otherwise."""
        ...

    def test_connection(self, name: str, *, write: bool = False) -> list[Check]:
        """Ask what the identity provider of a connection asks."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Console:
    """One console, as the host made it.

    :param layout: name of the template that the pages are put into.
    :param guides: address that the providers' guides are below, where the host has one.
    """

    scim: Service
    guard: Guard
    fresh: Guard | None
    layout: str
    guides: str | None

    def page(self, template: str, **context: object) -> str:
        """Return a page."""
        return render_template(
            f"scim_admin/{template}.html", scim_admin_layout=self.layout, **context
        )

    def made_already(self, words: str, back: str) -> ResponseReturnValue:
        """Return the answer to a form that was sent a second time, and made nothing.

        :param back: address of the page that what was made is on.
        """
        # 409, as the request was not done; browsers show the page all the same.
        return self.page("made", words=words, back=back), 409

    def refresh(self) -> Response | None:
        """Return what the host answers where a fresh log-in is asked for; ``None`` lets pass."""
        return None if self.fresh is None else passed(self.fresh)

    def connection(self, id: str) -> ConnectionRecord:
        """Return the connection of that id, or refuse with 404."""
        found = next((one for one in self.scim.connections.list() if one.id == id), None)
        return found or abort(404, _("There is no such connection."))

    def token(self, id: str) -> TokenRecord:
        """Return the token of that id, or refuse with 404."""
        found = next((one for one in self.scim.tokens.list() if one.id == id), None)
        return found or abort(404, _("There is no such token."))

    def clients(self) -> ClientManager:
        """Return the OAuth clients, or refuse with 404 where no access tokens are given out."""
        if self.scim.settings.oauth is None:
            abort(404, _("This service gives out no access tokens: SCIM_OAUTH is off."))
        return self.scim.clients

    def client(self, id: str) -> ClientRecord:
        """Return the OAuth client of that id, or refuse with 404."""
        try:
            return self.clients().get(id)
        except ValueError:
            abort(404, _("There is no such client."))

    def token_url(self) -> str | None:
        """Return the URL that clients ask for access tokens, where any are given out."""
        oauth = self.scim.settings.oauth
        return None if oauth is None else oauth.token_url

    def log(self) -> ProvisioningLog:
        """Return the log, or refuse with 404 where none is kept."""
        if not self.scim.log.policy.enabled:
            abort(404, _("This service keeps no log."))
        return self.scim.log

    def tenant_url(self) -> str:
        """Return the URL that the identity provider's administrator pastes."""
        settings = self.scim.settings
        if settings.base_url is not None:
            return settings.base_url
        return f"{request.scheme}://{request.host}{request.root_path}{settings.url_prefix}"

    def tenants(self, connections: Iterable[ConnectionRecord] | None = None) -> Sequence[str]:
        """Return whose users and teams there are connections for, in order.

        :param connections: all of them, where they are known already.
        """
        known = self.scim.connections.list() if connections is None else connections
        return sorted({one.tenant for one in known}) or [""]

    def caller(self) -> Caller:
        """Return the host itself, for the tenant that is asked for; refuse an unknown one."""
        tenants = self.tenants()
        tenant = request.args.get("tenant", tenants[0])
        if tenant not in tenants:
            abort(404, _("There is no such tenant."))
        return replace(HOST, tenant=tenant)

    def sources(self) -> Callable[[str], str]:
        """Return what says how a source is called."""
        connections = {one.id: one.name for one in self.scim.connections.list()}
        return lambda source: shown_source(source, connections)


def passed(guard: Guard) -> Response | None:
    """Ask a guard: return what the host answers instead of the page, or ``None`` to let pass."""
    answer = guard()
    if isinstance(answer, Response):
        return answer
    # Exactly True: a guard that returns a user's name has not been thought to its end.
    return None if answer is True else abort(403, _("You may not see this page."))
