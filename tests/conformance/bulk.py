"""Bulk requests, and what is looked at in their results."""

from __future__ import annotations

from typing import Any

from tests.conftest import ScimClient
from tests.http.messages import ERROR
from tests.http.messages import GROUP
from tests.http.messages import PATCH
from tests.http.messages import USER

BULK_REQUEST = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
BULK_RESPONSE = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"
BASE = "http://localhost/scim/v2"

Operation = dict[str, Any]
Result = dict[str, Any]


def message(*operations: Any, **others: Any) -> dict[str, Any]:
    """Return the body of a bulk request."""
    return {"schemas": [BULK_REQUEST], "Operations": list(operations), **others}


def bulk(idp: ScimClient, *operations: Any, **others: Any) -> list[Result]:
    """Send a bulk request that is carried out, and return its results."""
    response = idp.post("/Bulk", message(*operations, **others))
    assert response.status_code == 200, response.text
    assert response.content_type == "application/scim+json"
    body: dict[str, Any] = response.get_json()
    assert set(body) == {"schemas", "Operations"}
    assert body["schemas"] == [BULK_RESPONSE]
    results: list[Result] = body["Operations"]
    return results


def new_user(bulk_id: str, user_name: str | None = None, **attributes: Any) -> Operation:
    """Return the operation that creates a user, named like the operation if not said."""
    name = bulk_id if user_name is None else user_name
    data = {"schemas": [USER], "userName": name, **attributes}
    return {"method": "POST", "path": "/Users", "bulkId": bulk_id, "data": data}


def new_group(bulk_id: str, *members: str, **attributes: Any) -> Operation:
    """Return the operation that creates a group, named like the operation."""
    data = {"schemas": [GROUP], "displayName": bulk_id, **attributes}
    if members:
        data["members"] = [{"value": member} for member in members]
    return {"method": "POST", "path": "/Groups", "bulkId": bulk_id, "data": data}


def patch(path: str, *steps: Any, **others: Any) -> Operation:
    """Return the operation that modifies a resource."""
    data = {"schemas": [PATCH], "Operations": list(steps)}
    return {"method": "PATCH", "path": path, "data": data, **others}


def delete(path: str, **others: Any) -> Operation:
    """Return the operation that deletes a resource."""
    return {"method": "DELETE", "path": path, **others}


def statuses(results: list[Result]) -> list[str]:
    """Return the status of each result."""
    return [result["status"] for result in results]


def id_of(result: Result) -> str:
    """Return the id of a resource that was created."""
    assert result["status"] == "201", result
    id: str = result["location"].rpartition("/")[2]
    return id


def assert_failed(result: Result, status: int, scim_type: str | None = None, *named: str) -> None:
    """Hold a result to a status and an error, the whole of it.

    :param named: words that the detail has to hold.
    """
    assert result["status"] == str(status), result
    error = result["response"]
    assert set(error) - {"scimType"} == {"schemas", "status", "detail"}
    assert (error["schemas"], error["status"]) == ([ERROR], str(status))
    assert error.get("scimType") == scim_type, error
    for word in named:
        assert word in error["detail"], error["detail"]
    assert "version" not in result
    if result["method"] == "POST":
        assert "location" not in result
