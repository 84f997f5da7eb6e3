"""Names: of attributes and of schemas, in any letter case, and qualified (RFC 7643 section 2.1)."""

from __future__ import annotations

from typing import Any

import pytest

from flask_scim_teams.core.attributes import Attribute
from flask_scim_teams.core.attributes import Mutability
from flask_scim_teams.core.attributes import Returned
from flask_scim_teams.core.attributes import Type
from flask_scim_teams.core.attributes import Uniqueness
from flask_scim_teams.core.errors import SetupError
from flask_scim_teams.core.schemas import Schema
from tests.conformance.lookups import found
from tests.conformance.lookups import shown
from tests.conftest import ScimClient
from tests.http.messages import ENTERPRISE
from tests.http.messages import GROUP
from tests.http.messages import PATCH
from tests.http.messages import USER
from tests.http.messages import assert_error
from tests.http.messages import without_meta

SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"


@pytest.mark.requirement("R001")
def test_bodies_name_attributes_in_any_letter_case(idp: ScimClient) -> None:
    body = {
        "SCHEMAS": [USER],
        "USERNAME": "ada",
        "externalID": "e",
        "Name": {"GIVENNAME": "Ada", "familyname": "Lovelace"},
        "EMAILS": [{"VALUE": "a@b.example", "Type": "work", "PRIMARY": True}],
        ENTERPRISE: {"Department": "Programs", "MANAGER": {"Value": "x"}},
    }
    meant = {
        "userName": "ada",
        "externalId": "e",
        "name": {"givenName": "Ada", "familyName": "Lovelace"},
        "emails": [{"value": "a@b.example", "type": "work", "primary": True}],
        ENTERPRISE: {"department": "Programs", "manager": {"value": "x"}},
        "active": True,
    }
    response = idp.post("/Users", body)
    assert response.status_code == 201, response.text
    user = response.get_json()
    assert without_meta(user) == meant
    replaced = idp.put(f"/Users/{user['id']}", {**body, "ACTIVE": False})
    assert without_meta(replaced.get_json()) == {**meant, "active": False}
    team = {"Schemas": [GROUP], "displayNAME": "Blue", "Members": [{"VALUE": user["id"]}]}
    created = idp.post("/Groups", team).get_json()
    assert created["displayName"] == "Blue"
    assert idp.members(created["id"]) == {user["id"]}


@pytest.mark.requirement("R001")
@pytest.mark.parametrize(
    "filter",
    [
        'USERNAME eq "ada"',
        'name.GIVENNAME eq "Ada"',
        'Emails[TYPE eq "work" and VALUE sw "a@"]',
        'EMAILS.Value eq "a@b.example"',
        "Title PR",
        'EXTERNALID eq "e"',
        'META.ResourceType eq "User" and userName eq "ada"',
        f'{ENTERPRISE}:DEPARTMENT eq "Programs"',
        f'{ENTERPRISE}:manager.VALUE eq "x"',
    ],
)
def test_filters_name_attributes_in_any_letter_case(idp: ScimClient, filter: str) -> None:
    idp.user("bob")
    ada = idp.user(
        "ada",
        externalId="e",
        title="Countess",
        name={"givenName": "Ada"},
        emails=[{"value": "a@b.example", "type": "work"}],
        **{ENTERPRISE: {"department": "Programs", "manager": {"value": "x"}}},
    )
    assert found(idp, filter) == {ada["id"]}


@pytest.mark.requirement("R001")
def test_lists_are_sorted_and_shaped_by_names_in_any_letter_case(idp: ScimClient) -> None:
    idp.user("ada", title="b", name={"givenName": "Ada", "familyName": "Lovelace"})
    idp.user("bob", title="a", name={"givenName": "Bob", "familyName": "Stone"})
    for query in (
        {"sortBy": "TITLE", "attributes": "USERNAME,Name.GIVENNAME"},
        {"sortBy": "title", "excludedAttributes": "TITLE,ACTIVE,NAME.familyname"},
        {"SORTBY": "Title", "ATTRIBUTES": "username,name.givenNAME"},
    ):
        resources = shown(idp, "/Users", **query)["Resources"]
        assert [without_meta(resource) for resource in resources] == [
            {"userName": "bob", "name": {"givenName": "Bob"}},
            {"userName": "ada", "name": {"givenName": "Ada"}},
        ]
    search = {"SCHEMAS": [SEARCH], "SortBY": "TITLE", "Attributes": ["USERNAME"], "COUNT": 1}
    posted = idp.post("/Users/.search", search).get_json()
    assert [resource["userName"] for resource in posted["Resources"]] == ["bob"]
    assert "title" not in posted["Resources"][0]


