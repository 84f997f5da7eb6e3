"""When tokens were used: noted once a minute, and never at the cost of a request."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from flask_scim_teams.core.comparison import shifted
from flask_scim_teams.services.addresses import spelled
from flask_scim_teams.services.events import Event
from flask_scim_teams.services.events import TokenExpiring
from flask_scim_teams.services.expiry import expiring
from flask_scim_teams.services.logger import logger
from flask_scim_teams.storage.interface import HOST
from flask_scim_teams.storage.interface import Backend
from flask_scim_teams.storage.interface import Credential

#: How far apart two uses of a token are that are both noted.
INTERVAL = timedelta(minutes=1)
# Of more tokens than any host has, none is worth remembering.
_MOST_REMEMBERED = 1_000


class Uses:
    """Notes the uses of tokens, and warns of those that end soon: once for each threshold.

    :param publish: announces an event.
    """

    def __init__(self, backend: Backend, publish: Callable[[Event], None]) -> None:
        self._backend = backend
        self._publish = publish
        self._tried: dict[str, str] = {}

    def note(self, used: Credential, address: str | None, now: str) -> None:
        """Note that a token, as it was just read, is used now, from an address.

        A transaction of its own, after which nothing is open. What goes wrong is logged.
        """
        token = used.token
        since = shifted(now, -INTERVAL)
        # Tried too, not only done: storage that cannot be written is not asked at every request.
        if max(token.last_used or "", self._tried.get(token.id, "")) >= since:
            return
        if len(self._tried) >= _MOST_REMEMBERED:
            self._tried.clear()
        self._tried[token.id] = now
        try:
            with self._backend.begin(HOST, write=True) as work:
                noted = work.tokens.note_use(token.id, now, spelled(address), unless_since=since)
                work.commit()
        except Exception:  # noqa: BLE001 - storage may refuse in any way
            logger.warning("The use of token %s could not be noted.", token.id, exc_info=True)
            return
        if noted:
            self._warn(used, now)

    def _warn(self, used: Credential, now: str) -> None:
        """Warn at the first use that is noted beyond a threshold.

        What was noted before says whether this is the first. Of all processes one alone notes a
        use, and so one alone warns.
        """
        found = expiring(used.token, used.connection, now)
        if found is None:
            return
        last = used.token.last_used
        before = None if last is None else expiring(used.token, used.connection, last)
        if before is None or before.threshold != found.threshold:
            logger.warning("%s", found.words)
            self._publish(TokenExpiring(found.token, found.connection, found.days, found.threshold))
