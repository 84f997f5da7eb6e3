"""Hosts that are asked what they describe, and one door to whichever is open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path
from typing import Any

from flask import Flask
from flask import Response
from flask import request

from flask_scim_teams import ScimTeams
from tests.conftest import SECRET_KEY
from tests.hosts import open_storage
from tests.openapi.generating import furnish


@dataclass
class Host:
    """An app over storage of some kind, and what it was asked.

    :param furnish: makes the storage what it was at the start.
    :param met: how many requests had which method, route and status.
    """

    app: Flask
    token: str
    furnish: Callable[[], None]
    met: Counter[tuple[str, str, int]] = field(default_factory=Counter)
    changed: bool = True

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def renew(self) -> None:
        """Undo what requests changed."""
        if self.changed:
            self.furnish()
            self.changed = False


class Door:
    """A WSGI application that is another one each time: what is tested is chosen at import."""

    host: Host | None = None

    def __call__(self, environ: Any, start_response: Any) -> Any:
        assert self.host is not None
        return self.host.app(environ, start_response)


@contextmanager
def open_host(kind: str, folder: Path) -> Iterator[Host]:
    """Yield a host over storage of that kind."""
    with open_storage(kind, folder) as storage:
        app = Flask("host")
        app.config["SECRET_KEY"] = SECRET_KEY
        scim = ScimTeams(storage.backend, app)
        with app.app_context():
            token = scim.tokens.create(label="test")
        host = Host(app, token.secret, lambda: furnish(storage, token.record))

        @app.after_request
        def count(response: Response) -> Response:
            rule, status = str(request.url_rule), response.status_code
            host.met[request.method, rule, status] += 1
            reads = request.method == "GET" or rule.endswith("/.search")
            host.changed |= status < 300 and not reads
            return response

        yield host
