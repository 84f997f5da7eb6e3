"""What a backend can say of the state its store is in; backends need not offer it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol
from typing import runtime_checkable


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something about the store that is not as the library needs it.

    :param subject: what it is about, such as the name of a table.
    :param grave: whether provisioning does not work with it, or goes wrong.
    :param words: what was found, a sentence for the administrator.
    :param remedy: what to do about it.
    """

    subject: str
    grave: bool
    words: str
    remedy: str


@runtime_checkable
class Inspectable(Protocol):
    """A backend whose store can be looked at."""

    @property
    def store(self) -> str:
        """What the store is, in a word or two: ``PostgreSQL``."""
        ...

    @property
    def repeats_team_names(self) -> bool:
        """Whether two teams may have one name, where their connection lets them."""
        ...

    def inspect(self) -> Iterable[Finding]:
        """Compare the store with what the library relies on; yield what is not so.

        Nothing is changed. What the store refuses to tell is no finding.
        """
        ...

    def clock(self) -> str:
        """Return the store's present instant, ``YYYY-MM-DDTHH:MM:SS.ffffffZ``."""
        ...
