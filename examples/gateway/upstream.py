"""Requests passed on to the provider named by ``GATEWAY_UPSTREAM``."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request
from urllib.request import urlopen

from flask import current_app

from examples.gateway.errors import ApiError

TIMEOUT = 120.0  # seconds; long completions take a minute


@dataclass(frozen=True, slots=True)
class Answer:
    """What the provider answered, to be handed on as it is."""

    status: int
    content_type: str
    body: bytes


def forward(path: str, body: bytes | None = None) -> Answer:
    """Send a request to the provider with the gateway's own key, never with the caller's.

    The answer is read to its end, a stream too: its usage stands in the last event.

    :raises ApiError: 502 when the provider cannot be reached.
    """
    base = current_app.config["UPSTREAM"].removesuffix("/v1")
    headers = {"Accept": "*/*"}
    if body is not None:
        headers["Content-Type"] = "application/json"
    if key := current_app.config["UPSTREAM_KEY"]:
        headers["Authorization"] = f"Bearer {key}"
    request = Request(base + path, body, headers)  # noqa: S310  # settings allow http and https only
    try:
        with urlopen(request, timeout=TIMEOUT) as response:  # noqa: S310  # likewise
            return _answer(response.status, response)
    except HTTPError as refusal:
        with refusal:
            return _answer(refusal.code, refusal)
    except (OSError, HTTPException) as error:
        current_app.logger.warning("the provider cannot be reached: %s", error)
        message = "The model's provider cannot be reached."
        raise ApiError(502, message, kind="server_error", code="upstream_unreachable") from error


def _answer(status: int, response: Any) -> Answer:
    content_type = response.headers.get("Content-Type", "application/octet-stream")
    return Answer(status, content_type, response.read())


def tokens_used(answer: Answer) -> int:
    """Return an answer's ``usage.total_tokens``, in a stream the last one, or 0 without any."""
    if answer.status != 200:
        return 0
    documents = [answer.body]
    if answer.content_type.startswith("text/event-stream"):
        lines = answer.body.splitlines()
        documents = [
            line.removeprefix(b"data:") for line in reversed(lines) if line.startswith(b"data:")
        ]
    for document in documents:
        with suppress(ValueError, RecursionError, TypeError, KeyError):
            tokens = json.loads(document)["usage"]["total_tokens"]
            if isinstance(tokens, int) and tokens >= 0:
                return tokens
    return 0
