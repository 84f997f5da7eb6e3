"""A form makes one thing, however often it is sent: a reload sends it again, and so does a second
click; and what is secret is on one answer alone."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask

from flask_scim_teams import ScimTeams
from tests.admin.browser import PREFIX
from tests.admin.browser import Browser
from tests.admin.browser import Page
from tests.dumps import dump
from tests.hosts import Storage

CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "token": ("/connect/{connection}/token", {"label": "x", "scopes": "users:read"}),
    "rotation": ("/tokens/{token}/rotate", {"overlap": "24"}),
    "rotation at once": ("/tokens/{token}/rotate", {"overlap": "0"}),
    "client": (
        "/clients/new",
        {"label": "x", "scopes": "users:read", "proof": "secret", "lifetime": "365"},
    ),
    "secret": ("/clients/{client}/secret", {"lifetime": "365"}),
}


@pytest.fixture
def config() -> dict[str, Any]:
    return {"SCIM_OAUTH": True, "SCIM_BASE_URL": "https://gateway.example.com/scim/v2"}


@pytest.fixture
def form(
    request: pytest.FixtureRequest, operator: Browser, seen: dict[str, str]
) -> tuple[str, dict[str, Any]]:
    """The path of a form and what is in it, as it was shown once."""
    path, fields = CASES[request.param]
    path = path.format(**seen)
    lifetime = {} if request.param.startswith("rotation") else {"lifetime": ""}
    hidden = operator.get(path).hidden()
    assert set(hidden) == {"csrf_token", "once"}
    return path, {"connection": seen["connection"]} | lifetime | hidden | fields


def secret(page: Page) -> str:
    """Return the secret that a page shows; empty if it shows none."""
    found = [one.get("value") or "" for one in page.all("input")]
    return next((one for one in found if one.startswith(("scim_", "scimcs_"))), "")


@pytest.mark.parametrize("form", CASES, indirect=True)
def test_the_same_form_makes_nothing_again(
    operator: Browser, storage: Storage, form: tuple[str, dict[str, Any]]
) -> None:
    path, fields = form
    first = operator.client.post(PREFIX + path, data=fields)
    assert first.status_code == 200, first.text
    shown = secret(Page(first.text))
    assert shown
    assert first.headers["Cache-Control"] == "no-store"
    made = dump(storage)
    for _ in range(2):
        again = operator.client.post(PREFIX + path, data=fields)
        assert again.status_code == 409
        assert "Nothing was made now" in again.text
        assert "was made when this form was sent before" in again.text
        assert shown not in again.text
        assert secret(Page(again.text)) == ""
    assert dump(storage) == made
    # Where it leads to, is what was made.
    [back] = [one["href"] for one in Page(again.text).all("a") if one.get("class") == "scim-button"]
    assert fields["once"] in operator.client.get(back or "").text


@pytest.mark.parametrize("form", CASES, indirect=True)
def test_another_browser_makes_nothing_with_it_either(
    app: Flask, operator: Browser, storage: Storage, form: tuple[str, dict[str, Any]]
) -> None:
    path, fields = form
    assert operator.client.post(PREFIX + path, data=fields).status_code == 200
    made = dump(storage)
    other = Browser(app.test_client())
    fields["csrf_token"] = other.stamp()
    assert other.client.post(PREFIX + path, data=fields).status_code == 409
    assert dump(storage) == made


def test_two_clicks_at_once_make_one_token(
    app: Flask, operator: Browser, scim: ScimTeams, seen: dict[str, str]
) -> None:
    path = f"/connect/{seen['connection']}/token"
    fields = operator.get(path).hidden() | {"label": "x", "scopes": "users:read", "lifetime": ""}
    cookie = operator.client.get_cookie("session")
    assert cookie is not None

    def click(_: int) -> int:
        browser = app.test_client()
        browser.set_cookie("session", cookie.value)
        return browser.post(PREFIX + path, data=fields).status_code

    with ThreadPoolExecutor(4) as clicks:
        assert sorted(clicks.map(click, range(4))) == [200, 409, 409, 409]
    with app.app_context():
        assert [one.id for one in scim.tokens.list()].count(fields["once"] or "") == 1


def test_a_form_that_was_refused_can_be_sent_again(
    operator: Browser, scim: ScimTeams, app: Flask, seen: dict[str, str]
) -> None:
    path = f"/connect/{seen['connection']}/token"
    fields: dict[str, Any] = {"label": "", "scopes": "users:read", "lifetime": ""}
    refused = operator.post(path, 400, **fields)
    sent = operator.client.post(PREFIX + path, data=fields | refused.hidden() | {"label": "good"})
    assert secret(Page(sent.text))
    with app.app_context():
        assert [one.label for one in scim.tokens.list()].count("good") == 1


@pytest.mark.parametrize("form", CASES, indirect=True)
def test_the_cookie_holds_nothing_secret(
    app: Flask, operator: Browser, form: tuple[str, dict[str, Any]]
) -> None:
    path, fields = form
    shown = secret(Page(operator.client.post(PREFIX + path, data=fields).text))
    with operator.client.session_transaction() as session:
        kept = dict(session)
    assert set(kept) == {"csrf_token"}
    # Nor a part of it.
    assert shown[-40:] not in repr(kept)
    assert shown[-90:-40] not in repr(kept)
