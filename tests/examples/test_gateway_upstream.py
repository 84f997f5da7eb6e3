from __future__ import annotations

import json
import threading
from collections.abc import Callable
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from http.server import ThreadingHTTPServer
from typing import Any
from typing import ClassVar

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from examples.gateway.models import ApiKey
from examples.gateway.models import db

CHAT = "/v1/chat/completions"
HELLO = {"model": "big-1", "messages": [{"role": "user", "content": "hello"}], "temperature": 0.5}


class Provider(BaseHTTPRequestHandler):
    """A provider that remembers what it was asked and answers what it was told to."""

    asked: ClassVar[list[tuple[str, str, str | None, bytes]]]
    status: ClassVar[int]
    content_type: ClassVar[str]
    body: ClassVar[bytes]

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        request = (self.command, self.path, self.headers["Authorization"], self.rfile.read(length))
        self.asked.append(request)
        self.send_response(self.status)
        self.send_header("Content-Type", self.content_type)
        self.send_header("Content-Length", str(len(self.body)))
        self.end_headers()
        self.wfile.write(self.body)

    do_POST = do_GET  # noqa: N815  # http.server's way of naming methods

    def log_message(self, *_: Any) -> None:
        """Keep quiet."""


@pytest.fixture
def provider(gateway: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Provider]]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    Provider.asked = []
    Provider.status = 200
    Provider.content_type = "application/json"
    with ThreadingHTTPServer(("127.0.0.1", 0), Provider) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        gateway.config["UPSTREAM"] = f"http://127.0.0.1:{server.server_port}/v1"
        gateway.config["UPSTREAM_KEY"] = "sk-provider"
        yield Provider
        server.shutdown()
        thread.join()


def spent(gateway: Flask) -> int:
    with gateway.app_context():
        return db.session.scalars(select(ApiKey.spent)).one()


def test_a_chat_is_forwarded_as_it_is(
    gateway: Flask, alice: FlaskClient, provider: type[Provider]
) -> None:
    provider.body = json.dumps({"id": "x", "usage": {"total_tokens": 7}}).encode()
    answer = alice.post(CHAT, json=HELLO)
    assert (answer.status_code, answer.data) == (200, provider.body)
    [(method, path, authorization, body)] = provider.asked
    assert (method, path, authorization) == ("POST", CHAT, "Bearer sk-provider")
    assert json.loads(body) == HELLO
    assert spent(gateway) == 70


def test_a_stream_is_handed_on_and_charged_by_its_last_event(
    gateway: Flask, alice: FlaskClient, provider: type[Provider]
) -> None:
    provider.content_type = "text/event-stream; charset=utf-8"
    provider.body = (
        b'data: {"usage": null}\n\ndata: {"usage": {"total_tokens": 3}}\n\ndata: [DONE]\n\n'
    )
    answer = alice.post(CHAT, json=HELLO | {"stream": True})
    assert (answer.data, answer.content_type) == (provider.body, provider.content_type)
    assert spent(gateway) == 30


def test_models_are_the_providers(alice: FlaskClient, provider: type[Provider]) -> None:
    provider.body = b'{"object": "list", "data": []}'
    assert alice.get("/v1/models").data == provider.body
    assert provider.asked[0][:2] == ("GET", "/v1/models")


@pytest.mark.parametrize("body", [b'{"error": {"message": "slow down"}}', b"plain text"])
def test_a_refusal_is_handed_on_and_costs_nothing(
    gateway: Flask, alice: FlaskClient, provider: type[Provider], body: bytes
) -> None:
    provider.status = 429
    provider.body = body
    answer = alice.post(CHAT, json=HELLO)
    assert (answer.status_code, answer.data) == (429, body)
    assert spent(gateway) == 0


@pytest.mark.parametrize(
    "body", [b"not JSON", b"[]", b'{"usage": {"total_tokens": "7"}}', b'{"usage": null}']
)
def test_an_answer_without_usage_costs_nothing(
    gateway: Flask, alice: FlaskClient, provider: type[Provider], body: bytes
) -> None:
    provider.body = body
    assert alice.post(CHAT, json=HELLO).status_code == 200
    assert spent(gateway) == 0


def test_a_provider_that_cannot_be_reached_is_a_bad_gateway(
    client_with: Callable[[str], FlaskClient],
    gateway: Flask,
    key: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with ThreadingHTTPServer(("127.0.0.1", 0), Provider) as closed:
        gateway.config["UPSTREAM"] = f"http://127.0.0.1:{closed.server_port}"
    client = client_with(key)
    for answer in (client.post(CHAT, json=HELLO), client.get("/v1/models")):
        assert answer.status_code == 502
        assert answer.json["error"]["code"] == "upstream_unreachable"
