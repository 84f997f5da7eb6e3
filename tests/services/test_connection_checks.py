"""The connection test against servers that are right, and servers that are wrong in one thing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from flask_scim_teams import ScimTeams
from flask_scim_teams.checks.connection_test import run_connection_test
from flask_scim_teams.simulator.exchange import Answer
from flask_scim_teams.simulator.exchange import Request
from flask_scim_teams.simulator.exchange import Send
from flask_scim_teams.simulator.wsgi import wsgi_sender
from tests.conftest import SECRET_KEY
from tests.dumps import Dump
from tests.dumps import dump
from tests.hosts import Storage
from tests.hosts import open_storage

READING = [
    "Token",
    "Wrong token",
    "ServiceProviderConfig",
    "ResourceTypes",
    "Schemas",
    "Entra ID's question for a user",
    "Entra ID's question for a group",
    "Okta's first page",
]
WRITES = 7  # user, deactivation, team, member in, member out, and two deletions

Tamper = Callable[[Request, Answer], Answer]


@pytest.fixture(params=["memory", "sqlite"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    with open_storage(request.param, tmp_path) as storage:
        yield storage


@pytest.fixture
def send(kept: Storage) -> Send:
    """What sends requests to a server that is right."""
    return sender(kept)


def sender(storage: Storage, **config: Any) -> Send:
    app = Flask("host")
    app.config.update(SECRET_KEY=SECRET_KEY, **config)
    scim = ScimTeams(storage.backend, app)
    with app.app_context():
        token = scim.tokens.create(label="test").secret
    return wsgi_sender(app, token, "http://localhost/scim/v2")


def resources(storage: Storage) -> Dump:
    """Everything but what signing in leaves: when a token was used last."""
    return {name: rows for name, rows in dump(storage).items() if "token" not in name}


def outcomes(send: Send, **given: bool) -> dict[str, str]:
    return {check.name: check.outcome for check in run_connection_test(send, **given)}


def test_a_server_that_is_right(send: Send, kept: Storage) -> None:
    send(posted("/Users", {"userName": "ada@example.com"}))
    before = resources(kept)
    found = run_connection_test(send)
    assert [(check.name, check.outcome) for check in found] == [(name, "ok") for name in READING]
    assert found[-1].words == "A page of 1 out of 1 users."
    assert resources(kept) == before


def posted(target: str, attributes: dict[str, Any]) -> Request:
    urn = "urn:ietf:params:scim:schemas:core:2.0:User"
    body = json.dumps({"schemas": [urn], **attributes}).encode()
    return Request("POST", target, {"Content-Type": "application/scim+json"}, body)


@pytest.mark.parametrize("config", [{}, {"SCIM_STRICT": True}, {"SCIM_PUBLIC_DISCOVERY": True}])
def test_the_probe_is_made_and_gone(kept: Storage, config: dict[str, bool]) -> None:
    send = sender(kept, **config)
    send(posted("/Users", {"userName": "ada@example.com"}))
    before, asked = resources(kept), []

    def watched(request: Request) -> Answer:
        asked.append(request)
        return send(request)

    found = run_connection_test(watched, write=True)
    assert {check.outcome for check in found} == {"ok"}, found
    assert len(found) == len(READING) + 8
    assert [one.method for one in asked if one.method != "GET"][:WRITES] == [
        *("POST", "PATCH", "POST", "PATCH", "PATCH", "DELETE", "DELETE")
    ]
    named = [json.loads(one.body or b"") for one in asked if one.method == "POST"]
    assert named[0]["userName"].startswith("scim-connection-test-")
    assert named[0]["userName"].endswith("@probe.invalid")
    assert named[1]["displayName"].startswith("scim-connection-test-")
    assert resources(kept) == before


@pytest.mark.parametrize("carried_out", [False, True], ids=["refused", "answer-lost"])
@pytest.mark.parametrize("nth", range(1, WRITES + 1))
def test_nothing_is_left_when_a_step_fails(
    send: Send, kept: Storage, nth: int, carried_out: bool
) -> None:
    before, writes = resources(kept), 0

    def failing(request: Request) -> Answer:
        nonlocal writes
        writes += request.method != "GET"
        if request.method == "GET" or writes != nth:
            return send(request)
        if carried_out:
            send(request)
        return Answer(500, {"content-type": "text/html"}, b"<h1>Internal Server Error</h1>")

    found = run_connection_test(failing, write=True)[len(READING) :]
    assert [check.outcome for check in found].count("failure") == 1
    assert found[-1].outcome == "ok", found[-1]
    assert resources(kept) == before


def test_nothing_is_left_when_it_is_interrupted(send: Send, kept: Storage) -> None:
    before, writes = resources(kept), 0

    def interrupted(request: Request) -> Answer:
        nonlocal writes
        writes += request.method != "GET"
        if request.method == "PATCH" and writes == 4:
            send(request)
            raise KeyboardInterrupt
        return send(request)

    with pytest.raises(KeyboardInterrupt):
        run_connection_test(interrupted, write=True)
    assert writes > 4
    assert resources(kept) == before


def test_what_cannot_be_removed_is_named(send: Send) -> None:
    def keeping(request: Request) -> Answer:
        return Answer(403, {}, b"") if request.method == "DELETE" else send(request)

    last = run_connection_test(keeping, write=True)[-1]
    assert (last.name, last.outcome) == ("Probe: clean up", "failure")
    assert last.words.count("scim-connection-test-") == 2
    assert "by hand" in last.remedy


def test_a_deletion_that_does_not_delete_is_seen(send: Send) -> None:
    def pretending(request: Request) -> Answer:
        return Answer(204, {}, b"") if request.method == "DELETE" else send(request)

    found = outcomes(pretending, write=True)
    assert found["Probe: delete both"] == found["Probe: clean up"] == "failure"


def body_of(answer: Answer, **changed: Any) -> Answer:
    return Answer(answer.status, answer.headers, json.dumps(answer.json | changed).encode())


def _open_to_all(request: Request, answer: Answer) -> Answer:
    if answer.status != 401:
        return answer
    urn = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
    body = {"schemas": [urn], "totalResults": 0}
    return Answer(200, {"content-type": "application/scim+json"}, json.dumps(body).encode())


def _plain_refusal(request: Request, answer: Answer) -> Answer:
    return Answer(401, {"content-type": "text/html"}, b"no") if answer.status == 401 else answer


def _no_challenge(request: Request, answer: Answer) -> Answer:
    headers = {name: one for name, one in answer.headers.items() if name != "www-authenticate"}
    return Answer(answer.status, headers, answer.body)


def _plain_json(request: Request, answer: Answer) -> Answer:
    if not request.target.startswith("/Users?filter"):
        return answer
    return Answer(answer.status, {"content-type": "application/json"}, answer.body)


def _not_found(request: Request, answer: Answer) -> Answer:
    return Answer(404, {}, b"") if request.target.startswith("/Groups?filter") else answer


def _unfiltered(request: Request, answer: Answer) -> Answer:
    if not request.target.startswith("/Users?filter"):
        return answer
    return body_of(answer, totalResults=1, Resources=[{"id": "1", "userName": "ada"}])


def _unpaged(request: Request, answer: Answer) -> Answer:
    if "count=2" not in request.target:
        return answer
    return body_of(answer, totalResults=3, Resources=[{"id": str(one)} for one in range(3)])


def _no_groups(request: Request, answer: Answer) -> Answer:
    if request.target != "/ResourceTypes":
        return answer
    return body_of(
        answer, Resources=[one for one in answer.json["Resources"] if one["name"] == "User"]
    )


def _null_in_schemas(request: Request, answer: Answer) -> Answer:
    if request.target != "/Schemas":
        return answer
    return body_of(answer, Resources=[{**one, "name": None} for one in answer.json["Resources"]])


def _no_patch(request: Request, answer: Answer) -> Answer:
    if request.target != "/ServiceProviderConfig":
        return answer
    return body_of(answer, patch={"supported": False})


@pytest.mark.parametrize(
    ("tamper", "name", "outcome", "words"),
    [
        (_open_to_all, "Wrong token", "failure", "answers whoever asks"),
        (_plain_refusal, "Wrong token", "failure", "text/html"),
        (_no_challenge, "Wrong token", "warning", "WWW-Authenticate"),
        (_plain_json, "Entra ID's question for a user", "failure", "application/json"),
        (_not_found, "Entra ID's question for a group", "failure", "404"),
        (_unfiltered, "Entra ID's question for a user", "failure", "filter was not applied"),
        (_unpaged, "Okta's first page", "failure", "out of 3 has 3"),
        (_no_groups, "ResourceTypes", "failure", "does not list Group"),
        (_null_in_schemas, "Schemas", "failure", "null"),
        (_no_patch, "ServiceProviderConfig", "failure", "PATCH is not supported"),
    ],
)
def test_what_is_wrong_is_found_and_nothing_else(
    send: Send, tamper: Tamper, name: str, outcome: str, words: str
) -> None:
    found = run_connection_test(lambda request: tamper(request, send(request)))
    bad = [check for check in found if check.outcome != "ok"]
    assert [(check.name, check.outcome) for check in bad] == [(name, outcome)]
    assert words in bad[0].words
    assert bad[0].remedy


@pytest.mark.parametrize(
    ("status", "words"), [(401, "typed in full"), (403, "scopes"), (503, "Try again"), (302, "URL")]
)
def test_without_a_token_nothing_more_is_asked(status: int, words: str) -> None:
    asked = []

    def refusing(request: Request) -> Answer:
        asked.append(request)
        return Answer(status, {}, b"")

    first, *others = run_connection_test(refusing, write=True)
    assert (first.outcome, len(asked)) == ("failure", 1)
    assert words in first.remedy
    assert {check.outcome for check in others} == {"skipped"}
    assert len(others) == len(READING) - 1 + 8


def test_an_application_that_raises_is_a_failure_and_its_words_are_not_repeated() -> None:
    def raising(_request: Request) -> Answer:
        raise RuntimeError("password=hunter2")

    first = run_connection_test(raising)[0]
    assert first.outcome == "failure"
    assert "RuntimeError" in first.words
    assert "hunter2" not in repr(first)