@pytest.mark.requirement("R001")
def test_patch_paths_name_attributes_in_any_letter_case(idp: ScimClient) -> None:
    emails = [{"value": "a@b.example", "type": "work"}, {"value": "h", "type": "home"}]
    user = idp.user("ada", title="x", emails=emails)
    response = idp.patch(
        f"/Users/{user['id']}",
        {"op": "replace", "path": "DISPLAYNAME", "value": "Ada"},
        {"op": "add", "path": "name.FAMILYname", "value": "Lovelace"},
        {"op": "replace", "path": 'EMAILS[TYPE eq "work"].VALUE', "value": "new@b.example"},
        {"op": "remove", "path": 'Emails[Type eq "home"]'},
        {"op": "remove", "path": "TITLE"},
        {"op": "add", "path": f"{ENTERPRISE}:DIVISION", "value": "Mathematics"},
        {"op": "add", "path": "EXTERNALid", "value": "e"},
    )
    assert response.status_code == 200, response.text
    assert without_meta(response.get_json()) == {
        "userName": "ada",
        "externalId": "e",
        "displayName": "Ada",
        "name": {"familyName": "Lovelace"},
        "emails": [{"value": "new@b.example", "type": "work"}],
        "active": True,
        ENTERPRISE: {"division": "Mathematics"},
    }


@pytest.mark.requirement("R001")
def test_patch_values_name_attributes_in_any_letter_case(idp: ScimClient) -> None:
    user = idp.user("ada")
    operations = [
        {"OP": "add", "VALUE": {"NICKNAME": "A", "Name.GIVENNAME": "Ada"}},
        {"Op": "replace", "Path": "name", "Value": {"FamilyNAME": "Lovelace"}},
        {"op": "add", "path": "emails", "value": [{"VALUE": "a@b.example", "TYPE": "work"}]},
        {"op": "add", "value": {ENTERPRISE: {"COSTCENTER": "4130"}}},
    ]
    response = idp.request(
        "PATCH", f"/Users/{user['id']}", {"SCHEMAS": [PATCH], "operations": operations}
    )
    assert response.status_code == 200, response.text
    assert without_meta(response.get_json()) == {
        "userName": "ada",
        "nickName": "A",
        "name": {"givenName": "Ada", "familyName": "Lovelace"},
        "emails": [{"value": "a@b.example", "type": "work"}],
        "active": True,
        ENTERPRISE: {"costCenter": "4130"},
    }
    team = idp.team("Blue")
    url = f"/Groups/{team['id']}"
    addition = {"op": "add", "value": {"MEMBERS": [{"VALUE": user["id"]}]}}
    assert idp.patch(url, addition).status_code == 204
    assert idp.members(team["id"]) == {user["id"]}
    removal = {"op": "remove", "path": f'MEMBERS[VALUE eq "{user["id"]}"]'}
    assert idp.patch(url, removal).status_code == 204
    assert idp.members(team["id"]) == set()


@pytest.mark.requirement("R001")
def test_one_name_in_two_letter_cases_is_one_attribute_given_twice(idp: ScimClient) -> None:
    for wrong in (
        {"title": "x", "TITLE": "y"},
        {"name": {"givenName": "a", "GIVENNAME": "b"}},
        {"emails": [{"value": "a", "VALUE": "b"}]},
    ):
        response = idp.post("/Users", {"schemas": [USER], "userName": "ada", **wrong})
        assert_error(response, 400, "invalidValue", "twice")
    assert shown(idp, "/Users")["totalResults"] == 0


