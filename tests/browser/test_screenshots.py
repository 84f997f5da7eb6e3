"""The documentation shows every page of the console, in both schemes, on a desk and in a hand."""

from __future__ import annotations

from flask import Flask

from flask_scim_teams import ScimTeams
from flask_scim_teams.admin import admin_blueprint
from flask_scim_teams.storage.memory import MemoryBackend
from tests.browser.screenshots import FOLDER
from tests.browser.screenshots import PAGE
from tests.browser.screenshots import files
from tests.browser.screenshots import page
from tests.browser.views import VIEWS
from tests.processes import ROOT

# Files, and not pages.
NO_PAGES = {"static", "export"}
MOST = 1_500_000  # bytes, of all pictures


def test_no_page_of_the_console_is_forgotten() -> None:
    app = Flask("host")
    app.config["SECRET_KEY"] = "a key of the console's tests, long enough to sign"
    scim = ScimTeams(MemoryBackend())
    scim.init_app(app)
    app.register_blueprint(admin_blueprint(scim, guard=lambda: True))
    pages = set()
    for rule in app.url_map.iter_rules():
        blueprint, _, endpoint = rule.endpoint.partition(".")
        if blueprint != "scim_admin" or "GET" not in (rule.methods or ()) or endpoint in NO_PAGES:
            continue
        kinds = ("users", "teams") if "kind" in rule.arguments else (None,)
        pages |= {(endpoint, kind) for kind in kinds}
    assert {view.covers for view in VIEWS if view.covers} == pages


def test_every_page_has_its_pictures_and_no_picture_is_left_over() -> None:
    there = {path.name: path.stat().st_size for path in FOLDER.glob("*.png")}
    assert set(there) == files(), "Take them again: make screenshots"
    assert sum(there.values()) < MOST


def test_the_documentation_shows_them() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "Write it again: make screenshots"
    admin = (ROOT / "docs" / "admin.rst").read_text(encoding="utf-8")
    assert f".. include:: {PAGE.relative_to(ROOT / 'docs')}" in admin


def test_every_picture_says_what_it_shows() -> None:
    assert all(len(view.alt) > 30 for view in VIEWS)
    assert len({view.alt for view in VIEWS}) == len({view.name for view in VIEWS}) == len(VIEWS)
