"""What filters name: attributes, sub-attributes and elements (RFC 7644 section 3.4.2.2)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.lists import OPERATORS
from tests.conformance.lists import assert_finds
from tests.conformance.lists import assert_refused
from tests.conformance.people import EVERYBODY
from tests.conformance.people import settle
from tests.conftest import ScimClient
from tests.http.messages import ENTERPRISE
from tests.http.messages import USER


@pytest.fixture
def ids(idp: ScimClient) -> dict[str, str]:
    """The ids of four users and two teams, by name."""
    return settle(idp)


@pytest.mark.requirement("R128")
def test_an_attribute_is_a_name_with_or_without_sub_attribute_and_urn(
    idp: ScimClient, ids: dict[str, str]
) -> None:
    assert_finds(
        idp,
        {
            'userName eq "bob"': {"bob"},
            'name.familyName eq "o\'malley"': {"Ada"},
            f'{USER}:userName eq "bob"': {"bob"},
            f'{USER.upper()}:USERNAME eq "bob"': {"bob"},
            f'{USER}:name.givenName eq "ada"': {"Ada"},
            f'{USER}:emails[type eq "work"]': {"Ada"},
            f'{USER}:externalId eq "Ext-A"': {"Ada"},
            f'{ENTERPRISE}:employeeNumber eq "701984"': {"bob"},
            f"{ENTERPRISE}:manager pr": {"bob"},
            f'{ENTERPRISE}:manager.value eq "{ids["Ada"]}"': {"bob"},
            f'{ENTERPRISE.lower()}:MANAGER[value eq "{ids["Ada"]}"]': {"bob"},
        },
    )


@pytest.mark.requirement("R128")
def test_what_is_deeper_or_no_attribute_path_is_refused(
    idp: ScimClient, ids: dict[str, str]
) -> None:
    assert_refused(
        idp,
        dict.fromkeys(
            (
                *("name.givenName.x pr", "emails.value.type pr", "meta.created.year pr"),
                *("name. pr", "name..givenName pr", f"{ENTERPRISE}:manager.value.x pr"),
                *(f"{ENTERPRISE}: pr", f"{USER}.userName pr", "urn: pr", "name/givenName pr"),
                *("emails[0] pr", "emails[0].value pr", "emails.*.value pr", "userName.value pr"),
            ),
            "",
        ),
    )


@pytest.mark.requirement("R129")
def test_all_terms_in_brackets_hold_of_one_and_the_same_element(
    idp: ScimClient, ids: dict[str, str]
) -> None:
    assert_finds(
        idp,
        {
            'emails[type eq "home" and value eq "ada@work.example"]': {"bob"},
            'emails.type eq "home" and emails.value eq "ada@work.example"': {"Ada", "bob"},
            'emails[type eq "work" and value eq "ada@home.example"]': set(),
            'emails[type eq "work" and value ew "@work.example" and primary eq true]': {"Ada"},
            'emails[not (type pr) and value sw "bob"]': {"bob"},
            'emails[type pr and value sw "bob"]': set(),
            'not (emails[type eq "home" and value eq "ada@work.example"])': EVERYBODY - {"bob"},
            'emails[type eq "work"] and emails[type eq "home"]': {"Ada"},
            # Of a single complex value too.
            'name[givenName eq "Ada" and familyName sw "o"]': {"Ada"},
            f'{ENTERPRISE}:manager[value eq "{ids["Ada"]}" and value sw "?"]': set(),
        },
    )


@pytest.mark.requirement("R130")
def test_brackets_follow_a_complex_attribute_and_hold_its_sub_attributes(
    idp: ScimClient, ids: dict[str, str]
) -> None:
    assert_refused(
        idp,
        {
            'userName[value eq "x"]': "userName",
            "active[value eq true]": "active",
            'schemas[value eq "x"]': "schemas",
            'emails.value[value eq "x"]': "emails.value",
            'emails[userName eq "x"]': "userName",
            'emails[emails.value eq "x"]': "emails",
            'emails[locality eq "x"]': "locality",
            f'emails[{USER}:emails.value eq "x"]': "",
            'emails[value[type eq "x"]]': "",
            'emails[emails[type eq "x"]]': "emails",
            'emails[type eq "x" and value[type pr]]': "",
            '[type eq "x"]': "",
        },
    )
    # Inside, a name means the sub-attribute, even where the resource has one of that name.
    idp.patch(
        f"/Users/{ids['cyxd']}",
        {"op": "add", "path": "addresses", "value": [{"formatted": "bob", "type": "x"}]},
    )
    assert_finds(idp, {'addresses[formatted eq "bob"]': {"cyxd"}, "addresses[type pr]": {"cyxd"}})


@pytest.mark.requirement("R131")
def test_a_sub_attribute_behind_the_brackets_is_compared_within_them(
    idp: ScimClient, ids: dict[str, str]
) -> None:
    assert_finds(
        idp,
        {
            'emails[type eq "work"].value eq "ada@work.example"': {"Ada"},
            'emails[type eq "WORK"].value eq "ADA@work.example"': {"Ada"},
            'emails[type eq "home"].value eq "ada@work.example"': {"bob"},
            'emails[type eq "work"].value eq "ada@home.example"': set(),
            'emails[primary eq "True"].value sw "ada"': {"Ada"},
            'emails[type eq "home"].value pr': {"Ada", "bob"},
            'emails[type eq "home" or type eq "work"].value ew "home.example"': {"Ada"},
            'not (emails[type eq "work"].value eq "ada@work.example")': EVERYBODY - {"Ada"},
            'emails[type eq "home"].value co "work" and active eq false': {"bob"},
        },
    )
    assert_refused(
        idp,
        {
            'emails[type eq "work"].nonsense eq "x"': "nonsense",
            'emails[type eq "work"].value': "",
            'emails[type eq "work"]value eq "x"': "",
            'emails[type eq "work"].value.x eq "x"': "",
        },
    )


@pytest.mark.requirement("R132")
def test_one_element_that_matches_is_enough(idp: ScimClient, ids: dict[str, str]) -> None:
    assert_finds(
        idp,
        {
            'emails.value eq "ada@home.example"': {"Ada"},
            'emails.value sw "bob"': {"bob"},
            'emails.value co "home"': {"Ada"},
            'emails.value ew "work.example"': {"Ada", "bob"},
            'emails.value gt "b"': {"bob"},
            'emails.type eq "home"': {"Ada", "bob"},
            "emails.primary eq true": {"Ada"},
            'roles.value eq "A*B"': {"cy_d"},
            f'schemas eq "{ENTERPRISE}"': {"bob"},
        },
    )


@pytest.mark.requirement("R133")
def test_a_bare_complex_attribute_is_compared_by_its_value(
    idp: ScimClient, ids: dict[str, str]
) -> None:
    expected: dict[str, set[str]] = {
        'emails co "@work"': {"Ada", "bob"},
        'emails eq "ada@home.example"': {"Ada"},
        'emails sw "bob"': {"bob"},
        'roles eq "A*B"': {"cy_d"},
        'ims ew "chat.example"': {"bob"},
        'x509Certificates eq "QUJD"': {"Ada"},
        f'{ENTERPRISE}:manager eq "{ids["Ada"]}"': {"bob"},
        f'schemas eq "{USER}"': EVERYBODY,
        f'groups eq "{ids["Blue"]}"': {"Ada"},
        'not (emails co "@")': {"cy_d", "cyxd"},
    }
    assert_finds(idp, expected)
    assert_finds(idp, {f'members eq "{ids["Ada"]}"': {"Blue"}}, "/Groups")


@pytest.mark.requirement("R134")
def test_a_complex_attribute_without_value_is_not_compared(
    idp: ScimClient, ids: dict[str, str]
) -> None:
    filters: dict[str, str] = {}
    for name in ("name", "addresses", "meta"):
        filters |= {f'{name} {operator} "Ada"': name for operator in OPERATORS}
    filters |= {'not (name eq "Ada")': "name", 'userName eq "ada" or addresses co "x"': "addresses"}
    assert_refused(idp, filters)
    # Presence is asked of the whole, and equality with null with it.
    assert_finds(idp, {"name pr": {"Ada"}, "addresses pr": set(), "name ne null": {"Ada"}})


@pytest.mark.requirement("R122", "R123", "R125", "R128", "R129", "R133")
def test_the_examples_of_the_specification_are_answered(
    idp: ScimClient, ids: dict[str, str]
) -> None:
    long_ago, work = '"2011-05-13T04:42:34Z"', 'type eq "work" and value co "@work.example"'
    domains = 'emails co "home.example" or emails.value co "chat.example"'
    examples: dict[str, Any] = {
        'userName eq "bob"': {"bob"},
        'name.familyName co "O\'Malley"': {"Ada"},
        'userName sw "C"': {"cy_d", "cyxd"},
        f'{USER}:userName sw "C"': {"cy_d", "cyxd"},
        "title pr": {"Ada"},
        f"meta.lastModified gt {long_ago}": EVERYBODY,
        f"meta.lastModified ge {long_ago}": EVERYBODY,
        f"meta.lastModified lt {long_ago}": set(),
        f"meta.lastModified le {long_ago}": set(),
        'title pr and userType eq "Employee"': {"Ada"},
        'title pr or userType eq "Intern"': {"Ada", "bob"},
        f'schemas eq "{ENTERPRISE}"': {"bob"},
        f'userType eq "Employee" and ({domains})': {"Ada"},
        f'userType ne "Employee" and not ({domains})': {"bob", "cyxd"},
        'userType eq "Employee" and (emails.type eq "work")': {"Ada"},
        f'userType eq "Employee" and emails[{work}]': {"Ada"},
        f'emails[{work}] or ims[type eq "xmpp" and value co "@chat.example"]': {"Ada", "bob"},
    }
    assert_finds(idp, examples)
