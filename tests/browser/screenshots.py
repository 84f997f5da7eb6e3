"""Takes the documentation's pictures of the console: ``make screenshots``."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Browser
from playwright.sync_api import Page

from tests.browser.chromium import PROGRAM
from tests.browser.chromium import chromium
from tests.browser.serving import Scene
from tests.browser.serving import log_in
from tests.browser.serving import scenes
from tests.browser.views import VIEWS
from tests.browser.views import View
from tests.processes import ROOT

FOLDER = ROOT / "docs" / "screenshots"
PAGE = FOLDER / "pages.inc"
#: Width and the most that is shown of a long page, in pixels.
SIZES = {"wide": (1280, 800), "phone": (390, 844)}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
COLORS = 32

ENTRY = """\
.. rubric:: {title}

"""
PICTURE = """\
.. image:: screenshots/{file}
    :alt: {alt}
    :class: only-{scheme} screenshot
    :width: {width}

"""


def file_of(view: View, size: str, scheme: str) -> str:
    """Return the name of a picture."""
    return f"{view.name}-{size}-{scheme}.png"


def page() -> str:
    """Return the pictures as the documentation includes them."""
    return "".join(_parts())


def _parts() -> Iterator[str]:
    for view in VIEWS:
        yield ENTRY.format(title=view.name.replace("-", " ").capitalize())
        for size in SIZES:
            for scheme in SCHEMES:
                yield PICTURE.format(
                    file=file_of(view, size, scheme),
                    alt=view.alt if size == "wide" else f"The same on a phone: {view.name}.",
                    scheme=scheme,
                    width="100%" if size == "wide" else "45%",
                )


def take(browser: Browser, scene: Scene, views: Sequence[View]) -> None:
    """Take all pictures of these pages."""
    with ExitStack() as stack:
        pages = []
        for size, (width, _) in SIZES.items():
            context = browser.new_context(
                viewport={"width": width, "height": 600}, is_mobile=size == "phone"
            )
            stack.callback(context.close)
            page = context.new_page()
            log_in(page, scene.url, scene.facts["password"])
            pages.append((page, size))
        # Last what changes something: it would be seen in the pictures after it.
        for view in sorted(views, key=lambda one: one.press is not None):
            for page, size in pages:
                view.visit(page, scene.url, scene.facts)
                for scheme in SCHEMES:
                    page.emulate_media(color_scheme=scheme)
                    _keep(_picture(page, *SIZES[size]), FOLDER / file_of(view, size, scheme))


def _picture(page: Page, width: int, most: int) -> bytes:
    # To the end of the page, but no further than is worth a reader's time.
    height = page.evaluate("Math.ceil(document.body.getBoundingClientRect().bottom)")
    clip = {"x": 0, "y": 0, "width": width, "height": min(height, most)}
    return page.screenshot(full_page=True, clip=clip, animations="disabled")


def _keep(taken: bytes, path: Path) -> None:
    with Image.open(io.BytesIO(taken)) as image:
        small = image.convert("RGB").quantize(
            COLORS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE
        )
        small.save(path, optimize=True)


def main() -> None:
    """Take all of them."""
    if PROGRAM is None:
        raise SystemExit("Chromium is not installed: apt-get install chromium fonts-inter")
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.png"):
        old.unlink()
    with (
        tempfile.TemporaryDirectory() as folder,
        scenes(Path(folder)) as found,
        chromium() as browser,
    ):
        for empty, scene in found.items():
            take(browser, scene, [one for one in VIEWS if one.empty is empty])
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
