"""The browser: Debian's Chromium, driven by Playwright, and what goes wrong in its pages."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser
from playwright.sync_api import BrowserContext
from playwright.sync_api import ConsoleMessage
from playwright.sync_api import Dialog
from playwright.sync_api import sync_playwright

HERE = Path(__file__).parent
AXE = HERE / "node_modules" / "axe-core" / "axe.min.js"
#: Its own browsers are never downloaded: what the system keeps up to date is what is driven.
PROGRAM = os.environ.get("CHROMIUM") or shutil.which("chromium")


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run the browser while the block runs."""
    # The letters of the screenshots, where the machine has them: tests look at none.
    environment = dict(os.environ) | {"FONTCONFIG_FILE": str(HERE / "fonts.conf")}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=PROGRAM, env=environment)
        try:
            yield browser
        finally:
            browser.close()


class Incidents:
    """What no page of the console may do: dialogs, errors of scripts, breaches of its policy."""

    def __init__(self, context: BrowserContext) -> None:
        self.seen: list[str] = []
        context.on("dialog", self._dialog)
        context.on("weberror", lambda error: self.seen.append(f"error: {error.error}"))
        context.on("console", self._console)

    def _dialog(self, dialog: Dialog) -> None:
        self.seen.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _console(self, message: ConsoleMessage) -> None:
        # A status is the test's to expect or not; the browser notes every refusal as an error.
        if message.type in ("error", "warning") and "server responded with" not in message.text:
            self.seen.append(f"{message.type}: {message.text}")


def absent() -> str | None:
    """Return what is missing, and how to get it."""
    if PROGRAM is None:
        return "Chromium is not installed: apt-get install chromium"
    if not AXE.exists():
        return "axe-core is not installed: make browser"
    return None
