"""Simulations against hosts in memory, some of them behind something that does harm."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from flask_scim_teams.simulator.channel import Unanswered
from flask_scim_teams.simulator.directory import Left
from flask_scim_teams.simulator.directory import Restored
from flask_scim_teams.simulator.exchange import Answer
from flask_scim_teams.simulator.exchange import Request
from flask_scim_teams.simulator.exchange import Send
from flask_scim_teams.simulator.planning import make_plan
from flask_scim_teams.simulator.report import report_lines
from flask_scim_teams.simulator.simulation import CannotStart
from flask_scim_teams.simulator.simulation import Report
from flask_scim_teams.simulator.simulation import simulate
from tests.simulator.conftest import sender

NOTHING = Answer(204, {}, b"")


def never(seconds: float) -> None:
    raise AssertionError(f"waited {seconds} s")


def run(send: Send, provider: str = "okta", **arguments: Any) -> Report:
    arguments = {"users": 12, "teams": 3, "sleep": never} | arguments
    return simulate(provider, send, **arguments)


def recorded(send: Send) -> tuple[Send, list[Request]]:
    """Return a sender that keeps requests, with the ids that the server made by their number."""
    kept: list[Request] = []
    ids: dict[str, str] = {}

    def without_ids(text: str) -> str:
        # Okta puts back all that it read, and that has a date.
        text = re.sub(r'"meta": \{.*?\}', '"meta": {}', text)
        for id, number in ids.items():
            text = text.replace(id, number)
        return text

    def record(request: Request) -> Answer:
        body = None if request.body is None else without_ids(request.body.decode()).encode()
        kept.append(replace(request, target=without_ids(request.target), body=body))
        answer = send(request)
        if request.method == "POST":
            ids[answer.json["id"]] = f"<{len(ids)}>"
        return answer

    return record, kept


def requests_of(provider: str, host: Flask, **arguments: Any) -> list[Request]:
    send, kept = recorded(sender(host, provider))
    run(send, provider, **arguments)
    return [one for one in kept if not of_the_simulation(one)]


def of_the_simulation(request: Request) -> bool:
    return request.method == "GET" and request.target.endswith("?startIndex=1&count=100")


@pytest.fixture
def other_host() -> Flask:
    from flask_scim_teams import ScimTeams
    from flask_scim_teams.storage.memory import MemoryBackend
    from tests.conftest import SECRET_KEY

    host = Flask("other")
    host.config.update(SECRET_KEY=SECRET_KEY)
    ScimTeams(MemoryBackend(), host)
    return host


@pytest.mark.parametrize("provider", ["entra", "okta", "keycloak"])
def test_the_same_seed_sends_the_same(provider: str, host: Flask, other_host: Flask) -> None:
    first = requests_of(provider, host, seed=7)
    assert len(first) > 30
    assert requests_of(provider, other_host, seed=7) == first


def test_another_seed_sends_something_else(host: Flask, other_host: Flask) -> None:
    assert requests_of("okta", host, seed=7) != requests_of("okta", other_host, seed=8)


def test_a_cycle_has_everything_that_happens_in_a_directory() -> None:
    plan = make_plan(users=20, teams=4, cycles=2, domain="a.example")
    for cycle in plan.cycles:
        kinds = {type(change).__name__ for change in cycle}
        assert kinds == {
            "Hired",
            "Updated",
            "Disabled",
            "Restored",
            "Left",
            "TeamMade",
            "TeamRenamed",
            "MembersChanged",
            "TeamClosed",
        }
        renamed = [one for one in cycle if getattr(one, "before", one) != one]
        assert renamed
    names = "".join(person.full_name for person in plan.initial.people.values())
    assert not names.isascii()
    # Somebody comes back in the second cycle who was away since the first, and somebody does not.
    away = {key for key, person in _after(plan, 1).items() if not person.active}
    later = [one for one in plan.cycles[1] if isinstance(one, Restored | Left)]
    assert away & {one.person.key for one in later}


def _after(plan: Any, cycles: int) -> Any:
    directory = plan.initial
    for cycle in plan.cycles[:cycles]:
        for change in cycle:
            directory = directory.after(change)
    return directory.people


@pytest.mark.parametrize(("users", "teams"), [(1, 0), (1, 1), (2, 1), (3, 9)])
def test_small_directories(host: Flask, users: int, teams: int) -> None:
    report = run(sender(host, "okta"), users=users, teams=teams, cycles=3)
    assert report.passed, [*report_lines(report)]


def answered(request: Request, **matches: str) -> bool:
    """Tell whether a request's method, target and body match these expressions."""
    parts = {"method": request.method, "target": request.target, "body": request.body or b""}
    return all(
        re.search(wanted, str(parts[name], "utf-8") if name == "body" else str(parts[name]))
        for name, wanted in matches.items()
    )


