"""The channel: every request goes through it, is counted, and sent again when it has to be."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_scim_teams.simulator.exchange import Answer
from flask_scim_teams.simulator.exchange import Request
from flask_scim_teams.simulator.exchange import Send

#: So many requests in a row without any answer, and the server is taken to be gone.
PATIENCE = 3
_BUSY = frozenset({429, 503})
_QUOTED = 300  # characters of an answer that is no SCIM error


class Unanswered(Exception):
    """A request got no answer; the message says why."""


class ServerGone(Exception):
    """The server was there, and answers no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A request that was not answered the way the provider needs it.

    :param status: ``None`` for no answer at all.
    :param detail: what the server says about it.
    :param name: what was to be made: a user name, or the name of a team.
    """

    method: str
    target: str
    status: int | None
    detail: str
    scim_type: str | None = None
    name: str | None = None

    def __str__(self) -> str:
        status = "no answer" if self.status is None else str(self.status)
        kind = f" ({self.scim_type})" if self.scim_type else ""
        name = f" ({self.name})" if self.name else ""
        return f"{self.method} {self.target}{name}: {status}{kind}: {self.detail}"


class Refused(Exception):
    """A provider cannot go on with what it was about; the refusal is kept by the channel."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(str(refusal))
        self.refusal = refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """How a provider goes on when it is asked to wait.

    :param attempts: how often one request is sent at most.
    :param heeds_server: whether it waits as long as ``Retry-After`` says, in whole seconds.
    :param pause: seconds before the second attempt where the server does not say; each further
        one waits twice as long.
    :param longest: seconds that it waits at most. Real ones wait for hours.
    """

    attempts: int = 5
    heeds_server: bool = True
    pause: float = 1.0
    longest: float = 60.0

    def before(self, attempt: int, answer: Answer) -> float:
        """Return the seconds to wait before an attempt, which is the second one or later."""
        said = answer.headers.get("retry-after", "")
        if self.heeds_server and re.fullmatch(r"[0-9]{1,6}", said):
            return min(float(said), self.longest)
        return min(self.pause * 2.0 ** (attempt - 2), self.longest)


class Channel:
    """Sends requests, counts how they are answered and keeps what was refused.

    :param sleep: waits for so many seconds.
    """

    def __init__(self, send: Send, *, retry: Retry, sleep: Callable[[float], object]) -> None:
        self._send = send
        self._retry = retry
        self._sleep = sleep
        self._silent = 0
        self.counts: Counter[tuple[str, int | None]] = Counter()
        self.refusals: list[Refusal] = []

    def ask(self, request: Request, accept: Collection[int]) -> Answer:
        """Send a request and return its answer.

        :param accept: the statuses that the provider can go on with.
        :raises Refused: when the answer is of another status, or there is none.
        :raises ServerGone: when there has been none for several requests.
        """
        try:
            answer = self._patiently(request)
        except Unanswered as error:
            self.counts[request.method, None] += 1
            self._silent += 1
            refused = self._refused(request, None, str(error))
            if self._silent >= PATIENCE:
                raise ServerGone(str(error)) from None
            raise refused from None
        self._silent = 0
        if answer.status not in accept:
            raise self._refused(request, answer, detail_of(answer))
        return answer

    def unhelpful(self, method: str, target: str, status: int, detail: str) -> Refused:
        """Keep an answer that the provider cannot go on with, and return it as an error."""
        refusal = Refusal(method=method, target=target, status=status, detail=detail)
        self.refusals.append(refusal)
        return Refused(refusal)

    def _refused(self, request: Request, answer: Answer | None, detail: str) -> Refused:
        body = answer.json if answer is not None else None
        kind = body.get("scimType") if isinstance(body, Mapping) else None
        refusal = Refusal(
            method=request.method,
            target=request.target,
            status=None if answer is None else answer.status,
            detail=detail,
            scim_type=kind if isinstance(kind, str) else None,
            name=_name_in(request),
        )
        self.refusals.append(refusal)
        return Refused(refusal)

    def _patiently(self, request: Request) -> Answer:
        for attempt in range(2, self._retry.attempts + 2):
            answer = self._send(request)
            self.counts[request.method, answer.status] += 1
            if answer.status not in _BUSY or attempt > self._retry.attempts:
                break
            self._sleep(self._retry.before(attempt, answer))
        return answer


def _name_in(request: Request) -> str | None:
    """Return the name of what a POST is to make, which its target does not tell."""
    if request.method != "POST" or request.body is None:
        return None
    body = json.loads(request.body)
    name: str | None = body.get("userName", body.get("displayName"))
    return name


def detail_of(answer: Answer) -> str:
    """Return what an answer says about itself: the error's detail, or how its text begins."""
    body: Any = answer.json
    if isinstance(body, Mapping) and isinstance(detail := body.get("detail"), str) and detail:
        return detail
    if (place := answer.headers.get("location")) and 300 <= answer.status < 400:
        return f"sent on to {place}"
    text = " ".join(answer.body[: 4 * _QUOTED].decode(errors="replace").split())
    return text[:_QUOTED] or "(no body)"
