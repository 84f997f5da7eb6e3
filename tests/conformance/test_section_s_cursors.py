"""What a cursor is good for: one question, of one caller, for a while (RFC 9865 section 5)."""

from __future__ import annotations

import string
from collections.abc import Iterator
from datetime import UTC
from datetime import datetime
from datetime import timedelta
from typing import Any

import pytest
from itsdangerous import Signer
from werkzeug.test import TestResponse

from flask_scim_teams import extension
from flask_scim_teams.storage.memory import MemoryBackend
from tests.conformance.doors import client_at
from tests.conformance.doors import other_token
from tests.conformance.lookups import shown
from tests.conformance.walks import SEARCH
from tests.conformance.walks import by_get
from tests.conformance.walks import by_search
from tests.conformance.walks import ids
from tests.conftest import ScimClient
from tests.hosts import Storage
from tests.http.messages import USER
from tests.http.messages import assert_error

QUERY: dict[str, Any] = {
    "filter": 'userName sw "u"',
    "sortBy": "userName",
    "sortOrder": "descending",
    "count": 2,
}
ALPHABET = string.ascii_letters + string.digits + "-._~"


@pytest.fixture
def users(idp: ScimClient) -> list[str]:
    """The ids of five users in the order of the query."""
    return [idp.user(f"u{n}", displayName=f"u{n}")["id"] for n in range(5)][::-1]


def ask(idp: ScimClient, cursor: str, path: str = "/Users", **query: Any) -> TestResponse:
    """Ask for a page, which may be refused."""
    return idp.get(path, query_string={"cursor": cursor, **query})


def refusal(response: TestResponse) -> str:
    """Return the words in which a cursor is refused for what it is."""
    assert_error(response, 400, "invalidCursor")
    detail: str = response.get_json()["detail"]
    return detail


@pytest.fixture
def words(idp: ScimClient) -> str:
    """The words for a cursor that is none."""
    return refusal(ask(idp, "nonsense", **QUERY))


@pytest.mark.requirement("R240", "R241")
def test_a_cursor_is_good_for_its_own_question(
    idp: ScimClient, users: list[str], words: str
) -> None:
    for number in range(3):
        idp.team(f"u{number}")
    page = by_get(idp, cursor="", **QUERY)
    assert ids(page) == users[:2]
    cursor = page["nextCursor"]
    other_questions: list[dict[str, Any]] = [
        {**QUERY, "filter": 'userName sw "U0"'},
        {**QUERY, "filter": 'userName co "u"'},
        {**QUERY, "filter": 'not (userName sw "u")'},
        {**QUERY, "filter": 'userName sw "u" and userName sw "u"'},
        {**QUERY, "sortBy": "displayName"},
        {**QUERY, "sortOrder": "ascending"},
        *({k: v for k, v in QUERY.items() if k != name} for name in ("filter", "sortBy")),
        {"count": 2},
    ]
    for query in other_questions:
        assert refusal(ask(idp, cursor, **query)) == words
    everywhere = {"filter": 'displayName sw "u"', "sortBy": "displayName", "count": 1}
    paths = ("/Users", "/Groups", "/")
    for path in paths:
        cursor = by_get(idp, path, cursor="", **everywhere)["nextCursor"]
        assert ask(idp, cursor, path, **everywhere).status_code == 200
        for other in paths:
            if other != path:
                assert refusal(ask(idp, cursor, other, **everywhere)) == words
                posted = {"schemas": [SEARCH], "cursor": cursor, **everywhere}
                assert refusal(idp.post(f"{other.rstrip('/')}/.search", posted)) == words


@pytest.mark.requirement("R240", "R245")
def test_a_question_may_be_put_in_other_words(idp: ScimClient, users: list[str]) -> None:
    cursor = by_get(idp, cursor="", **QUERY)["nextCursor"]
    again = {
        "FILTER": f'{USER}:USERNAME SW "U"',
        "sortby": f"{USER}:userName",
        "sortOrder": "Descending",
        "count": "2",
    }
    for page in (by_get(idp, cursor=cursor, **again), by_search(idp, cursor=cursor, **QUERY)):
        assert ids(page) == users[2:4]
    # What is shown of a resource does not change which one comes next.
    slim = by_get(idp, cursor=cursor, **QUERY, attributes="id")
    assert slim["Resources"] == [{"schemas": [USER], "id": id} for id in users[2:4]]


@pytest.mark.requirement("R240", "R241")
def test_the_count_stays_what_it_was(idp: ScimClient, users: list[str]) -> None:
    cursor = by_get(idp, cursor="", **QUERY)["nextCursor"]
    for count in (0, -1, 1, 3, 200, 10**9):
        refused = ask(idp, cursor, **{**QUERY, "count": count})
        assert_error(refused, 400, "invalidCount", "count", "2")
        posted = {"schemas": [SEARCH], "cursor": cursor, **QUERY, "count": count}
        assert_error(idp.post("/Users/.search", posted), 400, "invalidCount", "count")
    without = {name: value for name, value in QUERY.items() if name != "count"}
    assert_error(ask(idp, cursor, **without), 400, "invalidCount", "count")
    assert ids(by_get(idp, cursor=cursor, **QUERY)) == users[2:4]


