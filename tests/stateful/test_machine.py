"""Any sequence of requests leaves a store as a plain dictionary would be left.

After every step the whole of it is read and compared: what is there, who is in which team, and
that a version changed exactly when its resource did. A request that is refused changes nothing.
``HYPOTHESIS_PROFILE=thorough`` in the environment makes it take its time.
"""

from __future__ import annotations

import os
from typing import Any

from flask import Flask
from hypothesis import HealthCheck
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine
from hypothesis.stateful import initialize
from hypothesis.stateful import invariant
from hypothesis.stateful import precondition
from hypothesis.stateful import rule
from hypothesis.stateful import run_state_machine_as_test
from werkzeug.test import TestResponse

from flask_scim_teams import ScimTeams
from tests.conftest import SECRET_KEY
from tests.conftest import ScimClient
from tests.hosts import Storage
from tests.stateful import asking
from tests.stateful.bulk import URNS as CORE
from tests.stateful.bulk import BulkRules
from tests.stateful.model import NAMED
from tests.stateful.model import Content
from tests.stateful.model import Edit
from tests.stateful.model import Model
from tests.stateful.model import folded
from tests.stateful.model import patched
from tests.stateful.model import stored

PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
#: An id that the server would never give.
NOBODY = "00000000-0000-4000-8000-000000000000"
NO_TAG = 'W/"999999"'

ENDPOINTS = st.sampled_from(["/Users", "/Groups"])
#: Which of those that are there, counted around.
PLACES = st.integers(0, 11)


