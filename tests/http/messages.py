"""Names and checks that the protocol's messages have in common."""

from __future__ import annotations

from typing import Any

from werkzeug.test import TestResponse

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"

# Words of the machinery behind the service; none of them is a client's business.
_INTERNALS = (
    "Traceback",
    'File "',
    ".py",
    "SELECT",
    "INSERT",
    "UPDATE",
    "sqlalchemy",
    "marshmallow",
)


def assert_error(
    response: TestResponse, status: int, scim_type: str | None = None, *named: str
) -> None:
    """Hold a response to R074, R075, R231-R233: a SCIM error, all of it.

    :param named: words that the detail has to hold, such as the attribute at fault.
    """
    assert response.status_code == status, response.text
    assert response.content_type == "application/scim+json"
    body: dict[str, Any] = response.get_json()
    assert set(body) - {"scimType"} == {"schemas", "status", "detail"}
    assert body["schemas"] == [ERROR]
    assert body["status"] == str(status)
    assert body.get("scimType") == scim_type, body
    assert body["detail"]
    for word in named:
        assert word in body["detail"], body["detail"]
    for word in _INTERNALS:
        assert word not in body["detail"]


def without_meta(resource: dict[str, Any]) -> dict[str, Any]:
    """Return what the client sent of a resource: without what every resource is given."""
    return {k: v for k, v in resource.items() if k not in ("id", "meta", "schemas")}