@pytest.mark.requirement("R002")
@pytest.mark.parametrize("cased", [str.upper, str.lower, str.swapcase])
def test_schema_urns_match_in_any_letter_case(idp: ScimClient, cased: Any) -> None:
    core, enterprise = cased(USER), cased(ENTERPRISE)
    body = {"schemas": [core, enterprise], "userName": "ada", enterprise: {"department": "b"}}
    response = idp.post("/Users", body)
    assert response.status_code == 201, response.text
    ada = response.get_json()
    assert ada["schemas"] == [USER, ENTERPRISE]
    assert ada[ENTERPRISE] == {"department": "b"}
    bob = idp.user("bob", **{ENTERPRISE: {"department": "a"}})
    # filter
    assert found(idp, f'{enterprise}:department eq "b"') == {ada["id"]}
    assert found(idp, f'{core}:userName eq "bob"') == {bob["id"]}
    # sortBy and attributes, for the extension's name and for a core attribute's
    for sort, order in ((f"{enterprise}:department", "ba"), (f"{core}:userName", "ab")):
        listed = shown(idp, "/Users", sortBy=sort, attributes=f"{core}:userName")["Resources"]
        assert [resource["userName"][0] for resource in listed] == [*order]
        assert not any(ENTERPRISE in resource for resource in listed)
    url = f"/Users/{ada['id']}"
    assert ENTERPRISE in shown(idp, url, attributes=f"{enterprise}:department")
    assert "userName" not in shown(idp, url, attributes=enterprise)
    # excludedAttributes
    assert ENTERPRISE not in shown(idp, url, excludedAttributes=enterprise)
    assert ENTERPRISE not in shown(idp, url, excludedAttributes=f"{enterprise}:department")
    assert "active" not in shown(idp, url, excludedAttributes=f"{core}:active")
    # PATCH paths and the keys of PATCH values; PUT
    changed = idp.patch(
        url,
        {"op": "add", "path": f"{core}:title", "value": "Countess"},
        {"op": "add", "path": f"{enterprise}:division", "value": "d"},
        {"op": "add", "value": {enterprise: {"costCenter": "c"}}},
        {"op": "add", "value": {f"{enterprise}:organization": "o", f"{core}:nickName": "A"}},
    ).get_json()
    assert (changed["title"], changed["nickName"]) == ("Countess", "A")
    assert changed[ENTERPRISE] == {
        "department": "b",
        "division": "d",
        "costCenter": "c",
        "organization": "o",
    }
    assert ENTERPRISE not in idp.patch(url, {"op": "remove", "path": enterprise}).get_json()
    replaced = idp.put(url, {**body, enterprise: {"department": "e"}}).get_json()
    assert replaced["schemas"] == [USER, ENTERPRISE]
    assert replaced[ENTERPRISE] == {"department": "e"}
    # The URN of the message.
    step = {"op": "remove", "path": "title"}
    message = {"schemas": [cased(PATCH)], "Operations": [step]}
    assert idp.request("PATCH", url, message).status_code == 200
    assert idp.post("/Users/.search", {"schemas": [cased(SEARCH)]}).status_code == 200


@pytest.mark.requirement("R003")
@pytest.mark.parametrize("name", ["a", "Z", "userName", "a1", "a-b", "a_b", "a$b", "x-$_9", "$ref"])
def test_an_attribute_name_is_a_letter_and_what_may_follow_it(name: str) -> None:
    schema = Schema(id="urn:example:S", name="S", attributes=(Attribute(name=name),))
    attribute = schema.attribute(name.upper())
    assert attribute is not None
    assert attribute.name == name


@pytest.mark.requirement("R003")
@pytest.mark.parametrize(
    "name",
    [
        *("", " ", "1a", "-a", "_a", "$a", "$", "$Ref", "$ref2", "a b", "a.b", "a:b", "a[b]"),
        *("a/b", "a@b", "a\n", "\na", "é", "aé", "а", "a\u0660", "a+b", '"a"', "a,b"),
    ],
    ids=ascii,
)
def test_a_schema_with_another_name_is_refused(name: str) -> None:
    with pytest.raises(SetupError, match="is not an attribute name"):
        Schema(id="urn:example:S", name="S", attributes=(Attribute(name=name),))
    with pytest.raises(SetupError, match="is not an attribute name"):
        Attribute(name="top", type=Type.COMPLEX, sub_attributes=(Attribute(name=name),))


@pytest.mark.requirement("R004")
def test_characteristics_that_are_not_stated_have_the_rfcs_defaults() -> None:
    attribute = Attribute(name="a")
    assert attribute.type is Type.STRING
    assert attribute.required is False
    assert attribute.case_exact is False
    assert attribute.compares_case is False
    assert attribute.mutability is Mutability.READ_WRITE
    assert attribute.returned is Returned.DEFAULT
    assert attribute.uniqueness is Uniqueness.NONE
    assert attribute.multi_valued is False
    assert attribute.canonical_values == ()
    assert Attribute(name="a", multi_valued=True).multi_valued is True


@pytest.mark.requirement("R004")
def test_the_defaults_are_published_and_enforced(idp: ScimClient) -> None:
    attributes = shown(idp, f"/Schemas/{USER}")["attributes"]
    published = next(one for one in attributes if one["name"] == "nickName")
    assert {name: published[name] for name in published if name != "description"} == {
        "name": "nickName",
        "type": "string",
        "multiValued": False,
        "required": False,
        "caseExact": False,
        "mutability": "readWrite",
        "returned": "default",
        "uniqueness": "none",
    }
    # Not required, not unique, returned unasked, compared in any letter case, changed at will.
    bare = idp.user("bare")
    assert "nickName" not in bare
    ada, eve = idp.user("ada", nickName="Ace"), idp.user("eve", nickName="Ace")
    assert shown(idp, f"/Users/{ada['id']}")["nickName"] == "Ace"
    assert found(idp, 'nickName eq "aCE"') == {ada["id"], eve["id"]}
    changed = idp.patch(
        f"/Users/{ada['id']}", {"op": "replace", "path": "nickName", "value": "any value at all"}
    )
    assert changed.get_json()["nickName"] == "any value at all"


