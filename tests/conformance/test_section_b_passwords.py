"""Passwords, which are dropped on arrival (RFC 7643 sections 4.1.1 and 9.2)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from flask_scim_teams import signals
from tests.conformance.lookups import shown
from tests.conftest import ScimClient
from tests.dumps import dump
from tests.dumps import text_of
from tests.hosts import Storage
from tests.http.messages import USER
from tests.http.messages import assert_error
from tests.http.messages import without_meta

SECRET = "correct-horse-battery"
SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
SIGNALS = (signals.user_provisioned, signals.user_updated, signals.user_deactivated)


@pytest.fixture
def heard(app: Flask) -> Iterator[list[str]]:
    """The events of the app, as text."""
    events: list[str] = []

    def hear(sender: Any, **arguments: Any) -> None:
        events.append(repr(arguments))

    for signal in SIGNALS:
        signal.connect(hear, app)
    yield events
    for signal in SIGNALS:
        signal.disconnect(hear, app)


@pytest.mark.requirement("R041", "R042")
def test_a_password_leaves_no_trace(
    idp: ScimClient, storage: Storage, heard: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    body = {"schemas": [USER], "userName": "ada", "password": SECRET, "title": "x"}
    created = idp.post("/Users", body, query_string={"attributes": "password,userName"})
    assert created.status_code == 201
    url = f"/Users/{created.get_json()['id']}"
    asked = f"{url}?attributes=password,userName"
    answers = [
        created,
        idp.get(url),
        idp.get(asked),
        idp.get(f"{url}?attributes={USER}:password"),
        idp.get(f"{url}?excludedAttributes=title"),
        idp.get("/Users"),
        idp.get("/Users?attributes=PASSWORD"),
        idp.post("/Users/.search", {"schemas": [SEARCH], "attributes": ["password"]}),
        idp.post("/.search", {"schemas": [SEARCH], "attributes": ["password"]}),
        idp.put(asked, {**body, "title": "y"}),
        idp.patch(asked, {"op": "replace", "path": "password", "value": SECRET}),
        idp.patch(url, {"op": "add", "path": f"{USER}:password", "value": SECRET}),
        idp.patch(url, {"op": "add", "value": {"PassWord": SECRET, "active": False}}),
        idp.patch(url, {"op": "remove", "path": "password"}),
    ]
    for answer in answers:
        assert answer.status_code in (200, 201), answer.text
    answers += [
        # Refused for other reasons, and without repeating it.
        idp.post("/Users", body),
        idp.put(url, {**body, "userName": "", "password": SECRET}),
        idp.put(url, {**body, "password": [SECRET, "another"]}),
        idp.patch(url, {"op": "add", "path": "password", "value": {"a": SECRET}}),
    ]
    for answer in answers[-4:]:
        assert answer.status_code in (400, 409)
    for answer in answers:
        assert SECRET not in answer.text
        if answer.status_code < 300:
            assert "password" not in answer.text.lower()
    assert len(heard) == 3
    assert SECRET not in "".join(heard)
    assert SECRET not in text_of(storage)
    assert SECRET not in caplog.text


@pytest.mark.requirement("R041")
def test_the_schema_says_that_a_password_is_never_returned(idp: ScimClient) -> None:
    attributes = shown(idp, f"/Schemas/{USER}")["attributes"]
    [published] = [one for one in attributes if one["name"] == "password"]
    assert published["mutability"] == "writeOnly"
    assert published["returned"] == "never"
    assert published["required"] is False


@pytest.mark.requirement("R042")
@pytest.mark.parametrize("password", [SECRET, "", None, "x" * 200, "\u1680pässwörd 🔑", [SECRET]])
def test_a_password_is_dropped_whatever_it_is(
    idp: ScimClient, storage: Storage, password: Any
) -> None:
    assert shown(idp, "/ServiceProviderConfig")["changePassword"] == {"supported": False}
    user = idp.user("ada", password=password)
    assert without_meta(user) == {"userName": "ada", "active": True}
    before = dump(storage)
    url = f"/Users/{user['id']}"
    body = {"schemas": [USER], "userName": "ada", "password": password}
    for response in (
        idp.put(url, body),
        idp.patch(url, {"op": "add", "path": "password", "value": password}),
        idp.patch(url, {"op": "replace", "path": "password", "value": password}),
        idp.patch(url, {"op": "replace", "value": {"password": password}}),
    ):
        assert response.get_json() == user
    # What is dropped is no change: the version stays, and nothing was written.
    assert dump(storage) == before


@pytest.mark.requirement("R043")
@pytest.mark.parametrize(
    "filter",
    [
        f'password eq "{SECRET}"',
        f'PASSWORD eq "{SECRET}"',
        f'{USER}:password eq "{SECRET}"',
        f'password ne "{SECRET}"',
        'password sw "c"',
        'password co ""',
        'password gt "a"',
        "password pr",
        "not (password pr)",
        "password eq null",
        f'userName eq "ada" and password eq "{SECRET}"',
        f'userName eq "ada" or password eq "{SECRET}"',
        f'userName eq "ada" and not (password eq "{SECRET}")',
        f'userName eq "ada" and (title pr or (password eq "{SECRET}"))',
    ],
)
def test_a_password_cannot_be_asked_for(idp: ScimClient, filter: str) -> None:
    idp.user("ada", password=SECRET)
    for response in (
        idp.get("/Users", query_string={"filter": filter}),
        idp.post("/Users/.search", {"schemas": [SEARCH], "filter": filter}),
        idp.post("/.search", {"schemas": [SEARCH], "filter": filter}),
    ):
        assert_error(response, 400, "invalidFilter", "password")
        assert SECRET not in response.text


@pytest.mark.requirement("R043")
def test_a_list_cannot_be_sorted_by_passwords(idp: ScimClient) -> None:
    idp.user("ada", password=SECRET)
    assert_error(idp.get("/Users?sortBy=password"), 400, "invalidValue", "password")
