"""Every filter of the case files, asked of one population on every storage."""

from __future__ import annotations

from typing import Any
from typing import NamedTuple

import pytest

from tests.cases.loading import FilterCase
from tests.cases.loading import filled_in
from tests.cases.loading import filter_cases
from tests.cases.loading import population
from tests.cases.serving import serve
from tests.conftest import ScimClient
from tests.hosts import Storage
from tests.http.messages import assert_error

CASES = filter_cases()
PATHS = {"User": "/Users", "Group": "/Groups", "any": ""}
SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"


class Populated(NamedTuple):
    """A client of a server that holds the population, and what the server says of each in it."""

    idp: ScimClient
    users: dict[str, Any]
    groups: dict[str, Any]

    def known(self) -> dict[str, Any]:
        return {**self.users, **self.groups}

    def names(self, type: str) -> set[str]:
        """Return the names of all there is of a type."""
        return set({"User": self.users, "Group": self.groups, "any": self.known()}[type])


@pytest.fixture(scope="module")
def populated(every_storage: Storage) -> Populated:
    """The population, made once for all cases: they only read."""
    every_storage.clear()
    idp = serve(every_storage.backend)
    made = Populated(idp, {}, {})
    written = population()
    for user in written["users"]:
        body = filled_in(user, made.users)
        made.users[user["userName"]] = idp.user(body.pop("userName"), **body)
    for group in written["groups"]:
        body = filled_in(group, made.users)
        made.groups[group["displayName"]] = idp.team(body.pop("displayName"), **body)
    for change in written["changes"]:
        response = idp.patch(f"/Users/{made.users[change['user']]['id']}", *change["operations"])
        made.users[change["user"]] = response.get_json()
    return made


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_filter(populated: Populated, case: FilterCase) -> None:
    filter = filled_in(case.filter, populated.known())
    if case.type == "any":
        ask = {"schemas": [SEARCH], "filter": filter, "count": 100}
        response = populated.idp.post("/.search", ask)
    else:
        query = {"filter": filter, "count": "100"}
        response = populated.idp.get(PATHS[case.type], query_string=query)
    _hold(populated, case, response)


@pytest.mark.parametrize("case", [case for case in CASES[::7] if case.type != "any"], ids=str)
def test_a_filter_in_a_body(populated: Populated, case: FilterCase) -> None:
    # R118: what POST finds is what GET finds
    filter = filled_in(case.filter, populated.known())
    ask = {"schemas": [SEARCH], "filter": filter, "count": 100}
    _hold(populated, case, populated.idp.post(f"{PATHS[case.type]}/.search", ask))


def _hold(populated: Populated, case: FilterCase, response: Any) -> None:
    if case.error is not None:
        assert_error(response, 400, case.error)
        return
    assert response.status_code == 200, response.text
    body = response.get_json()
    found = [one.get("userName") or one["displayName"] for one in body["Resources"]]
    everybody = populated.names(case.type)
    expected = everybody - set(case.misses) if case.misses is not None else set(case.matches or ())
    assert set(found) == expected
    assert body["totalResults"] == len(found) == len(expected)
