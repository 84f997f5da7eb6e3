"""Tables on the terminal."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import click


def printable(text: str) -> str:
    """Return a stranger's text as one that neither breaks the line nor colours the terminal."""
    return "".join(char if char.isprintable() else "?" for char in text)


def print_lines(document: Mapping[str, Any]) -> None:
    """Print a document with a line for each thing that it says."""
    for name, value in document.items():
        match value:
            case None | [] | {} | "":
                shown = "-"
            case list():
                shown = " ".join(map(str, value))
            case dict():
                shown = " ".join(f"{key}={one}" for key, one in value.items())
            case _:
                shown = str(value)
        click.echo(f"{name.replace('_', ' ')}: {printable(shown)}")


def print_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print rows below their headings, each column as wide as its widest cell."""
    lines = [head, *([printable(cell) for cell in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        click.echo("  ".join(cells).rstrip())
