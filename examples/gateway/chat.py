"""What a chat request must look like, and what a key may ask for."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from examples.gateway.errors import ApiError
from examples.gateway.models import ApiKey


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """A request for a chat completion.

    :param texts: the text of each message, in order.
    :param raw: the body as it was sent.
    """

    model: str
    texts: tuple[str, ...]
    stream: bool
    raw: bytes


def read(raw: bytes) -> ChatRequest:
    """Read a request's body.

    :raises ApiError: 400 with a sentence that says what is wrong with it.
    """
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        raise ApiError(400, "The body is not valid JSON.") from None
    if not isinstance(body, dict):
        raise ApiError(400, "The body must be a JSON object.")
    model = body.get("model")
    if not isinstance(model, str) or not model:
        raise ApiError(400, "'model' must name a model.", param="model")
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        raise ApiError(400, "'messages' must be a list of at least one message.", param="messages")
    stream = body.get("stream")
    if not isinstance(stream, bool | None):
        raise ApiError(400, "'stream' must be true or false.", param="stream")
    texts = tuple(_text(message, f"messages[{index}]") for index, message in enumerate(messages))
    return ChatRequest(model=model, texts=texts, stream=bool(stream), raw=raw)


def _text(message: Any, name: str) -> str:
    if not isinstance(message, dict):
        raise ApiError(400, f"'{name}' must be an object.", param=name)
    if not isinstance(message.get("role"), str):
        raise ApiError(400, f"'{name}.role' must be a string.", param=f"{name}.role")
    match message.get("content"):
        case None:  # an assistant's message that only calls tools
            return ""
        case str(text):
            return text
        case list(parts) if all(isinstance(part, dict) for part in parts):
            texts = (part.get("text") for part in parts)
            return " ".join(text for text in texts if isinstance(text, str))
        case _:
            raise ApiError(
                400,
                f"'{name}.content' must be a string or a list of parts.",
                param=f"{name}.content",
            )


def check(key: ApiKey, asked: ChatRequest) -> None:
    """Refuse a model the team may not use, and any once its budget is spent.

    What a call costs is known after it. Calls under way at the moment the budget runs out are still
    answered, so a team can overdraw by those.

    :raises ApiError: 404 for the model, 429 for the budget.
    """
    if not allows(key, asked.model):
        message = f"The model '{asked.model}' does not exist or you do not have access to it."
        raise ApiError(404, message, code="model_not_found", param="model")
    team = key.team
    if team is not None and team.spent >= team.budget:
        message = f"The budget of team '{team.name}' is used up."
        raise ApiError(429, message, kind="insufficient_quota", code="insufficient_quota")


def allows(key: ApiKey, model: str) -> bool:
    """Tell whether the key's team may use the model; a key without a team may use any."""
    return key.team is None or not key.team.models or model in key.team.models
