"""The console fits into a host: its layout, its language, and whatever it does to forms itself."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from flask_wtf import CSRFProtect
from jinja2 import DictLoader

from flask_scim_teams import ScimTeams
from flask_scim_teams.admin import admin_blueprint
from flask_scim_teams.storage.memory import MemoryBackend
from tests.admin.browser import Browser

LAYOUT = """<!doctype html><title>{% block title %}{% endblock %} at the host</title>
{% block head %}<link rel="icon" href="/icon.png">{% endblock %}
<nav><a href="/elsewhere">Elsewhere</a></nav>{% block content %}{% endblock %}"""


@pytest.fixture
def scim() -> ScimTeams:
    return ScimTeams(MemoryBackend())


@pytest.fixture
def host(scim: ScimTeams) -> Iterator[Flask]:
    host = Flask("host")
    host.config.update(SECRET_KEY="a key of the console's tests, long enough to sign")
    host.jinja_loader = DictLoader({"own.html": LAYOUT})  # type: ignore[assignment]
    scim.init_app(host)
    yield host
    with host.app_context():
        assert scim.log.flush()


def test_the_pages_go_into_a_layout_of_the_hosts(host: Flask, scim: ScimTeams) -> None:
    host.register_blueprint(
        admin_blueprint(scim, guard=lambda: True, layout="own.html", url_prefix="/console/")
    )
    page = Browser(host.test_client(), "/console").get("/users")
    assert "Users - SCIM at the host" in page.text
    assert page.all("a")[0]["href"] == "/elsewhere"
    assert [link["href"] for link in page.all("link")] == [
        "/icon.png",
        "/console/static/scim_admin.css",
    ]
    assert "/console/connect" in [link["href"] for link in page.all("a")]


def test_guides_are_linked_where_the_host_has_them(host: Flask, scim: ScimTeams) -> None:
    host.register_blueprint(admin_blueprint(scim, guard=lambda: True, guides="/docs/scim/"))
    with host.app_context():
        connection = scim.connections.create("Contoso", provider="okta")
    page = Browser(host.test_client()).get(f"/connect/{connection.id}")
    assert "/docs/scim/okta.html" in [link["href"] for link in page.all("a")]


def test_the_hosts_own_protection_does_not_stand_in_the_way(host: Flask, scim: ScimTeams) -> None:
    CSRFProtect(host)
    host.register_blueprint(admin_blueprint(scim, guard=lambda: True))
    operator = Browser(host.test_client())
    assert operator.send("/connect", name="Contoso", provider="entra").status_code == 302
    refused = operator.send("/connect", name="Other", provider="entra", csrf_token="")
    assert refused.status_code == 400
    assert "Nothing was changed" in refused.text


def test_every_field_has_a_label_and_every_table_a_caption(host: Flask, scim: ScimTeams) -> None:
    host.register_blueprint(admin_blueprint(scim, guard=lambda: True))
    with host.app_context():
        connection = scim.connections.create("Contoso", provider="okta")
        token = scim.tokens.create(label="t", connection=connection).record
    operator = Browser(host.test_client())
    for path in (
        "/",
        "/connect",
        f"/connect/{connection.id}",
        f"/connect/{connection.id}/token",
        "/tokens",
        f"/tokens/{token.id}/rotate",
        "/log",
        "/users",
        "/settings",
    ):
        page = operator.get(path)
        labelled = {label["for"] for label in page.all("label")}
        for tag in ("input", "select", "textarea"):
            for field in page.all(tag):
                assert field.get("type") == "hidden" or field["id"] in labelled, (path, field)
        assert len(page.all("table")) == len(page.all("caption"))
        assert len(page.all("h1")) == 1
        assert len([one for one in page.all("a") if one.get("aria-current")]) == 1
        assert page.all("a")[0]["href"] == "#scim-content"
        assert "scim-content" in [one.get("id") for one in page.all("div")]
        assert all(header["scope"] for header in page.all("th"))
        assert page.all("html") == [{"lang": "en"}]
