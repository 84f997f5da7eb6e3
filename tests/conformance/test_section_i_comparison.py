"""What comparisons of filters mean, and what cannot be asked (RFC 7644 section 3.4.2.2)."""

from __future__ import annotations

from datetime import datetime
from datetime import timedelta
from datetime import timezone

import pytest

from tests.conformance.lists import assert_finds
from tests.conformance.lists import assert_refused
from tests.conformance.lists import listed
from tests.conformance.lists import matching
from tests.conformance.people import EVERYBODY
from tests.conformance.people import settle
from tests.conftest import ScimClient
from tests.http.messages import ENTERPRISE

ORDERED = ("gt", "ge", "lt", "le")
PARTS = ("co", "sw", "ew")


@pytest.fixture
def ids(idp: ScimClient) -> dict[str, str]:
    """The ids of four users and two teams, by name."""
    return settle(idp)


@pytest.mark.requirement("R135")
def test_letter_case_counts_where_the_schema_says_so(idp: ScimClient, ids: dict[str, str]) -> None:
    tag = listed(idp, filter='userName eq "ada"')["Resources"][0]["meta"]["version"]
    tag = tag.replace('"', '\\"')
    photo = "https://example.com/Cyxd.jpg"
    idp.patch(f"/Users/{ids['cyxd']}", {"op": "add", "path": "photos", "value": [{"value": photo}]})
    assert_finds(
        idp,
        {
            # Names, addresses and other text.
            'userName eq "ADA"': {"Ada"},
            'displayName eq "BOB"': {"bob"},
            'name.familyName eq "O\'MALLEY"': {"Ada"},
            'emails.value eq "ADA@HOME.EXAMPLE"': {"Ada"},
            'emails.type eq "WORK"': {"Ada"},
            'userName co "YX"': {"cyxd"},
            'userName sw "B"': {"bob"},
            'userName ew "OB"': {"bob"},
            'userName ne "ADA"': EVERYBODY - {"Ada"},
            # Ids, versions, URIs and binary values.
            f'id eq "{ids["bob"]}"': {"bob"},
            f'id eq "{ids["bob"].upper()}"': set(),
            f'id ne "{ids["bob"].upper()}"': EVERYBODY,
            'externalId eq "Ext-A"': {"Ada"},
            'externalId eq "ext-a"': set(),
            'externalId sw "ext"': set(),
            'externalId co "XT"': set(),
            f'meta.version eq "{tag}"': EVERYBODY - {"cyxd"},
            f'meta.version eq "{tag.lower()}"': set(),
            'profileUrl eq "https://example.com/Ada"': {"Ada"},
            'profileUrl eq "https://example.com/ada"': set(),
            f'photos.value eq "{photo}"': {"cyxd"},
            f'photos.value eq "{photo.upper()}"': set(),
            'x509Certificates.value eq "QUJD"': {"Ada"},
            'x509Certificates.value eq "qujd"': set(),
            'meta.resourceType eq "user"': set(),
        },
    )
    assert_finds(idp, {'displayName eq "BLUE"': {"Blue"}}, "/Groups")
    assert_finds(idp, {f'members.value eq "{ids["Ada"].upper()}"': set()}, "/Groups")


@pytest.mark.requirement("R135")
def test_letter_case_does_not_count_beyond_ascii_either(idp: ScimClient) -> None:
    for name in ("Zoë", "STRASSE", "Ｗｉｄｅ", "ΣΊΣΥΦΟΣ"):
        idp.user(name)
    assert_finds(
        idp,
        {
            'userName eq "ZOË"': {"Zoë"},
            'userName eq "zoe"': set(),
            'userName eq "straße"': {"STRASSE"},
            'userName eq "wide"': {"Ｗｉｄｅ"},
            'userName eq "σίσυφος"': {"ΣΊΣΥΦΟΣ"},
        },
    )


@pytest.mark.requirement("R136")
def test_no_character_is_a_wildcard(idp: ScimClient, ids: dict[str, str]) -> None:
    texts = {"cyxd": "a%b_c*d\\e?f[g]h'i", "bob": "axbyczd/e"}
    for name, text in texts.items():
        step = {"op": "replace", "path": "nickName", "value": text}
        idp.patch(f"/Users/{ids[name]}", step)
    expected: dict[str, set[str]] = {
        'userName eq "cy_d"': {"cy_d"},
        'userName sw "cy_"': {"cy_d"},
        'userName ew "y_d"': {"cy_d"},
        'userName co "_"': {"cy_d"},
        'userName co "%"': set(),
        'userName sw "%"': set(),
        'userName ew "*"': set(),
        'displayName co "%"': {"Ada"},
        'displayName ew "\\\\"': {"Ada"},
        'roles.value co "*"': {"cy_d"},
        'nickName co "\\\\e"': {"cyxd"},
        'nickName sw "a%b_c*d\\\\"': {"cyxd"},
        'nickName co "a%b"': {"cyxd"},
        'nickName co "a_b"': set(),
        'nickName co "a.b"': set(),
        'nickName co "[g]"': {"cyxd"},
        'nickName co "[a-z]"': set(),
        'nickName co "\'"': {"cyxd"},
        'nickName ew "d/e"': {"bob"},
        'nickName co "\\\\"': {"cyxd"},
    }
    assert_finds(idp, expected)


