"""Durations on the command line: ``365d``, ``12h``."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import click

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


class Duration(click.ParamType[timedelta]):
    """A whole number of minutes, hours, days or weeks.

    :param zero: whether ``0`` is one as well.
    """

    name = "duration"

    def __init__(self, *, zero: bool = False) -> None:
        self._zero = zero

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        """Return the duration that the text states."""
        if isinstance(value, timedelta):
            return value
        if self._zero and value == "0":
            return timedelta(0)
        match = re.fullmatch(r"([0-9]{1,6})([mhdw])", str(value))
        if match is None or int(match[1]) == 0:
            self.fail(f"{value!r} is no duration; write 30m, 12h, 365d or 52w.", param, ctx)
        return timedelta(**{_UNITS[match[2]]: int(match[1])})