@pytest.mark.requirement("R246", "R247", "R248")
def test_a_cursor_is_its_callers_alone(idp: ScimClient, users: list[str], words: str) -> None:
    cursor = by_get(idp, cursor="", **QUERY)["nextCursor"]
    equal = other_token(idp)
    fewer = other_token(idp, "users:read")
    for other in (equal, fewer):
        assert refusal(ask(other, cursor, **QUERY)) == words
        # For what they may see themselves they begin a walk of their own.
        assert ids(by_get(other, cursor="", **QUERY)) == users[:2]
    # Who may not read users is not told about cursors.
    stranger = other_token(idp, "groups:read", "groups:write", "users:write")
    for given in (cursor, "nonsense", ""):
        assert_error(ask(stranger, given, **QUERY), 403, None, "users:read")
    assert_error(ask(ScimClient(idp.client, "none"), cursor, **QUERY), 401)
    assert ids(by_get(idp, cursor=cursor, **QUERY)) == users[2:4]


@pytest.mark.requirement("R246", "R248")
def test_what_is_taken_from_a_token_is_taken_from_its_walks(
    idp: ScimClient, users: list[str]
) -> None:
    other = other_token(idp)
    cursor = by_get(other, cursor="", **QUERY)["nextCursor"]
    app = idp.client.application
    with app.app_context():
        tokens = app.extensions["scim_teams"].tokens
        tokens.revoke(tokens.verify(other.token).token_id)
    assert_error(ask(other, cursor, **QUERY), 401)


@pytest.fixture
def alone() -> Iterator[ScimClient]:
    """An identity provider of an app over memory with three users."""
    idp = client_at(MemoryBackend())
    for number in range(3):
        idp.user(f"u{number}")
    return idp


@pytest.mark.requirement("R241", "R247")
def test_of_all_texts_near_a_cursor_none_is_one(alone: ScimClient) -> None:
    cursor = by_get(alone, cursor="", count=1)["nextCursor"]
    words = refusal(ask(alone, "nonsense", count=1))
    forged = {
        *(cursor[:length] for length in range(1, len(cursor))),
        *(cursor[length:] for length in range(1, len(cursor))),
        *(cursor[:n] + cursor[n + 1 :] for n in range(len(cursor))),
        *(cursor[:n] + cursor[n : n + 2][::-1] + cursor[n + 2 :] for n in range(len(cursor) - 1)),
        *(cursor + character for character in ALPHABET),
        *(character + cursor for character in ALPHABET),
        *(cursor.upper(), cursor.lower(), cursor * 2, f"{cursor}.{cursor}", cursor[::-1]),
        *(f" {cursor}", f"{cursor} ", f"{cursor}\n", f"{cursor}=", f"{cursor}\u00e9"),
    }
    for number, character in enumerate(cursor):
        # Each one is changed to its neighbour, which differs in the fewest bits, and to another.
        place = ALPHABET.find(character)
        for other in (ALPHABET[place - 1], ALPHABET[(place + 1) % 66], ALPHABET[place - 33]):
            forged.add(cursor[:number] + other + cursor[number + 1 :])
    forged -= {cursor}
    assert len(forged) > 6 * len(cursor)
    assert {refusal(ask(alone, text, count=1)) for text in forged} == {words}
    assert ask(alone, cursor, count=1).status_code == 200


@pytest.mark.requirement("R241", "R247")
@pytest.mark.parametrize(
    "text", [" ", "0", "null", "{}", ".", "..", "a.b", "é", "\x00", "%00", "x" * 20_000, "王.王"]
)
def test_what_never_was_a_cursor_is_refused_in_the_same_words(alone: ScimClient, text: str) -> None:
    words = refusal(ask(alone, "nonsense", count=1))
    assert refusal(ask(alone, text, count=1)) == words
    if text != "\x00":
        posted = {"schemas": [SEARCH], "cursor": text, "count": 1}
        assert refusal(alone.post("/Users/.search", posted)) == words


@pytest.mark.requirement("R241", "R245")
@pytest.mark.parametrize("given", [0, 1.5, True, [], ["x"], {}])
def test_a_cursor_is_a_string(alone: ScimClient, given: Any) -> None:
    posted = {"schemas": [SEARCH], "cursor": given}
    assert_error(alone.post("/Users/.search", posted), 400, "invalidValue", "cursor")


