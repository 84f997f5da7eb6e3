"""A host's own columns: what SCIM writes into them, reads from them, and leaves alone."""

from __future__ import annotations

from typing import Any

import pytest

from flask_scim_teams.testing.samples import ENTERPRISE
from tests.conftest import ScimClient
from tests.storage.office import Office

WORK = {"value": "ada@work.example", "type": "work"}
HOME = {"value": "ada@home.example", "type": "home"}


def listed(idp: ScimClient, filter: str | None = None, path: str = "/Users") -> list[str]:
    query = {} if filter is None else {"filter": filter}
    return [r["id"] for r in idp.get(path, query_string=query).get_json()["Resources"]]


def test_mapped_attributes_are_in_the_hosts_columns(office: Office, at_office: ScimClient) -> None:
    at_office.user(
        "Ada",
        name={"givenName": "Ada", "familyName": "King"},
        emails=[WORK],
        active=False,
        **{ENTERPRISE: {"department": "Engines"}},
    )
    row = office.row(office.Person, login="Ada")
    assert (row["first"], row["last"], row["mail"]) == ("Ada", "King", "ada@work.example")
    assert (row["blocked"], row["department"], row["role"]) == (True, "Engines", "member")


def test_attributes_without_a_column_are_given_back(office: Office, at_office: ScimClient) -> None:
    given: dict[str, Any] = {
        "externalId": "00u1",
        "nickName": "",
        "title": "Countess 🧮",
        "name": {"givenName": "Ada", "middleName": "King"},
        "phoneNumbers": [{"value": "tel:+44-20-1234", "type": "work", "primary": True}],
        ENTERPRISE: {"department": "Engines", "costCenter": "4130"},
    }
    ada = at_office.user("ada", **given)
    found = at_office.get(f"/Users/{ada['id']}").get_json()
    assert {name: found[name] for name in given} == given
    # They are the document's alone: what has a column is not stored twice.
    document = office.row(office.Person, login="ada")["scim_document"]
    assert document["name"] == {"middleName": "King"}
    assert document[ENTERPRISE] == {"costCenter": "4130"}


def test_an_inverse_flag(office: Office, at_office: ScimClient) -> None:
    ada = at_office.user("ada")
    assert office.row(office.Person, login="ada")["blocked"] is False
    at_office.patch(f"/Users/{ada['id']}", {"op": "replace", "path": "active", "value": False})
    assert office.row(office.Person, login="ada")["blocked"] is True
    assert listed(at_office, "active eq false") == [ada["id"]]
    assert listed(at_office, "active eq true") == []
    at_office.patch(f"/Users/{ada['id']}", {"op": "replace", "path": "active", "value": True})
    assert office.row(office.Person, login="ada")["blocked"] is False


@pytest.mark.parametrize(
    ("emails", "main"),
    [
        ([HOME, {**WORK, "primary": True}], "ada@work.example"),
        ([{**HOME, "primary": True}, WORK], "ada@home.example"),
        ([HOME, WORK], "ada@work.example"),
        ([HOME, {"value": "ada@other.example"}], "ada@home.example"),
        ([], None),
    ],
    ids=["the primary", "the primary of another type", "of the type", "the first", "none"],
)
def test_one_of_many_values_is_the_columns(
    office: Office, at_office: ScimClient, emails: list[Any], main: str | None
) -> None:
    ada = at_office.user("ada", emails=emails)
    assert office.row(office.Person, login="ada")["mail"] == main
    assert at_office.get(f"/Users/{ada['id']}").get_json().get("emails", []) == emails


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("userName", "x" * 201),
        ("name.givenName", {"name": {"givenName": "é" * 101}}),
        ("emails", {"emails": [{"value": "x" * 201}]}),
        (f"{ENTERPRISE}:department", {ENTERPRISE: {"department": "x" * 101}}),
    ],
)
def test_what_is_too_long_for_the_column_is_refused(
    office: Office, at_office: ScimClient, attribute: str, value: Any
) -> None:
    urn = "urn:ietf:params:scim:schemas:core:2.0:User"
    given = value if isinstance(value, dict) else {"userName": value}
    body = {"schemas": [urn], "userName": "ada", **given}
    refused = at_office.post("/Users", body)
    assert refused.status_code == 400
    assert refused.get_json()["scimType"] == "invalidValue"
    assert attribute in refused.get_json()["detail"]
    keys = office.metadata.tables["scim_attribute_index"]
    assert (office.count(office.Person.__table__), office.count(keys)) == (0, 0)
    ada = at_office.user("ada", title="Countess")
    for answer in (
        at_office.put(f"/Users/{ada['id']}", body),
        at_office.patch(f"/Users/{ada['id']}", {"op": "replace", "value": given}),
    ):
        assert answer.status_code == 400
        assert answer.get_json()["scimType"] == "invalidValue"
        assert attribute in answer.get_json()["detail"]
    assert at_office.get(f"/Users/{ada['id']}").get_json() == ada