@pytest.mark.requirement("R037")
def test_an_extensions_attribute_is_not_meant_without_its_urn(idp: ScimClient) -> None:
    top = {"department": "d", "employeeNumber": "1", "manager": {"value": "x"}}
    user = idp.user("ada", **top)
    url = f"/Users/{user['id']}"
    idp.user("bob", **{ENTERPRISE: {"department": "d"}})
    replaced = idp.put(url, {"schemas": [USER, ENTERPRISE], "userName": "ada", **top}).get_json()
    patched = idp.patch(url, {"op": "add", "value": top}).get_json()
    for resource in (user, replaced, patched, shown(idp, url)):
        assert without_meta(resource) == {"userName": "ada", "active": True}
        assert resource["schemas"] == [USER]
    assert_error(idp.get("/Users?sortBy=department"), 400, "invalidValue", "department")
    listed = shown(idp, "/Users", attributes="department")["Resources"]
    assert [without_meta(resource) for resource in listed] == [{}, {}]
    # Nor is a core attribute meant below the extension's URN.
    below = idp.user("eve", **{ENTERPRISE: {"title": "x", "nickName": "y"}})
    assert without_meta(below) == {"userName": "eve", "active": True}


@pytest.mark.requirement("R038")
def test_core_attributes_may_be_fully_qualified(idp: ScimClient) -> None:
    ada = idp.user(
        "ada",
        title="a",
        externalId="e",
        name={"givenName": "Ada", "familyName": "Lovelace"},
        emails=[{"value": "a@b.example", "type": "work"}],
    )
    bob = idp.user("bob", title="b")
    for filter in (
        f'{USER}:userName eq "ada"',
        f'{USER}:name.familyName eq "Lovelace"',
        f'{USER}:emails[type eq "work" and value eq "a@b.example"]',
        f'{USER}:emails.type eq "work"',
        f'{USER}:name pr and not ({USER}:title eq "b")',
        f'{USER}:externalId eq "e"',
        f'{USER}:id eq "{ada["id"]}"',
    ):
        assert found(idp, filter) == {ada["id"]}, filter
    query = {"sortBy": f"{USER}:title", "sortOrder": "descending"}
    listed = shown(idp, "/Users", **query, attributes=f"{USER}:title,{USER}:name.givenName")
    assert [without_meta(resource) for resource in listed["Resources"]] == [
        {"title": "b"},
        {"title": "a", "name": {"givenName": "Ada"}},
    ]
    url = f"/Users/{ada['id']}"
    rest = shown(idp, url, excludedAttributes=f"{USER}:emails,{USER}:name.givenName,{USER}:title")
    assert rest["name"] == {"familyName": "Lovelace"}
    assert not {"emails", "title"} & set(rest)
    changed = idp.patch(
        url,
        {"op": "replace", "path": f"{USER}:userName", "value": "augusta"},
        {"op": "replace", "path": f"{USER}:name.givenName", "value": "Augusta"},
        {"op": "add", "path": f'{USER}:emails[type eq "work"].display', "value": "At work"},
        {"op": "remove", "path": f"{USER}:title"},
        {"op": "add", "value": {f"{USER}:nickName": "A"}},
    ).get_json()
    assert without_meta(changed) == {
        "userName": "augusta",
        "externalId": "e",
        "nickName": "A",
        "name": {"givenName": "Augusta", "familyName": "Lovelace"},
        "emails": [{"value": "a@b.example", "type": "work", "display": "At work"}],
        "active": True,
    }
    assert shown(idp, f"/Users/{bob['id']}") == bob


@pytest.mark.requirement("R038")
def test_a_groups_core_attributes_may_be_fully_qualified(idp: ScimClient) -> None:
    ada = idp.user("ada")
    blue = idp.team("Blue", ada["id"])
    idp.team("Red")
    url = f"/Groups/{blue['id']}"
    assert found(idp, f'{GROUP}:displayName eq "Blue"', "/Groups") == {blue["id"]}
    assert found(idp, f'{GROUP}:members.value eq "{ada["id"]}"', "/Groups") == {blue["id"]}
    listed = shown(idp, "/Groups", sortBy=f"{GROUP}:displayName", sortOrder="descending")
    assert [team["displayName"] for team in listed["Resources"]] == ["Red", "Blue"]
    assert without_meta(shown(idp, url, attributes=f"{GROUP}:members.value")) == {
        "members": [{"value": ada["id"]}]
    }
    assert "members" not in shown(idp, url, excludedAttributes=f"{GROUP}:members")
    steps = (
        {"op": "replace", "path": f"{GROUP}:displayName", "value": "Green"},
        {"op": "remove", "path": f'{GROUP}:members[value eq "{ada["id"]}"]'},
    )
    assert idp.patch(url, *steps).status_code == 204
    assert shown(idp, url)["displayName"] == "Green"
    assert idp.members(blue["id"]) == set()
