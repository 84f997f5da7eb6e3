"""How long somebody is signed in to the gateway, and what its pages may do."""

from __future__ import annotations

import time

import pytest

from tests.admin.browser import Browser
from tests.admin.browser import Page
from tests.examples.people import IdP


@pytest.mark.parametrize("how", ["deactivated", "deleted"])
def test_a_session_ends_with_the_account_at_the_next_request(
    how: str, idp: IdP, ada: tuple[Browser, str]
) -> None:
    browser, id = ada
    browser.get("/teams")
    if how == "deactivated":
        idp.replace("Users", id, active=False)
    else:
        assert idp.client.delete(f"/scim/v2/Users/{id}").status_code == 204
    refused = browser.client.get("/teams")
    assert refused.status_code == 403
    assert "deactivated" in refused.text
    # Whoever sits there is nobody now, and neither locked out of what is everybody's.
    assert browser.client.get("/").status_code == 200
    assert browser.client.get("/teams").location == "/log-in?next=/teams"
    if how == "deactivated":
        idp.replace("Users", id, active=True)
        assert browser.client.get("/teams").location == "/log-in?next=/teams"


def test_signing_out_takes_a_form_of_this_site(ada: tuple[Browser, str]) -> None:
    browser, _ = ada
    assert "Ada Lovelace" in browser.get("/").text
    assert browser.client.get("/sign-out").status_code == 405
    browser.client.post("/sign-out", data={"csrf_token": ""})
    assert "Ada Lovelace" in browser.get("/").text
    stamp = browser.get("/").value("csrf_token")
    assert browser.client.post("/sign-out", data={"csrf_token": stamp}).location == "/"
    assert "Ada Lovelace" not in browser.get("/").text
    assert browser.client.get("/teams").status_code == 302


@pytest.mark.parametrize("seconds", [8 * 60 * 60, -60])
def test_a_session_lasts_for_a_working_day(seconds: int, ada: tuple[Browser, str]) -> None:
    browser, _ = ada
    browser.get("/teams")
    with browser.client.session_transaction() as session:
        session["person"] = session["person"] | {"at": time.time() - seconds}
    assert browser.client.get("/teams").status_code == 302


def test_the_pages_need_no_script_and_go_into_no_frame(ada: tuple[Browser, str]) -> None:
    browser, _ = ada
    for path in ("/", "/log-in", "/teams"):
        answer = browser.client.get(path)
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "script" not in policy
        assert answer.headers["Cache-Control"] == "no-store"
        assert Page(answer.text).all("script") == []
