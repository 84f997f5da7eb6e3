"""What an operator does with an identity provider, in a browser, from the log-in on.

The gateway is served by gunicorn with two processes over SQLite, and Canaille, a real identity
provider, gets what was copied from the pages and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser
from playwright.sync_api import BrowserContext
from playwright.sync_api import Page
from playwright.sync_api import expect

from tests.browser.serving import log_in
from tests.gateway import Gateway
from tests.idp.canaille import ADMINISTRATOR
from tests.idp.canaille import Canaille
from tests.idp.canaille import installed_python
from tests.secrecy import SECRECY

pytestmark = [pytest.mark.browser, pytest.mark.idp]

USER = "urn:ietf:params:scim:schemas:core:2.0:User"


@pytest.fixture(scope="module")
def python() -> Path:
    """The interpreter that has Canaille installed."""
    return installed_python()


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Gateway]:
    (tmp_path / "gateway").mkdir()
    gateway = Gateway(tmp_path / "gateway")
    with gateway.serving(workers=2):
        yield gateway


@pytest.fixture
def operator(browser: Browser, page: Page, gateway: Gateway) -> Page:
    """The page of an operator who is logged in."""
    log_in(page, gateway.url, gateway.operator_password())
    return page


@pytest.fixture
def canaille(python: Path, tmp_path: Path) -> Iterator[tuple[Canaille, ExitStack]]:
    """An identity provider that is not set up yet."""
    (tmp_path / "canaille").mkdir()
    canaille = Canaille(python, tmp_path / "canaille")
    with ExitStack() as stack:
        stack.callback(canaille.close)
        yield canaille, stack


def go(page: Page, name: str) -> None:
    """Choose a page of the console, and see that it is the one."""
    page.get_by_role("navigation", name="SCIM").get_by_role("link", name=name, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def copied(page: Page, label: str) -> str:
    """Press the copy button beside a field, and return what is in the clipboard then."""
    field = page.locator(".scim-field", has=page.get_by_label(label, exact=True))
    field.get_by_role("button").click()
    expect(field.get_by_role("button")).to_have_text("Copied")
    text: str = page.evaluate("navigator.clipboard.readText()")
    assert text == page.get_by_label(label, exact=True).input_value()
    return text


def create_connection(page: Page, name: str, provider: str) -> None:
    go(page, "Connect")
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("Identity provider", exact=True).select_option(label=provider)
    press(page, "Create connection")
    expect(page.get_by_role("status")).to_have_text(
        "The connection is made. Next, create a token for it."
    )


def create_token(page: Page, label: str) -> str:
    """Create a token on a connection's page and return it from the clipboard."""
    page.get_by_role("link", name="Create token").click()
    page.get_by_label("Label").fill(label)
    press(page, "Create token")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your new token")
    return remembered(copied(page, "Secret token"))


def remembered(secret: str) -> str:
    SECRECY.remember(secret)
    return secret


def asks(url: str, token: str) -> int:
    """Return the status that a request with the token gets."""
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.get(f"{url}/Users", headers=headers, trust_env=False).status_code


