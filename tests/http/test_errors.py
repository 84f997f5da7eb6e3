"""Whatever goes wrong below the prefix is a SCIM error, and says nothing it should not."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

import pytest
from flask import Flask
from werkzeug.exceptions import default_exceptions

from flask_scim_teams import ScimTeams
from flask_scim_teams.services import attempts
from flask_scim_teams.storage.interface import Caller
from flask_scim_teams.storage.interface import InUse
from flask_scim_teams.storage.interface import LostRace
from flask_scim_teams.storage.interface import Unstorable
from flask_scim_teams.storage.memory import MemoryBackend
from flask_scim_teams.storage.memory import MemoryWork
from tests.conftest import SECRET_KEY
from tests.conftest import ScimClient
from tests.http.messages import USER
from tests.http.messages import assert_error


class Failing(MemoryBackend):
    """Memory that fails as it is told: for requests with a token, or at once."""

    failure: Exception | None = None
    at_once = False

    def begin(self, caller: Caller, *, write: bool) -> AbstractContextManager[MemoryWork]:
        if self.failure is not None and (self.at_once or caller.token_id is not None):
            raise self.failure
        return super().begin(caller, write=write)


@pytest.fixture
def backend() -> Failing:
    return Failing()


@pytest.fixture
def idp(connect: Any, backend: Failing) -> ScimClient:
    client: ScimClient = connect(backend)
    return client


@pytest.mark.requirement("R074", "R075")
@pytest.mark.parametrize(
    "path",
    [
        *("/Nope", "/users", "/Users/1/2", "/Schemas/x/y", "/ServiceProviderConfig/x"),
        *("/Users//", "//Users", "/Users/a%2Fb", "/Users/%2F", "/Users/../../etc/passwd"),
    ],
)
def test_paths_that_lead_nowhere(quick: ScimClient, path: str) -> None:
    # Neither a redirect nor a page of HTML
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
        assert_error(quick.request(method, path), 404)


@pytest.mark.parametrize("path", ["/Users/", "/Groups/", "/Schemas/", "/ServiceProviderConfig/"])
def test_a_slash_at_the_end_is_let_through(quick: ScimClient, path: str) -> None:
    response = quick.get(path)
    assert response.status_code == 200
    assert response.get_json() == quick.get(path.rstrip("/")).get_json()


@pytest.mark.requirement("R074")
@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/Users", {"GET", "POST"}),
        ("PATCH", "/Groups", {"GET", "POST"}),
        ("DELETE", "/Users", {"GET", "POST"}),
        ("POST", "/Users/x", {"GET", "PUT", "PATCH", "DELETE"}),
        ("OPTIONS", "/Users", {"GET", "POST"}),
        ("TRACE", "/Users", {"GET", "POST"}),
        ("FOO", "/Users", {"GET", "POST"}),
        ("PROPFIND", "/Users/x", {"GET", "PUT", "PATCH", "DELETE"}),
        ("CONNECT", "/Schemas", {"GET"}),
    ],
)
def test_methods_that_are_not_possible(
    quick: ScimClient, method: str, path: str, allowed: set[str]
) -> None:
    # Allow names what the endpoint takes (RFC 9110 section 15.5.6)
    response = quick.request(method, path)
    assert_error(response, 405, None, method)
    named = {word.strip() for word in response.headers["Allow"].split(",")}
    assert named - {"HEAD", "OPTIONS"} == allowed


def test_head(quick: ScimClient) -> None:
    user = quick.user()
    for path in (f"/Users/{user['id']}", "/Users", "/Schemas"):
        response = quick.request("HEAD", path)
        assert (response.status_code, response.data) == (200, b"")
        assert response.content_type == "application/scim+json"
    assert quick.request("HEAD", f"/Users/{user['id']}").headers["ETag"] == user["meta"]["version"]
    assert quick.request("HEAD", "/Users/x").status_code == 404


@pytest.mark.requirement("R071")
@pytest.mark.parametrize(
    ("accept", "answer"),
    [
        (None, "application/scim+json"),
        ("*/*", "application/scim+json"),
        ("application/scim+json", "application/scim+json"),
        ("application/scim+json, application/json;q=0.9", "application/scim+json"),
        ("application/json, text/plain, */*", "application/scim+json"),
        ("application/json", "application/json"),
        ("text/html", "application/scim+json"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9", "application/scim+json"),
        ("nonsense", "application/scim+json"),
        ("", "application/scim+json"),
    ],
)
def test_the_media_type_of_answers(quick: ScimClient, accept: str | None, answer: str) -> None:
    # What is asked for and cannot be had is answered in SCIM's own, never in HTML
    headers = {} if accept is None else {"Accept": accept}
    for path, status in (("/Users", 200), ("/Users/x", 404), ("/Nope", 404)):
        response = quick.get(path, headers=headers)
        assert (response.status_code, response.content_type) == (status, answer)
        assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.requirement("R070")
@pytest.mark.parametrize(
    ("media_type", "accepted"),
    [
        ("application/scim+json", True),
        ("application/scim+json; charset=utf-8", True),
        ("application/json", True),
        ("Application/JSON;charset=UTF-8", True),
        ('application/scim+json; charset="iso-8859-1"', True),
        ("text/plain", False),
        ("text/json", False),
        ("application/xml", False),
        ("application/x-www-form-urlencoded", False),
        ("multipart/form-data; boundary=x", False),
        ("application/scim+json, text/plain", False),
        ("", False),
        (None, False),
    ],
)
def test_the_media_type_of_bodies(
    quick: ScimClient, media_type: str | None, accepted: bool
) -> None:
    # The charset is ignored, the body is UTF-8 in any case
    data = f'{{"schemas":["{USER}"],"userName":"Zoë"}}'.encode()
    headers = {} if media_type is None else {"Content-Type": media_type}
    response = quick.request("POST", "/Users", data=data, headers=headers)
    if accepted:
        assert response.status_code == 201
        assert response.get_json()["userName"] == "Zoë"
    else:
        assert_error(response, 415, None, "application/scim+json")
        assert quick.get("/Users").get_json()["totalResults"] == 0


REQUESTS: list[tuple[str, str, Any]] = [
    ("GET", "/Users", None),
    ("GET", "/Users/x", None),
    ("POST", "/Users", {"schemas": [USER], "userName": "ada"}),
    ("PUT", "/Users/x", {"schemas": [USER], "userName": "ada"}),
    ("DELETE", "/Groups/x", None),
]


@pytest.mark.requirement("R074", "R083", "R233")
@pytest.mark.parametrize(
    ("method", "path", "body", "at_once"),
    [
        *((*request, False) for request in REQUESTS),
        # Even the look-up of the token fails.
        *((*request, True) for request in (*REQUESTS, ("GET", "/Nope", None))),
    ],
)
def test_what_breaks_unexpectedly(
    idp: ScimClient,
    backend: Failing,
    caplog: pytest.LogCaptureFixture,
    method: str,
    path: str,
    body: Any,
    at_once: bool,
) -> None:
    backend.failure = RuntimeError("SELECT secret FROM /srv/app/models.py")
    backend.at_once = at_once
    response = idp.request(method, path, body)
    assert_error(response, 500)
    assert "secret" not in response.text
    reference = response.get_json()["detail"].rstrip(".").split()[-1]
    assert len(reference) >= 8
    [record] = [record for record in caplog.records if record.levelname == "ERROR"]
    assert record.name == "flask_scim_teams"
    assert reference in record.getMessage()
    assert record.exc_info is not None
    assert record.exc_info[1] is backend.failure


@pytest.mark.requirement("R083", "R233")
@pytest.mark.parametrize("debug", [False, True])
def test_a_host_in_debug_mode_leaks_nothing(debug: bool) -> None:
    backend = Failing()
    app = Flask("host")
    app.config.update(SECRET_KEY=SECRET_KEY, TESTING=True, PROPAGATE_EXCEPTIONS=True)
    app.debug = debug
    scim = ScimTeams(backend, app)
    with app.app_context():
        idp = ScimClient(app.test_client(), scim.tokens.create(label="test").secret)
    backend.failure = ZeroDivisionError("in /srv/app")
    assert_error(idp.get("/Users"), 500)
    backend.failure = None
    assert_error(idp.get("/Nope"), 404)
    assert_error(idp.request("POST", "/Users", data=b"{", content_type="text/html"), 415)


@pytest.mark.parametrize(
    ("failure", "status", "scim_type", "word"),
    [
        (Unstorable("title", "is longer than 20 characters."), 400, "invalidValue", "title"),
        (InUse("fk_api_key_user"), 409, None, "refer"),
    ],
)
def test_what_storage_has_to_say(
    idp: ScimClient, backend: Failing, failure: Exception, status: int, scim_type: str, word: str
) -> None:
    backend.failure = failure
    response = idp.post("/Users", {"schemas": [USER], "userName": "ada"})
    assert_error(response, status, scim_type, word)
    assert "fk_api_key_user" not in response.text


@pytest.mark.requirement("R282")
@pytest.mark.parametrize(("method", "path", "body"), REQUESTS)
def test_a_race_that_is_lost_again_and_again(
    idp: ScimClient,
    backend: Failing,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    path: str,
    body: Any,
) -> None:
    monkeypatch.setattr(attempts, "_FIRST_PAUSE", 0)
    backend.failure = LostRace("deadlock found")
    response = idp.request(method, path, body)
    assert_error(response, 503)
    # Okta understands whole seconds only.
    assert response.headers["Retry-After"].isdigit()
    assert "deadlock" not in response.text


def test_a_hosts_pages_outside_of_the_prefix_are_its_own(quick: ScimClient) -> None:
    client = quick.client
    app = client.application
    app.register_error_handler(404, lambda error: ("the host's own page", 404))
    for path in ("/", "/scim", "/scim/v1/Users", "/scim/v22", "/scimv2/Users", "/Users"):
        response = client.get(path)
        assert (response.status_code, response.text) == (404, "the host's own page")
    assert_error(quick.get("/Nope"), 404)


@pytest.mark.requirement("R074", "R075", "R089")
@pytest.mark.parametrize("status", [400, 401, 403, 418, 429, 500, 503])
def test_a_refusal_of_the_hosts_own_keeps_its_status(status: int) -> None:
    # A rate limiter in front of the endpoints aborts with 429, for instance
    app = Flask("host")
    app.config["SECRET_KEY"] = "a key of the host's, long enough to sign with"
    ScimTeams(MemoryBackend(), app)

    @app.before_request
    def refuse() -> None:
        error = default_exceptions[status]()
        error.get_headers = lambda *_, **__: [("Retry-After", "7"), ("X-Inner", "secret")]
        raise error

    response = app.test_client().get("/scim/v2/Users")
    assert_error(response, status)
    assert response.headers["Retry-After"] == "7"
    assert "X-Inner" not in response.headers
