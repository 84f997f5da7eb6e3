"""Questions to a SCIM service provider, and what is wrong with its answers in words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from flask_scim_teams.checks.check import Check
from flask_scim_teams.checks.check import failure
from flask_scim_teams.checks.check import warning
from flask_scim_teams.simulator.channel import Unanswered
from flask_scim_teams.simulator.channel import detail_of
from flask_scim_teams.simulator.exchange import Answer
from flask_scim_teams.simulator.exchange import Request
from flask_scim_teams.simulator.exchange import Send

SCIM_JSON = "application/scim+json"
LIST_RESPONSE = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
_PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"

#: Where most answers that are none of ours come from.
ELSEWHERE = (
    "See that the URL ends with the path of the SCIM endpoints, and that no proxy, sign-in page or "
    "firewall answers in its place."
)
_BUSY = "Try again in a minute; see the server's log if it stays so."
_SCOPES = "Make a token with the scopes for reading and writing users and groups."
_REFUSED = (
    "See that the token is typed in full, not revoked or expired, and that its connection is not "
    "disabled. Make a new one if in doubt."
)


class Unexpected(Exception):
    """An answer is not what an identity provider needs.

    :param remedy: what to do about it.
    :param grave: whether provisioning does not work with it.
    """

    def __init__(self, words: str, remedy: str, *, grave: bool = True) -> None:
        super().__init__(words)
        self.words = words
        self.remedy = remedy
        self.grave = grave

    def as_check(self, name: str) -> Check:
        """Return what a check of that name found."""
        return (failure if self.grave else warning)(name, self.words, self.remedy)


class Asking:
    """Sends requests and reads answers as an identity provider does.

    :param send: carries the token.
    """

    def __init__(self, send: Send) -> None:
        self._send = send

    def get(self, target: str, *accept: int, headers: Mapping[str, str] | None = None) -> Answer:
        """Read something; an answer of another status than 200, or those named, is unexpected."""
        request = Request("GET", target, {"Accept": SCIM_JSON, **(headers or {})})
        return self.ask(request, *(accept or (200,)))

    def post(self, target: str, body: Mapping[str, Any]) -> Answer:
        """Make something."""
        return self.ask(_with_body("POST", target, body), 201)

    def patch(self, target: str, *operations: Mapping[str, Any]) -> Answer:
        """Change something."""
        body = {"schemas": [_PATCH_OP], "Operations": operations}
        return self.ask(_with_body("PATCH", target, body), 200, 204)

    def delete(self, target: str, *accept: int) -> Answer:
        """Delete something."""
        return self.ask(Request("DELETE", target, {"Accept": SCIM_JSON}), *(accept or (204,)))

    def ask(self, request: Request, *accept: int) -> Answer:
        """Send a request and return its answer.

        :raises Unexpected: if there is none, or it has a status that is not accepted.
        """
        what = f"{request.method} {request.target.partition('?')[0]}"
        try:
            answer = self._send(request)
        except Unanswered as error:
            raise Unexpected(f"{what} got no answer: {error}.", ELSEWHERE) from None
        except Exception as error:  # noqa: BLE001 - the app may raise anything, and is called here
            # What it says may be anything, too: its kind has to do.
            raise Unexpected(
                f"{what} ended with an error of the application, {type(error).__name__}.",
                "See the server's log.",
            ) from None
        if answer.status in accept:
            return answer
        detail = detail_of(answer)
        raise Unexpected(f"{what} was answered with {answer.status}: {detail}", _remedy(answer))


def filtered(endpoint: str, filter: str, **further: str) -> str:
    """Return the target of a look-up."""
    return f"{endpoint}?{urlencode({'filter': filter, **further})}"


def scim_body(answer: Answer) -> Mapping[str, Any]:
    """Return the body of an answer, which has to be SCIM's JSON.

    :raises Unexpected: if it is not.
    """
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != SCIM_JSON:
        raise Unexpected(
            f"The answer is {kind or 'of no media type'}, not {SCIM_JSON}. Entra ID refuses that.",
            ELSEWHERE,
        )
    if not isinstance(body := answer.json, Mapping):
        raise Unexpected("The answer is not a JSON object.", ELSEWHERE)
    return body


def list_of(answer: Answer) -> tuple[int, list[Any]]:
    """Return the total and the resources of a list.

    :raises Unexpected: if the answer is no ListResponse.
    """
    body = scim_body(answer)
    total, resources = body.get("totalResults"), body.get("Resources") or []
    whole = isinstance(total, int) and not isinstance(total, bool)
    schemas = body.get("schemas")
    if not isinstance(schemas, list) or LIST_RESPONSE not in schemas or not whole:
        raise Unexpected("The answer is no SCIM ListResponse with a totalResults.", ELSEWHERE)
    if not isinstance(resources, list):
        raise Unexpected("The Resources of the answer are no list.", ELSEWHERE)
    assert isinstance(total, int)
    return total, resources


def _with_body(method: str, target: str, body: Mapping[str, Any]) -> Request:
    headers = {"Accept": SCIM_JSON, "Content-Type": SCIM_JSON}
    return Request(method, target, headers, json.dumps(body).encode())


def _remedy(answer: Answer) -> str:
    match answer.status:
        case 401:
            return _REFUSED
        case 403:
            return _SCOPES
        case 429 | 503:
            return _BUSY
        case status if status >= 500:
            return "See the server's log."
    return ELSEWHERE
