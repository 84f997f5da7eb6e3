"""Lost races are run again, a few times."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TypeVar

from flask_scim_teams.core.errors import Unavailable
from flask_scim_teams.services.logger import logger
from flask_scim_teams.storage.interface import LostRace

ATTEMPTS = 6
_FIRST_PAUSE = 0.01

T = TypeVar("T")


def attempt(unit: Callable[[], T], pause: Callable[[float], None] = time.sleep) -> T:
    """Return what the unit of work returns, trying again when it lost a race.

    :param unit: all or nothing, so that it can be run again as it is.
    :param pause: waits that many seconds; twice as long each time, with jitter.
    :raises Unavailable: if it keeps losing. Nothing is stored then.
    """
    for number in range(ATTEMPTS):
        try:
            return unit()
        except LostRace as race:
            logger.info("Attempt %d of %d lost a race: %s", number + 1, ATTEMPTS, race)
            # Jitter is no secret: the module that is not for cryptography will do.
            pause(random.uniform(0.5, 1.0) * _FIRST_PAUSE * 2**number)  # noqa: S311
    raise Unavailable("Other requests are changing the same data; send this one again.")
