"""Bodies that mean nothing, or two things: refused in words, and nothing is stored."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from flask_scim_teams.storage.memory import MemoryBackend
from tests.conftest import ScimClient
from tests.dumps import dump
from tests.dumps import text_of
from tests.hosts import Storage
from tests.http.messages import ENTERPRISE
from tests.http.messages import GROUP
from tests.http.messages import PATCH
from tests.http.messages import USER
from tests.http.messages import assert_error

HEAD = f'{{"schemas":["{USER}"],"userName":"eve",'.encode()
DEEP = 100_000

# Bodies that are no JSON, or not JSON alone.
NOT_JSON: dict[str, bytes] = {
    "nothing": b"",
    "white space": b" \n",
    "a word": b"hello",
    "cut off": HEAD,
    "something behind it": HEAD + b'"title":"x"} {}',
    "single quotes": b"{'userName':'eve'}",
    "a comma too many": HEAD + b"}",
    "a comment": HEAD + b'"title":"x" /* no */}',
    "a form": b"userName=eve&schemas=x",
    "arrays nested deep": b"[" * DEEP,
    "arrays nested deep and closed": b"[" * DEEP + b"]" * DEEP,
    "objects nested deep": b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    "nested deep in a value": HEAD + b'"name":' + b'{"a":' * DEEP + b"1" + b"}" * DEEP + b"}",
    "NaN": HEAD + b'"title":NaN}',
    "Infinity": HEAD + b'"title":Infinity}',
    "minus Infinity": HEAD + b'"title":-Infinity}',
    "1e400": HEAD + b'"title":1e400}',
    "minus 1e999999": HEAD + b'"title":-1e999999}',
    "an integer of 5000 digits": HEAD + b'"title":' + b"9" * 5000 + b"}",
    "a leading zero": HEAD + b'"title":01}',
    "hexadecimal": HEAD + b'"title":0x1}',
    "a key twice": HEAD + b'"title":"x","title":"y"}',
    "userName twice": HEAD + b'"userName":"mallory"}',
    "a key twice below": HEAD + b'"name":{"givenName":"a","givenName":"b"}}',
    "a key twice by escape": HEAD + b'"title":"x","t\\u0069tle":"y"}',
    "UTF-16": (HEAD + b'"title":"x"}').decode().encode("utf-16"),
    "UTF-16 without mark": (HEAD + b'"title":"x"}').decode().encode("utf-16-le"),
    "UTF-32": (HEAD + b'"title":"x"}').decode().encode("utf-32-be"),
    "Latin-1": HEAD + b'"title":"Zo\xeb"}',
    "half a character": HEAD + b'"title":"\xc3"}',
    "too long a form": HEAD + b'"title":"\xc0\xaf"}',
    "a surrogate in UTF-8": HEAD + b'"title":"\xed\xa0\x80"}',
    "NUL as it is": HEAD + b'"title":"\x00"}',
    "a line break in a string": HEAD + b'"title":"a\nb"}',
    "a bad escape": HEAD + b'"title":"\\x41"}',
}
# JSON that is no resource, by what it is.
NOT_A_RESOURCE: list[Any] = [[], [{}], None, "x", 5, True, [HEAD.decode()]]
NOT_SCHEMAS: list[Any] = [None, [], "", USER, {}, 5, [5], [None], [""], [[USER]]]


def send(client: ScimClient, method: str, path: str, body: bytes, **kwargs: Any) -> Any:
    return client.request(method, path, data=body, content_type="application/scim+json", **kwargs)


@pytest.fixture
def stored(idp: ScimClient) -> dict[str, str]:
    """The paths of a user and of a team that it is in."""
    user = idp.user("ada", title="Countess")
    return {"user": f"/Users/{user['id']}", "team": f"/Groups/{idp.team('Blue', user['id'])['id']}"}


@pytest.mark.requirement("R072")
@pytest.mark.parametrize("body", NOT_JSON.values(), ids=NOT_JSON)
def test_no_json(quick: ScimClient, body: bytes) -> None:
    url = f"/Users/{quick.user('ada')['id']}"
    before = quick.get("/Users").text
    for method, path in (("POST", "/Users"), ("PUT", url), ("PATCH", url), ("POST", "/Groups")):
        response = send(quick, method, path, body)
        assert_error(response, 400, "invalidSyntax")
        assert len(response.data) < 600
    assert quick.get("/Users").text == before


def test_no_depth_is_too_much_for_the_code(quick: ScimClient) -> None:
    # What the JSON reader lets through is still deep: nothing behind it may count on the stack.
    url = f"/Users/{quick.user('ada')['id']}"
    statuses = set()
    for depth in (*range(50, 800, 50), *range(800, 1000, 3)):
        for name in ("title", "active", "emails", "nonsense"):
            nested = b'{"value":' * depth + b'"x"' + b"}" * depth
            body = HEAD + f'"{name}":'.encode() + nested + b"}"
            statuses.add(send(quick, "PUT", url, body).status_code)
            operation = f'{{"op":"add","path":"{name}","value":{nested.decode()}}}'
            body = f'{{"schemas":["{PATCH}"],"Operations":[{operation}]}}'.encode()
            statuses.add(send(quick, "PATCH", url, body).status_code)
    assert statuses <= {200, 400}


def test_a_byte_order_mark_is_let_through(quick: ScimClient) -> None:
    body = b"\xef\xbb\xbf" + HEAD + b'"title":"x"}'
    assert send(quick, "POST", "/Users", body).get_json()["title"] == "x"


@pytest.mark.requirement("R094")
@pytest.mark.parametrize("body", NOT_A_RESOURCE, ids=repr)
def test_no_resource(quick: ScimClient, body: Any) -> None:
    url = f"/Users/{quick.user('ada')['id']}"
    before = quick.get("/Users").text
    data = json.dumps(body).encode()
    for method, path in (("POST", "/Users"), ("PUT", url), ("PATCH", url), ("POST", "/Groups")):
        assert_error(send(quick, method, path, data), 400, "invalidSyntax", "object")
    assert quick.get("/Users").text == before


@pytest.mark.requirement("R023")
@pytest.mark.parametrize("schemas", NOT_SCHEMAS, ids=repr)
def test_no_schemas(quick: ScimClient, schemas: Any) -> None:
    for path, base in (("/Users", {"userName": "ada"}), ("/Groups", {"displayName": "Blue"})):
        response = quick.post(path, {"schemas": schemas, **base})
        assert_error(response, 400, "invalidSyntax", "schemas")
        assert quick.get(path).get_json()["totalResults"] == 0


# A value that does not fit its attribute, by the name the detail has to say.
WRONG: list[tuple[str, dict[str, Any]]] = [
    ("userName", {"userName": 5}),
    ("userName", {"userName": ["a", "b"]}),
    ("userName", {"userName": "x" * 256}),
    ("userName", {"userName": "ﷺ" * 20}),
    ("userName", {"userName": "a\u200bda"}),
    ("userName", {"userName": "\u202eada"}),
    ("userName", {"userName": "ada\ufeff"}),
    ("userName", {"userName": "a\tda"}),
    ("NUL", {"userName": "a\u0000da"}),
    ("userName", {"userName": "\U000e0041ada"}),
    ("userName", {"userName": "ada\u0085"}),
    ("externalId", {"externalId": "x" * 256}),
    ("externalId", {"externalId": 5}),
    ("externalId", {"externalId": {"value": 5}}),
    ("active", {"active": "yes"}),
    ("active", {"active": 1}),
    ("active", {"active": {"a": True}}),
    ("active", {"active": [True, False]}),
    ("title", {"title": 5}),
    ("title", {"title": True}),
    ("title", {"title": {"a": "x"}}),
    ("title", {"title": ["a", "b"]}),
    ("title", {"title": "x" * 4097}),
    ("name", {"name": "Ada Lovelace"}),
    ("name", {"name": [{"givenName": "a"}, {"givenName": "b"}]}),
    ("name.givenName", {"name": {"givenName": 5}}),
    ("name.givenName", {"name": {"givenName": "a", "GIVENNAME": "b"}}),
    ("emails", {"emails": 5}),
    ("emails", {"emails": [5]}),
    ("emails", {"emails": [[{"value": "a"}]]}),
    ("emails.value", {"emails": [{"value": {"a": 1}}]}),
    ("emails.primary", {"emails": [{"value": "a", "primary": "si"}]}),
    ("emails", {"emails": [{"value": "a", "primary": True}, {"value": "b", "primary": True}]}),
    ("emails", {"emails": [{"value": str(number)} for number in range(201)]}),
    ("profileUrl", {"profileUrl": "not a uri"}),
    ("profileUrl", {"profileUrl": "javascript:\nalert(1)"}),
    ("photos.value", {"photos": [{"value": "<script>"}]}),
    ("x509Certificates.value", {"x509Certificates": [{"value": "&&&&"}]}),
    ("x509Certificates.value", {"x509Certificates": [{"value": "A"}]}),
    ("x509Certificates.value", {"x509Certificates": [{"value": "QUJD-_"}]}),
    ("x509Certificates.value", {"x509Certificates": [{"value": "A" * 65_540}]}),
    ("password", {"password": 5}),
    ("department", {ENTERPRISE: {"department": 5}}),
    ("manager", {ENTERPRISE: {"manager": 5}}),
    ("manager", {ENTERPRISE: {"manager": {"value": 5}}}),
    ("manager", {ENTERPRISE: {"manager": [{"value": "a"}, {"value": "b"}]}}),
    (ENTERPRISE, {ENTERPRISE: "x"}),
    (ENTERPRISE, {ENTERPRISE: []}),
    ("title", {"title": "x", "TITLE": "y"}),
    ("NUL", {"title": "a\u0000b"}),
    ("NUL", {"name": {"givenName": "\u0000"}}),
    ("NUL", {"nonsense": {"\u0000": 1}}),
    ("surrogate", {"title": "\ud800"}),
    ("surrogate", {"title": "\udfff\ud800"}),
    ("surrogate", {"externalId": "\udc00"}),
    ("surrogate", {"emails": [{"value": "\ud83d x"}]}),
]


@pytest.mark.requirement("R005", "R008", "R010", "R011", "R016", "R050", "R094", "R173", "R233")
@pytest.mark.parametrize(("named", "wrong"), WRONG, ids=lambda value: repr(value)[:50])
def test_values_that_do_not_fit(connect: Any, named: str, wrong: dict[str, Any]) -> None:
    backend = MemoryBackend()
    idp = connect(backend)
    url = f"/Users/{idp.user('ada', title='Countess')['id']}"
    before = dump(Storage(backend))
    body = {"schemas": [USER], "userName": "eve", **wrong}
    assert_error(idp.post("/Users", body), 400, "invalidValue", named)
    assert_error(idp.put(url, body), 400, "invalidValue", named)
    good = {"op": "add", "path": "nickName", "value": "x"}
    if len({key.lower() for key in wrong}) == len(wrong):
        patched = idp.patch(url, good, {"op": "replace", "value": wrong})
        assert_error(patched, 400, "invalidValue", named)
    assert dump(Storage(backend)) == before


@pytest.mark.parametrize(
    "member",
    [5, "", None, {}, {"value": 5}, {"value": ""}, {"value": None}, ["x"], {"value": ["x"]}],
)
def test_members_that_are_none(
    idp: ScimClient, storage: Storage, stored: dict[str, str], member: Any
) -> None:
    before = dump(storage)
    body = {"schemas": [GROUP], "displayName": "Red", "members": [member]}
    add = {"op": "add", "path": "members", "value": [member]}
    assert_error(idp.post("/Groups", body), 400, "invalidValue", "members")
    assert_error(idp.put(stored["team"], body), 400, "invalidValue", "members")
    assert_error(idp.patch(stored["team"], add), 400, "invalidValue", "members")
    assert dump(storage) == before


@pytest.mark.parametrize("name", ["x" * 256, "a\u0000", "\ud800", 5, {"a": 1}, "ﷺ" * 20])
def test_names_of_teams(
    idp: ScimClient, storage: Storage, stored: dict[str, str], name: Any
) -> None:
    before = dump(storage)
    body = {"schemas": [GROUP], "displayName": name}
    assert_error(idp.post("/Groups", body), 400, "invalidValue")
    assert_error(idp.put(stored["team"], body), 400, "invalidValue")
    step = {"op": "replace", "path": "displayName", "value": name}
    assert_error(idp.patch(stored["team"], step), 400, "invalidValue")
    assert dump(storage) == before


def test_the_longest_values_that_fit(idp: ScimClient) -> None:
    # A host's own column may be shorter, and is in one of the kinds.
    name, text = "é" * 200, "𝔄" * 4096
    user = idp.user(name, externalId="x" * 255, nickName=text, title=text)
    stored = idp.get(f"/Users/{user['id']}").get_json()
    assert (stored["userName"], stored["nickName"]) == (name, text)
    # A difference at the very end is one.
    for value, count in ((text, 1), (text[:-1] + "x", 0)):
        found = idp.get("/Users", query_string={"filter": f'nickName eq "{value}"'}).get_json()
        assert found["totalResults"] == count


def test_the_longest_name_that_fits(quick: ScimClient) -> None:
    assert quick.user("é" * 255)["userName"] == "é" * 255
    assert quick.team("é" * 255)["displayName"] == "é" * 255


@pytest.mark.requirement("R074")
def test_bodies_over_the_limit(connect: Any) -> None:
    idp = connect(SCIM_MAX_BODY_BYTES=1000)
    fits = HEAD + b'"title":"' + b"x" * (1000 - len(HEAD) - 11) + b'"}'
    assert len(fits) == 1000
    url = f"/Users/{idp.user('ada')['id']}"
    for method, path in (("POST", "/Users"), ("PUT", url), ("PATCH", url), ("POST", "/Groups")):
        assert_error(send(idp, method, path, fits + b" "), 413, None, "1000")
    assert idp.get("/Users").get_json()["totalResults"] == 1
    assert send(idp, "POST", "/Users", fits).status_code == 201
    # A length that is a lie is believed no further than the limit.
    lie = {"CONTENT_LENGTH": "9" * 30}
    assert_error(send(idp, "PUT", url, fits, environ_overrides=lie), 413)


@pytest.mark.requirement("R074")
def test_bodies_over_the_limit_that_do_not_say_so(connect: Any) -> None:
    # Chunked, from a server that says where the body ends
    idp = connect(SCIM_MAX_BODY_BYTES=1000)
    body = HEAD + b'"title":"x"}'

    def chunked(data: bytes) -> Any:
        return idp.request(
            "POST",
            "/Users",
            input_stream=io.BytesIO(data),
            headers={"Content-Type": "application/json", "Transfer-Encoding": "chunked"},
            environ_overrides={"wsgi.input_terminated": True},
        )

    # The first thousand bytes would do for a user; the limit is on all of them.
    assert_error(chunked(body.ljust(1000) + b"..."), 413, None, "1000")
    assert_error(chunked(body + b"x" * 5000), 413, None, "1000")
    assert idp.get("/Users").get_json()["totalResults"] == 0
    assert chunked(body.ljust(1000)).status_code == 201


@pytest.mark.requirement("R026", "R031", "R041")
def test_what_a_client_sends_for_the_server_leaves_no_trace(
    idp: ScimClient, storage: Storage, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    own = {"id": "chosen-id", "meta": {"location": "chosen-url"}, "groups": [{"value": "chosen-g"}]}
    user = idp.user("ada", password="chosen-password", **own)
    url = f"/Users/{user['id']}"
    body = {"schemas": [USER], "userName": "ada", "password": "chosen-password", **own}
    answers = [idp.put(url, body), idp.get(url), idp.get("/Users")]
    # Refused for another reason: the refusal does not repeat it.
    answers.append(idp.post("/Users", body))
    answers.append(idp.post("/Users", {**body, "password": ["chosen-password", "b"]}))
    for answer in answers:
        assert "chosen" not in answer.text
    assert "chosen" not in text_of(storage)
    assert "chosen" not in caplog.text
