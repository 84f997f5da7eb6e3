"""Writing entries of the log after the answer, on a thread of its own.

Whatever becomes of it, the request is answered already: a log that is slow, hangs or fails costs
entries, which are counted, and nothing else.
"""

from __future__ import annotations

import atexit
import os
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable
from collections.abc import Sequence

from flask_scim_teams.services.logger import logger
from flask_scim_teams.storage.log import LogEntry

#: Most entries that wait; what comes then is dropped.
MAX_WAITING = 1_000
#: Most entries that are written in one unit of work.
BATCH = 100
#: How long the end of the process waits for entries to be written, in seconds.
_AT_EXIT = 2.0

_writers: weakref.WeakSet[BackgroundWriter] = weakref.WeakSet()


class BackgroundWriter:
    """Writes entries in the order in which they come.

    The thread lives while there is something to write: an app that is at rest has none, and a
    process that is forked begins with its own.

    :param write: stores entries, all or none.
    :param tidy: what is done besides when it is asked for, with no haste.
    """

    def __init__(
        self, write: Callable[[Sequence[LogEntry]], None], tidy: Callable[[], object]
    ) -> None:
        self._write = write
        self._tidy = tidy
        self._begin_anew()
        _writers.add(self)

    def _begin_anew(self) -> None:
        self._process = os.getpid()
        self._waiting: deque[LogEntry] = deque()
        self._untidy = False
        self._busy = False
        self._state = threading.Condition()
        #: How many entries were lost, in this process: too many at once, or a failure.
        self.dropped = 0

    def offer(self, entry: LogEntry) -> None:
        """Have an entry written; this never waits for the log."""
        if self._process != os.getpid():
            self._begin_anew()
        with self._state:
            if len(self._waiting) >= MAX_WAITING:
                self.dropped += 1
                return
            self._waiting.append(entry)
        self._begin()

    def tidy(self) -> None:
        """Have the log tidied up; this never waits for it."""
        if self._process != os.getpid():
            self._begin_anew()
        with self._state:
            self._untidy = True
        self._begin()

    def _begin(self) -> None:
        with self._state:
            if self._busy:
                return
            self._busy = True
        try:
            threading.Thread(target=self._run, name="scim-log", daemon=True).start()
        except RuntimeError:
            # No more threads, or the interpreter is on its way out.
            with self._state:
                self.dropped += len(self._waiting)
                self._waiting.clear()
                self._untidy = self._busy = False

    def flush(self, timeout: float = 10.0) -> bool:
        """Wait until everything is written; return whether it is."""
        end = time.monotonic() + timeout
        with self._state:
            while self._busy:
                left = end - time.monotonic()
                if left <= 0:
                    return False
                self._state.wait(left)
        return True

    def write_now(self, entry: LogEntry) -> None:
        """Write an entry at once, where the store is one connection that threads cannot share."""
        self._written([entry])

    def _run(self) -> None:
        while (batch := self._next()) is not None:
            if batch:
                self._written(batch)
            else:
                self._tidied()

    def _written(self, batch: Sequence[LogEntry]) -> None:
        try:
            self._write(batch)
        except Exception as error:  # noqa: BLE001 - whatever a log can do wrong
            with self._state:
                self.dropped += len(batch)
            # The error itself may quote what was to be written.
            lost, kind = len(batch), type(error).__name__
            logger.warning("Lost entries of the provisioning log: %d (%s)", lost, kind)

    def _tidied(self) -> None:
        try:
            self._tidy()
        except Exception as error:  # noqa: BLE001 - whatever a log can do wrong
            kind = type(error).__name__
            logger.warning("The provisioning log could not be tidied up (%s)", kind)

    def _next(self) -> list[LogEntry] | None:
        """Return what is to be written, nothing where it is to be tidied, ``None`` at the end."""
        with self._state:
            batch = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
            if batch:
                return batch
            if self._untidy:
                self._untidy = False
                return []
            self._busy = False
            self._state.notify_all()
        return None


def flush_all(timeout: float = _AT_EXIT) -> bool:
    """Wait until all of this process's entries are written; return whether they are."""
    end = time.monotonic() + timeout
    return all(writer.flush(max(0.0, end - time.monotonic())) for writer in list(_writers))


atexit.register(flush_all)
