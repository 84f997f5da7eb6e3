"""What the log has no place for: secrets, headers, whatever is large."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest

from flask_scim_teams.core.redaction import MAX_REQUEST
from flask_scim_teams.storage.log import LogEntry
from tests.conftest import ScimClient
from tests.dumps import text_of
from tests.hosts import Storage
from tests.http.log import Log

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


@pytest.fixture
def config() -> dict[str, Any]:
    return {"SCIM_LOG_READS": True}


def test_nothing_secret_gets_in(
    idp: ScimClient, log: Log, storage: Storage, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    # What is pasted into a URL is a token to look at; the real one is in the header alone.
    secret, token = "hunter2-hunter2", f"scim_{'1' * 16}_{'a1' * 32}.{'Bc' * 21}d"
    assert len(token) == len(idp.token)
    ada = f"/Users/{idp.user('ada', password=secret, secretAnswer=secret)['id']}"
    body = {"schemas": [USER], "userName": "ada", "password": secret, ENTERPRISE: {"pin": secret}}
    idp.put(ada, body)
    idp.put(ada, {**body, "userName": "", "password": [secret], "id": secret})
    idp.put(ada, {**body, "emails": [{"value": "a@b.example", secret + "!": secret}]})
    for path, value in (
        ("password", secret),
        ("nothing", secret),
        (secret + "!", secret),
        (None, {"password": secret, "pin": secret, secret + "!": 1}),
        (None, secret),
        (f'emails[pin eq "{secret}"].value', "x@y.example"),
        ("active", {"value": {"x": secret}}),
    ):
        operation = {"op": "replace", "value": value} | ({} if path is None else {"path": path})
        idp.patch(ada, operation)
        idp.patch(ada, {**operation, "op": secret})
    for query in (
        f'filter=password eq "{secret}"',
        f"filter=password eq {secret}",
        f"filter='{secret}'",
        f'filter=nothing eq "{secret}',
        f"attributes={secret}!&sortBy={secret}!&sortOrder={secret}&cursor={secret}&{secret}={secret}",
        f"count={secret}",
        f"access_token={token}",
    ):
        idp.get(f"/Users?{query}")
    idp.post("/Users", data=f'{{"password": "{secret}", "password": 1}}')
    for path in (f"/Users/{token}", f"/{token}", f"/Users/{token}/x"):
        idp.get(path, headers={"Cookie": f"session={secret}", "X-Secret": secret})
    idp.get("/Users", headers={"X-Request-ID": token})
    idp.post(
        "/Bulk",
        {
            "schemas": [BULK],
            "Operations": [
                {"method": secret, "path": f"/Users/{token}", "data": {}},
                {"method": "POST", "bulkId": "a", "path": "/Users", "data": body},
                {"method": "PATCH", "path": f"/{token}/{secret}!", "data": {"x": secret}},
            ],
        },
    )
    assert len(log(count=200)) > 25
    for text in (text_of(storage), caplog.text):
        assert secret not in text
        assert idp.token not in text
        # Not the beginning of it either.
        assert token[:60] not in text


def test_an_entry_has_no_place_for_a_header() -> None:
    assert {field.name for field in fields(LogEntry)} == {
        "id", "at", "connection_id", "tenant", "token_id", "actor", "request_id", "method",
        "target", "action", "resource_type", "resource_id", "resource_name", "status",
        "scim_type", "detail", "duration_ms", "request", "before", "after", "tolerances", "trace",
        "source",
    }  # fmt: skip


def test_filters_that_were_answered_are_shown(idp: ScimClient, log: Log) -> None:
    idp.get('/Users?filter=userName eq "ada"&count=2&startIndex=1')
    assert log.last().target == '/Users?filter=userName eq "ada"&count=2&startIndex=1'
    idp.get('/Users?filter=userName xx "ada"')
    assert log.last().target == "/Users?filter=userName … …"


def test_entries_are_small_however_large_the_request(idp: ScimClient, log: Log) -> None:
    ids = [idp.user(f"u{number}")["id"] for number in range(120)]
    blue = idp.team("Blue", *ids)
    entry = log.last()
    assert entry.action == "created team with 120 members"
    assert entry.request["members"][100] == "(20 more)"
    assert entry.after is not None
    shown = entry.after["members"]
    assert (shown["count"], len(shown["ids"])) == (120, 100)
    idp.delete(f"/Groups/{blue['id']}")
    assert log.last().before == {"displayName": "Blue", "members": shown}
    idp.user("long", entitlements=[{"value": f"{n}{'x' * 900}"} for n in range(60)])
    assert isinstance(log.last().request, str)
    assert len(log.last().request) <= MAX_REQUEST + 1
