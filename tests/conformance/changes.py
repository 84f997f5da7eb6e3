"""What the tests of changes have in common: PATCH operations, and requests that go well or not."""

from __future__ import annotations

from typing import Any

from werkzeug.test import TestResponse

from tests.conftest import ScimClient
from tests.dumps import dump
from tests.hosts import Storage
from tests.http.messages import ENTERPRISE
from tests.http.messages import assert_error

Operation = dict[str, Any]

#: One value for each attribute of a user that a client can write and read again.
FULL: dict[str, Any] = {
    "userName": "ada@example.com",
    "externalId": "E-1",
    "name": {
        "formatted": "Lady Ada King",
        "familyName": "King",
        "givenName": "Ada",
        "middleName": "Byron",
        "honorificPrefix": "Lady",
        "honorificSuffix": "I",
    },
    "displayName": "Ada King",
    "nickName": "Ada",
    "profileUrl": "https://example.com/ada",
    "title": "Countess",
    "userType": "Employee",
    "preferredLanguage": "en-GB",
    "locale": "en-GB",
    "timezone": "Europe/London",
    "active": True,
    "emails": [{"value": "ada@work.example", "type": "work", "primary": True}],
    "phoneNumbers": [{"value": "+44 20 7946 0000", "type": "work"}],
    "ims": [{"value": "ada", "type": "xmpp"}],
    "photos": [{"value": "https://example.com/ada.png", "type": "photo"}],
    "addresses": [{"type": "home", "locality": "London", "country": "GB"}],
    "entitlements": [{"value": "engine"}],
    "roles": [{"value": "author", "primary": True}],
    "x509Certificates": [{"value": "MIIB"}],
    ENTERPRISE: {
        "employeeNumber": "1",
        "costCenter": "C",
        "organization": "O",
        "division": "Mathematics",
        "department": "Programs",
        "manager": {"value": "babbage"},
    },
}


def add(path: str | None, value: Any) -> Operation:
    """Return an add operation; without path if that is ``None``."""
    return _operation("add", path, value)


def replace(path: str | None, value: Any) -> Operation:
    """Return a replace operation; without path if that is ``None``."""
    return _operation("replace", path, value)


def remove(path: str) -> Operation:
    """Return a remove operation, which has no value."""
    return {"op": "remove", "path": path}


def _operation(op: str, path: str | None, value: Any) -> Operation:
    return {"op": op, "value": value} | ({} if path is None else {"path": path})


def changed(idp: ScimClient, url: str, *operations: Operation) -> dict[str, Any]:
    """Return the resource after operations that succeed; the answer agrees with what is stored."""
    response = idp.patch(url, *operations)
    stored = idp.get(url)
    if response.status_code != 204:
        assert response.status_code == 200, response.text
        assert response.get_json() == stored.get_json()
    assert response.headers["ETag"] == stored.headers["ETag"]
    body: dict[str, Any] = stored.get_json()
    return body


def unchanged(idp: ScimClient, storage: Storage, url: str, *operations: Operation) -> None:
    """Hold operations to succeed without a trace."""
    before = dump(storage)
    resource = idp.get(url).get_json()
    assert changed(idp, url, *operations) == resource
    assert dump(storage) == before


def refused(
    idp: ScimClient,
    storage: Storage,
    url: str,
    *operations: Operation,
    scim_type: str,
    naming: str = "",
    status: int = 400,
) -> TestResponse:
    """Hold operations to a refusal that names what is wrong and leaves everything as it was."""
    before = dump(storage)
    response = idp.patch(url, *operations)
    assert_error(response, status, scim_type, naming)
    assert dump(storage) == before
    return response
