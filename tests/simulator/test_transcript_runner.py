"""A transcript fails where a server does, and says at which fact."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask import request

from flask_scim_teams import ScimTeams
from flask_scim_teams.simulator.difference import MISSING
from flask_scim_teams.simulator.difference import at
from flask_scim_teams.simulator.difference import difference
from flask_scim_teams.simulator.exchange import Answer
from flask_scim_teams.simulator.exchange import Request
from flask_scim_teams.simulator.transcript import StepFailed
from flask_scim_teams.simulator.transcript import Transcript
from flask_scim_teams.simulator.transcript import play
from flask_scim_teams.storage.memory import MemoryBackend
from flask_scim_teams.testing import app_sender
from tests.conftest import SECRET_KEY

Write = Callable[..., Transcript]

FACT = "It takes Ada out of the team and looks whether she is gone."
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Return a function that makes a transcript of steps, by way of a file."""

    def written(*steps: dict[str, Any], **parts: Any) -> Transcript:
        path = tmp_path / "made.json"
        whole = {
            "provider": "generic",
            "title": "Made here",
            "sources": ["this test"],
            "headers": {"Content-Type": "application/scim+json"},
            "steps": list(steps),
            **parts,
        }
        path.write_text(json.dumps(whole), encoding="utf-8")
        return Transcript.load(path)

    return written


def step(expect: dict[str, Any], **more: Any) -> dict[str, Any]:
    send = {"method": "GET", "target": "/Groups/1"}
    return {"fact": FACT, "send": send, "expect": expect, **more}