class Machine(BulkRules, RuleBasedStateMachine):
    """An identity provider that does as it likes, and a model that is told what it did."""

    def __init__(self, app: Flask, token: str) -> None:
        super().__init__()
        self.idp = ScimClient(app.test_client(), token)
        self.model = Model()
        # By id: content and version at the last look, and all versions it had.
        self.seen: dict[str, tuple[Content, str]] = {}
        self.versions: dict[str, set[str]] = {}

    # Sending

    def send(self, method: str, path: str, body: Any = None, **kwargs: Any) -> TestResponse:
        """Send a request, which whatever it is never brings the server down."""
        response = self.idp.request(method, path, body, **kwargs)
        assert response.status_code < 500, response.text
        return response

    def pick(self, endpoint: str, place: int) -> str:
        """Return the id of one that is there."""
        found = list(self.model.resources[endpoint])
        return found[place % len(found)]

    def pick_all(self, places: list[int]) -> list[str]:
        """Return the ids of users that are there."""
        return [self.pick("/Users", place) for place in places if self.model.resources["/Users"]]

    def some(self, endpoint: str) -> bool:
        return bool(self.model.resources[endpoint])

    def write(
        self, endpoint: str, id: str | None, content: Content, response: TestResponse
    ) -> None:
        """Take over what a POST, PUT or PATCH stores, or see it refused for its name."""
        if self.model.taken(endpoint, content[NAMED[endpoint]], but=id):
            assert response.status_code == 409, response.text
            assert response.get_json()["scimType"] == "uniqueness"
            return
        assert response.status_code in ((200, 204) if id else (201,)), response.text
        self.model.resources[endpoint][id or response.get_json()["id"]] = content

    def patch(self, endpoint: str, id: str, edits: list[Edit], **kwargs: Any) -> TestResponse:
        return self.send("PATCH", f"{endpoint}/{id}", _patch_body(edits), **kwargs)

    def modify(self, endpoint: str, id: str, edits: list[Edit], **kwargs: Any) -> None:
        content = patched(self.model.resources[endpoint][id], edits)
        self.write(endpoint, id, content, self.patch(endpoint, id, edits, **kwargs))

    # Users

    @initialize(users=st.lists(asking.USERS, min_size=3, max_size=5), places=st.lists(PLACES))
    def begin_with_some(self, users: list[Content], places: list[int]) -> None:
        for user in users:
            self.create_user(user)
        self.create_team({"displayName": "Blue"}, places[:3])

    @rule(user=asking.USERS)
    def create_user(self, user: Content) -> None:
        response = self.send("POST", "/Users", {"schemas": [CORE["/Users"]], **user})
        self.write("/Users", None, stored("/Users", user), response)

    @precondition(lambda self: self.some("/Users"))
    @rule(place=PLACES, user=asking.USERS)
    def replace_user(self, place: int, user: Content) -> None:
        id = self.pick("/Users", place)
        response = self.send("PUT", f"/Users/{id}", {"schemas": [CORE["/Users"]], **user})
        content = stored("/Users", user, self.model.resources["/Users"][id])
        self.write("/Users", id, content, response)

    @precondition(lambda self: self.some("/Users"))
    @rule(place=PLACES, edits=st.lists(asking.USER_EDITS, min_size=1, max_size=3))
    def modify_user(self, place: int, edits: list[Edit]) -> None:
        self.modify("/Users", self.pick("/Users", place), edits)

    # Teams

    @rule(team=asking.TEAMS, places=st.lists(PLACES, max_size=3))
    def create_team(self, team: Content, places: list[int]) -> None:
        members = self.pick_all(places)
        response = self.send("POST", "/Groups", _team_body(team, members))
        self.write("/Groups", None, stored("/Groups", {**team, "members": members}), response)

    @precondition(lambda self: self.some("/Groups"))
    @rule(place=PLACES, team=asking.TEAMS, places=st.lists(PLACES, max_size=3))
    def replace_team(self, place: int, team: Content, places: list[int]) -> None:
        id = self.pick("/Groups", place)
        members = self.pick_all(places)
        response = self.send("PUT", f"/Groups/{id}", _team_body(team, members))
        self.write("/Groups", id, stored("/Groups", {**team, "members": members}), response)

    @precondition(lambda self: self.some("/Groups"))
    @rule(place=PLACES, name=asking.TEAM_NAMES, path=st.sampled_from(["displayName", None]))
    def rename_team(self, place: int, name: str, path: str | None) -> None:
        edit: Edit = ("replace", path, name if path else {"displayName": name})
        self.modify("/Groups", self.pick("/Groups", place), [edit])

    @precondition(lambda self: self.some("/Groups") and self.some("/Users"))
    @rule(
        place=PLACES,
        changes=st.lists(
            st.tuples(
                st.sampled_from(["add", "remove", "replace", "remove one", "remove all"]),
                st.lists(PLACES, min_size=1, max_size=3),
            ),
            min_size=1,
            max_size=3,
        ),
    )
    def change_members(self, place: int, changes: list[tuple[str, list[int]]]) -> None:
        edits: list[Edit] = []
        for op, places in changes:
            ids = self.pick_all(places)
            if op == "remove one":
                edits.append(("remove", f'members[value eq "{ids[0]}"]', None))
            elif op == "remove all":
                edits.append(("remove", "members", None))
            else:
                edits.append((op, "members", [{"value": id} for id in ids]))
        self.modify("/Groups", self.pick("/Groups", place), edits)

    # Both

    @precondition(lambda self: any(self.model.all()))
    @rule(endpoint=ENDPOINTS, place=PLACES)
    def delete(self, endpoint: str, place: int) -> None:
        if self.some(endpoint):
            id = self.pick(endpoint, place)
            assert self.send("DELETE", f"{endpoint}/{id}").status_code == 204
            self.model.delete(endpoint, id)

    @precondition(lambda self: self.some("/Users"))
    @rule(place=PLACES, edits=st.lists(asking.USER_EDITS, min_size=1, max_size=2))
    def modify_the_version_last_seen(self, place: int, edits: list[Edit]) -> None:
        id = self.pick("/Users", place)
        self.modify("/Users", id, edits, headers={"If-Match": self.seen[id][1]})

    # Requests that are refused

    @precondition(lambda self: self.some("/Users"))
    @rule(
        place=PLACES,
        edits=st.lists(asking.USER_EDITS, max_size=2),
        mistake=asking.USER_MISTAKES,
    )
    def modify_user_wrongly(self, place: int, edits: list[Edit], mistake: Edit) -> None:
        response = self.patch("/Users", self.pick("/Users", place), [*edits, mistake])
        assert response.status_code == 400, response.text

    @rule(endpoint=ENDPOINTS, place=PLACES)
    def leave_out_the_name(self, endpoint: str, place: int) -> None:
        body = {"schemas": [CORE[endpoint]], "externalId": "e9"}
        assert self.send("POST", endpoint, body).status_code == 400
        if self.some(endpoint):
            id = self.pick(endpoint, place)
            assert self.send("PUT", f"{endpoint}/{id}", body).status_code == 400

    @rule(place=PLACES, members=st.lists(PLACES, max_size=2))
    def add_an_unknown_member(self, place: int, members: list[int]) -> None:
        unknown = [*self.pick_all(members), NOBODY]
        body = _team_body({"displayName": "A name nobody has"}, unknown)
        assert self.send("POST", "/Groups", body).status_code == 400
        if self.some("/Groups"):
            id = self.pick("/Groups", place)
            assert self.send("PUT", f"/Groups/{id}", body).status_code == 400
            edits: list[Edit] = [
                ("remove", "members", None),
                ("replace", "displayName", "A name nobody has"),
                ("add", "members", body["members"]),
            ]
            assert self.patch("/Groups", id, edits).status_code == 400

    @precondition(lambda self: any(self.model.all()))
    @rule(place=PLACES, method=st.sampled_from(["PUT", "PATCH", "DELETE"]), data=st.data())
    def write_to_an_older_version(self, place: int, method: str, data: st.DataObject) -> None:
        found = list(self.model.all())
        endpoint, id, content = found[place % len(found)]
        older = sorted(self.versions[id] - {self.seen[id][1]})
        tag = data.draw(st.sampled_from([NO_TAG, *older]))
        name = {NAMED[endpoint]: content[NAMED[endpoint]]}
        body = {
            "PUT": {"schemas": [CORE[endpoint]], **name},
            "PATCH": _patch_body([("replace", "externalId", "e9")]),
            "DELETE": None,
        }[method]
        response = self.send(method, f"{endpoint}/{id}", body, headers={"If-Match": tag})
        assert response.status_code == 412, response.text

    @rule(
        endpoint=ENDPOINTS,
        place=PLACES,
        method=st.sampled_from(["GET", "PUT", "PATCH", "DELETE"]),
    )
    def ask_for_what_is_not_there(self, endpoint: str, place: int, method: str) -> None:
        ids = [NOBODY, *self.model.gone]
        body = {
            "PUT": {"schemas": [CORE[endpoint]], NAMED[endpoint]: "A name nobody has"},
            "PATCH": _patch_body([("replace", "externalId", "e9")]),
        }.get(method)
        response = self.send(method, f"{endpoint}/{ids[place % len(ids)]}", body)
        assert response.status_code == 404, response.text

    # Reading

    @precondition(lambda self: any(self.model.all()))
    @rule(place=PLACES)
    def read(self, place: int) -> None:
        found = list(self.model.all())
        endpoint, id, content = found[place % len(found)]
        response = self.send("GET", f"{endpoint}/{id}")
        assert _content(response.get_json()) == content
        tag = self.seen[id][1]
        assert response.headers["ETag"] == tag
        unchanged = self.send("GET", f"{endpoint}/{id}", headers={"If-None-Match": tag})
        assert unchanged.status_code == 304

    @rule(
        condition=asking.CONDITIONS,
        sort=st.sampled_from([None, "userName", "title", "name.familyName"]),
        descending=st.booleans(),
        count=st.integers(1, 4),
    )
    def search(
        self, condition: asking.Condition, sort: str | None, descending: bool, count: int
    ) -> None:
        query: dict[str, Any] = {"filter": condition.text, "count": 200}
        if sort is not None:
            query |= {"sortBy": sort, "sortOrder": "descending" if descending else "ascending"}
        found = self._list("/Users", query)
        matching = {
            id for id, user in self.model.resources["/Users"].items() if condition.holds(user)
        }
        assert {user["id"] for user in found} == matching
        if sort is not None:
            keys = [_sort_key(user, sort) for user in found]
            assert keys == sorted(keys, reverse=descending)
        pages: list[Content] = []
        for start in range(1, len(found) + 1, count):
            pages += self._list("/Users", {**query, "startIndex": start, "count": count})
        assert pages == found

    @precondition(lambda self: self.some("/Users"))
    @rule(place=PLACES)
    def search_teams_of_a_member(self, place: int) -> None:
        id = self.pick("/Users", place)
        found = self._list("/Groups", {"filter": f'members.value eq "{id}"'})
        assert {team["id"] for team in found} == self.model.groups_of(id)

    def _list(self, endpoint: str, query: Content) -> list[Content]:
        response = self.send("GET", endpoint, query_string=query)
        assert response.status_code == 200, response.text
        found: list[Content] = response.get_json()["Resources"]
        return found

    # What holds after every step

    @invariant()
    def everything_is_as_in_the_model(self) -> None:
        seen: dict[str, tuple[Content, str]] = {}
        for endpoint in CORE:
            listed = self._list(endpoint, {"count": 200})
            contents = {one["id"]: _content(one) for one in listed}
            assert contents == self.model.resources[endpoint]
            for one in listed:
                seen[one["id"]] = (contents[one["id"]], one["meta"]["version"])
                if endpoint == "/Users":
                    groups = {group["value"] for group in one.get("groups", ())}
                    assert groups == self.model.groups_of(one["id"])
        for id, (content, version) in seen.items():
            former = self.seen.get(id)
            had = self.versions.setdefault(id, set())
            if former is not None:
                assert (former[1] == version) is (former[0] == content)
            assert version not in had or (former and former[1] == version)
            had.add(version)
        self.seen = seen


