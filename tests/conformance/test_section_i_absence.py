"""What is present, what is absent, and what cannot be asked (RFC 7644 section 3.4.2.2)."""

from __future__ import annotations

import pytest

from tests.conformance.lists import OPERATORS
from tests.conformance.lists import SEARCH
from tests.conformance.lists import assert_finds
from tests.conformance.lists import assert_refused
from tests.conformance.lists import listed
from tests.conformance.lists import matching
from tests.conformance.lists import names
from tests.conformance.lists import searched
from tests.conformance.people import EVERYBODY
from tests.conformance.people import settle
from tests.conftest import ScimClient
from tests.http.messages import ENTERPRISE
from tests.http.messages import USER
from tests.http.messages import assert_error


@pytest.fixture
def ids(idp: ScimClient) -> dict[str, str]:
    """The ids of four users and two teams, by name."""
    return settle(idp)


@pytest.mark.requirement("R140")
def test_present_is_what_has_a_value(idp: ScimClient, ids: dict[str, str]) -> None:
    for attributes in ({"title": "", "roles": []}, {"title": None, "name": {}, "emails": [{}]}):
        idp.user(f"empty{len(attributes)}", **attributes)
    everybody = EVERYBODY | {"empty2", "empty3"}
    assert_finds(
        idp,
        {
            "title pr": {"Ada"},
            "displayName pr": {"Ada", "bob"},
            "name pr": {"Ada"},
            "name.givenName pr": {"Ada"},
            "name.middleName pr": set(),
            "emails pr": {"Ada", "bob"},
            "emails.type pr": {"Ada", "bob"},
            "emails.display pr": set(),
            "emails[type pr and primary eq true]": {"Ada"},
            "emails[not (type pr)]": {"bob"},
            "roles pr": {"cy_d"},
            f"{ENTERPRISE}:manager pr": {"bob"},
            f"{ENTERPRISE}:department pr": set(),
            "groups pr": {"Ada"},
            "x509Certificates pr": {"Ada"},
            "id pr": everybody,
            "schemas pr": everybody,
            "meta pr": everybody,
            "meta.lastModified pr": everybody,
            "not (title pr)": everybody - {"Ada"},
            "not (emails pr)": everybody - {"Ada", "bob"},
        },
    )
    assert_finds(idp, {"members pr": {"Blue"}, "not (members pr)": {"Green"}}, "/Groups")


@pytest.mark.requirement("R141")
def test_null_is_equal_to_what_is_unassigned(idp: ScimClient, ids: dict[str, str]) -> None:
    expected: dict[str, set[str]] = {}
    for name, having in {
        "title": {"Ada"},
        "displayName": {"Ada", "bob"},
        "emails": {"Ada", "bob"},
        "emails.value": {"Ada", "bob"},
        "name.familyName": {"Ada"},
        "name": {"Ada"},
        "externalId": {"Ada"},
        f"{ENTERPRISE}:employeeNumber": {"bob"},
        "groups": {"Ada"},
        "active": EVERYBODY,
    }.items():
        assert matching(idp, f"{name} pr") == having
        expected |= {
            f"{name} eq null": EVERYBODY - having,
            f"{name} ne null": having,
            f"not ({name} eq null)": having,
            f"not ({name} ne null)": EVERYBODY - having,
        }
    expected['emails[type eq null and value sw "bob"]'] = {"bob"}
    assert_finds(idp, expected)