def test_an_identity_provider_is_connected_watched_and_shut_out(
    operator: Page,
    context: BrowserContext,
    gateway: Gateway,
    canaille: tuple[Canaille, ExitStack],
) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=gateway.url)
    page = operator
    expect(page.get_by_text("No identity provider is connected yet.")).to_be_visible()

    # Both things to paste.
    create_connection(page, "Contoso", "Canaille")
    url = copied(page, "Tenant URL")
    assert url == gateway.scim_url
    token = create_token(page, "Directory")
    assert copied(page, "Tenant URL") == url
    page.get_by_role("link", name="Done").click()
    expect(page.get_by_role("row", name="Directory")).to_contain_text("live")

    # They work, says the console.
    page.get_by_label("Make, change and delete a user and a team too").check()
    press(page, "Test connection")
    expect(page.get_by_role("status")).to_have_text("The connection works.")
    outcomes = page.get_by_role("table").locator("tbody td .scim-badge").all_inner_texts()
    assert len(outcomes) >= 8
    assert set(outcomes) == {"passed"}

    # They work, shows the identity provider.
    idp, stack = canaille
    idp.install(url, token)
    server = idp.serve()
    stack.callback(server.stop)
    server.await_start(idp.url)
    idp.sign_in()
    # Older than the connection, and so unknown to it until it is saved again.
    idp.edit_user(ADMINISTRATOR, display_name="Ada Admin", email="ada@example.com")
    idp.add_user("grace", display_name="Grace Hopper", email="grace@example.com")
    idp.add_group("Compilers")
    idp.join("grace", "Compilers")
    assert idp.complaints() == []

    go(page, "Log")
    table = page.get_by_role("table", name="Newest first")
    created = table.get_by_role("row", name=re.compile("created user grace"))
    expect(created).to_contain_text("changed")
    expect(created).to_contain_text("Contoso")
    expect(table.get_by_role("row", name=re.compile("created team.*Compilers"))).to_have_count(1)
    go(page, "Users")
    page.get_by_label("Name contains").fill("grac")
    press(page, "Search")
    page.get_by_role("link", name="grace", exact=True).click()
    expect(page.locator("#scim-content")).to_contain_text("Grace Hopper")
    expect(page.get_by_role("link", name="Compilers")).to_be_visible()

    # What is refused says why, and what to do.
    refused = httpx.post(
        f"{url}/Users",
        headers={"Authorization": f"Bearer {token}", "X-Request-ID": "the-refused-one"},
        json={"schemas": [USER], "userName": "grace", "active": "perhaps"},
        trust_env=False,
    )
    assert refused.status_code == 400
    go(page, "Overview")
    expect(page.get_by_role("row", name=re.compile("^Contoso"))).to_contain_text("failing")
    page.get_by_role("link", name="Its last request was refused").click()
    row = page.get_by_role("table", name="Newest first").get_by_role("row").nth(1)
    expect(row).to_contain_text(refused.json()["detail"])
    row.get_by_role("link").click()
    why = page.locator(".scim-trace")
    expect(why.get_by_text("failed")).to_have_count(1)
    expect(why).to_contain_text("What to do: Correct the value")
    expect(page.locator("#scim-content")).to_contain_text("the-refused-one")
    expect(page.locator("pre")).to_contain_text('"active": "perhaps"')

    # A second token, while the first one goes on.
    go(page, "Tokens")
    page.get_by_role("link", name="Rotate Directory").click()
    page.get_by_label("The old token goes on for").select_option(label="24 hours")
    press(page, "Rotate token")
    expect(page.locator("#scim-content")).to_contain_text("The old token goes on until")
    second = remembered(copied(page, "Secret token"))
    assert second != token
    assert (asks(url, token), asks(url, second)) == (200, 200)
    idp.add_user("barbara", display_name="Barbara Liskov", email="barbara@example.com")
    assert idp.complaints() == []

    # Then the second one alone: the older of both rows is the one that expires.
    go(page, "Tokens")
    old = page.get_by_role("row", name="Directory").filter(has_text="UTC").last
    expect(old).not_to_contain_text("never")
    old.get_by_role("link", name="Revoke").click()
    press(page, "Revoke token")
    expect(page.get_by_role("status")).to_have_text("The token is revoked.")
    assert (asks(url, token), asks(url, second)) == (401, 200)

    # And nobody: the identity provider is refused its next request.
    page.get_by_role("link", name="Revoke Directory").click()
    press(page, "Revoke token")
    expect(page.get_by_role("status")).to_have_text("The token is revoked.")
    assert (asks(url, token), asks(url, second)) == (401, 401)
    idp.log.mark()
    idp.add_user("edith", display_name="Edith Clarke", email="edith@example.com")
    assert idp.complaints()
    assert "edith" not in [account.username for account in gateway.contents().accounts]


def test_the_console_works_without_javascript(browser: Browser, gateway: Gateway) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    log_in(page, gateway.url, gateway.operator_password())
    create_connection(page, "Contoso", "Okta")
    page.get_by_role("link", name="Create token").click()
    page.get_by_label("Label").fill("Okta")
    press(page, "Create token")
    # What a script alone can do is not offered.
    expect(page.get_by_text("Copy", exact=True)).to_have_count(2)
    for button in page.get_by_text("Copy", exact=True).all():
        expect(button).to_be_hidden()
    token = remembered(page.get_by_label("Secret token").input_value())
    assert asks(page.get_by_label("Tenant URL").input_value(), token) == 200
    context.close()
