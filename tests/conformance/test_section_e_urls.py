"""URIs: the base URL, versions in it, and what locations are made of (RFC 7644 section 3.13)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from flask_scim_teams import ScimTeams
from flask_scim_teams import SetupError
from tests.conftest import SECRET_KEY
from tests.conftest import ScimClient
from tests.dumps import dump
from tests.hosts import Storage
from tests.http.messages import ENTERPRISE
from tests.http.messages import GROUP
from tests.http.messages import USER
from tests.http.messages import assert_error

PUBLIC = "https://gateway.example.com/blue/scim/v2"
# What a client can say of the way its request took.
FORGED = {
    "X-Forwarded-Host": "forged.example",
    "X-Forwarded-Proto": "gopher",
    "X-Forwarded-Port": "666",
    "X-Forwarded-Prefix": "/forged",
    "Forwarded": "host=forged.example;proto=gopher",
}


def inside(document: Any) -> Iterator[str]:
    """Yield every location and reference in a JSON document."""
    if isinstance(document, list):
        for item in document:
            yield from inside(item)
    elif isinstance(document, dict):
        for name, value in document.items():
            if name in ("location", "$ref"):
                yield value
            else:
                yield from inside(value)


def every_uri(idp: ScimClient, **kwargs: Any) -> list[str]:
    """Return the URIs that answers of all kinds hold, in headers and bodies.

    :param kwargs: what each request says besides, such as its headers.
    """
    boss = idp.post("/Users", {"schemas": [USER], "userName": "boss"}, **kwargs)
    manager = {"manager": {"value": boss.get_json()["id"]}}
    body = {"schemas": [USER], "userName": "ada", ENTERPRISE: manager}
    ada = idp.post("/Users", body, **kwargs)
    members = [{"value": ada.get_json()["id"]}]
    blue = {"schemas": [GROUP], "displayName": "Blue", "members": members}
    url = f"/Users/{ada.get_json()['id']}"
    answers = [boss, ada, idp.post("/Groups", blue, **kwargs), idp.put(url, body, **kwargs)]
    answers.append(idp.patch(url, {"op": "add", "path": "title", "value": "x"}, **kwargs))
    read = (url, "/Users", "/Groups", "/Schemas", "/ResourceTypes", "/ServiceProviderConfig")
    answers += [idp.get(path, **kwargs) for path in read]
    found: list[str] = []
    for answer in answers:
        assert answer.status_code in (200, 201), answer.text
        found += inside(answer.get_json())
        named = (answer.headers.get(name) for name in ("Location", "Content-Location"))
        found += [uri for uri in named if uri is not None]
    return found


def test_a_suffix_does_not_choose_the_format(idp: ScimClient) -> None:
    # RFC 7644 section 3.8 allows for it; here the headers choose, and such a path is another one.
    user = idp.user("ada")
    for suffix in (".scim", ".json"):
        for path in (f"/Users/{user['id']}", "/Users", "/Schemas", f"/Schemas/{USER}"):
            assert_error(idp.get(path + suffix), 404)
        assert_error(idp.delete(f"/Users/{user['id']}{suffix}"), 404)


@pytest.mark.requirement("R078")
def test_the_version_stands_directly_before_the_endpoint(idp: ScimClient) -> None:
    user = idp.user("ada")
    path = f"/scim/v2/Users/{user['id']}"
    assert user["meta"]["location"] == f"http://localhost{path}"
    elsewhere = ScimClient(idp.client, idp.token, prefix="")
    assert elsewhere.get(path).get_json() == user
    for path in ("/v2/scim/Users", "/scim/Users/v2", "/scim/v2/v2/Users", "/scim/V2/Users"):
        assert elsewhere.get(path).status_code == 404


@pytest.mark.requirement("R078")
def test_another_version_is_not_served_as_this_one(idp: ScimClient, storage: Storage) -> None:
    user = idp.user("ada")
    before = dump(storage)
    for version in ("v1", "v1.1", "v3", "v20", "v2.1", "v", "2"):
        other = ScimClient(idp.client, idp.token, prefix=f"/scim/{version}")
        body = {"schemas": [USER], "userName": "bob"}
        for response in (
            other.get("/Users"),
            other.post("/Users", body),
            other.put(f"/Users/{user['id']}", body),
            other.delete(f"/Users/{user['id']}"),
        ):
            assert response.status_code == 404
            assert user["id"] not in response.text
    assert dump(storage) == before


@pytest.mark.requirement("R078")
def test_a_version_below_the_base_url_gets_a_scim_error(idp: ScimClient) -> None:
    for version in ("v1", "v2", "v3"):
        assert_error(idp.get(f"/{version}/Users"), 404)
        assert_error(idp.post(f"/{version}/Users", {"schemas": [USER], "userName": "bob"}), 404)


@pytest.mark.requirement("R079")
@pytest.mark.parametrize("config", [{"SCIM_URL_PREFIX": "/scim"}])
def test_a_base_url_without_version_is_served_in_scim_2(idp: ScimClient) -> None:
    unversioned = ScimClient(idp.client, idp.token, prefix="/scim")
    user = unversioned.user("ada")
    assert user["schemas"] == [USER]
    assert user["meta"]["location"] == f"http://localhost/scim/Users/{user['id']}"
    assert unversioned.get(f"/Users/{user['id']}").get_json() == user
    assert unversioned.get("/Users").get_json()["totalResults"] == 1
    schemas = unversioned.get("/Schemas").get_json()["Resources"]
    assert {":2.0:" in schema["id"] for schema in schemas} == {True}


@pytest.mark.requirement("R080")
@pytest.mark.parametrize(
    "setting",
    [
        {"SCIM_BASE_URL": "https://gateway.example.com/scim/v2?tenant=1"},
        {"SCIM_BASE_URL": "https://gateway.example.com/scim/v2?"},
        {"SCIM_BASE_URL": "https://gateway.example.com/scim/v2#x"},
        {"SCIM_BASE_URL": "/scim/v2"},
        {"SCIM_URL_PREFIX": "/scim/v2?tenant=1"},
        {"SCIM_URL_PREFIX": "/scim?/v2"},
    ],
    ids=repr,
)
def test_a_base_url_with_a_query_is_refused_when_the_host_starts(
    storage: Storage, setting: dict[str, str]
) -> None:
    app = Flask("host")
    app.config.update(SECRET_KEY=SECRET_KEY, **setting)
    with pytest.raises(SetupError, match=next(iter(setting))):
        ScimTeams(storage.backend, app)


@pytest.mark.requirement("R080")
def test_a_query_of_the_request_does_not_get_into_locations(idp: ScimClient) -> None:
    for uri in every_uri(idp, query_string={"tenant": "1", "excludedAttributes": "nickName"}):
        assert uri.startswith("http://localhost/scim/v2/")
        assert "?" not in uri


@pytest.mark.requirement("R084")
@pytest.mark.parametrize("config", [{"SCIM_BASE_URL": PUBLIC}])
def test_locations_are_made_of_the_public_address(idp: ScimClient) -> None:
    found = every_uri(idp, headers={**FORGED, "Host": "internal:8000"})
    assert len(found) > 20
    for uri in found:
        assert uri.startswith(f"{PUBLIC}/")


@pytest.mark.requirement("R084")
def test_headers_that_no_proxy_of_the_hosts_has_set_are_not_believed(idp: ScimClient) -> None:
    for uri in every_uri(idp, headers=FORGED):
        assert uri.startswith("http://localhost/scim/v2/")


@pytest.mark.requirement("R084")
def test_headers_of_a_proxy_that_the_host_trusts_are_believed(app: Flask, idp: ScimClient) -> None:
    app.wsgi_app = ProxyFix(app.wsgi_app, x_proto=1, x_host=1, x_prefix=1)  # type: ignore[method-assign]
    headers = {
        "X-Forwarded-Host": "gateway.example.com",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Prefix": "/blue",
    }
    for uri in every_uri(idp, headers=headers):
        assert uri.startswith(f"{PUBLIC}/")
