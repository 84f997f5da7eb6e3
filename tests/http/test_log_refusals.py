"""The log tells why a request was refused: what was checked, what failed, what to do."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from flask_scim_teams import ScimTeams
from flask_scim_teams.testing.samples import id_of
from tests.conftest import ScimClient
from tests.http.conftest import Own
from tests.http.log import Log

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
DEACTIVATE = {"op": "Replace", "path": "active", "value": "False"}


@pytest.fixture
def config() -> dict[str, Any]:
    return {"SCIM_LOG_READS": True}


PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
UNKNOWN = {"schemas": [PATCH_OP], "Operations": [{"op": "add", "path": "nix", "value": 1}]}

REFUSALS: list[tuple[str, str, Any, int, str, str]] = [
    ("PATCH", f"/Users/{id_of(9)}", UNKNOWN, 400, "schema", "tried to modify user"),
    ("GET", "/Users/nobody", None, 404, "resource", "tried to read user"),
    ("GET", '/Users?filter=nix eq "x"', None, 400, "filter", "tried to search users"),
    ("POST", "/Users", {"schemas": [USER], "userName": "ADA"}, 409, "uniqueness", ""),
    ("POST", "/Users", {"schemas": [USER]}, 400, "schema", "tried to create user"),
    ("POST", "/Users", {"schemas": [USER], "userName": " "}, 400, "values", ""),
    (
        "POST",
        "/Groups",
        {"schemas": [GROUP], "displayName": "B", "members": [{"value": id_of(9)}]},
        400,
        "members",
        "tried to create team",
    ),
    ("DELETE", "/Users", None, 405, "endpoint", "tried to use the service"),
    ("GET", "/Nothing", None, 404, "endpoint", "tried to use the service"),
]


@pytest.mark.parametrize(("method", "path", "body", "status", "check", "action"), REFUSALS)
def test_why_a_request_was_refused(
    idp: ScimClient,
    log: Log,
    method: str,
    path: str,
    body: Any,
    status: int,
    check: str,
    action: str,
) -> None:
    idp.user("ada")
    assert idp.request(method, path, body).status_code == status
    entry = log.last()
    assert (entry.status, entry.outcome) == (status, "refused")
    assert entry.action == action or not action
    *passed, failed = entry.trace
    assert {step.outcome for step in passed} == {"passed"}
    assert [step.check for step in passed][:3] == ["token", "address", "connection"]
    assert (failed.check, failed.outcome) == (check, "failed")
    assert failed.words == entry.detail
    assert failed.remedy
    assert len({step.check for step in entry.trace}) == len(entry.trace)


def test_a_body_that_cannot_be_read(idp: ScimClient, log: Log) -> None:
    for kind, data, check in (
        ("text/plain", "{}", "media type"),
        ("application/json", "{", "JSON"),
    ):
        idp.request("POST", "/Users", content_type=kind, data=data)
        assert log.last().trace[-1].check == check


def test_a_version_that_is_another(idp: ScimClient, log: Log) -> None:
    path = f"/Users/{idp.user('ada')['id']}"
    assert idp.patch(path, DEACTIVATE, headers={"If-Match": 'W/"7"'}).status_code == 412
    entry = log.last()
    assert entry.trace[-1].check == "version"
    assert entry.resource_name == "ada"


def test_a_token_that_was_good_once(idp: ScimClient, log: Log, app: Flask, scim: ScimTeams) -> None:
    with app.app_context():
        [connection] = scim.connections.list()
        elsewhere = scim.tokens.create(label="elsewhere", addresses=["203.0.113.0/24"])
        [first, *_] = scim.tokens.list()
        stranger = ScimClient(idp.client, elsewhere.secret)
        answers = [stranger.get("/Users")]
        scim.connections.disable(connection.name)
        answers.append(idp.get("/Users"))
        scim.tokens.revoke(first.id)
        answers.append(idp.get("/Nothing"))
        # Of nobody: neither of these has an entry.
        forged = idp.token[:-1] + ("Q" if idp.token[-1] == "A" else "A")
        answers.append(ScimClient(idp.client, forged).get("/Users"))
        answers.append(ScimClient(idp.client, "x").get("/Users"))
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.text for answer in answers}) == 1
    found = log()
    assert [one.trace[-1].check for one in found] == ["address", "connection", "token"]
    assert [one.token_id for one in found] == [elsewhere.record.id, first.id, first.id]
    assert "revoked" in str(found[-1].detail)


def test_why_a_token_was_refused(own: Own) -> None:
    """Each refusal of a token that is known says what was checked, what failed, what to do."""
    idp, log, _ = own
    scim = log.scim
    with log.app.app_context():
        entra = scim.connections.create("Entra")
        off = scim.connections.create("Okta")
        short = timedelta(microseconds=1)
        made = {
            "expired at": scim.tokens.create(label="x", connection=entra, expires_in=short),
            "revoked": scim.tokens.create(label="x", connection=entra),
            "192.0.2.0/24": scim.tokens.create(
                label="x", connection=entra, addresses=["192.0.2.0/24"]
            ),
            "disabled": scim.tokens.create(label="x", connection=off),
            "groups:read": scim.tokens.create(label="x", connection=entra, scopes=["users:read"]),
        }
        scim.tokens.revoke(made["revoked"].record.id)
        scim.connections.disable("Okta")
    failed = ["token", "token", "address", "connection", "scope"]
    every = ["token", "address", "connection", "rate limit", "endpoint", "scope"]
    for (words, token), check in zip(made.items(), failed, strict=True):
        answer = ScimClient(idp.client, token.secret).get("/Groups")
        assert answer.status_code == (403 if check == "scope" else 401)
        entry = log.last()
        *passed, last = entry.trace
        assert (entry.token_id, last.check, last.outcome) == (token.record.id, check, "failed")
        assert [step.check for step in passed] == every[: every.index(check)]
        assert {step.outcome for step in passed} <= {"passed"}
        assert words in last.words
        assert last.remedy
    remedies = {one.trace[-1].remedy for one in log() if one.trace[-1].check in failed}
    assert len(remedies) == 4
