"""Nobody gets in by mistake, and nothing is changed by looking."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask import redirect

from flask_scim_teams import ScimTeams
from flask_scim_teams.admin import admin_blueprint
from flask_scim_teams.core.errors import SetupError
from tests.admin.browser import PREFIX
from tests.admin.browser import Browser
from tests.dumps import dump
from tests.hosts import Storage

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)


@pytest.fixture
def config() -> dict[str, Any]:
    """With OAuth, so that all pages are there."""
    return {"SCIM_OAUTH": True, "SCIM_BASE_URL": "https://gateway.example.com/scim/v2"}


@pytest.mark.parametrize("answer", [False, None, 0, 1, "ada", 1.5], ids=repr)
def test_whoever_the_guard_does_not_let_pass_gets_nothing(
    answer: Any,
    app: Flask,
    operator: Browser,
    storage: Storage,
    guarded: dict[str, Any],
    pages: list[tuple[str, str]],
) -> None:
    stamp = operator.stamp()
    before = dump(storage)
    guarded["guard"] = answer
    for method, path in pages:
        refused = operator.client.open(path, method=method, data={"csrf_token": stamp})
        assert refused.status_code == 403, (method, path)
        assert "ada@example.com" not in refused.text
        assert refused.headers["Content-Security-Policy"] == POLICY
    assert dump(storage) == before


def test_the_guard_may_send_people_to_its_log_in(
    operator: Browser, guarded: dict[str, Any], pages: list[tuple[str, str]]
) -> None:
    guarded["guard"] = redirect("/log-in")
    for method, path in pages:
        answer = operator.client.open(path, method=method, buffered=True)
        assert (answer.status_code, answer.location) == (302, "/log-in"), (method, path)


@pytest.mark.parametrize("guard", [None, True, "admin"])
def test_without_a_guard_there_is_no_console(guard: Any, scim: ScimTeams) -> None:
    with pytest.raises(SetupError, match="pass guard"):
        admin_blueprint(scim, guard=guard)


def test_a_fresh_that_is_no_function_is_refused(scim: ScimTeams) -> None:
    with pytest.raises(SetupError, match="fresh"):
        admin_blueprint(scim, guard=lambda: True, fresh=True)  # type: ignore[arg-type]


def test_without_a_key_there_are_no_forms(scim: ScimTeams) -> None:
    with pytest.raises(SetupError, match="SECRET_KEY"):
        Flask("host").register_blueprint(admin_blueprint(scim, guard=lambda: True))


@pytest.mark.parametrize("answer", [False, redirect("/again")], ids=["refused", "sent"])
def test_what_is_secret_takes_a_fresh_log_in(
    answer: Any,
    operator: Browser,
    storage: Storage,
    guarded: dict[str, Any],
    seen: dict[str, str],
) -> None:
    stamp = operator.stamp()
    before = dump(storage)
    guarded["fresh"] = answer
    for path in (
        f"/connect/{seen['connection']}/token",
        f"/tokens/{seen['token']}/rotate",
        "/clients/new",
        f"/clients/{seen['client']}/secret",
    ):
        for method in ("GET", "POST"):
            fields = {"csrf_token": stamp, "label": "x", "scopes": "users:read", "overlap": "0"}
            fields |= {"lifetime": "365", "proof": "secret", "connection": seen["connection"]}
            refused = operator.client.open(PREFIX + path, method=method, data=fields)
            assert refused.status_code == (302 if answer else 403), (method, path)
    assert dump(storage) == before
    # All else goes on without.
    assert operator.send(f"/tokens/{seen['token']}/revoke", csrf_token=stamp).status_code == 302


@pytest.mark.parametrize("kind", ["missing", "empty", "made up", "of another browser"])
def test_a_forged_form_changes_nothing(
    kind: str,
    app: Flask,
    operator: Browser,
    storage: Storage,
    pages: list[tuple[str, str]],
) -> None:
    foreign = Browser(app.test_client()).stamp()
    operator.stamp()
    stamps = {"missing": None, "empty": "", "made up": foreign[:-3] + "abc"}
    stamp = stamps.get(kind, foreign)
    before = dump(storage)
    posts = [path for method, path in pages if method == "POST"]
    assert len(posts) >= 7
    for path in posts:
        fields = {"name": "n", "provider": "entra", "label": "x", "scopes": "users:read"}
        if stamp is not None:
            fields["csrf_token"] = stamp
        refused = operator.client.post(path, data=fields)
        assert refused.status_code == 400, path
        assert "Nothing was changed" in refused.text
    assert dump(storage) == before


def test_the_tests_switch_of_flask_wtf_does_not_open_the_console(
    app: Flask, operator: Browser, seen: dict[str, str]
) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    assert operator.send("/connect", name="n", csrf_token="").status_code == 400


def test_looking_changes_nothing(
    operator: Browser, storage: Storage, pages: list[tuple[str, str]]
) -> None:
    before = dump(storage)
    for method, path in pages:
        if method != "POST":
            assert operator.client.open(path, method=method, buffered=True).status_code == 200, (
                method,
                path,
            )
    assert dump(storage) == before


def test_every_answer_is_guarded_by_its_headers(
    operator: Browser, pages: list[tuple[str, str]]
) -> None:
    answers = [operator.client.open(path, method=method, buffered=True) for method, path in pages]
    answers.append(operator.client.get(f"{PREFIX}/tokens/none/revoke"))
    assert answers[-1].status_code == 404
    for answer in answers:
        assert answer.headers["Content-Security-Policy"] == POLICY
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        static = "/static/" in answer.request.path
        assert answer.headers["Cache-Control"] == ("private, no-cache" if static else "no-store")


def test_no_page_needs_what_its_policy_forbids(
    operator: Browser, pages: list[tuple[str, str]]
) -> None:
    seen = 0
    for method, path in pages:
        if method != "GET" or "/static/" in path or "export" in path:
            continue
        page = operator.get(path.removeprefix(PREFIX))
        assert page.all("style") == []
        for tag, attributes in page.elements:
            assert not [name for name in attributes if name.startswith("on") or name == "style"]
            for name in ("href", "src", "action"):
                assert (attributes.get(name) or "/").startswith(("/", "#")), (path, tag, attributes)
        assert [script.get("src") for script in page.all("script")] == [f"{PREFIX}/static/copy.js"]
        seen += 1
    assert seen > 10
