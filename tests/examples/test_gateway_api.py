from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete
from sqlalchemy import update

from examples.gateway.models import ApiKey
from examples.gateway.models import User
from examples.gateway.models import db
from examples.gateway.models import team_members

CHAT = "/v1/chat/completions"
HELLO = {"model": "echo-1", "messages": [{"role": "user", "content": "hello there"}]}


def test_the_home_page_names_the_addresses(anyone: FlaskClient) -> None:
    page = anyone.get("/")
    assert page.status_code == 200
    assert "http://localhost/scim/v2" in page.text


def test_models_are_listed(alice: FlaskClient) -> None:
    answer = alice.get("/v1/models")
    assert answer.status_code == 200
    assert answer.json["object"] == "list"
    assert [model["id"] for model in answer.json["data"]] == ["echo-1"]


def test_the_echo_model_repeats_the_last_message(alice: FlaskClient) -> None:
    messages = [{"role": "system", "content": "Be brief."}, *HELLO["messages"]]
    answer = alice.post(CHAT, json=HELLO | {"messages": messages})
    assert answer.status_code == 200
    assert answer.json["object"] == "chat.completion"
    assert answer.json["choices"][0]["message"] == {"role": "assistant", "content": "hello there"}
    usage = {"prompt_tokens": 4, "completion_tokens": 2, "total_tokens": 6}
    assert answer.json["usage"] == usage


def test_content_may_come_in_parts(alice: FlaskClient) -> None:
    parts = [
        {"type": "text", "text": "what is"},
        {"type": "image_url", "image_url": {"url": "data:,"}},
        {"type": "text", "text": "this"},
    ]
    answer = alice.post(CHAT, json=HELLO | {"messages": [{"role": "user", "content": parts}]})
    assert answer.json["choices"][0]["message"]["content"] == "what is this"


def test_a_stream_ends_with_done(alice: FlaskClient) -> None:
    answer = alice.post(CHAT, json=HELLO | {"stream": True})
    assert answer.mimetype == "text/event-stream"
    events = [event.removeprefix("data: ") for event in answer.text.split("\n\n") if event]
    assert events.pop() == "[DONE]"
    deltas = [json.loads(event)["choices"][0]["delta"] for event in events]
    assert "".join(delta.get("content", "") for delta in deltas) == "hello there"


