"""Refusals in the shape OpenAI's clients understand."""

from __future__ import annotations

from flask import jsonify
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException


class ApiError(Exception):
    """A request to the API is refused.

    :param status: the HTTP status.
    :param message: one sentence for the developer who will read it.
    :param kind: OpenAI's ``type``.
    :param code: OpenAI's ``code``, for refusals programs tell apart.
    :param param: the body's member at fault, where there is one.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.kind = kind
        self.code = code
        self.param = param


def answer(error: ApiError) -> ResponseReturnValue:
    """Turn a refusal into its answer."""
    body = {"message": error.message, "type": error.kind, "param": error.param, "code": error.code}
    response = jsonify(error=body)
    response.status_code = error.status
    if error.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def answer_http(error: HTTPException) -> ResponseReturnValue:
    """Give Flask's own errors, an unexpected exception among them, the same shape."""
    status = error.code or 500
    kind = "invalid_request_error" if status < 500 else "server_error"
    return answer(ApiError(status, error.description or error.name, kind=kind))