class Recorder:
    """Answers with what it was given, in turn, and keeps what it was sent."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.requests: list[Request] = []

    def __call__(self, request: Request) -> Answer:
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Answer):
            return answer
        headers = {"content-type": "application/scim+json; charset=utf-8"}
        return Answer(200, headers, json.dumps(answer).encode())


TEAM = {"id": "1", "displayName": "Blue", "members": [{"value": "bob"}], "total": 1}


@pytest.mark.parametrize(
    ("expect", "answered", "why"),
    [
        ({"status": 204}, TEAM, "status: expected 204, found 200"),
        ({"status": [201, 204]}, TEAM, "status: expected 201 or 204, found 200"),
        ({"status": 200, "body": {"name": "<any>"}}, TEAM, "body.name: expected '<any>'"),
        ({"status": 200, "body": {"id": 1}}, TEAM, "body.id: expected 1, found '1'"),
        ({"status": 200, "body": {"total": True}}, TEAM, "body.total: expected True, found 1"),
        ({"status": 200, "body": {"id": "<number>"}}, TEAM, "body.id: expected '<number>'"),
        ({"status": 200, "body": {"total": "<string>"}}, TEAM, "body.total: expected '<string>'"),
        ({"status": 200, "body": {"id": "<empty>"}}, TEAM, "body.id: expected '<empty>'"),
        ({"status": 200, "body": {"total": "<empty>"}}, {"total": 0}, "body.total: expected"),
        ({"status": 200, "body": {"id": "<any>"}}, {"id": None}, "body.id: expected '<any>'"),
        ({"status": 200, "body": {"id": None}}, {}, "body.id: expected None, found nothing"),
        ({"status": 200, "absent": ["members"]}, TEAM, "members: expected nothing there"),
        ({"status": 200, "absent": ["members.0.value"]}, TEAM, "expected nothing there"),
        ({"status": 200, "absent": [["a.b", "c"]]}, {"a.b": {"c": 1}}, "expected nothing there"),
        ({"status": 200, "headers": {"ETag": "1"}}, TEAM, "header ETag: expected '1', found ''"),
        (
            {"status": 200, "headers": {"Content-Type": "application/json"}},
            TEAM,
            "header Content-Type: expected 'application/json'",
        ),
        ({"status": 200, "body": {}}, Answer(200, {}, b"<html>"), "body: expected"),
        ({"status": 204}, Answer(204, {}, b"{}"), "body: expected none after 204"),
    ],
    ids=lambda part: part if isinstance(part, str) else "",
)
def test_an_answer_that_is_otherwise_fails(
    write: Write, expect: dict[str, Any], answered: Any, why: str
) -> None:
    with pytest.raises(StepFailed) as raised:
        play(write(step(expect)), Recorder(answered))
    message = str(raised.value)
    assert message.startswith(f"made, step 1: {FACT}\n  sent: GET /Groups/1 \n  answered: ")
    assert why in message


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        ([], [1]),
        ([1, 2], [1]),
        ([1, 1], [1, 2]),
        ([{"value": "a"}], [{"value": "b"}]),
        ([{"value": "a"}, {"value": "a"}], [{"value": "a"}, {"value": "b"}]),
        ({"0": {"value": "a"}}, [{"value": "b"}, {"value": "a"}]),
        ({"0": "<any>"}, []),
    ],
)
def test_a_list_with_other_elements_is_different(expected: Any, found: Any) -> None:
    assert difference({"members": expected}, {"members": found}) is not None


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        ([1, 2], [2, 1]),
        # Each expected element fits the first one found, but one of them fits no other.
        ([{}, {"a": 1}], [{"a": 1}, {"b": 1}]),
        (["<any>", "<string>", "a"], ["a", "b", 1]),
        (
            {"a": "<empty>", "b": "<empty>", "c": "<empty>", "d": "<empty>"},
            {"b": None, "c": "", "d": []},
        ),
        ({"a": 1, "b": 1.5}, {"a": 1, "b": 1.5, "c": 2}),
        ({"1": {"a": 1}}, [{"a": 2}, {"a": 1, "b": 1}]),
    ],
)
def test_what_is_as_expected_is_not_different(expected: Any, found: Any) -> None:
    assert difference(expected, found) is None


def test_nothing_is_not_null() -> None:
    document = {"a": None, "b": [{"c.d": 1}]}
    assert at(document, "a") is None
    assert at(document, "a.b") is MISSING
    assert at(document, ["b", "0", "c.d"]) == 1
    assert at(document, "b.1") is MISSING
    assert at(document, []) == document


def test_what_was_kept_is_sent(write: Write) -> None:
    server = Recorder({"id": "a/b", "name": "Ada", "groups": [7]}, {"id": "a/b"})
    sent = {
        "method": "PUT",
        "target": "/Users/{ada}?filter=id+eq+%22{ada}%22",
        "headers": {"If-Match": 'W/"{ada}"', "content-type": None},
        "echo": "all",
        "body": {"name": "Augusta", "members": ["{count}", "{ada}!", '{"id": 1}']},
    }
    keep = {"ada": "id", "all": [], "count": "groups.0"}
    made = write(
        step({"status": 200}, keep=keep),
        {"fact": FACT, "send": sent, "expect": {"status": 200, "body": {"id": "{ada}"}}},
    )
    play(made, server)
    assert server.requests[0] == Request("GET", "/Groups/1", {}, None)
    put = server.requests[1]
    assert put.target == "/Users/a%2Fb?filter=id+eq+%22a%2Fb%22"
    assert put.headers == {"If-Match": 'W/"a/b"'}
    assert put.body is not None
    assert json.loads(put.body) == {
        "id": "a/b",
        "name": "Augusta",
        "groups": [7],
        "members": [7, "a/b!", '{"id": 1}'],
    }


def test_a_body_that_is_no_json_is_sent_as_it_is(write: Write) -> None:
    server = Recorder(Answer(400, {}, b""))
    sent = {"method": "POST", "target": "/Users", "raw": "{,"}
    play(write({"fact": FACT, "send": sent, "expect": {"status": 400}}), server)
    assert server.requests[0].body == b"{,"
    assert server.requests[0].headers == {"Content-Type": "application/scim+json"}


def test_a_step_is_sent_several_times(write: Write) -> None:
    server = Recorder({"id": "a"}, {"id": "b"}, {"id": "b"})
    made = write(
        {
            "fact": FACT,
            "times": 2,
            "send": {"method": "GET", "target": "/Users/{n}"},
            "expect": {"status": 200},
            "keep": {"user{n}": "id"},
        },
        step({"status": 200, "body": {"id": "{user2}"}}),
    )
    play(made, server)
    assert [one.target for one in server.requests] == ["/Users/1", "/Users/2", "/Groups/1"]


def test_what_was_to_be_kept_has_to_be_there(write: Write) -> None:
    with pytest.raises(StepFailed, match="the answer has no 'id'"):
        play(write(step({"status": 200}, keep={"ada": "id"})), Recorder({}))


def test_the_headers_of_answers_with_a_body_are_looked_at(write: Write) -> None:
    made = write(
        step({"status": 204}),
        step({"status": 200}),
        answers={"Content-Type": "application/scim+json"},
    )
    play(made, Recorder(Answer(204, {}, b""), {}))
    with pytest.raises(StepFailed, match=r"step 2: .*\n.*\n.*\n  header Content-Type"):
        play(made, Recorder(Answer(204, {}, b""), Answer(200, {}, b"{}")))


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"fact": FACT, "send": {"method": "GET"}, "expect": {"status": 200}}, "target"),
        (step({"body": {}}), "status"),
        (step({"status": 200, "bodies": {}}), "Expected has no bodies"),
        (step({"status": 200}, keeps={}), "Step has no keeps"),
        (step({"status": 200, "body": {"id": "{ada}"}}), "no earlier step keeps ada"),
        (step({"status": 200}, send={"method": "PUT", "target": "/", "echo": "ada"}), "keeps ada"),
    ],
)
def test_a_step_of_another_form_is_refused(write: Write, wrong: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=f"made.json, entry 1 of steps.*{why}"):
        write(wrong)


def test_a_transcript_without_steps_is_refused(write: Write) -> None:
    with pytest.raises(ValueError, match=r"made\.json has no steps"):
        write()


REMOVAL = {
    "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
    "Operations": [{"op": "remove", "path": 'members[value eq "{ada}"]'}],
}
STEPS: tuple[dict[str, Any], ...] = (
    {
        "fact": "It makes a user.",
        "send": {
            "method": "POST",
            "target": "/Users",
            "body": {"schemas": [USER], "userName": "ada@example.com"},
        },
        "expect": {"status": 201},
        "keep": {"ada": "id"},
    },
    {
        "fact": "It makes a team of her.",
        "send": {
            "method": "POST",
            "target": "/Groups",
            "body": {"schemas": [GROUP], "displayName": "Blue", "members": [{"value": "{ada}"}]},
        },
        "expect": {"status": 201, "body": {"members": [{"value": "{ada}"}]}},
        "keep": {"blue": "id"},
    },
    {
        "fact": "It takes her out.",
        "send": {"method": "PATCH", "target": "/Groups/{blue}", "body": REMOVAL},
        "expect": {"status": [200, 204]},
    },
    {
        "fact": FACT,
        "send": {"method": "GET", "target": "/Groups/{blue}"},
        "expect": {"status": 200, "body": {"members": "<empty>"}},
    },
    {
        "fact": "Its credentials are wrong.",
        "send": {
            "method": "GET",
            "target": "/Users",
            "headers": {"Authorization": "non-token"},
        },
        "expect": {"status": 401},
    },
)


@pytest.fixture
def app() -> Flask:
    return Flask("host")


@pytest.fixture
def token(app: Flask) -> str:
    app.config["SECRET_KEY"] = SECRET_KEY
    scim = ScimTeams(MemoryBackend(), app)
    with app.app_context():
        return scim.tokens.create(label="test").secret


def test_a_transcript_plays_on_an_app(app: Flask, token: str, write: Write) -> None:
    heard: list[str | None] = []

    @app.before_request
    def listen() -> None:
        heard.append(request.headers.get("User-Agent"))

    play(write(*STEPS), app_sender(app, token))
    play(write(STEPS[-1], headers={"User-Agent": "Agent 1.0"}), app_sender(app, token))
    assert heard == [None] * 5 + ["Agent 1.0"]


def test_a_server_that_only_says_that_it_removed_a_member_fails(
    app: Flask, token: str, write: Write
) -> None:
    @app.before_request
    def forget() -> tuple[str, int] | None:
        return ("", 204) if request.method == "PATCH" else None

    with pytest.raises(StepFailed) as raised:
        play(write(*STEPS), app_sender(app, token))
    assert (raised.value.transcript, raised.value.number) == ("made", 4)
    assert raised.value.fact == FACT
    assert "body.members: expected '<empty>', found" in str(raised.value)
    assert token not in str(raised.value)
