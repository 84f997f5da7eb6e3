"""Reading one resource, and what of it is shown (RFC 7644 sections 3.4.1 and 3.9)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import ScimClient
from tests.http.messages import ENTERPRISE
from tests.http.messages import USER
from tests.http.messages import assert_error

ADA: dict[str, Any] = {
    "userName": "ada",
    "externalId": "e-1",
    "title": "Countess",
    "active": True,
    "name": {"givenName": "Ada", "familyName": "King"},
    "emails": [{"value": "a@example.com", "type": "work"}, {"value": "b@example.com"}],
    ENTERPRISE: {"department": "Programs", "manager": {"value": "m-1"}},
}
ALWAYS = {"schemas", "id"}
WHOLE = ALWAYS | {"meta"} | set(ADA)
URN_NAME = f"{USER}:name"


@pytest.fixture
def ada(idp: ScimClient) -> dict[str, Any]:
    return idp.user(**ADA)


@pytest.fixture
def url(ada: dict[str, Any]) -> str:
    return f"/Users/{ada['id']}"


def shown(idp: ScimClient, url: str, **query: str) -> dict[str, Any]:
    response = idp.get(url, query_string=query)
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.get_json()
    return body


@pytest.mark.requirement("R100")
def test_a_resource_is_read_by_its_id(idp: ScimClient, ada: dict[str, Any], url: str) -> None:
    team = idp.team("Blue")
    for path, resource in ((url, ada), (f"/Groups/{team['id']}", team)):
        response = idp.get(path)
        assert (response.status_code, response.get_json()) == (200, resource)
        assert response.headers["Content-Location"] == resource["meta"]["location"]


@pytest.mark.requirement("R100")
def test_an_id_that_is_unknown_or_gone_is_not_found(idp: ScimClient, url: str) -> None:
    team = f"/Groups/{idp.team('Blue')['id']}"
    for path in (url, team):
        assert idp.delete(path).status_code == 204
        assert_error(idp.get(path), 404)
    assert_error(idp.get("/Users/00000000-0000-0000-0000-000000000000"), 404)


@pytest.mark.requirement("R100")
def test_an_id_is_matched_exactly(idp: ScimClient, ada: dict[str, Any]) -> None:
    id = ada["id"]
    assert id != id.upper()
    for other in (
        *(id.upper(), id[:-1], id[1:], f"{id}%20", f"%20{id}", f"{id}%00", id.replace("-", "")),
        *("%25", "_" * len(id), "ada", "e-1"),
    ):
        assert_error(idp.get(f"/Users/{other}"), 404)
    # Nor is a user a team.
    assert_error(idp.get(f"/Groups/{id}"), 404)


@pytest.mark.requirement("R101")
def test_attributes_shows_what_is_always_returned_and_what_is_named(
    idp: ScimClient, url: str
) -> None:
    for asked, names in {
        "userName": {"userName"},
        "userName,title": {"userName", "title"},
        " userName , ,title,": {"userName", "title"},
        "USERNAME,Title": {"userName", "title"},
        "id": set(),
        "schemas": set(),
        "externalId,meta,active": {"externalId", "meta", "active"},
        f"{USER}:title": {"title"},
        "nickName": set(),
        "name,emails": {"name", "emails"},
    }.items():
        answer = shown(idp, url, attributes=asked)
        assert set(answer) == ALWAYS | names, asked
        for name in names & set(ADA):
            assert answer[name] == ADA[name], asked


@pytest.mark.requirement("R101")
def test_a_sub_attribute_that_is_named_is_shown_alone(idp: ScimClient, url: str) -> None:
    for asked, part in {
        "name.givenName": {"name": {"givenName": "Ada"}},
        "NAME.GIVENNAME": {"name": {"givenName": "Ada"}},
        f"{URN_NAME}.familyName": {"name": {"familyName": "King"}},
        "name.givenName,name.familyName": {"name": ADA["name"]},
        "name,name.givenName": {"name": ADA["name"]},
        "emails.value": {"emails": [{"value": "a@example.com"}, {"value": "b@example.com"}]},
        "emails.type": {"emails": [{"type": "work"}]},
        "emails.display": {},
        "name.middleName": {},
        "meta.resourceType": {"meta": {"resourceType": "User"}},
    }.items():
        answer = shown(idp, url, attributes=asked)
        assert {k: v for k, v in answer.items() if k not in ALWAYS} == part, asked


@pytest.mark.requirement("R101")
def test_attributes_of_extensions_are_named_by_their_urn(idp: ScimClient, url: str) -> None:
    for asked, part in {
        f"{ENTERPRISE}:department": {"department": "Programs"},
        f"{ENTERPRISE.upper()}:DEPARTMENT": {"department": "Programs"},
        f"{ENTERPRISE}:manager": {"manager": ADA[ENTERPRISE]["manager"]},
        f"{ENTERPRISE}:manager.value": {"manager": {"value": "m-1"}},
        f"{ENTERPRISE}:manager.value,{ENTERPRISE}:department": ADA[ENTERPRISE],
    }.items():
        answer = shown(idp, url, attributes=asked)
        assert set(answer) == ALWAYS | {ENTERPRISE}
        assert answer[ENTERPRISE] == part, asked
    # Without it the name means an attribute of the base schema, which has none of that name.
    assert set(shown(idp, url, attributes="department")) == ALWAYS


@pytest.mark.requirement("R101", "R102")
def test_memberships_can_be_named_and_left_out(idp: ScimClient, ada: dict[str, Any]) -> None:
    blue = idp.team("Blue", ada["id"])
    user, team = f"/Users/{ada['id']}", f"/Groups/{blue['id']}"
    answer = shown(idp, team, attributes="members.value")
    assert answer == {
        "schemas": blue["schemas"],
        "id": blue["id"],
        "members": [{"value": ada["id"]}],
    }
    assert set(shown(idp, team, attributes="displayName")) == ALWAYS | {"displayName"}
    assert set(shown(idp, team, excludedAttributes="members")) == set(blue) - {"members"}
    parts = shown(idp, team, excludedAttributes="members.$ref,members.type")
    assert parts["members"] == [{"value": ada["id"]}]
    assert shown(idp, user, attributes="groups.display")["groups"] == [{"display": "Blue"}]
    assert set(shown(idp, user, excludedAttributes="groups")) == WHOLE


@pytest.mark.requirement("R102")
def test_excluded_attributes_are_taken_out_of_the_default_set(idp: ScimClient, url: str) -> None:
    for excluded, gone in {
        "title": {"title"},
        "TITLE,emails": {"title", "emails"},
        f"{USER}:title": {"title"},
        "meta,externalId": {"meta", "externalId"},
        "name.givenName,name.familyName": {"name"},
    }.items():
        assert set(shown(idp, url, excludedAttributes=excluded)) == WHOLE - gone, excluded
    for excluded, name, rest in (
        ("name.givenName", "name", {"familyName": "King"}),
        ("emails.type", "emails", [{"value": "a@example.com"}, {"value": "b@example.com"}]),
        (f"{ENTERPRISE}:manager", ENTERPRISE, {"department": "Programs"}),
    ):
        answer = shown(idp, url, excludedAttributes=excluded)
        assert set(answer) == WHOLE
        assert answer[name] == rest


@pytest.mark.requirement("R102")
def test_what_is_always_returned_cannot_be_excluded(
    idp: ScimClient, ada: dict[str, Any], url: str
) -> None:
    for excluded in ("id", "schemas", "ID,Schemas", f"{USER}:id", "id,schemas,title"):
        answer = shown(idp, url, excludedAttributes=excluded)
        assert (answer["id"], answer["schemas"]) == (ada["id"], ada["schemas"])
        assert ("title" in answer) is ("title" not in excluded)


@pytest.mark.requirement("R103")
def test_attributes_and_excluded_attributes_exclude_each_other(idp: ScimClient, url: str) -> None:
    both = {"attributes": "userName", "excludedAttributes": "title"}
    body = {"schemas": [USER], "userName": "bob"}
    step = {"op": "add", "path": "title", "value": "Lady"}
    for response in (
        idp.get(url, query_string=both),
        idp.get("/Users", query_string=both),
        idp.post("/Users", body, query_string=both),
        idp.put(url, body, query_string=both),
        idp.patch(url, step, query_string=both),
    ):
        assert_error(response, 400, "invalidValue", "attributes", "excludedAttributes")
    # Nothing was written by what was refused.
    assert shown(idp, url)["title"] == "Countess"
    assert idp.get("/Users").get_json()["totalResults"] == 1


@pytest.mark.requirement("R104")
def test_what_is_returned_on_request_is_shown_to_who_names_it(
    idp: ScimClient, ada: dict[str, Any]
) -> None:
    url = f"/Groups/{idp.team('Blue', ada['id'])['id']}"
    for query in (
        {},
        {"attributes": "members"},
        {"attributes": "members.value"},
        {"excludedAttributes": "displayName"},
        {"excludedAttributes": "members.type"},
    ):
        [member] = shown(idp, url, **query)["members"]
        assert "display" not in member, query
    for asked in ("members.display", "MEMBERS.Display,members.value", "members,members.display"):
        [member] = shown(idp, url, attributes=asked)["members"]
        assert member["display"] == "ada", asked


@pytest.mark.requirement("R104")
def test_what_is_never_returned_is_shown_to_nobody(idp: ScimClient) -> None:
    secret = {"password": "Secret-1"}
    url = f"/Users/{idp.user('bob', **secret)['id']}"
    body = {"schemas": [USER], "userName": "bob", **secret}
    step = {"op": "replace", "path": "password", "value": "Secret-1"}
    for query in (
        *({}, {"attributes": "password"}, {"attributes": f"{USER}:password,userName"}),
        *({"excludedAttributes": "title"}, {"attributes": "PASSWORD"}),
    ):
        for response in (
            idp.get(url, query_string=query),
            idp.get("/Users", query_string=query),
            idp.put(url, body, query_string=query),
            idp.patch(url, step, query_string=query),
        ):
            assert response.status_code == 200
            assert "password" not in response.text
            assert "Secret-1" not in response.text


@pytest.mark.requirement("R105")
def test_names_that_no_schema_knows_are_passed_over(idp: ScimClient, url: str) -> None:
    nonsense = (
        *("nonsense", "name.nonsense", "emails[type eq", "urn:example:none:title", "1", "*"),
        *("title.value", "name.givenName.x", "department", "é", "userName eq"),
    )
    for name in nonsense:
        assert set(shown(idp, url, attributes=name)) == ALWAYS, name
        assert set(shown(idp, url, attributes=f"{name},title")) == ALWAYS | {"title"}, name
        assert set(shown(idp, url, excludedAttributes=name)) == WHOLE, name
    for nothing in ("", ",", " , "):
        assert set(shown(idp, url, attributes=nothing)) == WHOLE
        assert set(shown(idp, url, excludedAttributes=nothing)) == WHOLE


@pytest.mark.requirement("R106")
def test_the_urn_of_an_extension_means_the_whole_of_it(idp: ScimClient, url: str) -> None:
    for urn in (ENTERPRISE, ENTERPRISE.upper()):
        answer = shown(idp, url, attributes=urn)
        assert set(answer) == ALWAYS | {ENTERPRISE}
        assert answer[ENTERPRISE] == ADA[ENTERPRISE]
        both = shown(idp, url, attributes=f"title,{urn},{urn}:department")
        assert both[ENTERPRISE] == ADA[ENTERPRISE]
        assert set(shown(idp, url, excludedAttributes=urn)) == WHOLE - {ENTERPRISE}


@pytest.mark.requirement("R107")
def test_a_reader_who_has_the_present_version_gets_304_without_a_body(
    idp: ScimClient, ada: dict[str, Any], url: str
) -> None:
    version = ada["meta"]["version"]
    team = idp.team("Blue", ada["id"])
    for path, tag in ((url, version), (f"/Groups/{team['id']}", team["meta"]["version"])):
        for known in (tag, f'W/"99", {tag}', tag.removeprefix("W/"), "*"):
            for query in ({}, {"attributes": "id"}, {"excludedAttributes": "meta,members"}):
                response = idp.get(path, query_string=query, headers={"If-None-Match": known})
                assert (response.status_code, response.data) == (304, b"")
                assert response.headers["ETag"] == tag
    assert_error(idp.get("/Users/none", headers={"If-None-Match": "*"}), 404)


@pytest.mark.requirement("R107")
def test_a_reader_who_has_another_version_gets_the_resource(
    idp: ScimClient, ada: dict[str, Any], url: str
) -> None:
    old = ada["meta"]["version"]
    idp.patch(url, {"op": "add", "path": "title", "value": "Lady"})
    for known in (old, 'W/"99"', '"x"', "nonsense", ""):
        response = idp.get(url, headers={"If-None-Match": known})
        assert response.status_code == 200
        assert response.get_json()["title"] == "Lady"
        assert response.headers["ETag"] == response.get_json()["meta"]["version"] != old
    shaped = idp.get(url, query_string={"attributes": "title"}, headers={"If-None-Match": old})
    assert set(shaped.get_json()) == ALWAYS | {"title"}


@pytest.mark.requirement("R108")
def test_a_filter_at_the_uri_of_one_resource_is_refused(idp: ScimClient, url: str) -> None:
    team = f"/Groups/{idp.team('Blue')['id']}"
    for path in (url, team):
        for filter in ("id pr", 'userName eq "ada"', 'userName eq "eve"', "nonsense", ""):
            refused = idp.get(path, query_string={"filter": filter})
            assert_error(refused, 400, "invalidFilter", "filter")
        assert_error(idp.get(f"{path}?FILTER=id+pr"), 400, "invalidFilter")
