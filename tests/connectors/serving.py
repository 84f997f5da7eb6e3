"""Identity providers' APIs on this machine, over real HTTP, with a way to make trouble."""

from __future__ import annotations

import threading
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from dataclasses import field
from typing import Any

from flask import Flask
from flask import jsonify
from flask import request
from werkzeug.exceptions import HTTPException
from werkzeug.serving import WSGIRequestHandler
from werkzeug.serving import make_server
from werkzeug.wrappers import Response

from tests.connectors.company import Company

Trouble = Callable[[], Response | None]


class _Silent(WSGIRequestHandler):
    def send_response(self, code: int, message: str | None = None) -> None:
        # Without a Date beside the one that an answer has.
        self.send_response_only(code, message)

    def log(self, type: str, message: str, *args: Any) -> None:
        pass


def refuse(status: int, body: Any = None, **headers: str) -> Trouble:
    """Answer so, in place of what was asked for."""

    def trouble() -> Response:
        response = jsonify({} if body is None else body)
        response.status_code = status
        response.headers.update({name.replace("_", "-"): text for name, text in headers.items()})
        return response

    return trouble


def break_off() -> Response:
    """Promise more than comes, and close the connection."""
    return Response(
        iter([b'{"value": [']), headers={"Content-Length": "10000"}, mimetype="text/json"
    )


@dataclass
class Asked:
    """A request that came."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]


@dataclass
class Api:
    """One provider's API.

    :param page: longest page that it gives, whatever is asked for.
    :param troubles: what it does in place of the next answers below a path.
    :param denied: what a token may not see: beginnings of paths.
    """

    company: Company
    page: int = 1_000
    troubles: list[tuple[str, Trouble]] = field(default_factory=list)
    denied: set[str] = field(default_factory=set)
    asked: list[Asked] = field(default_factory=list)
    good_tokens: set[str] = field(default_factory=set)
    url: str = ""
    #: Pages that were named: the rest of the query, exactly as it was written.
    named: set[bytes] = field(default_factory=set)

    name = "provider"

    def __post_init__(self) -> None:
        self.app = Flask(self.name)
        self.app.before_request(self._before)
        self.app.register_error_handler(HTTPException, self._wrong)
        self.routes()

    def routes(self) -> None:
        raise NotImplementedError

    def denial(self) -> Any:
        """Return the body of a 403, in the provider's form."""
        return {"error": "forbidden"}

    def token(self) -> str:
        """Return a new token, which is good until it is taken back."""
        made = f"{self.name}-access-{len(self.asked)}"
        self.good_tokens.add(made)
        return made

    def is_sign_in(self, path: str) -> bool:
        return path.endswith("/token")

    def bearer(self) -> str:
        return request.headers.get("Authorization", "").removeprefix("Bearer ")

    def paths(self) -> list[str]:
        """Return the paths that were asked for, sign-ins apart."""
        return [one.path for one in self.asked if not self.is_sign_in(one.path)]

    def _before(self) -> Response | None:
        path = request.path
        self.asked.append(Asked(request.method, path, dict(request.args), dict(request.headers)))
        for place, (below, trouble) in enumerate(self.troubles):
            if path.startswith(below):
                del self.troubles[place]
                response = trouble()
                if response is not None:
                    return response
                break
        if self.is_sign_in(path):
            return None
        if self.bearer() not in self.good_tokens:
            return self._answer(401, {"error": {"code": "InvalidAuthenticationToken"}})
        if any(path.startswith(one) for one in self.denied):
            return self._answer(403, self.denial())
        return None

    def _wrong(self, error: HTTPException) -> Response:
        return self._answer(error.code or 500, {"error": {"code": "wrong"}})

    def _answer(self, status: int, body: Any) -> Response:
        response = jsonify(body)
        response.status_code = status
        return response

    def part(self, items: Iterable[Any], start: int, wanted: int) -> tuple[list[Any], int | None]:
        """Return a page, and where the next begins."""
        found = list(items)
        end = start + min(wanted, self.page)
        return found[start:end], end if end < len(found) else None


@contextmanager
def serving(api: Api) -> Iterator[Api]:
    """Serve an API until the block ends."""
    server = make_server("127.0.0.1", 0, api.app, threaded=True, request_handler=_Silent)
    api.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield api
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