@pytest.mark.parametrize("header", [None, "", "Bearer", "Basic YTpi", "Bearer gw-x", "Bearer é"])
def test_a_request_without_a_known_key_is_refused(anyone: FlaskClient, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    for answer in (anyone.get("/v1/models", headers=headers), anyone.post(CHAT, headers=headers)):
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == "Bearer"
        assert answer.json["error"]["type"] == "invalid_request_error"
        assert answer.json["error"]["message"]


def test_a_deactivated_user_is_refused_until_reactivated(
    gateway: Flask, alice: FlaskClient
) -> None:
    for active, status in ((False, 403), (True, 200)):
        with gateway.app_context():
            db.session.execute(update(User).values(is_active=active))
            db.session.commit()
        for answer in (alice.get("/v1/models"), alice.post(CHAT, json=HELLO)):
            assert answer.status_code == status
            if status == 403:
                assert answer.json["error"]["type"] == "account_deactivated"


@pytest.mark.parametrize(
    ("body", "param"),
    [
        (b"", None),
        (b"{", None),
        (b"\xff", None),
        (b"[" * 100_000, None),
        (b"[]", None),
        (b'"text"', None),
        (b"{}", "model"),
        (b'{"model": 1}', "model"),
        (b'{"model": "m"}', "messages"),
        (b'{"model": "m", "messages": []}', "messages"),
        (b'{"model": "m", "messages": {"role": "user"}}', "messages"),
        (b'{"model": "m", "messages": ["hi"]}', "messages[0]"),
        (b'{"model": "m", "messages": [{"content": "hi"}]}', "messages[0].role"),
        (b'{"model": "m", "messages": [{"role": "r", "content": 1}]}', "messages[0].content"),
        (b'{"model": "m", "messages": [{"role": "r", "content": [1]}]}', "messages[0].content"),
        (b'{"model": "m", "messages": [{"role": "r"}], "stream": "yes"}', "stream"),
    ],
)
def test_a_request_of_the_wrong_shape_is_told_what_is_wrong(
    alice: FlaskClient, body: bytes, param: str | None
) -> None:
    answer = alice.post(CHAT, data=body)
    assert answer.status_code == 400
    assert answer.json["error"]["type"] == "invalid_request_error"
    assert answer.json["error"]["param"] == param


def test_an_unknown_model_is_not_found(alice: FlaskClient) -> None:
    answer = alice.post(CHAT, json=HELLO | {"model": "gpt-9"})
    assert answer.status_code == 404
    assert answer.json["error"]["code"] == "model_not_found"


@pytest.mark.parametrize(("method", "path"), [("GET", "/v1/files"), ("PUT", "/v1/models")])
def test_what_is_not_offered_is_refused_in_the_same_shape(
    alice: FlaskClient, method: str, path: str
) -> None:
    answer = alice.open(path, method=method)
    assert answer.status_code == 404
    assert answer.json["error"]["message"] == f"Invalid URL ({method} {path})."


def test_a_call_is_charged_to_the_key_and_its_team(
    client_with: Callable[[str], FlaskClient], gateway: Flask, run: Callable[..., str]
) -> None:
    run("user", "create", "alice")
    run("team", "create", "Research", "--budget", "1")
    run("team", "add", "Research", "alice")
    client = client_with(run("key", "create", "alice", "--team", "Research"))
    client.post(CHAT, json=HELLO)
    client.post(CHAT, json=HELLO | {"stream": True})
    with gateway.app_context():
        key = db.session.query(ApiKey).one()
        assert key.team is not None
        assert (key.spent, key.team.spent) == (80, 80)
    assert run("team", "list").splitlines()[1].split() == ["Research", "$1.00", "$0.0001", "alice"]


def test_a_spent_budget_is_refused_until_it_is_raised(
    client_with: Callable[[str], FlaskClient], gateway: Flask, run: Callable[..., str]
) -> None:
    run("user", "create", "alice")
    run("team", "create", "Research", "--budget", "0")
    run("team", "add", "Research", "alice")
    client = client_with(run("key", "create", "alice", "--team", "Research"))
    refused = client.post(CHAT, json=HELLO)
    assert refused.status_code == 429
    assert refused.json["error"]["code"] == "insufficient_quota"
    assert client.get("/v1/models").status_code == 200
    run("team", "budget", "Research", "1")
    assert client.post(CHAT, json=HELLO).status_code == 200


def test_a_team_may_be_limited_to_some_models(
    client_with: Callable[[str], FlaskClient], gateway: Flask, run: Callable[..., str]
) -> None:
    run("user", "create", "alice")
    run("team", "create", "Research", "--model", "other-1")
    run("team", "add", "Research", "alice")
    client = client_with(run("key", "create", "alice", "--team", "Research"))
    assert client.get("/v1/models").json["data"] == []
    assert client.post(CHAT, json=HELLO).status_code == 404


def test_who_left_the_team_cannot_spend_its_budget(
    client_with: Callable[[str], FlaskClient], gateway: Flask, run: Callable[..., str]
) -> None:
    run("user", "create", "alice")
    run("team", "create", "Research")
    run("team", "add", "Research", "alice")
    client = client_with(run("key", "create", "alice", "--team", "Research"))
    assert client.get("/v1/models").status_code == 200
    with gateway.app_context():
        db.session.execute(delete(team_members))
        db.session.commit()
    refused = client.get("/v1/models")
    assert refused.status_code == 403
    assert refused.json["error"]["type"] == "not_a_member"


def test_an_unexpected_failure_has_the_same_shape(
    client_with: Callable[[str], FlaskClient],
    gateway: Flask,
    key: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("a secret detail")

    gateway.config["PROPAGATE_EXCEPTIONS"] = False
    monkeypatch.setattr("examples.gateway.chat.check", fail)
    answer = client_with(key).post(CHAT, json=HELLO)
    assert answer.status_code == 500
    assert answer.json["error"]["type"] == "server_error"
    assert "secret" not in answer.text
