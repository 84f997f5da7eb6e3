"""Every page of the console that is looked at: by axe, by the documentation's readers, by crawlers.

A page of the blueprint that is missing here fails ``test_screenshots.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field

from playwright.sync_api import Page

from tests.browser.serving import PREFIX


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A page as it is after somebody came to it.

    :param name: of its screenshots.
    :param path: below the console's prefix, with the scene's facts in braces.
    :param alt: what it shows, for those who do not see it.
    :param covers: the endpoint, and the ``kind`` of it where it has one.
    :param fill: what is typed, by the labels of the fields.
    :param press: the button that leads to the page.
    :param empty: in a console that nobody has used yet.
    :param tall: pixels that are to be seen of it at least, where it is the end that matters.
    :param outside: not below the console's prefix, and seen by who is not logged in.
    """

    name: str
    path: str
    alt: str
    covers: tuple[str, str | None] | None = None
    fill: Mapping[str, str] = field(default_factory=dict)
    press: str | None = None
    empty: bool = False
    outside: bool = False
    tall: int = 0

    def visit(self, page: Page, url: str, facts: Mapping[str, str]) -> None:
        """Go there.

        :param url: of the gateway.
        """
        if self.outside:
            page.context.clear_cookies()
        page.goto(f"{url}{'' if self.outside else PREFIX}{self.path.format_map(facts)}")
        for label, text in self.fill.items():
            page.get_by_label(label).fill(text)
        if self.press is not None:
            page.get_by_role("button", name=self.press).click()
            # Off whatever is where the button was.
            page.mouse.move(0, 0)


VIEWS = (
    View(
        name="log-in",
        path="/log-in",
        outside=True,
        alt="The gateway's log-in: one field for the operator's password and a button.",
    ),
    View(
        name="first-visit",
        path="/",
        empty=True,
        alt="The overview before anything is connected: zero users and teams, and a button "
        "Connect one.",
    ),
    View(
        name="overview",
        path="/",
        covers=("overview", None),
        tall=1250,
        alt="The overview: a token that expires soon, the numbers of users and teams, five "
        "connections that are healthy, stale, failing, disabled and never heard of, the last "
        "refusals, and the changes of each of the last 14 days as bars.",
    ),
    View(
        name="connect",
        path="/connect",
        covers=("connect", None),
        alt="Connect: the tenant URL with a button Copy, the connections with their identity "
        "provider and status, and the form for a new one.",
    ),
    View(
        name="connection",
        path="/connect/{Contoso Entra}",
        covers=("connection", None),
        alt="A connection to Entra ID: the tenant URL, buttons that lead to a token and to an "
        "OAuth client, the steps at the identity provider, and the test.",
    ),
    View(
        name="token-form",
        path="/connect/{Contoso Entra}/token",
        covers=("create_token", None),
        alt="The form for a new token: label, expiry, what it allows, and the networks it is "
        "accepted from.",
    ),
    View(
        name="secret",
        path="/connect/{Contoso Entra}/token",
        fill={"Label": "Entra ID, second tenant"},
        press="Create token",
        alt="A new token, shown this once: tenant URL and secret token, each with a button Copy.",
    ),
    View(
        name="test",
        path="/connect/{Contoso Entra}",
        press="Test connection",
        alt="The test of a connection that works: every check in order, each of them passed.",
    ),
    View(
        name="disable",
        path="/connect/{Contoso Entra}/disable",
        covers=("confirm_disable", None),
        alt="Before a connection is disabled: what that does, Disable connection, and Cancel.",
    ),
    View(
        name="tokens",
        path="/tokens",
        covers=("tokens", None),
        alt="Tokens in use: of each its connection, status, last use, expiry, what it allows, and "
        "links to rotate and to revoke it.",
    ),
    View(
        name="rotate",
        path="/tokens/{Entra ID}/rotate",
        covers=("rotate", None),
        alt="Rotation of a token: how long the old one goes on, Rotate token, and Cancel.",
    ),
    View(
        name="revoke",
        path="/tokens/{Okta}/revoke",
        covers=("confirm_revoke", None),
        alt="Before a token is revoked: that it is for good, Revoke token, and Cancel.",
    ),
    View(
        name="clients",
        path="/clients",
        covers=("clients", None),
        alt="OAuth clients: the token URL to copy, and a table with the connection, status, proof "
        "and scopes of each.",
    ),
    View(
        name="client-form",
        path="/clients/new",
        covers=("create_client", None),
        alt="The form for an OAuth client: label, connection, what it allows, and how it proves "
        "who it is.",
    ),
    View(
        name="client",
        path="/clients/{client}",
        covers=("client", None),
        alt="An OAuth client: client id and token URL to copy, and its secrets.",
    ),
    View(
        name="client-secret-form",
        path="/clients/{client}/secret",
        covers=("create_secret", None),
        alt="One more secret for an OAuth client: how long it is good for, and a button.",
    ),
    View(
        name="client-secret",
        path="/clients/{client}/secret",
        press="Create secret",
        alt="A new secret of an OAuth client, shown this once, with the client id and token URL.",
    ),
    View(
        name="client-secret-revoke",
        path="/clients/{client}/secrets/{secret}/revoke",
        covers=("confirm_revoke_secret", None),
        alt="Before a client's secret is revoked: what that does, Revoke secret, and Cancel.",
    ),
    View(
        name="client-disable",
        path="/clients/{client}/disable",
        covers=("confirm_disable_client", None),
        alt="Before an OAuth client is disabled: what that does, Disable client, and Cancel.",
    ),
    View(
        name="log",
        path="/log",
        covers=("log", None),
        alt="The log, newest first: when, what, whether it changed something or was refused, and "
        "by which connection; above it a search.",
    ),
    View(
        name="log-changed",
        path="/log/{changed}",
        covers=("entry", None),
        alt="An entry of the log: a title before and after, and the request that changed it.",
    ),
    View(
        name="log-refused",
        path="/log/{refused}",
        tall=720,
        alt="An entry of the log that was refused: each check in order, the one that failed, and "
        "what to do.",
    ),
    View(
        name="users",
        path="/users",
        covers=("resources", "users"),
        alt="Users: a search by name, and a table with display name, status, origin and last "
        "change of each.",
    ),
    View(
        name="user",
        path="/users/{Hugo}",
        covers=("resource", "users"),
        alt="A user who was deactivated: ids, teams, and attributes.",
    ),
    View(
        name="teams",
        path="/teams",
        covers=("resources", "teams"),
        alt="Teams: a search by name, and a table with the last change of each.",
    ),
    View(
        name="team",
        path="/teams/{Data Science}",
        covers=("resource", "teams"),
        alt="A team: its id, its members, attributes, and the history of changes.",
    ),
    View(
        name="drift",
        path="/drift",
        covers=("drift", None),
        alt="Drift: a team that was renamed here, and somebody who was taken out of it, since the "
        "identity provider last spoke.",
    ),
    View(
        name="settings",
        path="/settings",
        covers=("settings", None),
        alt="Settings: the configuration in force, key by key.",
    ),
)


def views(*, empty: bool) -> list[View]:
    """Return those of one gateway, in an order in which none is seen in the ones after it.

    What changes something comes late, and what ends the session last.
    """
    found = (one for one in VIEWS if one.empty is empty)
    return sorted(found, key=lambda one: (one.outside, one.press is not None))