@pytest.mark.parametrize(
    ("swallowed", "said"),
    [
        (
            {"method": "DELETE", "target": "/Users/"},
            "(user .* is there and should not be|team '.*': member .* is one too many)",
        ),
        ({"method": "DELETE", "target": "/Groups/"}, "team '.*' is there and should not be"),
        ({"body": '"active", "value": false'}, "user .*: active is True and should be False"),
        ({"body": '"active", "value": true'}, "user .*: active is False and should be True"),
        ({"body": '"path": "title"'}, "user .*: (title|department) is '.*' and should be '.*'"),
        (
            {"body": '"path": "userName"'},
            "user .*: (userName|email|displayName|name.familyName) is '.*' and should be '.*'",
        ),
        ({"body": '"op": "add"'}, "team '.*': member .* is missing"),
        ({"body": '"op": "remove"'}, "team '.*': member .* is one too many"),
        ({"body": '"displayName":', "target": "/Groups/"}, "team '.*': the name should be '.*, "),
    ],
)
def test_what_a_server_does_not_do_is_told(
    host: Flask, swallowed: dict[str, str], said: str
) -> None:
    send = sender(host, "jumpcloud")
    begun: list[Request] = []

    def forgetful(request: Request) -> Answer:
        begun.append(request)
        # The first requests make and remove a test user and a test group.
        forgets = len(begun) > 6 and answered(request, **swallowed)
        return NOTHING if forgets and request.method != "POST" else send(request)

    report = run(forgetful, "jumpcloud")
    assert report.refusals == ()
    assert report.differences
    assert all(re.fullmatch(f"{said}.*", one) for one in report.differences), report.differences
    assert [*report_lines(report)][-1].startswith("FAILED: state DIFFERENT")


@pytest.mark.parametrize(("provider", "cycles"), [("okta", 0), ("entra", 0)])
def test_what_is_refused_is_told_and_the_rest_goes_on(
    host: Flask, provider: str, cycles: int
) -> None:
    send = sender(host, provider)
    error = json.dumps({"detail": "Not a letter.", "scimType": "invalidValue", "status": "400"})

    def picky(request: Request) -> Answer:
        if answered(request, method="POST", target="^/Users", body='"userName": "[a-k]'):
            return Answer(400, {}, error.encode())
        return send(request)

    report = run(picky, provider, cycles=cycles)
    people = make_plan(
        users=12, teams=3, domain=f"{provider}-0.example", mark=f"{provider}-0"
    ).initial.people
    refused = sorted(one.user_name for one in people.values() if one.user_name[0] < "l")
    assert sorted(str(one) for one in report.refusals) == [
        f"POST /Users ({name}): 400 (invalidValue): Not a letter." for name in refused
    ]
    missing = [f"user {name} is missing" for name in refused]
    assert sorted(one for one in report.differences if one.startswith("user")) == missing
    assert 0 < len(refused) < 12
    lines = [*report_lines(report)]
    assert f"  POST   400       {len(refused):>7}" in lines
    assert f"  {report.refusals[0]}" in lines
    assert lines[-1].endswith(f"{len(refused)} refusals")


def test_what_others_have_there_is_no_difference(host: Flask) -> None:
    assert run(sender(host, "entra"), "entra", cycles=0).equal
    before = host.extensions["scim_teams"]
    assert run(sender(host, "okta"), "okta", cycles=2).passed
    with host.app_context():
        assert len(before.connections.list()) == 2