@pytest.mark.requirement("R142")
def test_what_has_no_value_differs_from_every_value(idp: ScimClient, ids: dict[str, str]) -> None:
    assert_finds(
        idp,
        {
            'title ne "y"': EVERYBODY,
            'title ne "Countess"': EVERYBODY - {"Ada"},
            'not (title eq "countess")': EVERYBODY - {"Ada"},
            'not (title ne "countess")': {"Ada"},
            'not (title sw "c")': EVERYBODY - {"Ada"},
            'not (title co "c" or active eq false)': {"cy_d", "cyxd"},
            'name.givenName ne "Ada"': EVERYBODY - {"Ada"},
            f'{ENTERPRISE}:employeeNumber ne "701984"': EVERYBODY - {"bob"},
            f'not ({ENTERPRISE}:manager.value eq "{ids["Ada"]}")': EVERYBODY - {"bob"},
            # Of several values one that differs is enough for ne; not asks that none is equal.
            'emails.value ne "ada@work.example"': EVERYBODY,
            'not (emails.value eq "ada@work.example")': {"cy_d", "cyxd"},
            'not (emails[type eq "work"])': EVERYBODY - {"Ada"},
            f'not (groups.value eq "{ids["Blue"]}")': EVERYBODY - {"Ada"},
        },
    )


@pytest.mark.requirement("R143")
def test_a_default_is_compared_as_the_value_that_answers_show(idp: ScimClient) -> None:
    ada = idp.user("ada", emails=[{"value": "a"}])
    assert ada["active"] is True
    idp.user("bob", active=False)
    idp.user("eve", active=None)
    assert_finds(
        idp,
        {
            "active eq true": {"ada", "eve"},
            "active pr": {"ada", "bob", "eve"},
            "active eq null": set(),
            "active ne true": {"bob"},
            "not (active eq false)": {"ada", "eve"},
            # Of what is shown nowhere, an absent "primary" means false.
            "emails.primary eq false": {"ada"},
            "emails[primary eq true]": set(),
        },
    )
    # A write that says nothing of it keeps the value that was shown last.
    body = {"schemas": [USER], "userName": "bob"}
    bob = listed(idp, filter='userName eq "bob"')["Resources"][0]["id"]
    assert idp.put(f"/Users/{bob}", body).get_json()["active"] is False
    assert matching(idp, "active eq false") == {"bob"}


@pytest.mark.requirement("R144")
def test_common_attributes_and_memberships_can_be_filtered_by(
    idp: ScimClient, ids: dict[str, str]
) -> None:
    changed = idp.patch(f"/Users/{ids['cyxd']}", {"op": "add", "path": "title", "value": "x"})
    meta = changed.get_json()["meta"]
    ada = f'value eq "{ids["Ada"]}"'
    assert_finds(
        idp,
        {
            f'id eq "{ids["bob"]}"': {"bob"},
            f'id eq "{ids["bob"]}" or id eq "{ids["Ada"]}"': {"Ada", "bob"},
            f'id eq "{ids["Blue"]}"': set(),
            'externalId eq "Ext-A"': {"Ada"},
            "externalId pr": {"Ada"},
            f'schemas eq "{ENTERPRISE}"': {"bob"},
            f'schemas ne "{ENTERPRISE}"': EVERYBODY,
            f'not (schemas eq "{ENTERPRISE}")': EVERYBODY - {"bob"},
            f'schemas co "{USER}"': EVERYBODY,
            'meta.resourceType eq "User"': EVERYBODY,
            'meta.resourceType eq "Group"': set(),
            f'meta.created lt "{meta["created"]}"': EVERYBODY - {"cyxd"},
            f'meta.lastModified ge "{meta["lastModified"]}"': {"cyxd"},
            f'meta.lastModified gt "{meta["created"]}"': {"cyxd"},
            'meta.version eq "W/\\"2\\""': {"cyxd"},
            f'groups.value eq "{ids["Blue"]}"': {"Ada"},
            f'groups.value eq "{ids["Green"]}"': set(),
            f'groups[value eq "{ids["Blue"]}" and type eq "direct"]': {"Ada"},
        },
    )
    teams: dict[str, set[str]] = {
        f"members.{ada}": {"Blue"},
        f"members[{ada}]": {"Blue"},
        f'members[{ada} and type eq "User"]': {"Blue"},
        f"not (members.{ada})": {"Green"},
        f'members.value eq "{ids["bob"]}"': set(),
        f'id eq "{ids["Green"]}"': {"Green"},
        'meta.resourceType eq "Group"': {"Blue", "Green"},
    }
    assert_finds(idp, teams, "/Groups")


