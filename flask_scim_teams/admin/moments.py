"""Instants for people to read."""

from __future__ import annotations


def moment(instant: str | None) -> str:
    """Return a stored instant down to the minute: ``2026-01-31 12:30 UTC``."""
    return "" if not instant else f"{instant[:10]} {instant[11:16]} UTC"
