"""GET on a collection: filters, order, pages."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import ScimClient
from tests.http.messages import ENTERPRISE
from tests.http.messages import LIST
from tests.http.messages import USER
from tests.http.messages import assert_error

USERS: list[dict[str, Any]] = [
    {
        "userName": "ada",
        "externalId": "E-1",
        "displayName": "Ada Lovelace",
        "name": {"givenName": "Ada", "familyName": "Lovelace"},
        "title": "Countess",
        "active": True,
        "emails": [
            {"value": "ada@work.example", "type": "work", "primary": True},
            {"value": "ada@home.example", "type": "home"},
        ],
        "roles": [{"value": "analyst", "primary": True}],
        ENTERPRISE: {"department": "Programs", "employeeNumber": "701984"},
    },
    {
        "userName": "Bob_1",
        "externalId": "e-1",
        "displayName": "bob 100%",
        "name": {"familyName": "Ångström"},
        "active": False,
        "emails": [{"value": "bob@work.example", "type": "home"}],
        ENTERPRISE: {"manager": {"value": "26118915"}},
    },
    {"userName": "Zoë", "title": "", "emails": [{"value": "zoe@example", "display": "work"}]},
    {"userName": "bobx1", "displayName": 'back\\slash "quote"', "active": True},
]
ALL = {"ada", "Bob_1", "Zoë", "bobx1"}

# A filter, and the users it finds; every resource that is not found is part of the test.
FILTERS: dict[str, set[str]] = {
    # R001, R002, R038, R122
    'userName eq "ada"': {"ada"},
    'USERNAME EQ "ada"': {"ada"},
    f'{USER}:userName eq "ada"': {"ada"},
    f'{USER.upper()}:USERNAME Eq "ada"': {"ada"},
    f'{USER}:name.familyName eq "lovelace"': {"ada"},
    f'{ENTERPRISE}:department eq "programs"': {"ada"},
    f'{ENTERPRISE.upper()}:DEPARTMENT eq "programs"': {"ada"},
    f'{ENTERPRISE}:manager.value eq "26118915"': {"Bob_1"},
    f'{ENTERPRISE}:manager eq "26118915"': {"Bob_1"},
    # R135: what is caseExact and what is not
    'userName eq "ADA"': {"ada"},
    'userName eq "ZOË"': {"Zoë"},
    'userName eq "zoe"': set(),
    'externalId eq "E-1"': {"ada"},
    'externalId eq "e-1"': {"Bob_1"},
    'externalId sw "E"': {"ada"},
    'emails.value eq "ADA@WORK.EXAMPLE"': {"ada"},
    'name.familyName eq "ÅNGSTRÖM"': {"Bob_1"},
    # R136: no wildcards but those of SCIM, which has none
    'userName co "_"': {"Bob_1"},
    'userName sw "bob_"': {"Bob_1"},
    'userName co "%"': set(),
    'displayName ew "100%"': {"Bob_1"},
    'displayName co "*"': set(),
    'displayName co "\\\\"': {"bobx1"},
    'displayName co "\\"quote\\""': {"bobx1"},
    'displayName co "\'"': set(),
    'userName co "o"': {"Bob_1", "Zoë", "bobx1"},
    'userName ew "ë"': {"Zoë"},
    'userName eq "z\\u006f\\u00cb"': {"Zoë"},
    # R137
    'userName gt "bob_1"': {"bobx1", "Zoë"},
    'userName ge "bob_1"': {"Bob_1", "bobx1", "Zoë"},
    'userName lt "bob_1"': {"ada"},
    'userName le "BOB_1"': {"ada", "Bob_1"},
    'meta.created gt "2011-05-13T04:42:34Z"': ALL,
    'meta.created gt "2011-05-13T04:42:34.1234567+14:00"': ALL,
    'meta.lastModified lt "2011-05-13T04:42:34Z"': set(),
    # R123, R124
    'userName eq "ada" or userName eq "Zoë" and active eq false': {"ada"},
    '(userName eq "ada" or userName eq "Zoë") and active eq true': {"ada", "Zoë"},
    'not (userName eq "ada") and active eq true': {"Zoë", "bobx1"},
    'not (userName eq "ada" or active eq false)': {"Zoë", "bobx1"},
    'not (not (userName eq "ada"))': {"ada"},
    # R017, R129, R131, R132, R133
    'emails[type eq "work" and value co "ada"]': {"ada"},
    'emails[type eq "home" and value co "work"]': {"Bob_1"},
    'emails.type eq "home" and emails.value co "work"': {"ada", "Bob_1"},
    'emails[type eq "work"].value eq "ada@work.example"': {"ada"},
    'emails[type eq "work"].value eq "ada@home.example"': set(),
    'emails co "work.example"': {"ada", "Bob_1"},
    'emails[not (type eq "work")]': {"ada", "Bob_1", "Zoë"},
    'not (emails[type eq "work"])': {"Bob_1", "Zoë", "bobx1"},
    "emails.primary eq true": {"ada"},
    "emails[primary eq false]": {"ada", "Bob_1", "Zoë"},
    'roles[primary eq "True"].value eq "analyst"': {"ada"},
    # R140, R141, R142
    "title pr": {"ada"},
    'title eq ""': {"Zoë"},
    "name pr": {"ada", "Bob_1"},
    "name.givenName pr": {"ada"},
    "emails pr": {"ada", "Bob_1", "Zoë"},
    "not (emails pr)": {"bobx1"},
    "title eq null": {"Bob_1", "Zoë", "bobx1"},
    "title ne null": {"ada"},
    'title ne "Countess"': {"Bob_1", "Zoë", "bobx1"},
    'not (title eq "countess")': {"Bob_1", "Zoë", "bobx1"},
    'name.givenName ne "Ada"': {"Bob_1", "Zoë", "bobx1"},
    f'not ({ENTERPRISE}:department eq "Programs")': {"Bob_1", "Zoë", "bobx1"},
    # R006, R143: active was not sent of Zoë, and is true in every answer
    "active eq true": {"ada", "Zoë", "bobx1"},
    "active eq false": {"Bob_1"},
    "active ne true": {"Bob_1"},
    "not (active eq true)": {"Bob_1"},
    'active eq "False"': {"Bob_1"},
    # R144
    f'schemas eq "{ENTERPRISE}"': {"ada", "Bob_1"},
    f'schemas eq "{USER}"': ALL,
    'meta.resourceType eq "User"': ALL,
    'meta.resourceType eq "Group"': set(),
    "id pr": ALL,
    'id eq "nobody"': set(),
    "groups pr": set(),
    'groups.value eq "x"': set(),
    # Entra's documented samples leave the quotes out.
    "externalId eq E-1": {"ada"},
    f"{ENTERPRISE}:employeeNumber eq 701984": {"ada"},
    # R126: white space is free between words
    '  userName   eq\t"ada"  ': {"ada"},
}


@pytest.fixture
def people(idp: ScimClient) -> ScimClient:
    for user in USERS:
        idp.user(**user)
    return idp


def names(client: ScimClient, path: str = "/Users", **query: Any) -> list[str]:
    response = client.get(path, query_string=query or None)
    assert response.status_code == 200, response.text
    return [user["userName"] for user in response.get_json()["Resources"]]


@pytest.mark.requirement("R001", "R002", "R006", "R017", "R038")
@pytest.mark.requirement("R122", "R123", "R124", "R126", "R129", "R131", "R132", "R133")
@pytest.mark.requirement("R135", "R136", "R137", "R140", "R141", "R142", "R143", "R144")
def test_filters(people: ScimClient) -> None:
    # One test for the table: on five kinds of storage a case each would be slow.
    found = {filter: set(names(people, filter=filter)) for filter in FILTERS}
    assert found == FILTERS


@pytest.mark.requirement("R142")
def test_a_negated_filter_finds_the_rest(people: ScimClient) -> None:
    # Together the two are everybody, and nobody is in both.
    for filter in FILTERS:
        one, rest = (
            people.get("/Users", query_string={"filter": f}) for f in (filter, f"not ({filter})")
        )
        ids = [user["id"] for part in (one, rest) for user in part.get_json()["Resources"]]
        assert len(ids) == len(set(ids)) == len(USERS), filter


@pytest.mark.requirement("R135", "R144")
def test_by_id_and_version(idp: ScimClient) -> None:
    ada, team = idp.user("ada"), idp.team("Blue")
    for filter, count in (
        (f'id eq "{ada["id"]}"', 1),
        (f'id eq "{ada["id"].upper()}"', 0),
        (f"id eq {ada['id']}", 1),
        ("meta.version eq {}".format('"W/\\"1\\""'), 1),
        ("meta.version eq {}".format('"w/\\"1\\""'), 0),
        (f'meta.created eq "{ada["meta"]["created"]}"', 1),
        (f'meta.created eq "{ada["meta"]["created"][:-1]}+00:00"', 1),
    ):
        body = idp.get("/Users", query_string={"filter": filter}).get_json()
        assert body["totalResults"] == count, filter
    found = idp.get("/Groups", query_string={"filter": 'displayName eq "BLUE"'}).get_json()
    assert [group["id"] for group in found["Resources"]] == [team["id"]]


@pytest.mark.requirement("R109", "R110", "R113")
def test_an_empty_answer(idp: ScimClient) -> None:
    # Entra's connection test
    for path in ("/Users", "/Groups", '/Users?filter=userName eq "b8a1a2c3"'):
        response = idp.get(path)
        assert response.status_code == 200
        assert response.content_type == "application/scim+json"
        assert response.get_json() == {
            "schemas": [LIST],
            "totalResults": 0,
            "startIndex": 1,
            "itemsPerPage": 0,
            "Resources": [],
        }


# An order, and who comes in it; those of one set are equal in it and come in order of their ids.
SORTED: dict[str, list[set[str]]] = {
    # R001, R148, R149
    "sortBy=userName": [{"ada"}, {"Bob_1"}, {"bobx1"}, {"Zoë"}],
    "sortby=USERNAME&sortorder=Descending": [{"Zoë"}, {"bobx1"}, {"Bob_1"}, {"ada"}],
    f"sortBy={USER}:userName&sortOrder=ascending": [{"ada"}, {"Bob_1"}, {"bobx1"}, {"Zoë"}],
    "sortBy=active": [{"Bob_1"}, {"ada", "Zoë", "bobx1"}],
    "sortBy=externalId": [{"ada"}, {"Bob_1"}, {"Zoë", "bobx1"}],
    # R152: those without a value last, or first
    "sortBy=externalId&sortOrder=descending": [{"Zoë", "bobx1"}, {"Bob_1"}, {"ada"}],
    "sortBy=name.familyName": [{"ada"}, {"Bob_1"}, {"Zoë", "bobx1"}],
    "sortBy=name.familyName&sortOrder=descending": [{"Zoë", "bobx1"}, {"Bob_1"}, {"ada"}],
    f"sortBy={ENTERPRISE}:department": [{"ada"}, {"Bob_1", "Zoë", "bobx1"}],
    # R150: by the primary element, else the first
    "sortBy=emails": [{"ada"}, {"Bob_1"}, {"Zoë"}, {"bobx1"}],
    "sortBy=emails.type": [{"Bob_1"}, {"ada"}, {"Zoë", "bobx1"}],
    "sortBy=meta.created&sortOrder=descending": [{"bobx1"}, {"Zoë"}, {"Bob_1"}, {"ada"}],
    # R115, R153
    "sortOrder=descending": [ALL],
    "": [ALL],
}


@pytest.mark.requirement("R001", "R115", "R148", "R149", "R150", "R152", "R153")
def test_order(people: ScimClient) -> None:
    ids = {u["userName"]: u["id"] for u in people.get("/Users").get_json()["Resources"]}
    for query, steps in SORTED.items():
        expected = [name for step in steps for name in sorted(step, key=ids.__getitem__)]
        assert names(people, f"/Users?{query}") == expected, query


@pytest.mark.requirement("R111", "R112", "R113", "R115")
def test_pages(idp: ScimClient) -> None:
    for number in range(7):
        idp.user(f"u{number}")
    everybody = names(idp)
    for query, expected in {
        "startIndex=1&count=3": everybody[:3],
        "startIndex=4&count=3": everybody[3:6],
        "startIndex=7&count=3": everybody[6:],
        "startIndex=8&count=3": [],
        "startIndex=2147483647": [],
        "startIndex=99999999999999999999999&count=2": [],
        "startIndex=0&count=2": everybody[:2],
        "startIndex=-7&count=2": everybody[:2],
        "count=0": [],
        "count=-1": [],
        "count=-99999999999999999999": [],
        "count=7": everybody,
        "count=100000000000000000000000": everybody,
        "STARTINDEX=2&COUNT=1": everybody[1:2],
        "startIndex=3&count=2&filter=userName sw u&sortBy=userName": ["u2", "u3"],
    }.items():
        body = idp.get(f"/Users?{query}").get_json()
        assert [user["userName"] for user in body["Resources"]] == expected, query
        assert body["totalResults"] == 7
        assert body["itemsPerPage"] == len(expected)
        assert body["startIndex"] >= 1
    assert idp.get("/Users?startIndex=4&count=2").get_json()["startIndex"] == 4
    assert idp.get("/Users?startIndex=-4").get_json()["startIndex"] == 1


@pytest.mark.requirement("R060", "R112")
def test_a_page_is_never_longer_than_configured(connect: Any) -> None:
    idp = connect(SCIM_MAX_RESULTS=3, SCIM_DEFAULT_COUNT=2)
    for number in range(5):
        idp.user(f"u{number}")
    for query, length in {"": 2, "?count=3": 3, "?count=4": 3, "?count=1": 1}.items():
        body = idp.get(f"/Users{query}").get_json()
        assert (len(body["Resources"]), body["totalResults"]) == (length, 5)
    assert idp.get("/ServiceProviderConfig").get_json()["filter"]["maxResults"] == 3


@pytest.mark.requirement("R114")
@pytest.mark.parametrize(
    "text", ["x", "", "1.5", "1e2", "0x10", "1 2", "null", "one", "²", "9" * 5000]
)
@pytest.mark.parametrize("name", ["startIndex", "count"])
def test_numbers_have_to_be_numbers(quick: ScimClient, name: str, text: str) -> None:
    response = quick.get("/Users", query_string={name: text})
    assert_error(response, 400, "invalidValue", name)


@pytest.mark.requirement("R037", "R148", "R151")
@pytest.mark.parametrize(
    "query",
    [
        {"sortBy": "nonsense"},
        {"sortBy": "name"},
        {"sortBy": "password"},
        {"sortBy": "groups"},
        {"sortBy": "userName eq"},
        {"sortBy": "emails[type eq work]"},
        {"sortBy": "userName", "sortOrder": "upwards"},
        {"sortBy": "department"},
    ],
)
def test_orders_that_cannot_be_made(quick: ScimClient, query: dict[str, str]) -> None:
    named = "sortOrder" if "sortOrder" in query else query["sortBy"].split()[0][:8]
    assert_error(quick.get("/Users", query_string=query), 400, "invalidValue", named)


@pytest.mark.requirement("R081")
def test_unknown_parameters_are_ignored(quick: ScimClient) -> None:
    quick.user()
    assert quick.get("/Users?aadOptscim062020&nonsense=1&page=7").get_json()["totalResults"] == 1


@pytest.mark.requirement("R108")
def test_a_filter_on_one_resource_is_not_misanswered(quick: ScimClient) -> None:
    # Supported or refused
    user = quick.user("ada")
    response = quick.get(f"/Users/{user['id']}", query_string={"filter": 'userName eq "eve"'})
    assert response.status_code != 200


@pytest.mark.requirement("R121", "R144")
def test_a_team_lists_its_members(idp: ScimClient) -> None:
    ada = idp.user("ada")["id"]
    blue = idp.team("Blue", ada)
    idp.team("Red")
    listed = {team["displayName"]: team for team in idp.get("/Groups").get_json()["Resources"]}
    assert listed["Blue"] == blue
    assert "members" not in listed["Red"]
    for filter, found in {
        f'members.value eq "{ada}"': ["Blue"],
        f'members eq "{ada}"': ["Blue"],
        f'members[value eq "{ada}" and type eq "User"]': ["Blue"],
        f'not (members.value eq "{ada}")': ["Red"],
        "members pr": ["Blue"],
        'members.type eq "Group"': [],
    }.items():
        body = idp.get("/Groups", query_string={"filter": filter}).get_json()
        assert [team["displayName"] for team in body["Resources"]] == found, filter
