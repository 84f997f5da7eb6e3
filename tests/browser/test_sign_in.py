"""People sign in to the gateway at a real identity provider, with a real browser.

What Canaille shows and sends is its own. After each change in its directory somebody signs in
again, and the gateway's Teams page tells what came of it.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Browser
from playwright.sync_api import Locator
from playwright.sync_api import Page
from playwright.sync_api import expect

from tests.browser.chromium import AXE
from tests.browser.chromium import Incidents
from tests.browser.screenshots import SIZES
from tests.browser.test_accessibility import violations
from tests.gateway import Gateway
from tests.idp.canaille import Canaille
from tests.idp.canaille import installed_python
from tests.secrecy import SECRECY

pytestmark = [pytest.mark.browser, pytest.mark.idp]

PATIENCE = 15_000  # milliseconds in which an answer must be there
#: The same Canaille twice: asked by the gateway for a person's groups, and by its tokens alone.
KINDS = {"canaille": "canaille", "names": "oidc"}


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can sign in."""

    username: str
    password: str


class Site:
    """The identity provider, two gateways whose people sign in there, and whoever does.

    :param gateway: knows of the directory what people bring with them who sign in.
    :param provisioned: is told of each change by SCIM as well.
    """

    def __init__(self, canaille: Canaille, gateway: Gateway, provisioned: Gateway) -> None:
        self.canaille = canaille
        self.gateway = gateway
        self.provisioned = provisioned
        self._hired = 0

    def hire(self, *groups: str) -> Person:
        """Add somebody to the directory, in these groups."""
        self._hired += 1
        person = Person(f"person{self._hired}", secrets.token_urlsafe(16))
        SECRECY.remember(person.password)
        self.canaille.add_user(
            person.username,
            display_name=person.username.title(),
            email=f"{person.username}@example.com",
            password=person.password,
        )
        if groups:
            self.canaille.join(person.username, *groups)
        return person

    def offer(self) -> None:
        """Let people sign in, from the gateways' start on."""
        gateways = (self.gateway, self.provisioned)
        addresses = [f"{one.url}/sso/{name}/callback" for one in gateways for name in KINDS]
        client_id, client_secret = self.canaille.register("Gateway", *addresses)
        SECRECY.remember(client_secret)
        for name, kind in KINDS.items():
            settings = {
                "KIND": kind,
                "LABEL": name.title(),
                "ISSUER": self.canaille.url,
                "CLIENT_ID": client_id,
                "CLIENT_SECRET": client_secret,
                "SCOPES": "openid profile email groups",
                "CREATE_USERS": "yes",
                "ALLOW_LOCALHOST": "yes",
            }
            prefix = f"GATEWAY_SSO_{name.upper()}_"
            self.gateway.set(**{f"{prefix}{key}": text for key, text in settings.items()})
            settings |= {"CREATE_USERS": "no", "CONNECTION": "Directory"}
            self.provisioned.set(**{f"{prefix}{key}": text for key, text in settings.items()})


