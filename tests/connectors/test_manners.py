"""How APIs are asked: time, size, redirects, pages from elsewhere, waiting, and words."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable
from email.utils import formatdate
from typing import Any

import pytest
from werkzeug.wrappers import Response

from flask_scim_teams.connectors.api import AT_SIGN_IN
from flask_scim_teams.connectors.api import Api
from flask_scim_teams.connectors.api import Manners
from flask_scim_teams.connectors.api import Purpose
from flask_scim_teams.core.directory import DirectoryError
from tests.connectors import auth0_api
from tests.connectors import entra_api
from tests.connectors import keycloak_api
from tests.connectors import okta_api
from tests.connectors.conftest import Connecting
from tests.connectors.google_api import service_key
from tests.connectors.serving import break_off
from tests.connectors.serving import refuse

Serve = Callable[[str], Any]

#: Below which path each API lists its users.
USERS = {
    "entra": "/v1.0/users",
    "google": "/admin/directory/v1/users",
    "okta": "/api/v1/users",
    "keycloak": "/admin/realms/staff/users",
    "auth0": "/api/v2/users",
}
SECRETS = (entra_api.SECRET, keycloak_api.SECRET, auth0_api.SECRET, okta_api.API_TOKEN)


def said(error: BaseException) -> str:
    """Return all that an error says, with what it came from, and look for secrets in it."""
    text = ""
    each: BaseException | None = error
    while each is not None:
        text += f"{each} {each!r}"
        each = each.__cause__ or (None if each.__suppress_context__ else each.__context__)
    for secret in (*SECRETS, "-access-"):
        assert secret not in text
    return text


def refusal(connector: Any) -> str:
    with pytest.raises(DirectoryError) as caught:
        connector.users()
    return said(caught.value)


def test_throttling_is_waited_for(api: Any, connect: Connecting) -> None:
    """429 and 503 with a number of seconds, as Graph, Google, Okta and Auth0 send it."""
    for status, seconds in ((429, "7"), (503, "11"), (429, "0")):
        api.troubles.append((USERS[api.name], refuse(status, Retry_After=seconds)))
    assert len(connect(api).users()) == 3
    assert connect.waits == [7, 11, 0]


def test_a_date_is_waited_for_by_the_clock_of_whoever_sent_it(
    serve: Serve, connect: Connecting
) -> None:
    api = serve("entra")
    then = formatdate(1_000_000_030, usegmt=True)
    sent = formatdate(1_000_000_000, usegmt=True)
    api.troubles.append(("/v1.0/users", refuse(429, Retry_After=then, Date=sent)))
    api.troubles.append(("/v1.0/users", refuse(429, Retry_After=sent, Date=then)))
    connect(api).users()
    assert connect.waits == [30, 0]


@pytest.mark.parametrize(
    ("kind", "header"), [("okta", "X-Rate-Limit-Reset"), ("auth0", "x-ratelimit-reset")]
)
def test_when_counting_begins_anew(
    serve: Serve, connect: Connecting, kind: str, header: str
) -> None:
    """Okta and Auth0 name the second of it, instead of Retry-After."""
    api = serve(kind)
    sent = formatdate(1_000_000_000, usegmt=True)
    api.troubles.append((USERS[kind], refuse(429, Date=sent, **{header: "1000000012"})))
    connect(api).users()
    assert connect.waits == [12]


@pytest.mark.parametrize("text", ["soon", "-5", "1.5", "٣", "Mon, 99 Foo 2026"])
def test_a_time_that_is_none_is_ours_to_choose(
    serve: Serve, connect: Connecting, text: str
) -> None:
    api = serve("auth0")
    api.troubles.append((USERS["auth0"], refuse(429, Retry_After=text.encode().decode("latin-1"))))
    connect(api).users()
    assert connect.waits == [0.5]


def test_googles_403_for_too_often_is_waited_for(serve: Serve, connect: Connecting) -> None:
    api = serve("google")
    body = {"error": {"code": 403, "errors": [{"reason": "userRateLimitExceeded"}]}}
    api.troubles += [(USERS["google"], refuse(403, body))] * 3
    assert len(connect(api).users()) == 3
    assert connect.waits == [0.5, 1, 2]


def test_waiting_has_an_end(api: Any, connect: Connecting) -> None:
    api.troubles += [(USERS[api.name], refuse(429, Retry_After="50"))] * 9
    assert "wants to be left alone for 50 s: try again later" in refusal(connect(api))
    # A fourth pause would be one of more than three minutes in all.
    assert connect.waits == [50, 50, 50]


def test_a_long_wait_is_not_begun(serve: Serve, connect: Connecting) -> None:
    api = serve("okta")
    api.troubles.append((USERS["okta"], refuse(429, Retry_After="86400")))
    assert "left alone for 86400 s" in refusal(connect(api))
    assert connect.waits == []


def test_nobody_waits_long_at_sign_in(serve: Serve, connect: Connecting) -> None:
    api = serve("okta")
    api.troubles.append(("/api/v1/users/ada", refuse(429, Retry_After="3")))
    with pytest.raises(DirectoryError, match="left alone"):
        connect(api, AT_SIGN_IN).groups_of("ada")
    assert connect.waits == []


def test_failures_of_the_server_are_tried_again_a_few_times(api: Any, connect: Connecting) -> None:
    api.troubles += [(USERS[api.name], refuse(500)), (USERS[api.name], refuse(502))]
    assert len(connect(api).users()) == 3
    assert connect.waits == [0.5, 1]
    api.troubles += [(USERS[api.name], refuse(500))] * 9
    assert "answered 500 to the question for the users, 6 times" in refusal(connect(api))


def test_an_answer_that_breaks_off_is_asked_for_again(api: Any, connect: Connecting) -> None:
    api.troubles += [(USERS[api.name], break_off)] * 2
    assert len(connect(api).users()) == 3
    api.troubles += [(USERS[api.name], break_off)] * 9
    assert "broke its answer off" in refusal(connect(api))


def test_a_page_in_the_middle_that_cannot_be_had_loses_all(
    serve: Serve, connect: Connecting
) -> None:
    """Half a list would say that the other half is gone."""
    api = serve("okta")
    api.page = 1
    seen = iter(range(9))
    api.troubles += [
        (USERS["okta"], lambda: None if next(seen) == 0 else refuse(500)()) for _ in range(9)
    ]
    assert "answered 500" in refusal(connect(api))


def test_no_answer_in_time(serve: Serve, connect: Connecting) -> None:
    api = serve("okta")
    ended = threading.Event()

    def stall() -> Response | None:
        ended.wait(30)
        return None

    api.troubles += [(USERS["okta"], stall)] * 2
    try:
        text = refusal(connect(api, Manners(timeout=0.2, attempts=2)))
    finally:
        ended.set()
    assert "gave no answer in time" in text


def test_nobody_there(connect: Connecting, serve: Serve) -> None:
    class Gone:
        name = "okta"

        def options(self) -> dict[str, Any]:
            return {"url": "http://127.0.0.1:1", "api_token": okta_api.API_TOKEN} | {
                "allow_http": True
            }

    assert "cannot be reached" in refusal(connect(Gone()))


def test_redirects_are_not_followed(api: Any, connect: Connecting) -> None:
    elsewhere = f"{api.url}/elsewhere"
    for status in (301, 302, 307, 308):
        api.troubles.append((USERS[api.name], refuse(status, Location=elsewhere)))
        assert "redirects are not followed" in refusal(connect(api))
    assert "/elsewhere" not in api.paths()


@pytest.mark.parametrize("kind", ["entra", "okta"])
@pytest.mark.parametrize(
    "link",
    [
        "https://127.0.0.1:{port}/v1.0/users?$skiptoken=1",
        "http://127.0.0.2:{port}/v1.0/users?$skiptoken=1",
        "http://127.0.0.1:1/v1.0/users?$skiptoken=1",
        "http://somebody@127.0.0.1:{port}/v1.0/users?$skiptoken=1",
        "//elsewhere.example/users",
        "ftp://127.0.0.1/users",
        "http://[1",
    ],
)
def test_a_next_page_elsewhere_is_refused(
    serve: Serve, connect: Connecting, kind: str, link: str
) -> None:
    """Whoever is asked for the next page gets the access token."""
    api = serve(kind)
    link = link.format(port=api.url.rpartition(":")[2])
    found: dict[str, Any] = {"@odata.nextLink": link, "value": []}
    trouble = (
        refuse(200, found) if kind == "entra" else refuse(200, [], Link=f'<{link}>; rel="next"')
    )
    api.troubles.append((USERS[kind], trouble))
    assert "next page" in refusal(connect(api))
    assert api.paths() == [USERS[kind]]


def test_pages_without_an_end_are_refused(serve: Serve, connect: Connecting) -> None:
    api = serve("entra")
    page = {"@odata.nextLink": f"{api.url}/v1.0/users?again", "value": []}
    api.troubles += [("/v1.0/users", refuse(200, page))] * 5
    assert "have no end" in refusal(connect(api))
    google = serve("google")
    page = {"nextPageToken": "again", "users": []}
    google.troubles += [(USERS["google"], refuse(200, page))] * 5
    assert "have no end" in refusal(connect(google))


def test_an_answer_has_a_longest_size(api: Any, connect: Connecting) -> None:
    for number in range(300):
        api.company.hire(f"p{number:04}")
    assert "more than 5000 bytes" in refusal(connect(api, Manners(max_bytes=5_000)))


@pytest.mark.parametrize(
    "body", [b"<html>", b"", b"[" * 100_000, b"\xff\xfe", b'{"value": 1}', b"[1]", b"null"]
)
def test_an_answer_of_another_form_is_not_an_empty_one(
    api: Any, connect: Connecting, body: bytes
) -> None:
    api.troubles.append((USERS[api.name], lambda: Response(body, mimetype="application/json")))
    assert re.search("in JSON|in another form", refusal(connect(api)))


@pytest.mark.parametrize(
    ("kind", "permission"),
    [
        ("entra", "User.Read.All"),
        ("google", "admin.directory.user.readonly"),
        ("okta", "Read-Only Administrator"),
        ("keycloak", "view-users"),
        ("auth0", "read:users"),
    ],
)
def test_a_missing_permission_is_named(
    serve: Serve, connect: Connecting, kind: str, permission: str
) -> None:
    api = serve(kind)
    api.denied.add(USERS[kind])
    text = refusal(connect(api))
    assert "answered 403" in text
    assert "grant " in text
    assert permission in text


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("entra", {"client_secret": "wrong-client-secret"}),
        ("keycloak", {"client_secret": "wrong-client-secret"}),
        ("auth0", {"client_secret": "wrong-client-secret"}),
        ("google", {"admin": "nobody@example.com"}),
        ("okta", {"api_token": "wrong-api-token"}),
    ],
)
def test_wrong_credentials(
    serve: Serve, connect: Connecting, kind: str, change: dict[str, str]
) -> None:
    text = refusal(connect(serve(kind), **change))
    assert "answered 401" in text
    assert "the credentials are not good" in text
    assert "wrong-" not in text


def test_a_token_that_is_taken_back_is_replaced_once(api: Any, connect: Connecting) -> None:
    directory = connect(api)
    directory.users()
    api.good_tokens.clear()
    if api.name == "okta":
        assert "the credentials are not good" in refusal(directory)
        return
    assert len(directory.users()) == 3
    assert connect.waits == []


def test_a_token_is_used_until_shortly_before_its_end(serve: Serve, connect: Connecting) -> None:
    api = serve("entra")
    directory = connect(api)
    directory.users()
    connect.now += 3_500
    directory.users()
    connect.now += 60
    directory.users()
    assert [api.is_sign_in(one.path) for one in api.asked] == [True, False, False, True, False]


def test_a_sign_in_that_gives_no_token(serve: Serve, connect: Connecting) -> None:
    api = serve("auth0")
    api.troubles += [("/oauth/token", refuse(200, {"token_type": "Bearer"}))]
    assert "gives no access token" in refusal(connect(api))
    api.troubles += [("/oauth/token", refuse(200, {"access_token": "two\r\nlines"}))]
    assert "that no header carries" in refusal(connect(api))


@pytest.mark.parametrize(
    "base",
    ["http://graph.example.com", "ftp://127.0.0.1", "//127.0.0.1", "graph.example.com", "https:x"],
)
@pytest.mark.parametrize("plain_http", [True, False])
def test_only_this_machine_is_asked_without_tls(base: str, plain_http: bool) -> None:
    with pytest.raises(DirectoryError, match="over https alone"):
        Api("A directory", base, plain_http=plain_http)


def test_this_machine_only_if_it_is_said() -> None:
    with pytest.raises(DirectoryError, match="over https alone"):
        Api("A directory", "http://127.0.0.1:1")


def test_nothing_secret_is_shown_or_logged(
    api: Any, connect: Connecting, caplog: pytest.LogCaptureFixture
) -> None:
    """Not in what is printed of an object, nor by the loggers of what it is made of."""
    caplog.set_level(logging.DEBUG)
    directory = connect(api)
    directory.users()
    directory.read("", lambda *_: None)
    shown = repr(vars(directory)) + repr(directory) + caplog.text
    private = service_key().as_dict(private=True)["d"]
    for secret in (*SECRETS, "-access-", str(private)):
        assert secret not in shown


def test_a_purpose_is_in_every_refusal(serve: Serve) -> None:
    api = serve("entra")
    api.good_tokens.add("good")
    with (
        Api("A directory", api.url, plain_http=True) as asked,
        pytest.raises(DirectoryError, match="to the question for the moon: there is none"),
    ):
        asked.get("/moon", Purpose("the moon", "a rocket"), bearer="good")
