"""The built-in model, which repeats what it hears: enough to try the gateway without a provider."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from examples.gateway.chat import ChatRequest
from examples.gateway.errors import ApiError

MODELS = ("echo-1",)


@dataclass(frozen=True, slots=True)
class Completion:
    """An answer of the echo model. A word counts as a token."""

    id: str
    created: int
    model: str
    text: str
    prompt_tokens: int
    completion_tokens: int

    @property
    def total_tokens(self) -> int:
        """Return the tokens to be charged."""
        return self.prompt_tokens + self.completion_tokens

    def as_json(self) -> dict[str, Any]:
        """Return the answer as one ``chat.completion`` object."""
        message = {"role": "assistant", "content": self.text}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        usage = {
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
            "total_tokens": self.total_tokens,
        }
        return self._object("chat.completion", choice) | {"usage": usage}

    def as_events(self) -> Iterator[str]:
        """Yield the answer as server-sent ``chat.completion.chunk`` events."""
        deltas: list[tuple[dict[str, str], str | None]] = [
            ({"role": "assistant", "content": self.text}, None),
            ({}, "stop"),
        ]
        for delta, reason in deltas:
            choice = {"index": 0, "delta": delta, "finish_reason": reason}
            yield f"data: {json.dumps(self._object('chat.completion.chunk', choice))}\n\n"
        yield "data: [DONE]\n\n"

    def _object(self, kind: str, choice: dict[str, Any]) -> dict[str, Any]:
        head = {"id": self.id, "object": kind, "created": self.created, "model": self.model}
        return head | {"choices": [choice]}


def complete(asked: ChatRequest) -> Completion:
    """Answer with the last message.

    :raises ApiError: 404 when another model is asked for.
    """
    if asked.model not in MODELS:
        raise ApiError(
            404, f"The model '{asked.model}' does not exist.", code="model_not_found", param="model"
        )
    text = asked.texts[-1]
    return Completion(
        id=f"chatcmpl-{secrets.token_hex(12)}",
        created=int(time.time()),
        model=asked.model,
        text=text,
        prompt_tokens=sum(len(said.split()) for said in asked.texts),
        completion_tokens=len(text.split()),
    )


def describe(model: str) -> dict[str, Any]:
    """Return a model's entry in the list of models."""
    return {"id": model, "object": "model", "created": 0, "owned_by": "gateway"}
