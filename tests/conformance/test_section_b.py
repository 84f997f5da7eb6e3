"""Users: their names, whether they are active, their attributes (RFC 7643 section 4.1)."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask import request

from flask_scim_teams import ScimTeams
from tests.conformance.lookups import found
from tests.conformance.lookups import shown
from tests.conftest import SECRET_KEY
from tests.conftest import ScimClient
from tests.dumps import dump
from tests.hosts import Storage
from tests.http.messages import USER
from tests.http.messages import assert_error
from tests.http.messages import without_meta

# Two certificates as openssl makes them, DER in base64.
ADAS_CERTIFICATE = (
    "MIIBMjCB5aADAgECAhQtoKO429LiiYHvxelDuR/yzBzQ2zAFBgMrZXAwDjEMMAoGA1UEAwwDYWRhMCAXDTI2MTEyNDE1"
    "MTU1NVoYDzIxMjYxMDMxMTUxNTU1WjAOMQwwCgYDVQQDDANhZGEwKjAFBgMrZXADIQB83ajqoObwggZa3c/Hh7r7LqCF"
    "ynYtMI6eeDXzMJSvaaNTMFEwHQYDVR0OBBYEFLu7uxlEb3yQbjete7dqC6nwWvLSMB8GA1UdIwQYMBaAFLu7uxlEb3yQ"
    "bjete7dqC6nwWvLSMA8GA1UdEwEB/wQFMAMBAf8wBQYDK2VwA0EACAjStWkwgBXSH8UG2Y3oGy98EPoxBC0CXBzC47xJ"
    "oQC3xDNce/5yrkDSqOKr5kvtetuJRMqabSl3gZajZY22DA=="
)
BOBS_CERTIFICATE = (
    "MIIBMjCB5aADAgECAhQ3c8Qv8Ve+YEQYBRVzJfWiOpqhCTAFBgMrZXAwDjEMMAoGA1UEAwwDYm9iMCAXDTI2MTEyNDE1"
    "MTU1NVoYDzIxMjYxMDMxMTUxNTU1WjAOMQwwCgYDVQQDDANib2IwKjAFBgMrZXADIQDc+cf2ZnaRS6zAuiKzQPsYaM+n"
    "PIMiUacWD8wO48veRqNTMFEwHQYDVR0OBBYEFNoiKniVaklswwek5rW6GvdSs3nXMB8GA1UdIwQYMBaAFNoiKniVakls"
    "wwek5rW6GvdSs3nXMA8GA1UdEwEB/wQFMAMBAf8wBQYDK2VwA0EAY7WZDTFIJ2COIIqjNjpExchhBhehgAvPl23H0xYw"
    "eh94uvfa5HdrS4OpWv4yE86l1aevMRbOMFd50rhjFM3ICA=="
)


@pytest.mark.requirement("R039")
@pytest.mark.parametrize(
    "name", ["", " ", "\t", " \n ", "\u00a0", "\u3000\u2003", None, [], [None]]
)
def test_a_user_name_is_required_and_not_blank(
    idp: ScimClient, storage: Storage, name: Any
) -> None:
    user = idp.user("ada")
    before = dump(storage)
    url = f"/Users/{user['id']}"
    body = {"schemas": [USER], "userName": name}
    for response in (
        idp.post("/Users", body),
        idp.post("/Users", {"schemas": [USER]}),
        idp.put(url, body),
        idp.put(url, {"schemas": [USER]}),
        idp.patch(url, {"op": "replace", "path": "userName", "value": name}),
        idp.patch(url, {"op": "add", "value": {"userName": name}}),
    ):
        assert_error(response, 400, "invalidValue", "userName")
    assert_error(idp.patch(url, {"op": "remove", "path": "userName"}), 400, "mutability")
    assert dump(storage) == before


# Spellings of one name: letter case, width, composition (RFC 8265's username profile maps them).
ONE_NAME = [
    pytest.param("ada@example.com", "ADA@Example.COM", id="letter-case"),
    pytest.param("zoë", "ZOË", id="case-beyond-ASCII"),
    pytest.param("straße", "STRASSE", id="case-of-sharp-s"),
    pytest.param("ΟΔΥΣΣΕΎΣ", "οδυσσεύς", id="case-of-final-sigma"),
    pytest.param("ａｄａ", "ada", id="full-width"),
    pytest.param("ｱﾀﾞ", "アダ", id="half-width"),
    pytest.param("Zoe\u0308", "zo\u00eb", id="composed"),
    pytest.param("\u1e69", "s\u0307\u0323", id="marks-in-another-order"),
]


@pytest.mark.requirement("R039", "R040")
@pytest.mark.parametrize(("taken", "wanted"), ONE_NAME)
def test_a_user_name_is_unique_however_it_is_spelled(
    idp: ScimClient, storage: Storage, taken: str, wanted: str
) -> None:
    user, bob = idp.user(taken), idp.user("bob")
    before = dump(storage)
    url = f"/Users/{bob['id']}"
    body = {"schemas": [USER], "userName": wanted}
    for response in (
        idp.post("/Users", body),
        idp.put(url, body),
        idp.patch(url, {"op": "replace", "path": "userName", "value": wanted}),
        idp.patch(url, {"op": "replace", "value": {"userName": wanted}}),
    ):
        assert_error(response, 409, "uniqueness", "userName")
    assert dump(storage) == before
    for operator in ("eq", "sw", "co", "ew"):
        assert found(idp, f'userName {operator} "{wanted}"') == {user["id"]}
    assert found(idp, f'userName ne "{wanted}"') == {bob["id"]}
    # It is stored as it was given, and its owner may spell it anew.
    assert user["userName"] == taken
    assert idp.put(f"/Users/{user['id']}", body).get_json()["userName"] == wanted


@pytest.mark.requirement("R039", "R040")
@pytest.mark.parametrize(
    ("first", "second"),
    [("ada", "ad\u0430"), ("i", "\u0131"), ("a%", "ab"), ("a_", "ab"), ("zoe", "zoë"), ("a", "a.")],
    ids=ascii,
)
def test_user_names_that_differ_are_two(idp: ScimClient, first: str, second: str) -> None:
    one, other = idp.user(first), idp.user(second)
    assert found(idp, f'userName eq "{first}"') == {one["id"]}
    assert found(idp, f'userName eq "{second}"') == {other["id"]}


@pytest.mark.requirement("R039")
def test_a_user_name_that_is_free_again_can_be_taken(idp: ScimClient) -> None:
    ada, bob = idp.user("ada"), idp.user("bob")
    idp.patch(f"/Users/{ada['id']}", {"op": "replace", "path": "userName", "value": "augusta"})
    assert idp.put(f"/Users/{bob['id']}", {"schemas": [USER], "userName": "ADA"}).status_code == 200
    assert idp.delete(f"/Users/{bob['id']}").status_code == 204
    idp.user("Ada")


@pytest.mark.requirement("R044")
@pytest.mark.parametrize("false", [False, "False", "false"])
def test_a_deactivated_user_is_refused_at_once(storage: Storage, false: Any) -> None:
    app = Flask("host")
    app.config["SECRET_KEY"] = SECRET_KEY
    scim = ScimTeams(storage.backend, app)
    with app.app_context():
        idp = ScimClient(app.test_client(), scim.tokens.create(label="test").secret)
    # A session, or a key, that the host handed out before: here a header stands for it.
    app.before_request(scim.require_active(lambda: request.headers.get("X-User")))
    app.add_url_rule("/work", "work", lambda: "done")
    ada, bob = idp.user("ada"), idp.user("bob")
    assert ada["active"] is True

    def works(user: dict[str, Any]) -> bool:
        response = idp.client.get("/work", headers={"X-User": user["id"]})
        assert response.status_code in (200, 403)
        return response.status_code == 200

    url = f"/Users/{ada['id']}"
    body = {"schemas": [USER], "userName": "ada"}
    for method, sent in (
        (idp.put, lambda active: {**body, "active": active}),
        (idp.patch, lambda active: {"op": "Replace", "path": "active", "value": active}),
        (idp.patch, lambda active: {"op": "add", "value": {"active": active}}),
    ):
        assert works(ada)
        assert method(url, sent(false)).get_json()["active"] is False
        assert not works(ada)
        assert works(bob)
        assert found(idp, "active eq false") == {ada["id"]}
        assert method(url, sent(True)).get_json()["active"] is True
    assert works(ada)
    assert idp.delete(url).status_code == 204
    assert not works(ada)
    assert not works(idp.user("eve", active=false))


@pytest.mark.requirement("R044")
@pytest.mark.parametrize("nothing", [None, "", []])
def test_nobody_is_let_in_or_locked_out_by_nothing(idp: ScimClient, nothing: Any) -> None:
    for active in (True, False):
        user = idp.user(f"u{active}", active=active)
        url = f"/Users/{user['id']}"
        body = {"schemas": [USER], "userName": f"u{active}"}
        for response in (
            idp.put(url, {**body, "active": nothing}),
            idp.put(url, body),
            idp.patch(url, {"op": "replace", "path": "active", "value": nothing}),
            idp.patch(url, {"op": "replace", "value": {"active": nothing}}),
        ):
            assert response.get_json()["active"] is active


@pytest.mark.requirement("R045")
@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("locale", tag) for tag in ("en", "en-US", "en_US", "es-419", "az-Arab", "x-pig-latin")),
        *(
            ("timezone", zone)
            for zone in ("Europe/London", "America/Argentina/Ushuaia", "Etc/GMT+5")
        ),
        ("preferredLanguage", "da, en-gb;q=0.8, en;q=0.7, *;q=0.1"),
        ("profileUrl", "https://login.example.com/ada?tab=me#top"),
        # Nothing is known of these, and nothing is refused for it: they come back.
        ("locale", "English"),
        ("timezone", "GMT Standard Time"),
        ("preferredLanguage", "English (United Kingdom)"),
    ],
)
def test_locale_time_zone_and_language_come_back_as_sent(
    idp: ScimClient, name: str, value: str
) -> None:
    user = idp.user("ada", **{name: value})
    url = f"/Users/{user['id']}"
    assert without_meta(shown(idp, url)) == {"userName": "ada", "active": True, name: value}
    assert found(idp, f'{name} eq "{value}"') == {user["id"]}
    assert name not in idp.patch(url, {"op": "remove", "path": name}).get_json()
    patched = idp.patch(url, {"op": "add", "path": name, "value": value}).get_json()
    assert patched[name] == value


@pytest.mark.requirement("R045", "R050")
@pytest.mark.parametrize("wrong", ["not a uri", "<img>", "a\nb", "{ada}", 5, True])
def test_profile_and_pictures_are_uris(idp: ScimClient, storage: Storage, wrong: Any) -> None:
    user = idp.user("ada")
    before = dump(storage)
    url = f"/Users/{user['id']}"
    for name, value in (("profileUrl", wrong), ("photos", [{"value": wrong}])):
        body = {"schemas": [USER], "userName": "ada", name: value}
        for response in (
            idp.post("/Users", {**body, "userName": "bob"}),
            idp.put(url, body),
            idp.patch(url, {"op": "add", "path": name, "value": value}),
        ):
            assert_error(response, 400, "invalidValue", name)
    assert dump(storage) == before


@pytest.mark.requirement("R046")
@pytest.mark.parametrize("country", ["GB", "gb", "USA", "Deutschland", "Côte d'Ivoire"])
def test_a_country_comes_back_as_sent(idp: ScimClient, country: str) -> None:
    addresses = [{"type": "work", "country": country, "locality": "x\ny", "primary": True}]
    user = idp.user("ada", addresses=addresses)
    url = f"/Users/{user['id']}"
    assert shown(idp, url)["addresses"] == addresses
    assert found(idp, f'addresses[type eq "work" and country eq "{country}"]') == {user["id"]}
    step = {"op": "replace", "path": 'addresses[type eq "work"].country', "value": "SE"}
    assert idp.patch(url, step).get_json()["addresses"] == [{**addresses[0], "country": "SE"}]


@pytest.mark.requirement("R047")
def test_certificates_are_values_of_their_own(idp: ScimClient) -> None:
    certificates = [
        {"value": ADAS_CERTIFICATE, "display": "ada", "primary": True},
        {"value": BOBS_CERTIFICATE},
    ]
    user = idp.user("ada", x509Certificates=certificates)
    url = f"/Users/{user['id']}"
    assert shown(idp, url)["x509Certificates"] == certificates
    assert found(idp, f'x509Certificates.value eq "{BOBS_CERTIFICATE}"') == {user["id"]}
    gone = {"op": "remove", "path": f'x509Certificates[value eq "{ADAS_CERTIFICATE}"]'}
    assert idp.patch(url, gone).get_json()["x509Certificates"] == certificates[1:]


@pytest.mark.requirement("R047")
@pytest.mark.parametrize(
    "wrong",
    [
        f"-----BEGIN CERTIFICATE-----\n{ADAS_CERTIFICATE}\n-----END CERTIFICATE-----\n",
        ADAS_CERTIFICATE.replace("/", "_").replace("+", "-"),
        # Two in one text: the first one's padding ends it.
        ADAS_CERTIFICATE + BOBS_CERTIFICATE,
        f"{ADAS_CERTIFICATE},{BOBS_CERTIFICATE}",
        [ADAS_CERTIFICATE, BOBS_CERTIFICATE],
        {"der": ADAS_CERTIFICATE},
    ],
    ids=["PEM", "url-safe", "two-in-one", "a-list-in-text", "an-array", "an-object"],
)
def test_a_certificate_is_one_in_base64(idp: ScimClient, wrong: Any) -> None:
    user = idp.user("ada", x509Certificates=[{"value": BOBS_CERTIFICATE}])
    url = f"/Users/{user['id']}"
    certificates = [{"value": wrong}]
    body = {"schemas": [USER], "userName": "ada", "x509Certificates": certificates}
    assert_error(idp.post("/Users", {**body, "userName": "bob"}), 400, "invalidValue")
    assert_error(idp.put(url, body), 400, "invalidValue", "x509Certificates")
    step = {"op": "add", "path": "x509Certificates", "value": certificates}
    assert_error(idp.patch(url, step), 400, "invalidValue", "x509Certificates")
    assert shown(idp, url) == user


@pytest.mark.requirement("R048")
def test_the_groups_of_a_user_are_computed(idp: ScimClient) -> None:
    ada, bob = idp.user("ada"), idp.user("bob")
    assert "groups" not in ada
    teams = [idp.team(name, ada["id"]) for name in ("Blue", "Red")]
    idp.team("Green", bob["id"])
    idp.patch(
        f"/Groups/{teams[1]['id']}", {"op": "replace", "path": "displayName", "value": "Crimson"}
    )
    described = [
        {
            "value": team["id"],
            "$ref": f"http://localhost/scim/v2/Groups/{team['id']}",
            "display": name,
            "type": "direct",
        }
        for team, name in zip(teams, ("Blue", "Crimson"), strict=True)
    ]
    [listed] = [user for user in shown(idp, "/Users")["Resources"] if user["id"] == ada["id"]]
    for user in (shown(idp, f"/Users/{ada['id']}"), listed):
        assert sorted(user["groups"], key=lambda group: group["display"]) == described
    for group in described:
        reached = shown(idp, group["$ref"].removeprefix("http://localhost/scim/v2"))
        assert (reached["id"], reached["displayName"]) == (group["value"], group["display"])
        assert found(idp, f'groups.value eq "{group["value"]}"') == {ada["id"]}


@pytest.mark.requirement("R048")
@pytest.mark.parametrize("op", ["add", "replace", "remove"])
def test_groups_cannot_be_written_at_a_user(idp: ScimClient, storage: Storage, op: str) -> None:
    ada, bob = idp.user("ada"), idp.user("bob")
    blue, red = idp.team("Blue", ada["id"])["id"], idp.team("Red", bob["id"])["id"]
    url = f"/Users/{ada['id']}"
    written = [{"value": red, "display": "Mine", "type": "direct"}]
    # A body's are ignored: what it leaves out, adds or makes up.
    created = idp.user("eve", groups=written)
    assert "groups" not in created
    for groups in (written, [], None, "x", [{"value": blue}, *written]):
        body = {"schemas": [USER], "userName": "ada", "groups": groups}
        replaced = idp.put(url, body).get_json()
        assert [group["value"] for group in replaced["groups"]] == [blue]
    assert idp.members(red) == {bob["id"]}
    before = dump(storage)
    for path in (
        "groups",
        "GROUPS",
        f'groups[value eq "{blue}"]',
        "groups.display",
        f"{USER}:groups",
    ):
        assert_error(idp.patch(url, {"op": op, "path": path, "value": written}), 400, "mutability")
    if op != "remove":
        step = {"op": op, "value": {"groups": written, "title": "x"}}
        assert_error(idp.patch(url, step), 400, "mutability", "groups")
    assert dump(storage) == before


@pytest.mark.requirement("R050")
def test_pictures_are_external_uris(idp: ScimClient) -> None:
    photos = [
        {"value": "https://photos.example.com/ada.jpg?size=full", "type": "photo"},
        {"value": "https://photos.example.com/ada-small.jpg", "type": "thumbnail"},
    ]
    user = idp.user("ada", photos=photos)
    assert shown(idp, f"/Users/{user['id']}")["photos"] == photos
    attributes = shown(idp, f"/Schemas/{USER}")["attributes"]
    [published] = [one for one in attributes if one["name"] == "photos"]
    subs = {sub["name"]: sub for sub in published["subAttributes"]}
    assert subs["value"]["type"] == "reference"
    assert subs["value"]["referenceTypes"] == ["external"]
    assert subs["type"]["canonicalValues"] == ["photo", "thumbnail"]
