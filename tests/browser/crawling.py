"""Walks a browser over all links of a gateway's console."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from urllib.parse import urldefrag
from urllib.parse import urljoin

from playwright.sync_api import Page

from tests.browser.serving import PREFIX

MOST = 400  # pages; a console that has no end of them is a mistake


def crawl(page: Page, url: str) -> Iterator[str]:
    """Go to every page that links lead to from the overview, and yield its path there.

    What is there to be saved is asked for too, and not yielded.

    :raises AssertionError: when a link leads nowhere, or there is no end of them.
    """
    console = f"{url}{PREFIX}/"
    waiting, seen = deque([console]), {console}
    while waiting:
        here = waiting.popleft()
        if "/log/export/" in here:
            assert page.request.get(here).ok, here
            continue
        answer = page.goto(here)
        assert answer, here
        assert answer.ok, here
        yield here.removeprefix(url)
        for link in page.locator("a[href]").evaluate_all("all => all.map(a => a.href)"):
            found = urldefrag(urljoin(here, link)).url
            if found.startswith(console) and found not in seen:
                seen.add(found)
                waiting.append(found)
        assert len(seen) < MOST