@pytest.mark.requirement("R247")
def test_a_cursor_is_signed_by_this_service_and_as_a_cursor(alone: ScimClient) -> None:
    words = refusal(ask(alone, "nonsense", count=1))
    cursor = by_get(alone, cursor="", count=1)["nextCursor"]
    payload = cursor.rpartition(".")[0]
    for signer in (
        Signer("a key of somebody else's, as long as ours", salt=b"flask-scim-teams/cursor/v1"),
        Signer(alone.client.application.config["SECRET_KEY"]),
    ):
        assert refusal(ask(alone, signer.sign(payload).decode(), count=1)) == words
    # A bearer token is signed as well, and is no cursor for that.
    assert refusal(ask(alone, alone.token, count=1)) == words
    assert refusal(ask(alone, f"{payload}.{alone.token.rpartition('.')[2]}", count=1)) == words


@pytest.mark.requirement("R247")
def test_a_cursor_outlives_the_change_of_a_key(storage: Storage) -> None:
    old, new = ("the old key of the suite, long enough", "the new key of the suite, long enough")
    before = client_at(storage.backend, SECRET_KEY=old)
    for number in range(3):
        before.user(f"u{number}")
    page = by_get(before, cursor="", count=1)
    both = client_at(storage.backend, SECRET_KEY=new, SECRET_KEY_FALLBACKS=[old])
    after = client_at(storage.backend, SECRET_KEY=new)
    passed = ScimClient(both.client, before.token)
    second = by_get(passed, cursor=page["nextCursor"], count=1)
    assert second["Resources"][0]["userName"] == "u1"
    # Where the old key is no longer known, what it signed is nothing.
    third = by_get(passed, cursor=second["nextCursor"], count=1)
    assert third["Resources"][0]["userName"] == "u2"
    assert_error(ask(ScimClient(after.client, before.token), page["nextCursor"], count=1), 401)


class Clock:
    """A clock that stands still but for being set."""

    def __init__(self) -> None:
        self.time = datetime(2024, 2, 28, 23, 59, 30, tzinfo=UTC)

    def __call__(self) -> str:
        return self.time.strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def advance(self, **by: float) -> None:
        self.time += timedelta(**by)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of all apps that are made from here on."""
    clock = Clock()
    monkeypatch.setattr(extension, "now", clock)
    return clock


@pytest.mark.requirement("R241", "R244")
def test_a_cursor_is_good_as_long_as_is_promised(storage: Storage, clock: Clock) -> None:
    idp = client_at(storage.backend, SCIM_CURSOR_TIMEOUT=60)
    users = [idp.user(f"u{number}")["id"] for number in range(4)]
    assert shown(idp, "/ServiceProviderConfig")["pagination"]["cursorTimeout"] == 60
    first = by_get(idp, cursor="", count=1)
    clock.advance(seconds=60)
    second = by_get(idp, cursor=first["nextCursor"], count=1)
    assert ids(second) == users[1:2]
    clock.advance(microseconds=1)
    for path, query in (("/Users", {"count": 1}), ("/Users", {"count": 1, "attributes": "id"})):
        expired = ask(idp, first["nextCursor"], path, **query)
        assert_error(expired, 400, "expiredCursor", "60")
    posted = {"schemas": [SEARCH], "cursor": first["nextCursor"], "count": 1}
    assert_error(idp.post("/Users/.search", posted), 400, "expiredCursor", "60")
    # Each page's cursors have their own time, those back as well.
    clock.advance(seconds=59)
    for name, found in (("nextCursor", users[2:3]), ("previousCursor", users[:1])):
        assert ids(by_get(idp, cursor=second[name], count=1)) == found
    clock.advance(days=1)
    for name in ("nextCursor", "previousCursor"):
        assert_error(ask(idp, second[name], count=1), 400, "expiredCursor")
    # Whose it is and of which question comes first: it tells nobody else how old it is.
    words = refusal(ask(idp, "nonsense", count=1))
    assert refusal(ask(other_token(idp), second["nextCursor"], count=1)) == words
    assert refusal(ask(idp, second["nextCursor"], count=1, sortBy="title")) == words
    assert ids(by_get(idp, cursor="", count=1)) == users[:1]


@pytest.mark.requirement("R241", "R244")
def test_without_a_promise_a_cursor_is_good_for_ever(clock: Clock) -> None:
    backend = MemoryBackend()
    idp = client_at(backend)
    users = [idp.user(f"u{number}")["id"] for number in range(3)]
    assert "cursorTimeout" not in shown(idp, "/ServiceProviderConfig")["pagination"]
    cursor = by_get(idp, cursor="", count=1)["nextCursor"]
    clock.advance(days=10_000)
    assert ids(by_get(idp, cursor=cursor, count=1)) == users[1:2]
    # One that has no time on it is too old for a service that has since set one.
    limited = client_at(backend, SCIM_CURSOR_TIMEOUT=60)
    assert_error(ask(ScimClient(limited.client, idp.token), cursor, count=1), 400, "expiredCursor")