@pytest.mark.requirement("R137")
def test_text_is_in_the_order_of_its_characters(idp: ScimClient, ids: dict[str, str]) -> None:
    assert_finds(
        idp,
        {
            'userName gt "bob"': {"cy_d", "cyxd"},
            'userName ge "BOB"': {"bob", "cy_d", "cyxd"},
            'userName lt "bob"': {"Ada"},
            'userName le "bob"': {"Ada", "bob"},
            'userName gt "b"': {"bob", "cy_d", "cyxd"},
            'userName lt "cyx"': {"Ada", "bob", "cy_d"},
            'emails.value gt "b"': {"bob"},
            # Capitals come first where letter case counts.
            'externalId lt "a"': {"Ada"},
            'externalId gt "a"': set(),
            # Who has no value is neither below nor above.
            'title gt ""': {"Ada"},
            'title lt "zzz"': {"Ada"},
            'not (title gt "zzz")': EVERYBODY,
        },
    )


@pytest.mark.requirement("R137")
def test_times_are_compared_as_instants(idp: ScimClient, ids: dict[str, str]) -> None:
    users = {user["userName"]: user for user in listed(idp, sortBy="meta.created")["Resources"]}
    assert list(users) == ["Ada", "bob", "cy_d", "cyxd"]
    created = {name: user["meta"]["created"] for name, user in users.items()}
    moment = datetime.fromisoformat(created["bob"])
    micro = timedelta(microseconds=1)
    for hours, minutes in ((0, 0), (5, 30), (-8, 0), (14, 0)):
        zone = timezone(timedelta(hours=hours, minutes=minutes))
        text = moment.astimezone(zone).isoformat(timespec="microseconds")
        before = (moment - micro).astimezone(zone).isoformat(timespec="microseconds")
        after = (moment + micro).astimezone(zone).isoformat(timespec="microseconds")
        assert_finds(
            idp,
            {
                f'meta.created eq "{text}"': {"bob"},
                f'meta.created ne "{text}"': EVERYBODY - {"bob"},
                f'meta.created gt "{text}"': {"cy_d", "cyxd"},
                f'meta.created ge "{text}"': {"bob", "cy_d", "cyxd"},
                f'meta.created lt "{text}"': {"Ada"},
                f'meta.created le "{text}"': {"Ada", "bob"},
                f'meta.created gt "{before}" and meta.created lt "{after}"': {"bob"},
            },
        )
    # Digits that say nothing, and a "Z" in either case, make no other instant.
    digits = created["bob"].removesuffix("Z")
    assert_finds(idp, {f'meta.created eq "{digits}{end}"': {"bob"} for end in ("00Z", "z", "000")})
    second = created["bob"].split(".")[0]
    whole = {
        f'meta.created ge "{second}{end}"': matching(idp, f'meta.created ge "{second}Z"')
        for end in (".0Z", ".000Z", "+00:00", ".0+00:00")
    }
    assert_finds(idp, whole)


@pytest.mark.requirement("R138")
def test_booleans_and_binary_values_have_no_order_and_booleans_no_parts(
    idp: ScimClient, ids: dict[str, str]
) -> None:
    filters: dict[str, str] = {}
    for operator in ORDERED:
        filters[f"active {operator} true"] = "active"
        filters[f'active {operator} "true"'] = "active"
        filters[f"emails.primary {operator} false"] = "primary"
        filters[f"emails[primary {operator} false]"] = "primary"
        filters[f'x509Certificates.value {operator} "QUJD"'] = "x509Certificates"
        filters[f'x509Certificates {operator} "QUJD"'] = "x509Certificates"
    for operator in PARTS:
        filters[f"active {operator} true"] = "active"
        filters[f'active {operator} "tr"'] = "active"
        filters[f'emails.primary {operator} "true"'] = "primary"
        # Times are no text.
        filters[f'meta.created {operator} "2024"'] = "meta.created"
    for operator in (*ORDERED, *PARTS):
        filters[f"title {operator} null"] = "title"
    assert_refused(idp, filters)
    assert_finds(idp, {"active ne true": {"bob"}, 'x509Certificates.value co "UJ"': {"Ada"}})


@pytest.mark.requirement("R139")
def test_a_value_of_another_type_than_the_attributes_is_refused(
    idp: ScimClient, ids: dict[str, str]
) -> None:
    assert_refused(
        idp,
        {
            "userName eq true": "userName",
            "userName ne false": "userName",
            "title eq 1.5": "title",
            'active eq "yes"': "active",
            "active eq 1": "active",
            'active ne "ada"': "active",
            "emails.primary eq 0": "primary",
            "emails[primary eq 0]": "primary",
            'meta.created eq "yesterday"': "meta.created",
            'meta.created gt "2024-01-01"': "meta.created",
            "meta.created gt 5": "meta.created",
            "meta.created eq true": "meta.created",
            'meta.created eq ""': "meta.created",
            'meta.created eq "2024-13-01T00:00:00Z"': "meta.created",
        },
    )
    # What providers are known to send: booleans in quotes, and digits without any.
    assert_finds(
        idp,
        {
            'active eq "False"': {"bob"},
            f"{ENTERPRISE}:employeeNumber eq 701984": {"bob"},
        },
    )