@pytest.fixture(scope="module")
def site(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Both gateways and a Canaille; of no use without a browser."""
    folder = tmp_path_factory.mktemp("sign-in")
    for name in ("canaille", "gateway", "provisioned"):
        (folder / name).mkdir()
    with ExitStack() as stack:
        provisioned = Gateway(folder / "provisioned")
        token = provisioned.create_token("Directory", provider="canaille")
        canaille = Canaille(installed_python(), folder / "canaille")
        stack.callback(canaille.close)
        canaille.install(provisioned.scim_url, token)
        server = canaille.serve()
        stack.callback(server.stop)
        server.await_start(canaille.url)
        site = Site(canaille, Gateway(folder / "gateway"), provisioned)
        site.offer()
        for gateway in (site.gateway, site.provisioned):
            stack.enter_context(gateway.serving())
        canaille.sign_in()
        yield site


@pytest.fixture
def arrive(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Sign somebody in, in a browser that knows nobody yet; return the page they end on."""
    with ExitStack() as stack:

        def arrive(
            gateway: Gateway, person: Person, button: str = "Canaille", answer: str = "Accept"
        ) -> Page:
            context = browser.new_context()
            stack.callback(context.close)
            page = context.new_page()
            page.set_default_timeout(PATIENCE)
            expect.set_options(timeout=PATIENCE)
            page.goto(gateway.url)
            page.get_by_role("link", name=f"Sign in with {button}").click()
            page.locator("input[name=login]").fill(person.username)
            page.locator("input[name=login]").press("Enter")
            page.locator("input[name=password]").fill(person.password)
            page.locator("input[name=password]").press("Enter")
            # Canaille asks the first time, and no more once somebody agreed.
            here, asked = page.locator("main#content"), page.get_by_role("button", name=answer)
            here.or_(asked).first.wait_for()
            if asked.is_visible():
                asked.click()
                here.wait_for()
            return page

        yield arrive


def team(page: Page, name: str) -> Locator:
    """Return the row of a team on the Teams page."""
    return page.get_by_role("row").filter(has=page.get_by_role("link", name=name, exact=True))


def test_the_groups_of_whoever_signs_in_are_their_teams(
    site: Site, arrive: Callable[..., Page]
) -> None:
    site.canaille.add_group("Analysts")
    person = site.hire("Analysts")
    site.gateway.flask("team", "create", "Aardvarks")
    page = arrive(site.gateway, person)
    expect(page).to_have_url(f"{site.gateway.url}/teams")
    mine = team(page, "Analysts")
    for words in ("yours", "signed in with Canaille", person.username.title()):
        expect(mine).to_contain_text(words)
    # One's own come first, whatever they are called.
    expect(page.locator("tbody tr").first).to_contain_text("Analysts")
    expect(team(page, "Aardvarks")).to_contain_text("by hand")
    mine.get_by_role("link").click()
    member = page.get_by_role("row").filter(has_text=person.username)
    expect(member).to_contain_text("signed in with Canaille")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign in with Canaille")).to_be_visible()
    page.goto(f"{site.gateway.url}/teams")
    expect(page).to_have_url(f"{site.gateway.url}/log-in?next=/teams")


def test_who_left_the_last_group_leaves_the_team(site: Site, arrive: Callable[..., Page]) -> None:
    site.canaille.add_group("Leavers")
    person = site.hire("Leavers")
    expect(team(arrive(site.gateway, person), "Leavers")).to_contain_text("yours")
    site.canaille.remove_member("Leavers", person.username)
    left = team(arrive(site.gateway, person), "Leavers")
    expect(left).to_contain_text("nobody")
    expect(left).not_to_contain_text("yours")


def test_a_renamed_group_stays_the_same_team(site: Site, arrive: Callable[..., Page]) -> None:
    site.canaille.add_group("Tooling")
    person = site.hire("Tooling")
    arrive(site.gateway, person)
    site.gateway.flask("team", "budget", "Tooling", "7")
    site.canaille.rename_group("Tooling", "Developer Tools")
    page = arrive(site.gateway, person)
    for words in ("yours", "$7.00", "signed in with Canaille"):
        expect(team(page, "Developer Tools")).to_contain_text(words)
    expect(team(page, "Tooling")).to_have_count(0)


def test_what_was_done_by_hand_stays(site: Site, arrive: Callable[..., Page]) -> None:
    for group in ("Gardeners", "Cooks"):
        site.canaille.add_group(group)
    guest, cook = site.hire("Gardeners"), site.hire("Cooks")
    for person in (guest, cook):
        arrive(site.gateway, person)
    site.gateway.flask("team", "add", "Cooks", guest.username)
    site.canaille.remove_member("Gardeners", guest.username)
    page = arrive(site.gateway, guest)
    expect(team(page, "Cooks")).to_contain_text("yours")
    expect(team(page, "Gardeners")).not_to_contain_text("yours")
    team(page, "Cooks").get_by_role("link").click()
    for username, words in ((guest.username, "by hand"), (cook.username, "signed in with")):
        expect(page.get_by_role("row").filter(has_text=username)).to_contain_text(words)


def test_by_names_alone_a_renamed_group_is_another_team(
    site: Site, arrive: Callable[..., Page]
) -> None:
    """What identity providers leave open that tell names alone, in tokens that may have none."""
    site.canaille.add_group("Drivers")
    person = site.hire("Drivers")
    arrive(site.gateway, person, "Names")
    site.canaille.rename_group("Drivers", "Pilots")
    page = arrive(site.gateway, person, "Names")
    expect(team(page, "Pilots")).to_contain_text("yours")
    # The team that was stays, with all that was decided about it, and nobody in it.
    expect(team(page, "Drivers")).to_contain_text("nobody")
    site.canaille.remove_member("Pilots", person.username)
    # Canaille tells nothing then, which is not the same as that there are none.
    expect(team(arrive(site.gateway, person, "Names"), "Pilots")).to_contain_text("yours")


@pytest.mark.parametrize("size", SIZES)
def test_no_page_has_a_violation(site: Site, browser: Browser, size: str) -> None:
    width, height = SIZES[size]
    context = browser.new_context(viewport={"width": width, "height": height})
    incidents = Incidents(context)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    found = []

    def look(path: str) -> None:
        page.goto(f"{site.gateway.url}{path}")
        page.evaluate(AXE.read_text(encoding="utf-8"))
        found.extend(f"{path}: {one}" for one in violations(page))
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > width:
            found.append(f"{path} is {wide} pixels wide")

    for path in ("/", "/log-in?next=/teams", "/sso/canaille/callback"):
        look(path)
    page.goto(f"{site.gateway.url}/log-in?next=/teams")
    page.get_by_label("Password").fill(site.gateway.operator_password())
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("link", name="Create a team").click()
    page.get_by_label("Name").fill(f"Axe, {size}")
    page.get_by_role("button", name="Create team").click()
    page.get_by_role("link", name="Edit").wait_for()
    here = urlsplit(page.url).path
    for path in ("/teams", "/teams/new", here, f"{here}/edit", f"{here}/delete"):
        look(path)
    context.close()
    assert incidents.seen == []
    assert found == []


def test_who_does_not_agree_is_not_signed_in(site: Site, arrive: Callable[..., Page]) -> None:
    page = arrive(site.gateway, site.hire(), answer="Deny")
    expect(page.get_by_role("heading")).to_have_text("You are not signed in")
    page.goto(f"{site.gateway.url}/teams")
    expect(page).to_have_url(f"{site.gateway.url}/log-in?next=/teams")


def test_a_deactivated_account_is_out_at_once_and_stays_out(
    site: Site, arrive: Callable[..., Page]
) -> None:
    person = site.hire()
    page = arrive(site.gateway, person)
    credentials = {"Authorization": f"Bearer {site.gateway.create_token('operations')}"}
    with httpx.Client(base_url=site.gateway.scim_url, headers=credentials, trust_env=False) as scim:
        wanted = {"filter": f'userName eq "{person.username}"'}
        [user] = scim.get("/Users", params=wanted).json()["Resources"]
        scim.put(f"/Users/{user['id']}", json=user | {"active": False}).raise_for_status()
    page.goto(f"{site.gateway.url}/teams")
    expect(page.get_by_role("alert")).to_have_text("This account is deactivated.")
    page.goto(f"{site.gateway.url}/teams")
    expect(page).to_have_url(f"{site.gateway.url}/log-in?next=/teams")
    refused = arrive(site.gateway, person)
    expect(refused.get_by_role("alert")).to_have_text("This account is deactivated.")


def test_what_scim_provisions_is_left_to_scim(site: Site, arrive: Callable[..., Page]) -> None:
    site.canaille.add_group("Chemists")
    person = site.hire("Chemists")
    page = arrive(site.provisioned, person)
    for words in ("Directory by SCIM", "yours"):
        expect(team(page, "Chemists")).to_contain_text(words)
    expect(team(page, "Chemists")).not_to_contain_text("signed in with")
    # Nobody has to sign in again for this.
    site.canaille.rename_group("Chemists", "Biologists")
    page.reload()
    expect(team(page, "Biologists")).to_contain_text("yours")
    expect(team(page, "Chemists")).to_have_count(0)
