"""Whoever follows links, a browser that loads them ahead included, changes nothing."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page
from sqlalchemy import create_engine

from examples.gateway.models import Base
from tests.browser.crawling import crawl
from tests.browser.serving import Scene
from tests.browser.serving import log_in
from tests.dumps import Dump
from tests.dumps import dump
from tests.hosts import Storage

pytestmark = pytest.mark.browser


def held(scene: Scene) -> Dump:
    """Return what the gateway's database holds."""
    engine = create_engine(f"sqlite:///{scene.folder / 'gateway.sqlite3'}")
    try:
        # Base.metadata has the library's tables too, once the gateway was imported.
        return dump(Storage(backend=None, engine=engine, metadata=Base.metadata))
    finally:
        engine.dispose()


def test_no_link_changes_anything(page: Page, still: dict[bool, Scene]) -> None:
    scene = still[False]
    log_in(page, scene.url, scene.facts["password"])
    before = held(scene)
    assert len(before["users"]) == 8
    assert before["scim_token"]
    paths = list(crawl(page, scene.url))
    for part in ("/rotate", "/revoke", "/disable", "/token", "/log/", "/users/", "/teams/"):
        assert any(part in path for path in paths), part
    assert held(scene) == before
