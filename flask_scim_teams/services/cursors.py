"""Cursors: positions in a list, handed to a client and taken back (RFC 9865).

A cursor holds its position; nothing is kept here. It is signed, so that none can be made up, and
tied to the question it answers a part of and to whoever asked it.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask_scim_teams.core.comparison import shifted
from flask_scim_teams.core.conditions import outline
from flask_scim_teams.core.cursors import Position
from flask_scim_teams.core.cursors import Seek
from flask_scim_teams.core.errors import ExpiredCursor
from flask_scim_teams.core.errors import InvalidCount
from flask_scim_teams.core.errors import InvalidCursor
from flask_scim_teams.core.query import Query
from flask_scim_teams.services.signing import Seal
from flask_scim_teams.storage.interface import Caller

_SALT = b"flask-scim-teams/cursor/v1"
_REFUSED = "The cursor is none of this list's; begin anew with an empty one."


@dataclass(frozen=True, slots=True)
class Place:
    """What a cursor says: a part of the list, and of which type the resource next to it is."""

    seek: Seek
    type: str


class Cursors:
    """Writes and reads cursors.

    :param keys: signing keys, oldest first; the last one signs.
    :param now: returns the present instant as ``YYYY-MM-DDTHH:MM:SS.ffffffZ``.
    :param timeout: how long one is good for; for ever if not said.
    """

    def __init__(
        self, keys: Sequence[bytes], now: Callable[[], str], timeout: timedelta | None = None
    ) -> None:
        self._seal = Seal(keys, _SALT)
        self._now = now
        self._timeout = timeout

    def write(self, caller: Caller, queries: Sequence[Query], place: Place) -> str:
        """Return the cursor of a place in the answer to a query, or to one of each type."""
        position = place.seek.position
        content = [
            _question(caller, queries),
            queries[0].count,
            place.seek.backward,
            place.type,
            None if position is None else position.key,
            None if position is None else position.id,
            None if self._timeout is None else self._now(),
        ]
        text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        return self._seal.sign(base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode())

    def read(self, caller: Caller, queries: Sequence[Query], cursor: str) -> Place:
        """Return the place that a cursor stands for.

        :raises InvalidCursor: saying the same of cursors that are forged, another caller's, or
            another question's.
        :raises InvalidCount: if the count differs from that of the page the cursor came with.
        :raises ExpiredCursor: if it is older than the timeout.
        """
        text = self._seal.unsign(cursor)
        if text is None:
            raise InvalidCursor(_REFUSED, attribute="cursor")
        question, count, backward, type, key, id, written = json.loads(
            base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        )
        if question != _question(caller, queries):
            raise InvalidCursor(_REFUSED, attribute="cursor")
        if count != queries[0].count:
            raise InvalidCount(
                f"count has to stay {count} from page to page of a walk by cursor.",
                attribute="count",
            )
        if self._timeout is not None and (
            written is None or self._now() > shifted(written, self._timeout)
        ):
            raise ExpiredCursor(
                f"The cursor is older than {self._timeout.total_seconds():.0f} seconds; begin "
                "anew with an empty one.",
                attribute="cursor",
            )
        return Place(Seek(None if id is None else Position(key, id), backward), type)


def _question(caller: Caller, queries: Sequence[Query]) -> str:
    """Return a digest of who asked what; paging apart."""
    # With one type to read, a search of all types is another question than one of that type.
    whole = queries[0].among_others
    # A token that is replaced in the middle of a walk does not end it for its connection.
    asked: list[Any] = [caller.connection_id or caller.token_id, sorted(caller.scopes), whole]
    for query in queries:
        sort = None if query.sort is None else [str(query.sort.path), query.sort.descending]
        asked.append([query.resource_type.name, outline(query.condition), sort])
    return hashlib.sha256(json.dumps(asked).encode()).hexdigest()[:32]
