"""Takes the documentation's pictures of the console: ``make screenshots``."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from operator import sub
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
from tests.browser.views import views
from tests.processes import ROOT

FOLDER = ROOT / "docs" / "screenshots"
PAGE = FOLDER / "pages.inc"
#: Width and the most that is shown of a long page, in pixels.
SIZES = {"wide": (1280, 600), "phone": (390, 640)}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
COLORS = 16  # of a picture: four bits a pixel
APART = 8  # how much one of red, green and blue differs between two of them at least

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


def files() -> set[str]:
    """Return the names of all pictures."""
    return {file_of(view, size, scheme) for view in VIEWS for size in SIZES for scheme in SCHEMES}


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


def take(browser: Browser, scene: Scene, *, empty: bool) -> None:
    """Take all pictures of a scene."""
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
        for view in views(empty=empty):
            for page, size in pages:
                view.visit(page, scene.url, scene.facts)
                for scheme in SCHEMES:
                    page.emulate_media(color_scheme=scheme)
                    _keep(
                        _picture(page, *SIZES[size], view.tall if size == "wide" else 0),
                        FOLDER / file_of(view, size, scheme),
                    )


def _picture(page: Page, width: int, most: int, tall: int) -> bytes:
    # To the end of the page, but no further than is worth a reader's time.
    height = page.evaluate("Math.ceil(document.body.getBoundingClientRect().bottom)")
    clip = {"x": 0, "y": 0, "width": width, "height": min(height, max(most, tall))}
    return page.screenshot(full_page=True, clip=clip, animations="disabled")


def _keep(taken: bytes, path: Path) -> None:
    with Image.open(io.BytesIO(taken)) as opened:
        image = opened.convert("RGB")
    with Image.new("P", (1, 1)) as palette:
        palette.putpalette(_palette(image))
        small = image.quantize(palette=palette, dither=Image.Dither.NONE)
    small.save(path, optimize=True, bits=4)


def _palette(image: Image.Image) -> list[int]:
    """Return the colours of the surfaces as they are; the edges of letters do with the nearest."""
    found = image.getcolors(image.width * image.height) or []
    chosen: list[tuple[int, ...]] = []
    # Of greys there are many, and one stands for another; a link is little and has to be blue.
    for _, color in sorted(found, key=lambda one: -one[0] * (1 + max(one[1]) - min(one[1]))):
        if all(max(map(abs, map(sub, color, other))) >= APART for other in chosen):
            chosen.append(color)
    chosen = chosen[:COLORS]
    # Padded with one that is there, or a colour that is not could be nearest.
    return [part for color in chosen + chosen[:1] * (256 - len(chosen)) for part in color]


def main() -> None:
    """Take all of them."""
    if PROGRAM is None:
        raise SystemExit("Chromium is not installed: apt-get install chromium fonts-inter")
    FOLDER.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        scenes(Path(folder)) as found,
        chromium() as browser,
    ):
        for empty, scene in found.items():
            take(browser, scene, empty=empty)
    for left in {path.name for path in FOLDER.glob("*.png")} - files():
        (FOLDER / left).unlink()
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
