"""Error keywords: which there are, with which status, and what the detail says (section 3.12)."""

# ruff: noqa: E501 - one refusal, one line: so a table is read down its columns

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from flask_scim_teams import ScimTeams
from flask_scim_teams.core.errors import ScimError
from flask_scim_teams.storage.interface import Caller
from flask_scim_teams.storage.memory import MemoryBackend
from tests.conformance.changes import add
from tests.conformance.changes import remove
from tests.conformance.changes import replace
from tests.conftest import SECRET_KEY
from tests.conftest import ScimClient
from tests.dumps import dump
from tests.hosts import Storage
from tests.http.messages import ENTERPRISE
from tests.http.messages import GROUP
from tests.http.messages import PATCH
from tests.http.messages import USER
from tests.http.messages import assert_error

SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"

#: RFC 7644 table 9 and RFC 9865 section 2.1.
STATUS = {
    "invalidFilter": 400,
    "tooMany": 400,
    "uniqueness": 409,
    "mutability": 400,
    "invalidSyntax": 400,
    "invalidPath": 400,
    "noTarget": 400,
    "invalidValue": 400,
    "invalidVers": 400,
    "sensitive": 403,
    "invalidCursor": 400,
    "expiredCursor": 400,
    "invalidCount": 400,
}


def kinds(of: type[ScimError] = ScimError) -> Iterator[type[ScimError]]:
    """Yield every class of refusal."""
    yield of
    for one in of.__subclasses__():
        yield from kinds(one)


@pytest.mark.requirement("R231", "R232")
def test_every_kind_of_refusal_has_a_keyword_of_the_standards_or_none() -> None:
    named = {kind.scim_type: kind.status for kind in kinds() if kind.scim_type is not None}
    assert {"uniqueness", "sensitive", "invalidVers"} <= set(named)
    assert {keyword: STATUS[keyword] for keyword in named} == named
    assert all(400 <= kind.status <= 599 for kind in kinds())


def user_of(**attributes: Any) -> dict[str, Any]:
    return {"schemas": [USER], "userName": "new", **attributes}


def patch_of(*operations: Any) -> dict[str, Any]:
    return {"schemas": [PATCH], "Operations": list(operations)}


def search_of(**parameters: Any) -> dict[str, Any]:
    return {"schemas": [SEARCH], **parameters}


