"""Gateways that a browser visits: one that is used, and two that stand still to be looked at."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page

from tests.processes import Log
from tests.processes import Server
from tests.processes import environment
from tests.processes import free_port

PREFIX = "/settings/scim"
PATIENCE = 10_000  # milliseconds in which an answer must be there


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A gateway with something in it, or with nothing yet.

    :param facts: ids by what they are of, and the operator's password.
    """

    url: str
    folder: Path
    facts: dict[str, str]


@contextmanager
def scenes(folder: Path) -> Iterator[dict[bool, Scene]]:
    """Serve the empty gateway, ``True``, and the one with something in it, ``False``."""
    found = {}
    with ExitStack() as stack:
        for empty in (True, False):
            place = folder / ("empty" if empty else "full")
            place.mkdir()
            port = free_port()
            arguments = [sys.executable, "-m", "tests.browser.scene", str(place), str(port)]
            server = Server(
                [*arguments, "--empty"] if empty else arguments,
                environment(),
                Log(place / "scene.log"),
            )
            stack.callback(server.stop)
            found[empty] = (server, place, f"http://127.0.0.1:{port}")
        for server, _, url in found.values():
            server.await_start(url)
        yield {
            empty: Scene(
                url=url, folder=place, facts=json.loads((place / "scene.json").read_text())
            )
            for empty, (_, place, url) in found.items()
        }


def log_in(page: Page, url: str, password: str) -> None:
    """Log in as the operator and stay on the overview."""
    page.set_default_timeout(PATIENCE)
    page.goto(f"{url}{PREFIX}/")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("heading", name="Overview").wait_for()