def _team_body(team: Content, members: list[str]) -> Content:
    return {"schemas": [CORE["/Groups"]], **team, "members": [{"value": id} for id in members]}


def _patch_body(edits: list[Edit]) -> Content:
    operations = []
    for op, path, value in edits:
        operation = {"op": op, "path": path, "value": value}
        operations.append({key: one for key, one in operation.items() if one is not None})
    return {"schemas": [PATCH], "Operations": operations}


def _content(document: Content) -> Content:
    """Return what the model knows of a resource: not what the server alone says."""
    content = {
        name: value
        for name, value in document.items()
        if name not in ("schemas", "id", "meta", "groups", "members")
    }
    if document["meta"]["resourceType"] == "Group":
        content["members"] = {member["value"] for member in document.get("members", ())}
    return content


def _sort_key(user: Content, path: str) -> tuple[bool, str]:
    """Return a key that puts those without a value last (RFC 7644 section 3.4.2.3)."""
    value: Any = user
    for name in path.split("."):
        value = (value or {}).get(name)
    return (value is None, folded(value or ""))


BRIEF = settings(
    stateful_step_count=40,
    deadline=None,
    derandomize=True,
    # A request to a database takes its time, and not always the same.
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    print_blob=True,
)
settings.register_profile("brief", BRIEF)
settings.register_profile("thorough", BRIEF, derandomize=False, stateful_step_count=80)
PROFILE_NAME = os.environ.get("HYPOTHESIS_PROFILE", "brief")
#: How many sequences are tried on a database.
EXAMPLES = {"brief": 8, "thorough": 100}


def test_any_sequence_of_requests_leaves_what_a_dictionary_would_hold(storage: Storage) -> None:
    scim = ScimTeams(storage.backend)
    app = Flask("host")
    app.config["SECRET_KEY"] = SECRET_KEY
    scim.init_app(app)

    def machine() -> Machine:
        storage.clear()
        with app.app_context():
            return Machine(app, scim.tokens.create(label="machine").secret)

    # What is wrong in what all storage shares is found where it is cheapest.
    examples = EXAMPLES[PROFILE_NAME] * (1 if storage.engine else 8)
    profile = settings(settings.get_profile(PROFILE_NAME), max_examples=examples)
    run_state_machine_as_test(machine, settings=profile)