# Requests that are refused: method, path, body, status, scimType, words of the detail. "{user}" and
# "{team}" stand for the paths of what there is; a taken userName is ada, a taken team name Blue.
Refusal = tuple[str, str, Any, int, str | None, tuple[str, ...]]
REFUSALS: list[Refusal] = [
    # invalidValue: the attribute, in the body of each method
    ("POST", "/Users", {"schemas": [USER]}, 400, "invalidValue", ("userName",)),
    ("POST", "/Users", user_of(userName=" "), 400, "invalidValue", ("userName",)),
    ("POST", "/Users", user_of(userName="x" * 5000), 400, "invalidValue", ("userName",)),
    ("POST", "/Users", user_of(externalId="x" * 5000), 400, "invalidValue", ("externalId",)),
    ("POST", "/Users", user_of(active="perhaps"), 400, "invalidValue", ("active", "boolean")),
    ("POST", "/Users", user_of(name="Ada"), 400, "invalidValue", ("name", "string")),
    ("POST", "/Users", user_of(name={"givenName": 5}), 400, "invalidValue", ("name.givenName",)),
    ("POST", "/Users", user_of(emails=5), 400, "invalidValue", ("emails",)),
    ("POST", "/Users", user_of(emails=[{"value": 5}]), 400, "invalidValue", ("emails.value",)),
    ("POST", "/Users", user_of(photos=[{"value": "a b"}]), 400, "invalidValue", ("photos.value",)),
    ("POST", "/Users", user_of(profileUrl="a b"), 400, "invalidValue", ("profileUrl",)),
    ("POST", "/Users", user_of(**{ENTERPRISE: {"department": 5}}), 400, "invalidValue", ("department",)),
    ("POST", "/Users", user_of(x509Certificates=[{"value": "?"}]), 400, "invalidValue", ("x509Certificates.value",)),
    ("PUT", "{user}", user_of(title={}), 400, "invalidValue", ("title",)),
    ("PATCH", "{user}", patch_of(replace("title", 5)), 400, "invalidValue", ("title",)),
    ("PATCH", "{user}", patch_of({"op": "add", "path": "title"}), 400, "invalidValue", ("title",)),
    ("PATCH", "{user}", patch_of(replace("userName", None)), 400, "invalidValue", ("userName",)),
    ("POST", "/Groups", {"schemas": [GROUP]}, 400, "invalidValue", ("displayName",)),
    ("POST", "/Groups", {"schemas": [GROUP], "displayName": "x", "members": [{"value": "nobody"}]}, 400, "invalidValue", ("members", "nobody")),
    ("PATCH", "{team}", patch_of(add("members", [{}])), 400, "invalidValue", ("members",)),
    ("PATCH", "{team}", patch_of(add("members", [{"value": "nobody"}])), 400, "invalidValue", ("members", "nobody")),
    # invalidValue: the parameter
    ("GET", "/Users?count=x", None, 400, "invalidValue", ("count",)),
    ("GET", "/Users?startIndex=x", None, 400, "invalidValue", ("startIndex",)),
    ("GET", "/Users?sortBy=userName&sortOrder=up", None, 400, "invalidValue", ("sortOrder",)),
    ("POST", "/Users/.search", search_of(count="x"), 400, "invalidValue", ("count",)),
    ("POST", "/Users/.search", search_of(attributes="userName"), 400, "invalidValue", ("attributes",)),
    # invalidSyntax
    ("POST", "/Users", [], 400, "invalidSyntax", ("object",)),
    ("POST", "/Users", {"userName": "x", "schemas": []}, 400, "invalidSyntax", ("schemas",)),
    ("POST", "/Users/.search", {"filter": "userName pr"}, 400, "invalidSyntax", ("schemas",)),
    ("POST", "/.search", {"schemas": [USER]}, 400, "invalidSyntax", ("SearchRequest",)),
    ("PATCH", "{user}", {"schemas": [PATCH]}, 400, "invalidSyntax", ("Operations",)),
    ("PATCH", "{user}", patch_of({"op": "move"}), 400, "invalidSyntax", ("op", "move")),
    # invalidFilter: where, or which attribute
    ("GET", "/Users?filter=", None, 400, "invalidFilter", ("attribute name",)),
    ("GET", "/Users?filter=userName", None, 400, "invalidFilter", ("operator",)),
    ("GET", "/Users?filter=userName is 5", None, 400, "invalidFilter", ("is",)),
    ("GET", "/Users?filter=nonsense pr", None, 400, "invalidFilter", ("nonsense",)),
    ("GET", "/Users?filter=active gt true", None, 400, "invalidFilter", ("active",)),
    ("GET", "/Users?filter=password eq \"x\"", None, 400, "invalidFilter", ("password",)),
    ("GET", "{user}?filter=userName pr", None, 400, "invalidFilter", ("filter",)),
    ("POST", "/Groups/.search", search_of(filter="userName pr"), 400, "invalidFilter", ("userName",)),
    ("PATCH", "{user}", patch_of(remove("emails[nonsense pr]")), 400, "invalidFilter", ("nonsense",)),
    # invalidPath, noTarget, mutability, tooMany
    ("PATCH", "{user}", patch_of(add("nonsense", 1)), 400, "invalidPath", ("nonsense",)),
    ("PATCH", "{user}", patch_of(add("name.nonsense", 1)), 400, "invalidPath", ("nonsense",)),
    ("PATCH", "{user}", patch_of(add("emails[", 1)), 400, "invalidPath", ()),
    ("PATCH", "{user}", patch_of({"op": "remove"}), 400, "noTarget", ("path",)),
    ("PATCH", "{user}", patch_of(replace('emails[type ne "x"].value', "y")), 400, "noTarget", ("emails",)),
    ("PATCH", "{user}", patch_of(replace("id", "x")), 400, "mutability", ("id",)),
    ("PATCH", "{user}", patch_of(replace("meta.version", "x")), 400, "mutability", ("meta.version",)),
    ("PATCH", "{user}", patch_of(remove("userName")), 400, "mutability", ("userName",)),
    ("PATCH", "{team}", patch_of(remove("members.value")), 400, "mutability", ("members",)),
    ("PATCH", "{user}", patch_of(*[add("title", "x")] * 1001), 400, "tooMany", ("1000",)),
    # uniqueness
    ("POST", "/Users", user_of(userName="ADA"), 409, "uniqueness", ("userName",)),
    ("PUT", "{user}", user_of(userName="Ada"), 409, "uniqueness", ("userName",)),
    ("PATCH", "{user}", patch_of(replace("userName", "ada")), 409, "uniqueness", ("userName",)),
    ("POST", "/Groups", {"schemas": [GROUP], "displayName": "BLUE"}, 409, "uniqueness", ("displayName",)),
    ("PATCH", "{team}", patch_of(replace("displayName", "blue")), 409, "uniqueness", ("displayName",)),
    # What no keyword is about
    ("GET", "/Users/unknown", None, 404, None, ("User", "unknown")),
    ("DELETE", "/Groups/unknown", None, 404, None, ("Group", "unknown")),
    ("GET", "/Nothing", None, 404, None, ("/Nothing",)),
    ("GET", "/Schemas/urn:x", None, 404, None, ("urn:x",)),
    ("DELETE", "/Users", None, 405, None, ("DELETE",)),
    ("GET", "/Schemas?filter=id pr", None, 403, None, ("filter",)),
    ("GET", "/Me", None, 501, None, ()),
]  # fmt: skip


