"""A check: what was looked at, what came of it, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from typing import Literal

Outcome = Literal["ok", "warning", "failure", "skipped"]

#: From harmless to not: what was skipped says nothing, and is no fault.
_SEVERITY: Final[dict[Outcome, int]] = {"skipped": 0, "ok": 0, "warning": 1, "failure": 2}


@dataclass(frozen=True, slots=True)
class Check:
    """What one check found.

    :param name: what was looked at, in a few words; it stays the same from run to run.
    :param words: what was found, a sentence for the administrator.
    :param remedy: what to do about it; empty where there is nothing to do.
    """

    name: str
    outcome: Outcome
    words: str
    remedy: str = ""


def ok(name: str, words: str) -> Check:
    """Return a check that found nothing wrong."""
    return Check(name, "ok", words)


def warning(name: str, words: str, remedy: str) -> Check:
    """Return a check that found what works and should not stay so."""
    return Check(name, "warning", words, remedy)


def failure(name: str, words: str, remedy: str) -> Check:
    """Return a check that found what does not work."""
    return Check(name, "failure", words, remedy)


def skipped(name: str, words: str, remedy: str = "") -> Check:
    """Return a check that could not be made, or was not asked for."""
    return Check(name, "skipped", words, remedy)


def reach(checks: Iterable[Check], outcome: Literal["warning", "failure"]) -> bool:
    """Whether any of the checks is as bad as that, or worse."""
    return any(_SEVERITY[check.outcome] >= _SEVERITY[outcome] for check in checks)