@pytest.mark.requirement("R145")
def test_no_filter_lets_one_guess_at_a_password(idp: ScimClient) -> None:
    for name, password in (("ada", "Secret-1"), ("bob", "other")):
        idp.user(name, password=password)
    filters = [
        *("password pr", "password eq null", "not (password pr)", f"{USER}:PASSWORD pr"),
        'userName eq "ada" and password sw "S"',
        'userName eq "nobody" or password co "Secret"',
        'password[value eq "Secret-1"]',
    ]
    for operator in OPERATORS:
        filters.append(f'password {operator} "Secret-1"')
        filters.append(f'not (password {operator} "x")')
    assert_refused(idp, dict.fromkeys(filters, "password"))
    # Nor where all types are asked: the answer must not depend on it.
    for filter in filters:
        posted = idp.post("/.search", {"schemas": [SEARCH], "filter": filter})
        assert_error(posted, 400, "invalidFilter", "password")
    refused = idp.get("/Users", query_string={"sortBy": "password"})
    assert_error(refused, 400, "invalidValue", "password")


@pytest.mark.requirement("R146")
def test_an_attribute_that_the_type_does_not_have_is_refused_at_its_endpoint(
    idp: ScimClient, ids: dict[str, str]
) -> None:
    unknown = {
        'shoeSize eq "38"': "shoeSize",
        "shoeSize pr": "shoeSize",
        'not (shoeSize eq "38")': "shoeSize",
        'userName eq "ada" or shoeSize eq "38"': "shoeSize",
        'emails.size eq "x"': "size",
        "emails[size pr]": "size",
        'code eq "x"': "code",
        'urn:example:none:userName eq "ada"': "urn:example:none",
        f'{ENTERPRISE}:userName eq "ada"': "userName",
    }
    assert_refused(idp, {**unknown, "members pr": "members"})
    assert_refused(idp, {"userName pr": "userName", 'groups.value eq "x"': "groups"}, "/Groups")
    # At the root it is absent: neither present nor equal to anything but null.
    for filter in ('shoeSize eq "38"', "shoeSize pr", 'emails.size eq "x"'):
        assert searched(idp, filter=filter)["totalResults"] == 0
        assert searched(idp, filter=f"not ({filter})")["totalResults"] == 6
    assert names(searched(idp, filter='userName eq "bob" or shoeSize eq "38"')) == ["bob"]


@pytest.mark.requirement("R147")
def test_length_depth_and_number_of_terms_are_bounded(idp: ScimClient, ids: dict[str, str]) -> None:
    too_large = (
        "(" * 40 + "title pr" + ")" * 40,
        "(" * 3000 + "title pr" + ")" * 3000,
        "(" * 5000,
        "not (" * 40 + "title pr" + ")" * 40,
        "emails[" * 2000 + "type pr" + "]" * 2000,
        "emails[" + "(" * 40 + "type pr" + ")" * 40 + "]",
        " or ".join(["title pr"] * 101),
        " and ".join(["title pr"] * 5000),
        f"emails[{' or '.join(['type pr'] * 101)}]",
        f'userName eq "{"x" * 20_000}"',
        '"' + "\\" * 20_001,
        " " * 20_000,
    )
    for filter in too_large:
        for path in ("/Users/.search", "/.search"):
            posted = idp.post(path, {"schemas": [SEARCH], "filter": filter})
            assert_error(posted, 400, "invalidFilter")
            assert len(posted.data) < 600
    wide = " or ".join([f'userName eq "u{number}"' for number in range(99)] + ["title pr"])
    deep = "(" * 30 + "title pr" + ")" * 30
    long = f'title pr and userName ne "{"x" * 16_000}"'
    for filter in (wide, deep, long):
        assert names(searched(idp, "/Users", filter=filter)) == ["Ada"]
