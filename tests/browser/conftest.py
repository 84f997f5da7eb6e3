"""A browser for every test file here, and gateways that it visits."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser
from playwright.sync_api import BrowserContext
from playwright.sync_api import Page

from tests.browser.chromium import Incidents
from tests.browser.chromium import absent
from tests.browser.chromium import chromium
from tests.browser.serving import Scene
from tests.browser.serving import scenes


# Not for the whole run: while Playwright is there, no other test can run an event loop.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    missing = absent()
    if missing and os.environ.get("REQUIRE_SERVICES") == "1":
        pytest.fail(missing)
    if missing:
        pytest.skip(missing)
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def still(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[bool, Scene]]:
    """The gateways that stand still; a test of them changes nothing that another one sees."""
    with scenes(tmp_path_factory.mktemp("scenes")) as found:
        yield found


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser of somebody new, in which nothing may happen that no page of the console does."""
    context = browser.new_context()
    incidents = Incidents(context)
    yield context
    context.close()
    assert incidents.seen == []


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()
