"""Each provider sends what is published of it, and not what would be right."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from flask_scim_teams.simulator import PROVIDERS
from flask_scim_teams.simulator.exchange import Request
from flask_scim_teams.simulator.urls import url_sender
from flask_scim_teams.simulator.wsgi import Application
from tests.simulator.conftest import sender
from tests.simulator.test_simulation import requests_of


@pytest.fixture(params=PROVIDERS)
def provider(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


def bodies(requests: list[Request], method: str, endpoint: str) -> list[dict[str, Any]]:
    return [
        json.loads(one.body)
        for one in requests
        if one.method == method and one.target.startswith(endpoint) and one.body
    ]


def operations(requests: list[Request], endpoint: str) -> list[dict[str, Any]]:
    return [one for body in bodies(requests, "PATCH", endpoint) for one in body["Operations"]]


def targets(requests: list[Request], method: str) -> list[str]:
    return [one.target for one in requests if one.method == method]


def test_headers(provider: str, host: Flask) -> None:
    requests = requests_of(provider, host, cycles=0)
    agents = {one.headers.get("User-Agent") for one in requests}
    types = {one.headers["Content-Type"].partition(";")[0] for one in requests if one.body}
    assert agents == {
        {
            "okta": "Okta SCIM Client 1.0.0",
            "google": "Google-Auto-Provisioning",
            "keycloak": "Apache-HttpClient/4.5.14 (Java/21)",
            "auth0": "node",
            "authentik": "python-requests/2.32.5",
            "ping": "PingFederate",
        }.get(provider)
    }
    json_alone = provider in {"google", "onelogin"}
    assert types == {"application/json" if json_alone else "application/scim+json"}
    assert all("Authorization" not in one.headers for one in requests)


def test_teams_and_deletions(provider: str, host: Flask) -> None:
    requests = requests_of(provider, host)
    assert any("/Groups" in one.target for one in requests) is (provider not in {"google", "auth0"})
    deleted = [target for target in targets(requests, "DELETE") if target.startswith("/Users")]
    assert bool(deleted) is (provider != "okta")


@pytest.mark.parametrize(
    ("provider", "first"),
    [
        ("entra", "GET /Users?filter=userName+eq+%22"),
        ("okta", "GET /Users?startIndex=1&count=2"),
        ("onelogin", "GET /Users?filter=userName+eq+%22"),
        ("google", "GET /Users"),
        ("keycloak", "POST /Users"),
        ("auth0", "POST /Users"),
        ("authentik", "GET /ServiceProviderConfig"),
        ("jumpcloud", "POST /Users"),
        ("ping", "GET /Users?filter=username+Eq+%22"),
    ],
)
def test_the_first_request(provider: str, first: str, host: Flask) -> None:
    request = requests_of(provider, host, cycles=0)[0]
    assert f"{request.method} {request.target}".startswith(first)


def test_entra(host: Flask) -> None:
    requests = requests_of("entra", host)
    users, groups = operations(requests, "/Users"), operations(requests, "/Groups")
    assert {one["op"] for one in users + groups} == {"Add", "Replace", "Remove"}
    assert {one["value"] for one in users if one["path"] == "active"} == {"True", "False"}
    removed = [one for one in groups if one["op"] == "Remove"]
    assert removed
    assert all(one["path"] == "members" and one["value"][0]["value"] for one in removed)
    assert all("members" not in body for body in bodies(requests, "POST", "/Groups"))
    assert all("ADSCIM" in str(body["schemas"]) for body in bodies(requests, "POST", "/Groups"))
    managers = [one for one in users if one["path"].endswith(":manager")]
    assert managers
    assert all(isinstance(one["value"], str) for one in managers)
    # What becomes empty is not sent.
    assert all(one["value"] != "" for one in users)


def test_okta(host: Flask) -> None:
    requests = requests_of("okta", host)
    created = bodies(requests, "POST", "/Users")
    assert all(len(body["password"]) >= 8 and body["groups"] == [] for body in created)
    assert all(body["members"] == [] for body in bodies(requests, "POST", "/Groups"))
    assert all("meta" in body and "id" in body for body in bodies(requests, "PUT", "/Users"))
    active = operations(requests, "/Users")
    assert {json.dumps(one) for one in active} == {
        '{"op": "replace", "value": {"active": false}}',
        '{"op": "replace", "value": {"active": true}}',
    }
    patches = bodies(requests, "PATCH", "/Groups")
    assert all(set(one["Operations"][0]["value"]) == {"id", "displayName"} for one in patches)
    both = [
        body
        for body in patches
        if {one["op"] for one in body["Operations"]} == {"replace", "add", "remove"}
    ]
    assert any('members[value eq "' in json.dumps(one).replace("\\", "") for one in both)
    again = requests_of("okta", host)
    pushes = [one for one in operations(again, "/Groups") if one.get("path") == "members"]
    assert any(one["op"] == "replace" for one in pushes)


def test_onelogin(host: Flask) -> None:
    requests = requests_of("onelogin", host)
    assert all(t.endswith("&") for t in targets(requests, "GET") if "filter" in t)
    assert all(t.endswith("?") for t in targets(requests, "PUT"))
    sent = bodies(requests, "POST", "/Users") + bodies(requests, "PUT", "/Users")
    assert all(isinstance(body["emails"], dict) for body in sent)
    assert {body["schemas"][0] for body in sent} == {"urn:scim:schemas:core:2.0"}
    assert {"active" in body for body in bodies(requests, "PUT", "/Users")} == {True, False}


def test_google(host: Flask) -> None:
    requests = requests_of("google", host)
    sent = bodies(requests, "POST", "/Users")
    assert all(body["schemas"][0] == "urn:scim:schemas:core:1.0" for body in sent)
    lookups = [target for target in targets(requests, "GET") if "filter" in target]
    assert lookups
    assert all("startIndex=1" in t and "count" not in t for t in lookups)


def test_keycloak(host: Flask) -> None:
    requests = requests_of("keycloak", host)
    assert not targets(requests, "GET")
    assert all(body["id"] for body in bodies(requests, "PUT", "/Users"))
    assert all("type" not in body["emails"][0] for body in bodies(requests, "PUT", "/Users"))
    groups = bodies(requests, "PUT", "/Groups") + bodies(requests, "POST", "/Groups")
    members = [member for body in groups for member in body.get("members", ())]
    assert members
    assert all(member["$ref"] == f"Users/{member['value']}" for member in members)
    assert all("members" not in body or body["members"] for body in groups)
    emptied = {"op": "remove", "path": "members", "value": None}
    assert emptied in operations(requests, "/Groups")


def test_auth0(host: Flask) -> None:
    requests = requests_of("auth0", host)
    lookups = targets(requests, "GET")
    assert lookups
    assert all("externalId%20eq%20%22auth0%7C" in target for target in lookups)
    assert all("id" not in body for body in bodies(requests, "PUT", "/Users"))


def test_authentik(host: Flask) -> None:
    requests = requests_of("authentik", host)
    posted = bodies(requests, "POST", "/Users")
    assert {body["emails"][0]["type"] for body in posted} == {"other"}
    assert all(body["id"] for body in bodies(requests, "PUT", "/Users"))
    adds = [one for one in operations(requests, "/Groups") if one["op"] == "add"]
    assert adds
    assert all(len(one["value"]) == 1 for one in adds)
    assert all("members" not in body for body in bodies(requests, "POST", "/Groups"))


def test_jumpcloud(host: Flask) -> None:
    requests = requests_of("jumpcloud", host)
    assert [one.method for one in requests[:4]] == ["POST", "POST", "DELETE", "DELETE"]
    groups = bodies(requests, "PATCH", "/Groups")
    assert all(len(body["Operations"]) == 1 for body in groups)
    removed = [one for one in operations(requests, "/Groups") if one["op"] == "remove"]
    assert removed
    assert all(one["path"] == "members" and len(one["value"]) == 1 for one in removed)
    active = [one for one in operations(requests, "/Users") if one.get("path") == "active"]
    assert {one["value"] for one in active} == {True, False}


def test_ping(host: Flask) -> None:
    requests = requests_of("ping", host)
    assert not bodies(requests, "PATCH", "/Users")
    assert bodies(requests, "PUT", "/Users")
    assert not any("filter" in one.target for one in requests if "/Groups" in one.target)


def test_over_a_url_nothing_is_added_or_tidied(served: Callable[[Application], str]) -> None:
    seen: list[dict[str, Any]] = []

    def server(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        seen.append(environ)
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"ok"]

    target = "/Users?filter=userName+eq+%22zo%C3%AB%22&"
    with url_sender(f"{served(server)}/scim", "secret", time_limit=5) as send:
        assert send(Request("GET", target, {"Accept": "application/json"})).body == b"ok"
        send(Request("PUT", "/Users/1?", {"Content-Type": "application/json"}, b"{}"))
    got, put = seen
    assert (got["RAW_URI"], put["RAW_URI"]) == (f"/scim{target}", "/scim/Users/1?")
    sent = {name for name in got if name.startswith("HTTP_")}
    assert sent == {"HTTP_HOST", "HTTP_ACCEPT", "HTTP_AUTHORIZATION"}
    assert got["HTTP_AUTHORIZATION"] == "Bearer secret"
    assert (put["CONTENT_TYPE"], put["CONTENT_LENGTH"]) == ("application/json", "2")


def test_in_process_nothing_is_added_either(host: Flask) -> None:
    seen: list[dict[str, Any]] = []

    def server(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        seen.append(environ)
        start_response("204 No Content", [])
        return []

    send = sender(host, "entra", server)
    target = "/Users?filter=userName+eq+%22zo%C3%AB%22&"
    assert send(Request("GET", target, {"Accept": "application/json"})).status == 204
    assert seen[0]["QUERY_STRING"] == "filter=userName+eq+%22zo%C3%AB%22&"
    sent = {name for name in seen[0] if name.startswith("HTTP_")}
    assert sent == {"HTTP_HOST", "HTTP_ACCEPT", "HTTP_AUTHORIZATION"}
    assert "CONTENT_TYPE" not in seen[0]
