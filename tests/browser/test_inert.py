"""What strangers name things stays text where it matters, in a browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page

from tests.browser.crawling import crawl
from tests.browser.serving import PREFIX
from tests.browser.serving import log_in
from tests.gateway import Gateway
from tests.secrecy import SECRECY

pytestmark = pytest.mark.browser

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
# Each of them would leave a mark on the window, or open a dialog, or be reported by the policy.
HOSTILE = (
    "<script>window.struck = 1; alert(1)</script>",
    """"><img src=x onerror='window.struck = 1'>""",
    "javascript:window.struck=1",
    "</title></textarea><svg onload=window.struck=1><style>* { display: none }</style>{{ 7 * 7 }}",
)


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Gateway]:
    gateway = Gateway(tmp_path)
    with gateway.serving():
        yield gateway


def provision(gateway: Gateway, token: str) -> None:
    """Send hostile users and teams, and requests that are refused for what is in them."""
    base = gateway.scim_url
    with httpx.Client(headers={"Authorization": f"Bearer {token}"}, trust_env=False) as idp:
        for text in HOSTILE:
            made = idp.post(
                f"{base}/Users",
                json={
                    "schemas": [USER],
                    "userName": text,
                    "displayName": text,
                    "externalId": text,
                    "profileUrl": "javascript:window.struck=1",
                    "photos": [{"value": "javascript:window.struck=1", "type": text}],
                    "emails": [{"value": text, "type": "work"}],
                },
            )
            assert made.status_code == 201, made.text
            id = made.json()["id"]
            team = {"schemas": [GROUP], "displayName": text, "members": [{"value": id}]}
            assert idp.post(f"{base}/Groups", json=team).status_code == 201
            renamed = {"op": "replace", "path": "title", "value": text}
            patch = {
                "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
                "Operations": [renamed],
            }
            assert idp.patch(f"{base}/Users/{id}", json=patch).is_success
            patch["Operations"] = [{"op": "replace", "path": text, "value": text}]
            assert idp.patch(f"{base}/Users/{id}", json=patch).status_code == 400
            assert idp.get(f"{base}/Users", params={"filter": text}).status_code == 400
            assert idp.post(f"{base}/Users", json={text: text}).status_code == 400


def test_no_name_does_anything_on_any_page(page: Page, gateway: Gateway) -> None:
    log_in(page, gateway.url, gateway.operator_password())
    # A name of the operator's own choosing is no better.
    page.goto(f"{gateway.url}{PREFIX}/connect")
    page.get_by_label("Name", exact=True).fill(HOSTILE[1])
    page.get_by_role("button", name="Create connection").click()
    page.get_by_role("link", name="Create token").click()
    page.get_by_label("Label").fill(HOSTILE[0])
    page.get_by_role("button", name="Create token").click()
    token = page.get_by_label("Secret token").input_value()
    SECRECY.remember(token)
    provision(gateway, token)

    seen = ""
    for path in crawl(page, gateway.url):
        assert page.evaluate("window.struck") is None, path
        links = page.locator("a[href], form[action], img[src], iframe").evaluate_all(
            "all => all.map(one => one.href || one.action || one.src)"
        )
        assert all(str(link).startswith(gateway.url) for link in links), path
        assert page.locator("#scim-content").count() == 1, path
        assert page.get_by_role("heading", level=1).is_visible(), path
        seen += page.locator("body").inner_text()
    # It was there to be read.
    for text in HOSTILE:
        assert text in seen