def test_the_longest_values_fit(at_office: ScimClient) -> None:
    # Letters outside of the basic plane are one character each, whatever a database counts.
    longest = {"name": {"givenName": "🧮" * 100}, "emails": [{"value": "é" * 200}]}
    ada = at_office.user("🧑" * 200, **longest)
    assert at_office.get(f"/Users/{ada['id']}").get_json() == ada


@pytest.mark.requirement("R283")
def test_the_hosts_own_people_are_invisible(office: Office, at_office: ScimClient) -> None:
    local = office.hire("local", mail="local@example.com", department="Owners")
    squad = office.form("Locals")
    before = dict(office.row(office.Person, pk=local)), dict(office.row(office.Squad, pk=squad))
    ada = at_office.user("ada")
    blue = at_office.team("Blue", ada["id"])
    assert listed(at_office) == [ada["id"]]
    assert listed(at_office, path="/Groups") == [blue["id"]]
    for filter in (
        'userName eq "local"',
        'not (userName eq "ada")',
        'userName ne "ada"',
        'externalId eq null and not (title pr) and userName sw "l"',
        'emails.value eq "local@example.com"',
        f'{ENTERPRISE}:department eq "Owners"',
    ):
        assert listed(at_office, filter) == []
    for id in (str(local), "", "None", "null"):
        assert at_office.get(f"/Users/{id or '%00'}").status_code == 404
        assert at_office.delete(f"/Groups/{id or '%00'}").status_code == 404
    add = {"op": "add", "path": "members", "value": [{"value": str(local)}]}
    assert at_office.patch(f"/Groups/{blue['id']}", add).status_code == 400
    # A name that only the host's own row has is free, and the row is not taken over.
    at_office.user("local")
    at_office.team("Locals")
    after = dict(office.row(office.Person, pk=local)), dict(office.row(office.Squad, pk=squad))
    assert after == before


def test_memberships_made_by_hand_survive(office: Office, at_office: ScimClient) -> None:
    ada = at_office.user("ada")
    blue = at_office.team("Blue", ada["id"])
    ada_pk = office.row(office.Person, scim_id=ada["id"])["pk"]
    blue_pk = office.row(office.Squad, scim_id=blue["id"])["pk"]
    local, squad = office.hire("local"), office.form("Locals")
    by_hand = {(blue_pk, local), (squad, ada_pk)}
    for pair in by_hand:
        office.seat(*pair)
    assert at_office.members(blue["id"]) == {ada["id"]}
    assert at_office.get(f"/Users/{ada['id']}").get_json()["groups"] == [
        {
            "value": blue["id"],
            "$ref": blue["meta"]["location"],
            "type": "direct",
            "display": "Blue",
        }
    ]
    assert listed(at_office, "not (members pr)", "/Groups") == []
    urn = "urn:ietf:params:scim:schemas:core:2.0:Group"
    body = {"schemas": [urn], "displayName": "Blue"}
    for change in (
        lambda: at_office.put(f"/Groups/{blue['id']}", {**body, "members": []}),
        lambda: at_office.patch(f"/Groups/{blue['id']}", {"op": "remove", "path": "members"}),
        lambda: at_office.patch(
            f"/Groups/{blue['id']}", {"op": "remove", "path": 'members[type eq "User"]'}
        ),
        lambda: at_office.put(f"/Groups/{blue['id']}", body),
    ):
        add = {"op": "add", "path": "members", "value": [{"value": ada["id"]}]}
        assert at_office.patch(f"/Groups/{blue['id']}", add).status_code == 204
        assert office.seated() == {*by_hand, (blue_pk, ada_pk)}
        assert change().status_code < 300
        assert office.seated() == by_hand
    assert listed(at_office, "members pr", "/Groups") == []
    assert listed(at_office, "groups pr") == []