@pytest.mark.requirement("R231", "R232", "R233")
def test_a_refusal_says_what_is_wrong_and_no_more(idp: ScimClient, storage: Storage) -> None:
    idp.user("ada")
    idp.team("Blue")
    places = {"{user}": f"/Users/{idp.user('bob')['id']}", "{team}": f"/Groups/{idp.team('Red')['id']}"}  # fmt: skip
    before = dump(storage)
    seen = set()
    for method, path, body, status, scim_type, words in REFUSALS:
        for name, place in places.items():
            path = path.replace(name, place)
        response = idp.request(method, path, body)
        assert_error(response, status, scim_type, *words)
        assert set(response.get_json()) <= {"schemas", "status", "scimType", "detail"}
        if scim_type is not None:
            assert STATUS[scim_type] == status
            seen.add(scim_type)
    # Every keyword that this server has a use for has been there.
    assert seen == {"invalidFilter", "tooMany", "uniqueness", "mutability", "invalidSyntax", "invalidPath", "noTarget", "invalidValue"}  # fmt: skip
    assert dump(storage) == before


@pytest.mark.requirement("R232", "R233")
@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [("PUT", {"If-Match": 'W/"9"'}, 412), ("DELETE", {"If-Match": 'W/"9"'}, 412)],
)
def test_a_refusal_for_another_reason_has_no_keyword(
    idp: ScimClient, method: str, headers: dict[str, str], status: int
) -> None:
    url = f"/Users/{idp.user('ada')['id']}"
    assert_error(idp.request(method, url, user_of(), headers=headers), status, None, "version")
    form = {"content_type": "text/plain", "data": "x"}
    assert_error(idp.request("PUT", url, **form), 415, None, "text/plain")
    anonymous = ScimClient(idp.client, "x")
    assert_error(anonymous.request(method, url, user_of()), 401, None, "token")


class Broken(MemoryBackend):
    """A store that fails, and says more than a client is to hear."""

    broken = False

    @contextmanager
    def begin(self, caller: Caller, *, write: bool) -> Iterator[Any]:
        if self.broken and write:
            raise RuntimeError(f'File "{Path(__file__)}": SELECT secret, as if it had failed')
        with super().begin(caller, write=write) as work:
            yield work


@pytest.mark.requirement("R233")
def test_what_breaks_inside_is_not_told(caplog: pytest.LogCaptureFixture) -> None:
    backend = Broken()
    app = Flask("host")
    app.config["SECRET_KEY"] = SECRET_KEY
    scim = ScimTeams(backend, app)
    with app.app_context():
        idp = ScimClient(app.test_client(), scim.tokens.create(label="test").secret)
    url = f"/Users/{idp.user('ada')['id']}"
    backend.broken = True
    for response in (
        idp.post("/Users", user_of()),
        idp.put(url, user_of()),
        idp.patch(url, add("title", "x")),
        idp.delete(url),
    ):
        assert_error(response, 500)
        detail = response.get_json()["detail"]
        for word in ("secret", "RuntimeError", "/", "\\", "failed"):
            assert word not in detail
        # The log has it all, under the reference the client was told.
        [reference] = [word.rstrip(".") for word in detail.split() if len(word) > 15]
        assert reference in caplog.text
    assert "SELECT secret" in caplog.text
