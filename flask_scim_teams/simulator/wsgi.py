"""Sends requests to an application in the same process."""

from __future__ import annotations

import contextvars
import sys
from collections.abc import Callable
from collections.abc import Iterable
from io import BytesIO
from typing import Any
from urllib.parse import unquote_to_bytes
from urllib.parse import urlsplit

from flask_scim_teams.simulator.exchange import Answer
from flask_scim_teams.simulator.exchange import Request
from flask_scim_teams.simulator.exchange import Send

Application = Callable[..., Iterable[bytes]]


def wsgi_sender(app: Application, token: str, base: str) -> Send:
    """Return a function that sends requests to a WSGI application.

    :param base: absolute URL that the targets are below.
    """
    url = urlsplit(base)

    def send(request: Request) -> Answer:
        environ = _environ(request, token, base)
        environ["wsgi.url_scheme"] = url.scheme
        environ["HTTP_HOST"] = url.netloc
        environ["SERVER_NAME"] = url.hostname
        environ["SERVER_PORT"] = str(url.port or {"https": 443}.get(url.scheme, 80))
        # In a context of its own, as in a thread of its own: an application context that the
        # caller has pushed must not be the one of all requests.
        return contextvars.Context().run(_call, app, environ)

    return send


def _environ(request: Request, token: str, base: str) -> dict[str, Any]:
    raw = urlsplit(base).path.rstrip("/") + request.target
    path, _, query = raw.partition("?")
    body = request.body or b""
    headers = {
        f"HTTP_{name.upper().replace('-', '_')}": value for name, value in request.headers.items()
    }
    headers.setdefault("HTTP_AUTHORIZATION", f"Bearer {token}")
    if (content_type := headers.pop("HTTP_CONTENT_TYPE", None)) is not None:
        headers["CONTENT_TYPE"] = content_type
    if request.body is not None:
        headers["CONTENT_LENGTH"] = str(len(body))
    return headers | {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "REQUEST_URI": raw,
        "RAW_URI": raw,
        "REMOTE_ADDR": "127.0.0.1",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.input": BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }


def _call(app: Application, environ: dict[str, Any]) -> Answer:
    started: list[tuple[str, list[tuple[str, str]]]] = []
    written: list[bytes] = []

    def start_response(
        status: str, headers: list[tuple[str, str]], _error: object = None
    ) -> Callable[[bytes], None]:
        started.append((status, headers))
        return written.append

    answer = app(environ, start_response)
    try:
        written.extend(answer)
    finally:
        if (close := getattr(answer, "close", None)) is not None:
            close()
    status, headers = started[-1]
    return Answer(
        int(status.split(None, 1)[0]),
        {name.lower(): value for name, value in headers},
        b"".join(written),
    )
