"""Data types: what fits an attribute, and comes back as it was sent (RFC 7643 section 2.3)."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from flask_scim_teams.core.attributes import Attribute
from flask_scim_teams.core.attributes import Type
from flask_scim_teams.core.definitions import USER as USER_TYPE
from flask_scim_teams.core.errors import InvalidValue
from flask_scim_teams.core.schemas import ResourceType
from flask_scim_teams.core.schemas import Schema
from flask_scim_teams.core.values import accept
from flask_scim_teams.http.bodies import parse_json
from flask_scim_teams.wire.factory import ResourceReader
from tests.conformance.lookups import found
from tests.conformance.lookups import shown
from tests.conformance.lookups import values
from tests.conftest import ScimClient
from tests.dumps import dump
from tests.hosts import Storage
from tests.http.messages import ENTERPRISE
from tests.http.messages import USER
from tests.http.messages import assert_error
from tests.http.messages import without_meta

BADGE = "urn:example:params:scim:schemas:Badge"


@pytest.fixture
def reader() -> ResourceReader:
    """A reader of users that carry an attribute of each type that the standard schemas lack."""
    issues = Attribute(
        name="issues",
        type=Type.COMPLEX,
        multi_valued=True,
        sub_attributes=(
            Attribute(name="number", type=Type.INTEGER),
            Attribute(name="at", type=Type.DATE_TIME),
            Attribute(name="weight", type=Type.DECIMAL),
        ),
    )
    extended: ResourceType = USER_TYPE.extended(
        Schema(
            id=BADGE,
            name="Badge",
            attributes=(
                Attribute(name="level", type=Type.INTEGER),
                Attribute(name="height", type=Type.DECIMAL),
                Attribute(name="validFrom", type=Type.DATE_TIME),
                issues,
            ),
        )
    )
    return ResourceReader(extended)


def read(reader: ResourceReader, badge: str) -> Any:
    """Return what is made of a badge's JSON text, as a request's body brings it."""
    body = f'{{"schemas": ["{USER}", "{BADGE}"], "userName": "ada", "{BADGE}": {badge}}}'
    return reader.read(parse_json(body.encode())).attributes[BADGE]


@pytest.mark.requirement("R005")
@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Zoë 🏳️‍🌈 👩‍👩‍👧 🇪🇺", id="emoji"),
        pytest.param("e\u0301 \u00e9 a\u0323\u0307 \ufb01 Ａ", id="combining-marks-and-forms"),
        pytest.param("\u202bשלום\u202c \u200fمرحبا\u200e", id="right-to-left"),
        pytest.param("\u0001\b\t\n\f\r\u001f\u007f\u0085\u2028", id="control-characters"),
        pytest.param("𝔄 \U0001f9d1\u200d\U0001f680 \U0010fffd", id="beyond-the-basic-plane"),
        pytest.param("日本語 ไทย हिन्दी", id="scripts"),
        pytest.param("  around\u00a0\u3000 ", id="spaces-around"),
        pytest.param("\\ \" ' / <b> %s {0} ; --", id="what-other-languages-give-a-meaning"),
    ],
)
@pytest.mark.parametrize("escaped", [True, False], ids=["escaped", "utf-8"])
def test_any_text_comes_back_as_it_was_sent(idp: ScimClient, text: str, escaped: bool) -> None:
    sent = {
        "externalId": text,
        "displayName": text,
        "name": {"givenName": text, "familyName": text},
        "roles": [{"value": text, "display": text, "type": text}],
        ENTERPRISE: {"department": text, "division": text},
    }
    body = {"schemas": [USER], "userName": "ada", **sent}
    data = json.dumps(body, ensure_ascii=escaped).encode()
    response = idp.request("POST", "/Users", data=data, content_type="application/scim+json")
    assert response.status_code == 201, response.text
    assert response.data.decode("utf-8")
    user = response.get_json()
    url = f"/Users/{user['id']}"
    assert without_meta(user) == {"userName": "ada", "active": True, **sent}
    assert shown(idp, url) == user
    assert shown(idp, "/Users")["Resources"] == [user]
    patched = idp.patch(url, {"op": "replace", "path": "nickName", "value": text})
    assert patched.get_json()["nickName"] == text
    team = idp.team(text, externalId=text)
    stored = shown(idp, f"/Groups/{team['id']}")
    assert (stored["displayName"], stored["externalId"]) == (text, text)


@pytest.mark.requirement("R006")
@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        *((True, True), ("True", True), ("true", True), ("TRUE", True), ([True], True)),
        *((False, False), ("False", False), ("false", False), ({"value": "False"}, False)),
    ],
)
def test_a_boolean_goes_out_as_a_boolean(idp: ScimClient, sent: Any, meant: bool) -> None:
    attributes = {"active": sent, "emails": [{"value": "a@b.example", "primary": sent}]}
    body = {"schemas": [USER], "userName": "ada", **attributes}
    created = idp.user("ada", **attributes)
    url = f"/Users/{created['id']}"
    answers = [created, shown(idp, url), idp.put(url, body).get_json()]
    steps = (
        {"op": "replace", "path": "active", "value": sent},
        {"op": "replace", "value": {"active": sent}},
        {"op": "replace", "path": "emails", "value": attributes["emails"]},
        {"op": "replace", "path": "emails[value pr].primary", "value": sent},
    )
    answers += [idp.patch(url, step).get_json() for step in steps]
    answers += shown(idp, "/Users")["Resources"]
    for answer in answers:
        # Not ==, to which 1 is True.
        assert answer["active"] is meant
        assert answer["emails"][0]["primary"] is meant


@pytest.mark.requirement("R006")
@pytest.mark.parametrize("wrong", [0, 1, "yes", "1", "on", 1.0, {}, {"a": True}, [True, False]])
def test_what_is_no_boolean_is_not_taken_for_one(idp: ScimClient, wrong: Any) -> None:
    user = idp.user("ada")
    url = f"/Users/{user['id']}"
    body = {"schemas": [USER], "userName": "ada", "active": wrong}
    assert_error(idp.post("/Users", {**body, "userName": "b"}), 400, "invalidValue", "active")
    assert_error(idp.put(url, body), 400, "invalidValue", "active")
    step = {"op": "replace", "path": "active", "value": wrong}
    assert_error(idp.patch(url, step), 400, "invalidValue", "active")
    assert shown(idp, url) == user


@pytest.mark.requirement("R007")
@pytest.mark.parametrize(
    "text",
    [
        *("0.1", "-0.5", "1.0", "1.80", "3.14159", "123456.789", "0.30000000000000004"),
        *("5", "0", "-7", "9007199254740993", "123456789012345678901234567890"),
    ],
)
def test_a_decimal_is_a_number_without_noise(reader: ResourceReader, text: str) -> None:
    stored = read(reader, f'{{"height": {text}, "issues": [{{"weight": {text}}}]}}')
    for number in (stored["height"], stored["issues"][0]["weight"]):
        assert type(number) is (float if "." in text else int)
        told = json.dumps(number)
        assert told == (text.rstrip("0") if text == "1.80" else text)


@pytest.mark.requirement("R007")
@pytest.mark.parametrize("text", ['"1.5"', "true", "{}", "[1.5, 2.5]", '{"a": 1.5}', '"NaN"'])
def test_a_decimal_is_nothing_but_a_number(reader: ResourceReader, text: str) -> None:
    with pytest.raises(InvalidValue, match="height"):
        read(reader, f'{{"height": {text}}}')


@pytest.mark.requirement("R008")
@pytest.mark.parametrize("text", ["0", "5", "-5", "-0", "9007199254740993", "9" * 40])
def test_an_integer_stays_one(reader: ResourceReader, text: str) -> None:
    stored = read(reader, f'{{"level": {text}, "issues": [{{"number": {text}}}]}}')
    for number in (stored["level"], stored["issues"][0]["number"]):
        assert type(number) is int
        assert number == int(text)
        assert accept(Attribute(name="level", type=Type.INTEGER), number) == number


@pytest.mark.requirement("R008")
@pytest.mark.parametrize(
    "text", ["1.0", "1.5", "-0.0", "1e2", "1E2", "1e+2", "10e-1", "0e0", '"5"', "true", "{}"]
)
def test_a_fraction_or_an_exponent_makes_no_integer(reader: ResourceReader, text: str) -> None:
    with pytest.raises(InvalidValue, match="level") as caught:
        read(reader, f'{{"level": {text}}}')
    assert (caught.value.status, caught.value.scim_type) == (400, "invalidValue")
    with pytest.raises(InvalidValue, match="number"):
        read(reader, f'{{"issues": [{{"number": {text}}}]}}')
    # What the PATCH planner asks, too.
    with pytest.raises(InvalidValue, match="level"):
        accept(Attribute(name="level", type=Type.INTEGER), json.loads(text))


@pytest.mark.requirement("R009")
@pytest.mark.parametrize(
    "text",
    [
        *("2024-01-01T12:00:00Z", "2024-02-29T23:59:59+02:00", "2024-01-01T00:00:00-11:30"),
        *("2024-01-01T12:00:00.5Z", "2024-01-01T12:00:00.123456789+14:00", "2024-01-01T12:00:00"),
        "1999-12-31T23:59:59.000Z",
    ],
)
def test_a_date_and_a_time_make_a_date_time(reader: ResourceReader, text: str) -> None:
    stored = read(reader, f'{{"validFrom": "{text}", "issues": [{{"at": "{text}"}}]}}')
    assert stored == {"validFrom": text, "issues": [{"at": text}]}


@pytest.mark.requirement("R009")
@pytest.mark.parametrize(
    "text",
    [
        *("2024-01-01", "12:00:00Z", "2024-01-01T", "2024-01-01T12:00Z", "2024-01-01 12:00:00Z"),
        *(
            "2024-13-01T12:00:00Z",
            "2023-02-29T12:00:00Z",
            "2024-01-01T25:00:00Z",
            "20240101T120000Z",
        ),
        *("2024-01-01T12:00:00+0200", "2024-01-01T12:00:00+15:00", "2024-01-01T12:00:00.Z"),
        *(
            "20240101T120000Z",
            "01/01/2024 12:00",
            "yesterday",
            "",
            "1704110400",
            "2024-01-01T12:00:00Z ",
        ),
    ],
)
def test_anything_else_is_no_date_time(idp: ScimClient, reader: ResourceReader, text: str) -> None:
    with pytest.raises(InvalidValue, match="validFrom") as caught:
        read(reader, f'{{"validFrom": "{text}"}}')
    assert (caught.value.status, caught.value.scim_type) == (400, "invalidValue")
    with pytest.raises(InvalidValue, match="at"):
        read(reader, f'{{"issues": [{{"at": "{text}"}}]}}')
    # Nor is it one to compare with.
    filter = f'meta.created gt "{text}"'
    assert_error(idp.get("/Users", query_string={"filter": filter}), 400, "invalidFilter")


@pytest.mark.requirement("R010")
@pytest.mark.parametrize("text", ["MIIDQzCC", "QUJDRA==", "QUJDRA", "QUJDREU=", "QUJDREU", "+/+/"])
def test_a_binary_is_base64_with_or_without_padding(idp: ScimClient, text: str) -> None:
    user = idp.user("ada", x509Certificates=[{"value": text}])
    assert shown(idp, f"/Users/{user['id']}")["x509Certificates"] == [{"value": text}]


@pytest.mark.requirement("R010")
@pytest.mark.parametrize(
    "wrong",
    [
        *("&&&&", "A", "QUJDR", "QUJD QUJD", "QUJD\nQUJD", "QUJD====", "QUJDRA=", "=QUJ", "QU=D"),
        *("QUJD-_-_", "Zoë=", "-----BEGIN CERTIFICATE-----", 5, True, {"a": "QUJD"}),
    ],
)
def test_anything_else_is_no_binary(idp: ScimClient, storage: Storage, wrong: Any) -> None:
    user = idp.user("ada", x509Certificates=[{"value": "QUJD"}])
    before = dump(storage)
    url = f"/Users/{user['id']}"
    certificates = [{"value": wrong}]
    body = {"schemas": [USER], "userName": "ada", "x509Certificates": certificates}
    for response in (
        idp.post("/Users", {**body, "userName": "bob"}),
        idp.put(url, body),
        idp.patch(url, {"op": "add", "path": "x509Certificates", "value": certificates}),
        idp.patch(
            url, {"op": "replace", "path": "x509Certificates[value pr].value", "value": wrong}
        ),
    ):
        assert_error(response, 400, "invalidValue", "x509Certificates")
    assert dump(storage) == before


@pytest.mark.requirement("R010")
def test_the_bytes_of_a_binary_are_the_same_afterwards(idp: ScimClient) -> None:
    raw = bytes(range(256))
    text = base64.b64encode(raw).decode()
    user = idp.user("ada", x509Certificates=[{"value": text}])
    [stored] = shown(idp, f"/Users/{user['id']}")["x509Certificates"]
    assert base64.b64decode(stored["value"], validate=True) == raw
    assert text in values(user)


@pytest.mark.requirement("R010", "R011")
def test_binaries_and_references_compare_letter_by_letter(idp: ScimClient) -> None:
    url = "https://example.com/Ada"
    ada = idp.user("ada", x509Certificates=[{"value": "QUJD"}], profileUrl=url)
    for name, value in (("x509Certificates.value", "QUJD"), ("profileUrl", url)):
        assert found(idp, f'{name} eq "{value}"') == {ada["id"]}
        assert found(idp, f'{name} eq "{value.lower()}"') == set()
        assert found(idp, f'{name} co "{value[-2:].swapcase()}"') == set()
    # Two that differ in letter case are two.
    certificates = [{"value": "QUJD"}, {"value": "qujd"}]
    assert idp.user("bob", x509Certificates=certificates)["x509Certificates"] == certificates
    published = {one["name"]: one for one in shown(idp, f"/Schemas/{USER}")["attributes"]}
    assert published["profileUrl"]["caseExact"] is True
    for name in ("x509Certificates", "photos"):
        [value] = [sub for sub in published[name]["subAttributes"] if sub["name"] == "value"]
        assert value["caseExact"] is True
