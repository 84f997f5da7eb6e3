"""Filters and paths that mean nothing: refused, never answered with everything."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from tests.conftest import ScimClient
from tests.dumps import dump
from tests.hosts import Storage
from tests.http.messages import USER
from tests.http.messages import assert_error

# A filter that cannot be answered, and what the detail has to say.
FILTERS: dict[str, str] = {
    "": "",
    "   ": "",
    # R126
    "userName": "userName",
    "userName eq": "eq",
    'eq "x"': "",
    'userName "x"': "userName",
    'userName eq "x': "",
    "userName eq 'x'": "'",
    'userName eq "x" garbage': "",
    'userName eq "x" and': "",
    'and userName eq "x"': "",
    'userName eq "x" userName eq "y"': "",
    '(userName eq "x"': "",
    'userName eq "x")': "",
    "()": "",
    'emails[type eq "work"': "",
    "emails[]": "",
    'emails] eq "x"': "",
    'userName eq "x";': ";",
    'userName = "x"': "=",
    'userName == "x"': "",
    "*": "",
    # R124
    "not userName pr": "",
    "not": "",
    'not not (userName eq "x")': "",
    # R125
    'userName eq "\\x"': "",
    'userName eq "\\ud800"': "",
    'userName eq "\\u0000"': "",
    'userName eq "a\tb"': "",
    'userName eq "a\nb"': "",
    "userName eq 1e999": "",
    # R127
    'userName is "x"': "is",
    'userName ne1 "x"': "ne1",
    'userName contains "x"': "contains",
    # R128, R130, R134
    'name.givenName.x eq "x"': "name.givenName.x",
    'name eq "x"': "name",
    'userName[value eq "x"]': "userName",
    'emails.value[type eq "x"]': "emails.value",
    'emails[emails[type eq "x"]]': "emails",
    'emails[name.givenName eq "x"]': "",
    'emails[userName eq "x"]': "userName",
    'addresses eq "x"': "addresses",
    "1userName pr": "",
    'user Name eq "x"': "",
    # R037, R146
    'nonsense eq "x"': "nonsense",
    "nonsense pr": "nonsense",
    'emails.nonsense eq "x"': "nonsense",
    'urn:x:y:userName eq "x"': "urn:x:y",
    'userName eq "x" or nonsense eq "y"': "nonsense",
    'not (nonsense eq "x")': "nonsense",
    'members.value eq "x"': "members",
    # R138, R139
    "active gt true": "active",
    'active co "true"': "active",
    'active eq "perhaps"': "active",
    "active eq 1": "active",
    "userName eq true": "userName",
    "userName gt null": "userName",
    'meta.created eq "yesterday"': "meta.created",
    'meta.created gt "2024-01-01"': "meta.created",
    'meta.created co "2024"': "meta.created",
    "meta.created gt 5": "meta.created",
    'x509Certificates.value gt "QUJD"': "x509Certificates",
    # R043, R145
    'password eq "x"': "password",
    "password pr": "password",
    'not (password sw "a")': "password",
    'meta.location co "x"': "meta.location",
    'groups.$ref co "x"': "groups.$ref",
}


@pytest.mark.requirement("R037", "R043", "R124", "R125", "R126", "R127", "R128", "R130")
@pytest.mark.requirement("R134", "R138", "R139", "R145", "R146")
@pytest.mark.parametrize("filter", FILTERS, ids=repr)
def test_filters_that_cannot_be_answered(quick: ScimClient, filter: str) -> None:
    quick.user("ada")
    response = quick.get("/Users", query_string={"filter": filter})
    assert_error(response, 400, "invalidFilter", FILTERS[filter])
    assert "ada" not in response.text


LARGE: dict[str, str] = {
    "100 kB": 'userName eq "' + "x" * 100_000 + '"',
    "100 kB of white space": " " * 100_000,
    "100 kB without an end": '"' + "x" * 100_000,
    "100 kB of backslashes": '"' + "\\" * 100_001,
    "5000 parentheses": "(" * 5000 + "userName pr" + ")" * 5000,
    "40 parentheses": "(" * 40 + "userName pr" + ")" * 40,
    "5000 negations": "not (" * 2000 + "userName pr" + ")" * 2000,
    "40 negations": "not (" * 40 + "userName pr" + ")" * 40,
    "5000 brackets": "emails[" * 2000 + "type pr" + "]" * 2000,
    "5000 open ones": "(" * 5000,
    "5000 closed ones": ")" * 5000,
    "5000 or terms": " or ".join(["id pr"] * 5000),
    "101 or terms": " or ".join(["id pr"] * 101),
    "101 and terms": " and ".join(["id pr"] * 101),
    "terms in brackets": f"emails[{' or '.join(['type pr'] * 101)}]",
}


@pytest.mark.requirement("R147")
@pytest.mark.parametrize("filter", LARGE.values(), ids=LARGE)
def test_filters_that_are_too_large(quick: ScimClient, filter: str) -> None:
    quick.user("ada")
    response = quick.get("/Users", query_string={"filter": filter})
    assert_error(response, 400, "invalidFilter")
    assert len(response.data) < 600
    # In a path of PATCH the same limits hold.
    user = quick.user("bob")
    step = {"op": "remove", "path": f"emails[{filter}]"}
    refused = quick.patch(f"/Users/{user['id']}", step)
    assert refused.status_code == 400
    assert refused.get_json()["scimType"] in ("invalidPath", "invalidFilter")


def test_filters_as_large_as_they_may_be(idp: ScimClient) -> None:
    idp.user("ada", emails=[{"value": "a", "type": "work"}])
    deep = "(" * 32 + "userName pr" + ")" * 32
    wide = " or ".join(f'userName eq "u{number}"' for number in range(99)) + ' or userName eq "ada"'
    for filter in (
        deep,
        wide,
        " and ".join(['emails[type eq "work"]'] * 100),
        " or ".join(['not (emails.value ne "a")'] * 100),
        'userName ne "' + "x" * 16_000 + '"',
        'emails co "' + "a" * 16_000 + '" or id pr',
    ):
        response = idp.get("/Users", query_string={"filter": filter})
        assert response.status_code == 200, response.text
        assert response.get_json()["totalResults"] == 1


# As they stand in a URL: bytes that are no character, or none that is stored.
RAW = (
    "%00",
    "a%00b",
    "%ff%fe",
    "%ed%a0%80",
    "%c0%af",
    "%f4%90%80%80",
    "%0a",
    "%7f",
    "%F0%9F%98%80",
)


@pytest.mark.requirement("R072", "R074", "R100")
@pytest.mark.parametrize("raw", RAW)
def test_bytes_in_the_url(idp: ScimClient, storage: Storage, raw: str) -> None:
    # Whatever storage is behind it
    idp.user("ada")
    before = dump(storage)
    step = {"op": "remove", "path": "externalId"}
    for path in (f"/Users/{raw}", f"/Groups/{raw}"):
        assert_error(idp.get(path), 404)
        assert_error(idp.delete(path), 404)
        assert_error(idp.patch(path, step), 404)
        body = {"schemas": [USER], "userName": "x", "displayName": "x"}
        assert_error(idp.put(path, body), 404)
    assert_error(idp.get(f"/Schemas/{raw}"), 404)
    for query in (
        f"filter={quote('userName eq ')}{raw}",
        f"filter={quote('userName eq ')}%22{raw}%22",
        f"filter={raw}",
        f"sortBy={raw}",
        f"count={raw}",
        f"attributes={raw}",
        f"{raw}={raw}",
    ):
        response = idp.get(f"/Users?{query}")
        assert response.status_code in (200, 400), response.text
        if query.startswith("filter") and response.status_code == 200:
            assert response.get_json()["totalResults"] == 0
    assert dump(storage) == before


@pytest.mark.parametrize("value", ["\u0000", "\ud800", "😀", "x" * 5000, "'; DROP TABLE users; --"])
def test_strange_ids_of_members(idp: ScimClient, storage: Storage, value: str) -> None:
    team = idp.team("Blue", idp.user("ada")["id"])
    before = dump(storage)
    for op in ("add", "replace"):
        step = {"op": op, "path": "members", "value": [{"value": value}]}
        assert_error(idp.patch(f"/Groups/{team['id']}", step), 400, "invalidValue")
    step = {"op": "remove", "path": "members", "value": [{"value": value}]}
    assert idp.patch(f"/Groups/{team['id']}", step).status_code in (204, 400)
    step = {"op": "remove", "path": f'members[value eq "{value}"]'}
    assert idp.patch(f"/Groups/{team['id']}", step).status_code in (204, 400)
    escaped = {"op": "remove", "path": 'members[value eq "\\u0000"]'}
    assert_error(idp.patch(f"/Groups/{team['id']}", escaped), 400, "invalidPath")
    assert dump(storage) == before


def test_one_parameter_given_twice(quick: ScimClient) -> None:
    # The first counts: in whatever order, the answer is never that to no filter at all.
    quick.user("ada")
    first = quote('userName eq "eve"')
    for query in (f"filter={first}&filter=id%20pr", f"Filter={first}&filter=id%20pr"):
        assert quick.get(f"/Users?{query}").get_json()["totalResults"] == 0
