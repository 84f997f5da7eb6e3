"""The logger ``flask_scim_teams``, for whoever operates the service."""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import Any


class _Unfailing(logging.LoggerAdapter[logging.Logger]):
    """A logger whose handlers may fail: the request that has something to say goes on.

    Handlers are the host's. They should keep their errors to themselves, and not all of them do.
    """

    def log(self, level: int, msg: object, *args: object, **kwargs: Any) -> None:
        with suppress(Exception):
            # This frame is not who said it.
            super().log(level, msg, *args, stacklevel=kwargs.pop("stacklevel", 1) + 1, **kwargs)


logger = _Unfailing(logging.getLogger("flask_scim_teams"))
