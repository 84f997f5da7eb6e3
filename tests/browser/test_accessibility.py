"""axe-core finds nothing on any page, light or dark, on a desk or in a hand."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser
from playwright.sync_api import Page

from tests.browser.chromium import AXE
from tests.browser.chromium import Incidents
from tests.browser.screenshots import SCHEMES
from tests.browser.screenshots import SIZES
from tests.browser.serving import Scene
from tests.browser.serving import log_in
from tests.browser.views import View
from tests.browser.views import views

pytestmark = pytest.mark.browser

NOT_THERE = View(name="not-there", path="/connect/none", alt="What is not there is said so.")


@pytest.mark.parametrize("size", SIZES)
def test_no_page_has_a_violation(size: str, browser: Browser, still: dict[bool, Scene]) -> None:
    width, _ = SIZES[size]
    found = []
    for empty, scene in still.items():
        context = browser.new_context(
            viewport={"width": width, "height": 800}, is_mobile=size == "phone"
        )
        incidents = Incidents(context)
        page = context.new_page()
        log_in(page, scene.url, scene.facts["password"])
        for view in (NOT_THERE, *views(empty=empty)):
            view.visit(page, scene.url, scene.facts)
            # By the debugger: the pages' own policy lets no other script in.
            page.evaluate(AXE.read_text(encoding="utf-8"))
            found += [f"{view.name}, {size}: {one}" for one in violations(page)]
            wide = page.evaluate("document.documentElement.scrollWidth")
            if wide > width:
                found.append(f"{view.name}, {size}: is {wide} pixels wide")
        context.close()
        assert incidents.seen == []
    assert found == []


def violations(page: Page) -> Iterator[str]:
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        result = page.evaluate("axe.run({resultTypes: ['violations']})")
        # Of a page in the browser's own colours axe cannot tell which those are.
        ran = {one["id"] for one in result["passes"] + result["incomplete"]}
        assert "color-contrast" in ran
        for one in result["violations"]:
            places = [node["html"][:200] for node in one["nodes"][:3]]
            yield f"{scheme}: {one['id']}: {one['help']}: {places}"