def test_deleting_takes_memberships_made_by_hand_along(
    office: Office, at_office: ScimClient
) -> None:
    ada = at_office.user("ada")
    blue = at_office.team("Blue")
    local, squad = office.hire("local"), office.form("Locals")
    office.seat(office.row(office.Squad, scim_id=blue["id"])["pk"], local)
    office.seat(squad, office.row(office.Person, scim_id=ada["id"])["pk"])
    office.seat(squad, local)
    assert at_office.delete(f"/Groups/{blue['id']}").status_code == 204
    assert at_office.delete(f"/Users/{ada['id']}").status_code == 204
    assert office.seated() == {(squad, local)}


@pytest.mark.parametrize("login", ["ada", "mail", "login"])
def test_an_address_that_the_hosts_own_row_has_is_taken(
    office: Office, at_office: ScimClient, login: str
) -> None:
    office.hire("local", mail="ada@work.example")
    urn = "urn:ietf:params:scim:schemas:core:2.0:User"
    body = {"schemas": [urn], "userName": login, "emails": [WORK]}
    refused = at_office.post("/Users", body)
    assert refused.status_code == 409
    assert refused.get_json()["scimType"] == "uniqueness"
    assert refused.get_json()["detail"].startswith("The value of emails ")
    ada = at_office.user(login, emails=[HOME])
    replace = {"op": "replace", "path": "emails", "value": [WORK]}
    assert at_office.patch(f"/Users/{ada['id']}", replace).status_code == 409
    assert at_office.put(f"/Users/{ada['id']}", body).status_code == 409
    assert at_office.get(f"/Users/{ada['id']}").get_json() == ada


@pytest.mark.parametrize("login", ["ada", "mail", "first login@department"])
def test_a_taken_name_is_told_by_its_attribute(at_office: ScimClient, login: str) -> None:
    # The value itself is part of some databases' messages; it may be any column's name.
    at_office.user(login)
    urn = "urn:ietf:params:scim:schemas:core:2.0:User"
    refused = at_office.post("/Users", {"schemas": [urn], "userName": login.upper()})
    assert refused.status_code == 409
    assert refused.get_json()["detail"].startswith("The value of userName ")
    refused = at_office.post("/Users", {"schemas": [urn], "userName": login})
    assert refused.get_json()["detail"].startswith("The value of userName ")


def test_a_user_whom_the_host_still_needs_is_not_deleted(
    office: Office, at_office: ScimClient
) -> None:
    ada = at_office.user("ada", title="Countess")
    blue = at_office.team("Blue", ada["id"])
    ada = at_office.get(f"/Users/{ada['id']}").get_json()
    invoices = office.metadata.tables["invoice"]
    key = office.row(office.Person, scim_id=ada["id"])["pk"]
    with office.engine.begin() as connection:
        connection.execute(invoices.insert(), {"number": 1, "person_pk": key})
    refused = at_office.delete(f"/Users/{ada['id']}")
    assert refused.status_code == 409
    assert "still refer" in refused.get_json()["detail"]
    assert at_office.get(f"/Users/{ada['id']}").get_json() == ada
    assert at_office.members(blue["id"]) == {ada["id"]}
    assert listed(at_office, 'title eq "countess"') == [ada["id"]]