def test_lists_without_members_are_made_up_for(host: Flask) -> None:
    send = sender(host, "okta")
    asked: list[str] = []

    def brief(request: Request) -> Answer:
        answer = send(request)
        if request.method != "GET" or "/Groups" not in request.target:
            return answer
        asked.append(request.target)
        body = answer.json
        for one in body.get("Resources", ()):
            one.pop("members", None)
        return replace(answer, body=json.dumps(body).encode())

    report = run(brief, users=30, cycles=0)
    assert report.passed
    assert sum("/Groups/" in target for target in asked) == 2 * report.teams


def test_pages_are_read_to_the_end(host: Flask) -> None:
    report = run(sender(host, "okta"), users=230, cycles=0)
    assert (report.users, report.passed) == (230, True)


def busy(send: Send, after: int, answer: Answer, times: int) -> Send:
    """Return a sender that answers some requests after the first ones in another way."""
    seen: list[Request] = []

    def later(request: Request) -> Answer:
        seen.append(request)
        return answer if after < len(seen) <= after + times else send(request)

    return later


@pytest.mark.parametrize(
    ("provider", "headers", "waited"),
    [
        ("okta", {"retry-after": "7"}, [7.0, 7.0]),
        ("okta", {"retry-after": "100000"}, [60.0, 60.0]),
        ("okta", {"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}, [1.0, 2.0]),
        ("okta", {}, [1.0, 2.0]),
    ],
)
def test_a_busy_server_is_waited_for(
    host: Flask, provider: str, headers: dict[str, str], waited: list[float]
) -> None:
    for status in (429, 503):
        send = busy(sender(host, provider), 10, Answer(status, headers, b""), 2)
        slept: list[float] = []
        report = run(send, provider, sleep=slept.append)
        assert slept == waited
        assert report.passed
        assert sum(n for (_, one), n in report.requests.items() if one == status) == 2


@pytest.mark.parametrize(("provider", "attempts"), [("okta", 5), ("auth0", 2), ("keycloak", 10)])
def test_nobody_is_waited_for_for_ever(host: Flask, provider: str, attempts: int) -> None:
    send = busy(sender(host, provider), 10, Answer(429, {"retry-after": "9"}, b"Later."), attempts)
    slept: list[float] = []
    report = run(send, provider, sleep=slept.append, cycles=0)
    assert len(slept) == attempts - 1
    # Auth0 does not heed what the server says.
    assert (9.0 in slept) is (provider != "auth0")
    assert [(one.status, one.detail) for one in report.refusals] == [(429, "Later.")]


def test_a_server_that_goes_away_ends_it(host: Flask) -> None:
    send = sender(host, "okta")
    seen: list[Request] = []

    def mortal(request: Request) -> Answer:
        seen.append(request)
        if len(seen) > 30:
            raise Unanswered("Connection refused")
        return send(request)

    report = run(mortal)
    assert len(seen) == 33
    assert report.differences == ("the state cannot be read: the server does not answer any more",)
    assert "  GET    no answer       " in "\n".join(report_lines(report))


def test_one_request_without_an_answer_is_a_refusal(host: Flask) -> None:
    send = sender(host, "okta")
    lost: list[Request] = []

    def lossy(request: Request) -> Answer:
        if request.method == "POST" and not lost:
            lost.append(request)
            raise Unanswered("no answer within 60 s")
        return send(request)

    report = run(lossy, cycles=0)
    assert [str(one).partition(": ")[2] for one in report.refusals] == [
        "no answer: no answer within 60 s"
    ]


@pytest.mark.parametrize("provider", ["entra", "okta", "jumpcloud", "authentik"])
def test_a_connection_test_that_fails_is_the_end(host: Flask, provider: str) -> None:
    send = busy(sender(host, provider), 2, Answer(500, {}, b"Oh dear."), 1)
    with pytest.raises(CannotStart, match="500: Oh dear"):
        run(send, provider)
