"""What the conformance tests ask a server again and again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.conftest import ScimClient


def found(idp: ScimClient, filter: str, path: str = "/Users") -> set[str]:
    """Return the ids of the resources that a filter finds, all on one page."""
    response = idp.get(path, query_string={"filter": filter})
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.get_json()
    ids = {resource["id"] for resource in body["Resources"]}
    assert len(ids) == body["totalResults"]
    return ids


def shown(idp: ScimClient, path: str, **query: str) -> dict[str, Any]:
    """Return the JSON body of a GET that succeeds."""
    response = idp.get(path, query_string=query)
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.get_json()
    return body


def values(document: Any) -> Iterator[Any]:
    """Yield every value inside a JSON document, containers included, but not the document."""
    inside = document.values() if isinstance(document, dict) else document
    for value in inside:
        yield value
        if isinstance(value, dict | list):
            yield from values(value)


def references(document: Any) -> Iterator[str]:
    """Yield the ``$ref`` values at any depth of a JSON document."""
    for value in (document, *values(document)):
        if isinstance(value, dict) and "$ref" in value:
            yield value["$ref"]
