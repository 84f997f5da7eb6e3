"""The connection test: what identity providers ask when an administrator presses their button."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable
from typing import Any

from flask_scim_teams.checks.asking import ELSEWHERE
from flask_scim_teams.checks.asking import ERROR
from flask_scim_teams.checks.asking import Asking
from flask_scim_teams.checks.asking import Unexpected
from flask_scim_teams.checks.asking import filtered
from flask_scim_teams.checks.asking import list_of
from flask_scim_teams.checks.asking import scim_body
from flask_scim_teams.checks.check import Check
from flask_scim_teams.checks.check import ok
from flask_scim_teams.checks.check import skipped
from flask_scim_teams.checks.probe import Probe
from flask_scim_teams.simulator.exchange import Send

#: A question of the connection test: returns what it saw, or raises :class:`Unexpected`.
Question = Callable[[Asking], str]

_FIRST = "Token"
_BASE = ("User", "/Users"), ("Group", "/Groups")


def run_connection_test(send: Send, *, write: bool = False) -> list[Check]:
    """Ask what identity providers ask to see whether a connection works, and return what came.

    Nothing is changed, unless it is to be.

    :param send: sends requests below the base URL, with a token.
    :param write: whether a user and a team are to be made, changed and deleted as well. They are
        named so that nobody takes them for people, and are removed whatever happens.
    """
    asking = Asking(send)
    checks = [_check(asking, _FIRST, _token_is_accepted)]
    if checks[0].outcome == "failure":
        # Each of them would say the same thing once more.
        names = [name for name, _ in _READING]
        names += Probe(asking).names() if write else ()
        return checks + [skipped(name, "Not asked without a token.") for name in names]
    checks += [_check(asking, name, question) for name, question in _READING]
    if write:
        checks += Probe(asking).run()
    return checks


def _check(asking: Asking, name: str, question: Question) -> Check:
    try:
        return ok(name, question(asking))
    except Unexpected as unexpected:
        return unexpected.as_check(name)


def _token_is_accepted(asking: Asking) -> str:
    list_of(asking.get("/Users?count=0"))
    return "The token is accepted."


def _wrong_token_is_refused(asking: Asking) -> str:
    secret = f"scim_{secrets.token_hex(8)}_{secrets.token_hex(32)}.{secrets.token_urlsafe(32)}"
    for wrong in ({"Authorization": f"Bearer {secret}"}, {"Authorization": ""}):
        answer = asking.get("/Users?count=0", 200, 401, headers=wrong)
        if answer.status == 200:
            raise Unexpected(
                "The server answers whoever asks: a token that it never made was accepted.",
                "Take it off the network until this is mended: anybody can change users.",
            )
        body = scim_body(answer)
        if ERROR not in body.get("schemas", ()) or str(body.get("status")) != "401":
            raise Unexpected("A wrong token is refused, but with no SCIM error.", ELSEWHERE)
        if not answer.headers.get("www-authenticate", "").startswith("Bearer"):
            raise Unexpected(
                "A wrong token is refused without WWW-Authenticate: Bearer.", ELSEWHERE, grave=False
            )
    return "A wrong token, and none at all, are refused with 401 and a SCIM error."


def _service_provider_config(asking: Asking) -> str:
    body = scim_body(asking.get("/ServiceProviderConfig"))
    missing = [
        name
        for name in ("patch", "bulk", "filter", "changePassword", "sort", "etag")
        if not isinstance(body.get(name), dict) or "supported" not in body[name]
    ]
    if missing:
        raise Unexpected(f"/ServiceProviderConfig does not say {', '.join(missing)}.", ELSEWHERE)
    if not body["patch"]["supported"]:
        raise Unexpected(
            "PATCH is not supported here, and Entra ID changes users and groups with nothing else.",
            ELSEWHERE,
        )
    return "It can be read, and announces PATCH."


def _resource_types(asking: Asking) -> str:
    _, resources = list_of(asking.get("/ResourceTypes"))
    found = {(one.get("name"), one.get("endpoint")) for one in resources if isinstance(one, dict)}
    missing = [name for name, endpoint in _BASE if (name, endpoint) not in found]
    if missing:
        raise Unexpected(f"/ResourceTypes does not list {' and '.join(missing)}.", ELSEWHERE)
    return f"{len(resources)} can be read, User and Group among them."


def _schemas(asking: Asking) -> str:
    _, resources = list_of(asking.get("/Schemas"))
    found = {one.get("id") for one in resources if isinstance(one, dict)}
    urn = "urn:ietf:params:scim:schemas:core:2.0:"
    missing = [name for name, _ in _BASE if f"{urn}{name}" not in found]
    if missing:
        raise Unexpected(f"/Schemas does not list {' and '.join(missing)}.", ELSEWHERE)
    if _has_null(resources):
        raise Unexpected(
            "/Schemas has members that are null, and Entra ID cannot read it.", ELSEWHERE
        )
    return f"{len(resources)} can be read, those of users and groups among them."


def _entra_asks_for_a_user(asking: Asking) -> str:
    _nobody(asking, filtered("/Users", f'userName eq "{uuid.uuid4()}"'))
    return "A user who cannot be is looked up: 200 and an empty list."


def _entra_asks_for_a_team(asking: Asking) -> str:
    nobody = f'displayName eq "{uuid.uuid4()}"'
    _nobody(asking, filtered("/Groups", nobody, excludedAttributes="members"))
    return "A team that cannot be is looked up: 200 and an empty list."


def _nobody(asking: Asking, target: str) -> None:
    total, resources = list_of(asking.get(target))
    if total or resources:
        raise Unexpected(
            f"A look-up of a name that cannot be finds {total}: the filter was not applied.",
            "Do not connect an identity provider: it would take one person for another.",
        )


def _okta_asks_for_a_page(asking: Asking) -> str:
    answer = asking.get("/Users?startIndex=1&count=2")
    total, resources = list_of(answer)
    if len(resources) > 2 or len(resources) < min(total, 1):
        raise Unexpected(
            f"A page of two users out of {total} has {len(resources)}.",
            "Okta would import too many people, or too few.",
        )
    if (begin := scim_body(answer).get("startIndex", 1)) != 1:
        raise Unexpected(f"The first page says that it begins at {begin}.", ELSEWHERE)
    if any(not isinstance(one, dict) or not isinstance(one.get("id"), str) for one in resources):
        raise Unexpected("A user on the first page has no id.", ELSEWHERE)
    return f"A page of {len(resources)} out of {total} users."


def _has_null(value: Any) -> bool:
    match value:
        case None:
            return True
        case dict():
            return any(map(_has_null, value.values()))
        case list():
            return any(map(_has_null, value))
    return False


_READING: tuple[tuple[str, Question], ...] = (
    ("Wrong token", _wrong_token_is_refused),
    ("ServiceProviderConfig", _service_provider_config),
    ("ResourceTypes", _resource_types),
    ("Schemas", _schemas),
    ("Entra ID's question for a user", _entra_asks_for_a_user),
    ("Entra ID's question for a group", _entra_asks_for_a_team),
    ("Okta's first page", _okta_asks_for_a_page),
)
