"""Requests reported as they happen, a line each."""

from __future__ import annotations

import json
import time
from typing import Any
from urllib.parse import parse_qs

from flask_scim_teams.simulator.exchange import Answer
from flask_scim_teams.simulator.exchange import Request
from flask_scim_teams.simulator.exchange import Send

_WIDTH = 72


def report(what: str, outcome: str, started: float) -> None:
    """Print one line of progress.

    :param started: the ``time.perf_counter()`` at which it began.
    """
    milliseconds = (time.perf_counter() - started) * 1000
    line = what if len(what) <= _WIDTH else f"{what[: _WIDTH - 1]}…"
    print(f"  {line:<{_WIDTH}} {outcome:>4} {milliseconds:>5.0f} ms")


def narrated(send: Send) -> Send:
    """Return a function that sends requests and tells of each, by the names of what it is about."""
    names: dict[str, str] = {}

    def tell(request: Request) -> Answer:
        started = time.perf_counter()
        answer = send(request)
        report(_sentence(request, names), str(answer.status), started)
        made = answer.json
        if isinstance(made, dict) and "id" in made:
            names[made["id"]] = made.get("userName") or made.get("displayName") or made["id"]
        return answer

    return tell


def _sentence(request: Request, names: dict[str, str]) -> str:
    path, _, query = request.target.partition("?")
    _, endpoint, *rest = path.split("/")
    about = names.get(rest[0], rest[0]) if rest else ""
    asked = parse_qs(query).get("filter", [""])[0]
    body = json.loads(request.body) if request.body else {}
    if asked:
        about = asked
    elif request.method == "POST":
        about = body.get("userName") or body.get("displayName", "")
    done = ", ".join(_operation(one) for one in body.get("Operations", ()))
    return f"{request.method:<6} /{endpoint} {about}{f': {done}' if done else ''}".rstrip()


def _operation(operation: dict[str, Any]) -> str:
    value = operation.get("value")
    if isinstance(value, list):
        what = operation["path"].removesuffix("s") if len(value) == 1 else operation["path"]
        return f"{operation['op']} {len(value)} {what}"
    return f'{operation["op"]} {operation["path"]} "{value}"'
