"""What goes over the wire: requests, answers, and the function that turns one into the other."""

from __future__ import annotations

import json
from collections.abc import Callable
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Request:
    """A request, with no header but those that are named here.

    :param target: path and query as on the wire, below the base URL: ``/Users?startIndex=1``.
    :param body: ``None`` for a request without one.
    """

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request was answered with.

    :param headers: by lower-case name.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body read as JSON; ``None`` where it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


#: Sends a request and returns its answer. It adds ``Authorization``, and nothing else that can be
#: left out: a request without ``User-Agent`` has to arrive without.
Send = Callable[[Request], Answer]
