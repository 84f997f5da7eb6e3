"""HTTP: media types, text, and errors (RFC 7644 sections 3.8 and 3.12)."""

from __future__ import annotations

import json

import pytest
from flask import Flask
from werkzeug.exceptions import TooManyRequests

from flask_scim_teams import ScimTeams
from tests.conformance.lists import SEARCH
from tests.conftest import ScimClient
from tests.dumps import dump
from tests.hosts import Storage
from tests.http.messages import ERROR
from tests.http.messages import PATCH
from tests.http.messages import USER
from tests.http.messages import assert_error

BODY = {"schemas": [USER], "userName": "Zoë 🧑"}
ACCEPTED = (
    "application/scim+json",
    "application/json",
    "application/scim+json; charset=utf-8",
    "application/json;charset=UTF-8",
    'application/scim+json; charset="iso-8859-1"',
    "Application/SCIM+JSON",
)
UNSUPPORTED = (
    *("text/plain", "text/html", "text/json", "application/xml", "application/ld+json"),
    *("application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "*/*", ""),
)
# What a body must not be, and none of it may be half understood.
NO_JSON = (
    b"",
    b"{",
    b"{'schemas': []}",
    b'{"userName":"ada"} x',
    b'{"userName":"ada",}',
    b'{"userName":"Zo\xeb"}',
    b'{"userName":"\xc3"}',
    b'{"userName":"\xed\xa0\x80"}',
    '{"userName":"ada"}'.encode("utf-16"),
    b'{"userName":NaN}',
    b"userName=ada",
)


def bodies(url: str) -> tuple[tuple[str, str], ...]:
    """Return method and path of each request that has a body."""
    return (
        ("POST", "/Users"),
        ("POST", "/Groups"),
        ("PUT", url),
        ("PATCH", url),
        ("POST", "/Users/.search"),
        ("POST", "/.search"),
    )


@pytest.mark.requirement("R070")
def test_a_body_is_taken_as_scim_or_plain_json_whatever_charset_it_names(idp: ScimClient) -> None:
    data = json.dumps(BODY, ensure_ascii=False).encode()
    for media_type in ACCEPTED:
        made = idp.post("/Users", data=data, content_type=media_type)
        assert made.status_code == 201, media_type
        assert made.get_json()["userName"] == BODY["userName"]
        url = f"/Users/{made.get_json()['id']}"
        assert idp.put(url, data=data, content_type=media_type).status_code == 200
        step = {"op": "add", "path": "title", "value": media_type}
        patch = json.dumps({"schemas": [PATCH], "Operations": [step]})
        patched = idp.request("PATCH", url, data=patch, content_type=media_type)
        assert patched.get_json()["title"] == media_type
        search = json.dumps({"schemas": [SEARCH]})
        found = idp.post("/Users/.search", data=search, content_type=media_type)
        assert found.get_json()["totalResults"] == 1
        idp.delete(url)


@pytest.mark.requirement("R070")
def test_a_body_of_another_media_type_is_refused(idp: ScimClient, storage: Storage) -> None:
    url = f"/Users/{idp.user('ada')['id']}"
    before = dump(storage)
    data = json.dumps({**BODY, "Operations": []})
    for media_type in UNSUPPORTED:
        for method, path in bodies(url):
            refused = idp.request(method, path, data=data, content_type=media_type)
            assert_error(refused, 415, None, "application/scim+json")
    for method, path in bodies(url):
        assert_error(idp.request(method, path, data=data), 415)
    assert dump(storage) == before


@pytest.mark.requirement("R071")
def test_answers_are_scim_json_or_plain_json_for_who_asks_for_it(idp: ScimClient) -> None:
    url = f"/Users/{idp.user('ada')['id']}"
    scim, plain = "application/scim+json", "application/json"
    for accept, answer in (
        *((None, scim), ("*/*", scim), (scim, scim), (plain, plain), ("", scim)),
        (f"{plain}, {scim};q=0.5", scim),
        (f"{plain}, text/plain, */*", scim),
        # What cannot be had is answered in SCIM's own.
        *(("text/html", scim), ("text/html,application/xml;q=0.9", scim), ("nonsense", scim)),
    ):
        headers = {} if accept is None else {"Accept": accept}
        for path, status in (
            *((url, 200), ("/Users", 200), ("/Schemas", 200), ("/Users/x", 404)),
            *(("/Nope", 404), ("/Users?filter=x", 400)),
        ):
            response = idp.get(path, headers=headers)
            assert (response.status_code, response.content_type) == (status, answer)
            assert isinstance(response.get_json(), dict)


@pytest.mark.requirement("R072")
def test_text_goes_in_and_out_in_utf_8(idp: ScimClient) -> None:
    raw = json.dumps(BODY, ensure_ascii=False).encode()
    escaped = json.dumps(BODY).encode()
    assert raw != escaped
    for data in (raw, escaped, b"\xef\xbb\xbf" + raw):
        made = idp.post("/Users", data=data, content_type="application/scim+json")
        assert made.status_code == 201
        for response in (made, idp.get(f"/Users/{made.get_json()['id']}"), idp.get("/Users")):
            assert BODY["userName"].encode() in response.data
            assert response.content_type == "application/scim+json"
        idp.delete(f"/Users/{made.get_json()['id']}")


@pytest.mark.requirement("R072")
def test_what_is_no_utf_8_or_no_json_is_refused_and_changes_nothing(
    idp: ScimClient, storage: Storage
) -> None:
    url = f"/Users/{idp.user('ada')['id']}"
    before = dump(storage)
    for data in NO_JSON:
        for method, path in bodies(url):
            refused = idp.request(method, path, data=data, content_type="application/scim+json")
            assert_error(refused, 400, "invalidSyntax")
    assert dump(storage) == before


@pytest.fixture
def scim(storage: Storage) -> ScimTeams:
    """An extension, and with it an app, for each test: here they change it."""
    return ScimTeams(storage.backend)


@pytest.fixture
def broken(app: Flask) -> list[Exception]:
    """Exceptions that the host raises before the requests to come, the last one first."""
    exceptions: list[Exception] = []

    @app.before_request
    def fail() -> None:
        if exceptions:
            raise exceptions.pop()

    return exceptions


@pytest.mark.requirement("R074", "R075")
@pytest.mark.parametrize("config", [{"SCIM_MAX_BODY_BYTES": 1000}])
def test_whatever_goes_wrong_is_told_by_a_scim_error_with_the_status_as_text(
    broken: list[Exception], idp: ScimClient, app: Flask, scim: ScimTeams
) -> None:
    with app.app_context():
        reader = ScimClient(idp.client, scim.tokens.create(label="r", scopes=["users:read"]).secret)
    url = f"/Users/{idp.user('ada')['id']}"
    refusals = [
        (400, "invalidFilter", idp.get("/Users?filter=x")),
        (400, "invalidSyntax", idp.post("/Users", data="{", content_type="application/json")),
        (400, "invalidValue", idp.post("/Users", {"schemas": [USER]})),
        (400, "mutability", idp.patch(url, {"op": "replace", "path": "id", "value": "x"})),
        (401, None, idp.client.get("/scim/v2/Users")),
        (401, None, idp.client.get("/scim/v2/Nope")),
        (401, None, ScimClient(idp.client, "wrong").get("/Users")),
        (403, None, reader.delete(url)),
        (403, None, idp.get("/Schemas?filter=id+pr")),
        (404, None, idp.get("/Users/none")),
        (404, None, idp.delete("/Groups/none")),
        (404, None, idp.get("/Nope")),
        (404, None, idp.put("/Users/a/b/c", BODY)),
        (405, None, idp.put("/Users", BODY)),
        (405, None, idp.post(url, BODY)),
        (405, None, idp.request("PROPFIND", url)),
        (409, "uniqueness", idp.post("/Users", {"schemas": [USER], "userName": "ADA"})),
        (412, None, idp.delete(url, headers={"If-Match": 'W/"99"'})),
        (413, None, idp.post("/Users", {**BODY, "title": "x" * 1000})),
        (415, None, idp.post("/Users", data="{}", content_type="text/plain")),
    ]
    for status, failure in ((429, TooManyRequests()), (500, RuntimeError("broken"))):
        for path in ("/Users", url):
            broken.append(failure)
            refusals.append((status, None, idp.get(path)))
    for status, scim_type, response in refusals:
        assert_error(response, status, scim_type)
        body = response.get_json()
        assert body["schemas"] == [ERROR]
        # As text, and the same as in the line of the response.
        assert body["status"] == str(response.status_code)
        assert isinstance(body["detail"], str)


@pytest.mark.requirement("R081")
def test_query_parameters_that_nobody_knows_do_no_harm(idp: ScimClient) -> None:
    query = {"aadOptscim062020": "", "nonsense": "1", "page": "7", "filters": "x", "$top": "1"}
    made = idp.post("/Users", {"schemas": [USER], "userName": "ada"}, query_string=query)
    assert made.status_code == 201
    url = f"/Users/{made.get_json()['id']}"
    for path in (url, "/Users", "/Groups", "/Schemas", "/ResourceTypes", "/ServiceProviderConfig"):
        answer = idp.get(path, query_string=query)
        assert answer.status_code == 200
        assert answer.get_json() == idp.get(path).get_json()
    body = {"schemas": [USER], "userName": "ada", "title": "x"}
    assert idp.put(url, body, query_string=query).get_json()["title"] == "x"
    step = {"op": "replace", "path": "title", "value": "y"}
    assert idp.patch(url, step, query_string=query).get_json()["title"] == "y"
    search = idp.post("/Users/.search", {"schemas": [SEARCH]}, query_string=query)
    assert search.get_json()["totalResults"] == 1
    assert idp.delete(url, query_string=query).status_code == 204


@pytest.mark.requirement("R083")
def test_a_500_gives_away_a_reference_to_the_log_and_nothing_else(
    broken: list[Exception], idp: ScimClient, caplog: pytest.LogCaptureFixture
) -> None:
    url = f"/Users/{idp.user('ada')['id']}"
    for request in (
        lambda: idp.get(url),
        lambda: idp.post("/Users", BODY),
        lambda: idp.delete(url),
    ):
        caplog.clear()
        broken.append(RuntimeError("SELECT digest FROM token -- /srv/app/models.py"))
        response = request()
        assert_error(response, 500)
        for inside in ("digest", "/srv", "RuntimeError"):
            assert inside not in response.text
        reference = response.get_json()["detail"].rstrip(".").split()[-1]
        assert len(reference) >= 8
        [record] = [record for record in caplog.records if record.levelname == "ERROR"]
        assert reference in record.getMessage()
        assert record.exc_info is not None
        assert "SELECT digest" in str(record.exc_info[1])
    # No two have the same, or the log would not tell them apart.
    broken.append(RuntimeError("again"))
    assert reference not in idp.get(url).text


@pytest.mark.requirement("R089")
def test_a_hosts_rate_limit_reaches_the_client_with_its_time_in_whole_seconds(
    broken: list[Exception], idp: ScimClient, storage: Storage
) -> None:
    url = f"/Users/{idp.user('ada')['id']}"
    before = dump(storage)
    for method, path in (("GET", "/Users"), ("POST", "/Users"), ("DELETE", url), ("GET", url)):
        broken.append(TooManyRequests(retry_after=7))
        response = idp.request(method, path, BODY if method == "POST" else None)
        assert_error(response, 429)
        assert response.headers["Retry-After"] == "7"
    assert dump(storage) == before
    assert idp.get(url).status_code == 200
