"""One HTTP request at a time, reported as it happens."""

from __future__ import annotations

import json
import time
from http.client import HTTPConnection
from http.client import HTTPException
from typing import Any

from examples.gateway.demo.server import HOST
from examples.gateway.demo.server import DemoError

TIMEOUT = 30.0  # seconds


def report(what: str, outcome: str, started: float) -> None:
    """Print one line of progress.

    :param started: the ``time.perf_counter()`` at which it began.
    """
    milliseconds = (time.perf_counter() - started) * 1000
    print(f"  {what:<68} {outcome:>4} {milliseconds:>6.0f} ms")


class Client:
    """Sends requests with a bearer token and, like Entra, without a User-Agent."""

    def __init__(self, port: int, token: str, content_type: str) -> None:
        self._port = port
        self._headers = {
            "Authorization": f"Bearer {token}",
            "Accept": content_type,
            "Content-Type": content_type,
        }

    def send(
        self,
        what: str,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        *,
        expect: tuple[int, ...],
    ) -> dict[str, Any]:
        """Send a request and return the JSON object it is answered with, empty when there is none.

        :param what: the line to report it by.
        :raises DemoError: when the status is none of the expected ones.
        """
        started = time.perf_counter()
        connection = HTTPConnection(HOST, self._port, timeout=TIMEOUT)
        try:
            content = None if body is None else json.dumps(body)
            connection.request(method, path, content, self._headers)
            response = connection.getresponse()
            raw = response.read()
        except (OSError, HTTPException) as error:
            raise DemoError(f"{method} {path} was not answered: {error}") from None
        finally:
            connection.close()
        report(what, str(response.status), started)
        answer = _read(raw)
        if response.status not in expect:
            outcome = f"{response.status} instead of {' or '.join(map(str, expect))}"
            raise DemoError(f"{method} {path} was answered {outcome}: {_detail(answer, raw)}")
        return answer


def _read(raw: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(raw)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _detail(answer: dict[str, Any], raw: bytes) -> str:
    if isinstance(detail := answer.get("detail"), str):
        return detail
    return raw.decode(errors="replace")[:1000] or "(no body)"
