from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from examples.gateway import admin
from examples.gateway import create_app
from examples.gateway.models import Operator
from examples.gateway.models import db
from tests.admin.browser import Browser
from tests.databases import close

CONSOLE = "/settings/scim/"
LOG_IN = f"/log-in?next={CONSOLE}"


@pytest.fixture
def password(run: Callable[..., str]) -> str:
    """The operator's password."""
    return run("admin", "password")


@pytest.fixture
def browser(gateway: Flask) -> Browser:
    return Browser(gateway.test_client(), "")


def log_in(browser: Browser, password: str, path: str = "/log-in") -> str:
    """Log in and return where that leads."""
    stamp = browser.get("/log-in").value("csrf_token")
    answer = browser.send(path, password=password, csrf_token=stamp)
    assert answer.status_code == 302, answer.text
    return str(answer.location)


def test_the_console_is_behind_the_log_in(browser: Browser, password: str) -> None:
    assert browser.client.get(CONSOLE).location == LOG_IN
    assert log_in(browser, password, LOG_IN) == CONSOLE
    page = browser.get(CONSOLE)
    assert "Gateway › Settings › Admin Settings › SCIM" in page.text
    assert CONSOLE in [link["href"] for link in browser.get("/").all("a")]
    browser.send("/log-out", csrf_token=page.value("csrf_token"))
    assert browser.client.get(CONSOLE).location == LOG_IN


@pytest.mark.parametrize("wrong", ["", "wrong", "\x00", "x" * 10_000])
def test_a_wrong_password_is_refused(wrong: str, browser: Browser, password: str) -> None:
    stamp = browser.get("/log-in").value("csrf_token")
    refused = browser.send("/log-in", password=wrong, csrf_token=stamp)
    assert refused.status_code == 400
    assert "not the password" in refused.text
    assert browser.client.get(CONSOLE).status_code == 302


def test_nobody_logs_in_before_there_is_a_password(browser: Browser) -> None:
    stamp = browser.get("/log-in").value("csrf_token")
    assert browser.send("/log-in", password="", csrf_token=stamp).status_code == 400


def test_a_form_of_another_site_logs_nobody_in_or_out(browser: Browser, password: str) -> None:
    browser.get("/log-in")
    refused = browser.send("/log-in", password=password, csrf_token="")
    assert refused.status_code == 400
    log_in(browser, password)
    browser.send("/log-out", csrf_token="")
    assert browser.client.get(CONSOLE).status_code == 200


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.example/", "//evil.example/", "/settings/scim@evil.example", "\\\\evil", "/"],
)
def test_the_log_in_leads_into_the_console_alone(
    elsewhere: str, browser: Browser, password: str
) -> None:
    assert log_in(browser, password, f"/log-in?next={elsewhere}") == CONSOLE


def test_a_new_password_ends_what_the_old_one_began(
    browser: Browser, password: str, run: Callable[..., str]
) -> None:
    log_in(browser, password)
    again = run("admin", "password")
    assert again != password
    assert browser.client.get(CONSOLE).status_code == 302
    log_in(browser, again)
    assert browser.client.get(CONSOLE).status_code == 200


def test_a_log_in_ends_and_is_asked_for_again_before_a_token(
    gateway: Flask, browser: Browser, password: str
) -> None:
    log_in(browser, password)
    made = browser.send(
        "/settings/scim/connect",
        name="Contoso",
        provider="entra",
        csrf_token=browser.get("/settings/scim/connect").value("csrf_token"),
    )
    form = f"{made.location}/token"
    assert browser.client.get(form).status_code == 200
    for seconds, status in ((admin.FRESH, 200), (admin.SESSION, 302), (-60, 302)):
        with browser.client.session_transaction() as session:
            known = session["operator"]
            session["operator"] = known | {"at": time.time() - seconds}
        assert browser.client.get(form).location == f"/log-in?next={form}"
        assert browser.client.get(CONSOLE).status_code == status
    assert log_in(browser, password, f"/log-in?next={form}") == form


def test_only_a_hash_of_the_password_is_kept(gateway: Flask, password: str) -> None:
    with gateway.app_context():
        [kept] = db.session.scalars(select(Operator.password_hash))
    assert kept.startswith("scrypt:")
    assert password not in kept


@pytest.mark.parametrize(("url", "secure"), [("https://gw.example", True), (None, False)])
def test_the_cookie_stays_where_it_belongs(url: str | None, secure: bool, tmp_path: Path) -> None:
    gateway = create_app({"INSTANCE_PATH": str(tmp_path), "BASE_URL": url})
    cookie = gateway.test_client().get("/log-in").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert ("Secure" in cookie) is secure
    with gateway.app_context():
        close(db.engine)
