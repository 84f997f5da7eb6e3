"""POST, GET and DELETE of users."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from flask_scim_teams.core.comparison import instant
from tests.conftest import ScimClient
from tests.dumps import dump
from tests.dumps import text_of
from tests.hosts import Storage
from tests.http.messages import ENTERPRISE
from tests.http.messages import GROUP
from tests.http.messages import USER
from tests.http.messages import assert_error
from tests.http.messages import without_meta

FULL: dict[str, Any] = {
    "externalId": "00u1-Ada",
    "userName": "ada@example.com",
    "name": {
        "formatted": "Ms. Ada King Lovelace III",
        "familyName": "Lovelace",
        "givenName": "Ada",
        "middleName": "King",
        "honorificPrefix": "Ms.",
        "honorificSuffix": "III",
    },
    "displayName": "Ada Lovelace",
    "nickName": "Ada",
    "profileUrl": "https://login.example.com/ada",
    "title": "Countess",
    "userType": "Employee",
    "preferredLanguage": "en-GB",
    "locale": "en-GB",
    "timezone": "Europe/London",
    "active": True,
    "emails": [
        {"value": "ada@example.com", "type": "work", "primary": True},
        {"value": "ada@home.example.com", "type": "home", "display": "At home"},
    ],
    "phoneNumbers": [{"value": "tel:+44-20-1234", "type": "work"}],
    "ims": [{"value": "ada", "type": "xmpp"}],
    "photos": [{"value": "https://photos.example.com/ada.jpg", "type": "photo"}],
    "addresses": [{"type": "work", "country": "GB", "locality": "London", "primary": True}],
    "entitlements": [{"value": "engine"}],
    "roles": [{"value": "analyst", "primary": True}],
    "x509Certificates": [{"value": "MIIDQzCCAqygAwIBAgICEAAwDQ=="}],
    ENTERPRISE: {
        "employeeNumber": "701984",
        "costCenter": "4130",
        "organization": "Analytical Engines",
        "division": "Mathematics",
        "department": "Programs",
    },
}

# What is sent beside the userName, and what is stored of it.
BODIES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "R001 names in any case": (
        {"USERNAME": "x", "Name": {"GIVENNAME": "A"}},
        {"userName": "x", "name": {"givenName": "A"}},
    ),
    "R002 urn in any case": (
        {ENTERPRISE.upper(): {"Department": "d"}},
        {ENTERPRISE: {"department": "d"}},
    ),
    "R037 extension attribute at the top, where Microsoft's collection has it": (
        {"Department": "d", "employeeNumber": "1", "manager": None},
        {},
    ),
    "R036 empty extension": ({ENTERPRISE: {}}, {}),
    "R036 null extension": ({ENTERPRISE: None}, {}),
    "R021 null and empty are absent": (
        {"title": None, "emails": [], "name": None, "roles": None},
        {},
    ),
    "R022 empty object is absent": ({"name": {}}, {}),
    "R022 object of nulls is absent": ({"name": {"givenName": None}}, {}),
    "R021 active null is the default": ({"active": None}, {}),
    "R006 boolean in quotes": ({"active": "True"}, {}),
    "R198 false in quotes": ({"active": "false"}, {"active": False}),
    "R198 one object for an array": (
        {"emails": {"value": "a@b.example"}},
        {"emails": [{"value": "a@b.example"}]},
    ),
    "R198 bare value for an object": (
        {"emails": ["a@b.example"]},
        {"emails": [{"value": "a@b.example"}]},
    ),
    "R198 primary in quotes": (
        {"emails": [{"value": "a", "primary": "True"}]},
        {"emails": [{"value": "a", "primary": True}]},
    ),
    "R021 null sub attributes": (
        {"emails": [{"value": "a", "primary": None, "display": None}]},
        {"emails": [{"value": "a"}]},
    ),
    "R018 equal values once": (
        {"emails": [{"value": "a", "type": "w"}] * 2},
        {"emails": [{"value": "a", "type": "w"}]},
    ),
    "R099 unknown attributes left out": ({"nonsense": 1, "urn:x:y": {"a": 1}}, {}),
    "R048 groups ignored": ({"groups": [{"value": "x"}]}, {}),
    "empty string is kept": ({"title": ""}, {"title": ""}),
    "R011 relative uri": ({"profileUrl": "../people/ada"}, {"profileUrl": "../people/ada"}),
    "R010 padding absent": (
        {"x509Certificates": [{"value": "MIIDQ" + "w"}]},
        {"x509Certificates": [{"value": "MIIDQw"}]},
    ),
    "R051 R091 readOnly sub attribute": (
        {ENTERPRISE: {"manager": {"value": "26118915", "displayName": "Made up"}}},
        {ENTERPRISE: {"manager": {"value": "26118915"}}},
    ),
}


@pytest.mark.requirement("R026", "R032", "R033", "R034", "R035", "R090", "R096", "R206")
def test_create_answers_with_the_resource(idp: ScimClient) -> None:
    response = idp.post("/Users", {"schemas": [USER], "userName": "ada@example.com"})
    assert response.status_code == 201
    assert response.content_type == "application/scim+json"
    body = response.get_json()
    meta = body["meta"]
    assert body["schemas"] == [USER]
    assert meta["resourceType"] == "User"
    assert meta["location"] == f"http://localhost/scim/v2/Users/{body['id']}"
    assert meta["location"] == response.headers["Location"]
    assert meta["version"] == response.headers["ETag"]
    assert meta["version"].startswith('W/"')
    assert instant(meta["created"]) == instant(meta["lastModified"]) is not None


@pytest.mark.requirement("R007", "R036", "R097", "R100")
def test_everything_sent_comes_back(idp: ScimClient) -> None:
    created = idp.user(**{"schemas": [USER, ENTERPRISE], **FULL})
    assert created["schemas"] == [USER, ENTERPRISE]
    assert without_meta(created) == FULL
    response = idp.get(f"/Users/{created['id']}")
    assert response.status_code == 200
    assert response.get_json() == created
    assert response.headers["ETag"] == created["meta"]["version"]


@pytest.mark.parametrize(("sent", "stored"), BODIES.values(), ids=BODIES)
def test_what_becomes_of_a_body(
    idp: ScimClient, sent: dict[str, Any], stored: dict[str, Any]
) -> None:
    body = {"schemas": [USER], "userName": "ada", **sent}
    if "USERNAME" in body:
        del body["userName"]
    response = idp.post("/Users", body)
    assert response.status_code == 201, response.text
    resource = response.get_json()
    assert without_meta(resource) == {"userName": "ada", "active": True, **stored}
    assert resource["schemas"] == ([USER, ENTERPRISE] if ENTERPRISE in stored else [USER])
    assert idp.get(f"/Users/{resource['id']}").get_json() == resource


@pytest.mark.requirement("R005")
@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Zoë 🏳️‍🌈 👩‍👩‍👧", id="emoji"),
        pytest.param("e\u0301 \u00e9", id="combining-marks-stay-as-sent"),
        pytest.param("שלום\u200f עולם", id="right-to-left"),
        pytest.param("tab\tline\nbell\u0007", id="control-escapes"),
        pytest.param("𝔄𝔡𝔞 \U0010fffd", id="beyond-the-basic-plane"),
        pytest.param(" around ", id="spaces-around"),
        pytest.param("100%_\\'\";--", id="what-SQL-gives-a-meaning"),
    ],
)
def test_text_is_not_mangled(idp: ScimClient, text: str) -> None:
    user = idp.user(displayName=text, name={"givenName": text}, externalId=text)
    stored = idp.get(f"/Users/{user['id']}").get_json()
    assert (stored["displayName"], stored["name"]["givenName"]) == (text, text)
    assert stored["externalId"] == text


@pytest.mark.requirement("R014", "R025")
def test_key_order_has_no_influence(idp: ScimClient) -> None:
    body = {"name": {"familyName": "B", "givenName": "A"}, "schemas": [ENTERPRISE, USER, USER]}
    user = idp.post("/Users", {**body, "userName": "x"}).get_json()
    assert user["name"] == {"givenName": "A", "familyName": "B"}
    assert user["schemas"] == [USER]


@pytest.mark.requirement("R026", "R031", "R091")
def test_the_server_gives_id_and_meta(idp: ScimClient) -> None:
    meta = {"resourceType": "Group", "created": "2001-01-01T00:00:00Z", "version": 'W/"99"'}
    user = idp.user(id="mine", meta=meta)
    assert user["id"] != "mine"
    assert user["meta"]["resourceType"] == "User"
    assert user["meta"]["version"] != 'W/"99"'
    assert not user["meta"]["created"].startswith("2001")


@pytest.mark.requirement("R027", "R028")
def test_ids_are_opaque_and_unique_over_types(idp: ScimClient) -> None:
    ids = [idp.user(f"u{n}")["id"] for n in range(3)]
    ids += [idp.team(f"t{n}")["id"] for n in range(3)]
    assert len(set(ids)) == 6
    for id in ids:
        assert "bulkid" not in id.lower()
        assert not id.isdigit()


@pytest.mark.requirement("R029", "R030")
@pytest.mark.parametrize("external", ["1", "0", "-1", "admin", "null", "same-as-id"])
def test_an_external_id_addresses_nothing(idp: ScimClient, external: str) -> None:
    first = idp.user("first")
    value = first["id"] if external == "same-as-id" else external
    second = idp.user("second", externalId=value)
    assert second["id"] != value
    if external != "same-as-id":
        assert_error(idp.get(f"/Users/{value}"), 404)
    assert idp.get(f"/Users/{first['id']}").get_json() == first


@pytest.mark.requirement("R029")
def test_an_external_id_need_not_be_unique(idp: ScimClient) -> None:
    # Microsoft's collection gives several users the same one.
    idp.user("first", externalId="same")
    idp.user("second", externalId="same")
    found = idp.get('/Users?filter=externalId eq "same"').get_json()
    assert found["totalResults"] == 2


@pytest.mark.requirement("R039", "R040", "R092")
@pytest.mark.parametrize(
    ("taken", "wanted"),
    [
        ("ada@example.com", "ada@example.com"),
        ("ada@example.com", "ADA@Example.COM"),
        ("zoë", "ZOË"),
        ("straße", "STRASSE"),
        ("ａｄａ", "ada"),
        ("Zoe\u0308", "Zo\u00eb"),
        ("ΟΔΥΣΣΕΎΣ", "οδυσσεύς"),
    ],
)
def test_user_names_that_compare_alike_are_one(
    idp: ScimClient, storage: Storage, taken: str, wanted: str
) -> None:
    idp.user(taken)
    before = dump(storage)
    response = idp.post("/Users", {"schemas": [USER], "userName": wanted, "emails": ["x"]})
    assert_error(response, 409, "uniqueness", "userName")
    assert dump(storage) == before


@pytest.mark.requirement("R039")
@pytest.mark.parametrize(
    ("first", "second"), [("ada", "adа"), ("i", "ı"), ("ada", "ada "), ("a%", "ab")]
)
def test_user_names_that_differ_are_two(idp: ScimClient, first: str, second: str) -> None:
    # A Cyrillic letter, a dotless i, a space at the end, a wildcard of SQL's
    idp.user(first)
    idp.user(second)


@pytest.mark.requirement("R100", "R154")
@pytest.mark.parametrize("path", ["/Users", "/Groups"])
def test_unknown_ids_are_not_found(idp: ScimClient, path: str) -> None:
    idp.user()
    for id in ("1", "0", "x", "0190a1b2-0000-7000-8000-000000000000", "a" * 3000, "é"):
        assert_error(idp.get(f"{path}/{id}"), 404)
        assert_error(idp.delete(f"{path}/{id}"), 404)
        assert_error(idp.patch(f"{path}/{id}", {"op": "remove", "path": "externalId"}), 404)


@pytest.mark.requirement("R027", "R100")
def test_ids_are_matched_exactly(idp: ScimClient) -> None:
    user = idp.user()
    assert_error(idp.get(f"/Users/{user['id'].upper()}"), 404)
    assert_error(idp.get(f"/Users/{user['id']} "), 404)
    assert_error(idp.get(f"/Users/{user['id'].replace('-', '')}"), 404)
    assert_error(idp.get(f"/Groups/{user['id']}"), 404)


@pytest.mark.requirement("R202", "R203", "R204", "R266")
def test_delete(idp: ScimClient) -> None:
    user = idp.user(externalId="e")
    response = idp.delete(f"/Users/{user['id']}")
    assert (response.status_code, response.data) == (204, b"")
    assert "Content-Type" not in response.headers
    url = f"/Users/{user['id']}"
    calls: list[Callable[[], Any]] = [
        lambda: idp.get(url),
        lambda: idp.delete(url),
        lambda: idp.put(url, {"schemas": [USER], "userName": "x"}),
        lambda: idp.patch(url, {"op": "replace", "path": "active", "value": True}),
    ]
    for call in calls:
        assert_error(call(), 404)
    assert idp.get("/Users").get_json()["totalResults"] == 0
    again = idp.user(externalId="e")
    assert again["id"] != user["id"]


@pytest.mark.requirement("R013", "R055", "R056")
def test_delete_leaves_no_reference(idp: ScimClient) -> None:
    ada, bob = idp.user("ada"), idp.user("bob")
    team = idp.team("Blue", ada["id"], bob["id"])
    assert idp.delete(f"/Users/{ada['id']}").status_code == 204
    assert idp.members(team["id"]) == {bob["id"]}
    assert idp.get(f'/Groups?filter=members.value eq "{ada["id"]}"').get_json()["totalResults"] == 0
    after = idp.get(f"/Groups/{team['id']}").get_json()["meta"]
    assert after["version"] != team["meta"]["version"]


@pytest.mark.requirement("R041", "R042")
def test_a_password_is_dropped(
    idp: ScimClient, storage: Storage, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    secret = "correct-horse-battery"
    user = idp.user(password=secret)
    url = f"/Users/{user['id']}?attributes=password,userName"
    answers = [
        idp.get(url),
        idp.put(url, {"schemas": [USER], "userName": "ada@example.com", "password": secret}),
        idp.patch(url, {"op": "replace", "path": "password", "value": secret}),
        idp.patch(url, {"op": "add", "value": {"password": secret}}),
        idp.patch(url, {"op": "add", "path": f"{USER}:password", "value": secret}),
        idp.get("/Users?attributes=password"),
    ]
    for answer in answers:
        assert answer.status_code == 200, answer.text
        assert "password" not in answer.text
    # What is dropped changes nothing.
    assert idp.get(url).headers["ETag"] == user["meta"]["version"]
    assert secret not in text_of(storage)
    assert secret not in caplog.text


@pytest.mark.requirement("R012", "R048", "R056", "R210")
def test_groups_of_a_user(idp: ScimClient) -> None:
    user = idp.user()
    blue, red = idp.team("Blue", user["id"]), idp.team("Red", user["id"])
    stored = idp.get(f"/Users/{user['id']}").get_json()
    assert sorted(stored["groups"], key=lambda group: group["display"]) == [
        {
            "value": team["id"],
            "$ref": f"http://localhost/scim/v2/Groups/{team['id']}",
            "display": team["displayName"],
            "type": "direct",
        }
        for team in (blue, red)
    ]
    for group in stored["groups"]:
        assert idp.get(group["$ref"].removeprefix("http://localhost/scim/v2")).status_code == 200
    # Computed: the user itself is as it was.
    assert stored["meta"]["version"] == user["meta"]["version"]


@pytest.mark.requirement("R012", "R051")
def test_a_manager_is_described_by_the_server(quick: ScimClient) -> None:
    boss = quick.user("boss", displayName="The Boss")
    user = quick.user("ada", **{ENTERPRISE: {"manager": {"value": boss["id"]}}})
    manager = quick.get(f"/Users/{user['id']}").get_json()[ENTERPRISE]["manager"]
    assert manager["value"] == boss["id"]
    assert manager["displayName"] == "The Boss"


@pytest.mark.requirement("R018")
def test_one_type_and_value_are_returned_once(quick: ScimClient) -> None:
    pair = {"value": "a@b.example", "type": "work"}
    user = quick.user(emails=[pair, {**pair, "display": "At work"}])
    assert [(email["type"], email["value"]) for email in user["emails"]] == [
        ("work", "a@b.example")
    ]


@pytest.mark.requirement("R096")
def test_post_makes_what_the_endpoint_says(idp: ScimClient) -> None:
    user = idp.user(displayName="Blue", members=[], meta={"resourceType": "Group"})
    assert user["meta"]["resourceType"] == "User"
    assert "members" not in user
    assert idp.get("/Groups").get_json()["totalResults"] == 0
    assert GROUP not in user["schemas"]
