"""Two tenants of one host: what is asked for by the one tells nothing of the other (section 6)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from typing import TypeAlias

import pytest
from flask import Flask
from flask import request as current_request
from werkzeug.test import TestResponse

from flask_scim_teams import ScimTeams
from flask_scim_teams import signals
from flask_scim_teams.storage.interface import Caller
from tests.conformance.bulk import message
from tests.conformance.changes import add
from tests.conformance.changes import remove
from tests.conformance.changes import replace
from tests.conftest import SECRET_KEY
from tests.conftest import ScimClient
from tests.hosts import Storage
from tests.http.messages import ENTERPRISE
from tests.http.messages import GROUP
from tests.http.messages import USER
from tests.http.messages import assert_error

SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
#: An id of the server's form that nothing has.
NEVER = "00000000-0000-7000-8000-000000000000"
WORK = [{"value": "ada@there.example", "type": "work"}]

#: A request about a resource that may be another tenant's: its id is given.
Probe: TypeAlias = Callable[[ScimClient, str], TestResponse]


@pytest.fixture
def idps(app: Flask, scim: ScimTeams) -> tuple[ScimClient, ScimClient]:
    """The identity provider of one tenant, and that of another."""
    with app.app_context():
        secrets = [
            scim.tokens.create(
                label=name, connection=scim.connections.create(name, tenant=name)
            ).secret
            for name in ("here", "there")
        ]
    here, there = (ScimClient(app.test_client(), secret) for secret in secrets)
    return here, there


@pytest.fixture
def here(idps: tuple[ScimClient, ScimClient]) -> ScimClient:
    """Who asks: with a user and a team of its own."""
    idps[0].team("Own", idps[0].user("own@here.example")["id"])
    return idps[0]


@pytest.fixture
def there(idps: tuple[ScimClient, ScimClient]) -> ScimClient:
    """Whom the other must not learn of: a boss, her user, and both of them in a team."""
    boss = idps[1].user("boss", displayName="The Boss")["id"]
    extension = {ENTERPRISE: {"department": "Secrets", "manager": {"value": boss}}}
    ada = idps[1].user("ada", externalId="e", emails=WORK, **extension)["id"]
    idps[1].team("Blue", boss, ada, externalId="g")
    return idps[1]


def everything(idp: ScimClient) -> str:
    """Return all that an identity provider is told of users and teams."""
    return "\n".join(idp.get(path).text for path in ("/Users", "/Groups"))


def id_of(idp: ScimClient, kind: str, name: str) -> str:
    attribute = "userName" if kind == "Users" else "displayName"
    found = idp.get(f"/{kind}", query_string={"filter": f'{attribute} eq "{name}"'}).get_json()
    [one] = found["Resources"]
    id: str = one["id"]
    return id


def body_of(kind: str, name: str = "x") -> dict[str, Any]:
    if kind == "Users":
        return {"schemas": [USER], "userName": name}
    return {"schemas": [GROUP], "displayName": name}


PROBES: dict[str, Callable[[str], Probe]] = {
    "GET": lambda kind: lambda idp, id: idp.get(f"/{kind}/{id}"),
    "HEAD": lambda kind: lambda idp, id: idp.request("HEAD", f"/{kind}/{id}"),
    "GET if it changed": lambda kind: (
        lambda idp, id: idp.get(f"/{kind}/{id}", headers={"If-None-Match": 'W/"1"'})
    ),
    "PUT": lambda kind: lambda idp, id: idp.put(f"/{kind}/{id}", body_of(kind)),
    "PUT what is no resource": lambda kind: lambda idp, id: idp.put(f"/{kind}/{id}", {}),
    "PATCH": lambda kind: lambda idp, id: idp.patch(f"/{kind}/{id}", add("externalId", "x")),
    "PATCH that fails": lambda kind: lambda idp, id: idp.patch(f"/{kind}/{id}", remove("x")),
    "PATCH if it did not change": lambda kind: (
        lambda idp, id: idp.patch(
            f"/{kind}/{id}", add("externalId", "x"), headers={"If-Match": 'W/"9"'}
        )
    ),
    "DELETE": lambda kind: lambda idp, id: idp.delete(f"/{kind}/{id}"),
    "DELETE if it did not change": lambda kind: (
        lambda idp, id: idp.delete(f"/{kind}/{id}", headers={"If-Match": "*"})
    ),
    "POST": lambda kind: lambda idp, id: idp.post(f"/{kind}/{id}", body_of(kind)),
    "bulk": lambda kind: (
        lambda idp, id: idp.post(
            "/Bulk",
            message(
                {"method": "PUT", "path": f"/{kind}/{id}", "data": body_of(kind)},
                {"method": "PATCH", "path": f"/{kind}/{id}", "data": {"Operations": []}},
                {"method": "DELETE", "path": f"/{kind}/{id}"},
            ),
        )
    ),
}


@pytest.mark.requirement("R227")
@pytest.mark.parametrize("kind", ["Users", "Groups"])
@pytest.mark.parametrize("probe", PROBES)
def test_an_id_of_the_other_is_nobodys(
    here: ScimClient, there: ScimClient, probe: str, kind: str
) -> None:
    id = id_of(there, kind, "ada" if kind == "Users" else "Blue")
    before = everything(there)
    ask = PROBES[probe](kind)
    theirs, nobodys = ask(here, id), ask(here, NEVER)
    assert (theirs.status_code, theirs.text.replace(id, NEVER)) == (
        nobodys.status_code,
        nobodys.text,
    )
    assert theirs.headers.get("ETag") is None
    if probe in ("GET", "PUT", "PATCH", "DELETE"):
        assert_error(theirs, 404)
    assert everything(there) == before


FILTERS = [
    "id eq {ada}",
    'userName eq "ada"',
    'userName sw "a"',
    'externalId eq "e"',
    'emails.value eq "ada@there.example"',
    'emails[type eq "work" and value co "there"]',
    f'{ENTERPRISE}:department eq "Secrets"',
    f"{ENTERPRISE}:manager pr",
    "groups.value eq {blue}",
    'groups[value eq {blue} and type eq "direct"]',
    'not (userName eq "own@here.example")',
    'userName ne "own@here.example"',
    'active eq true and userName lt "own"',
    'meta.created lt "9999-01-01T00:00:00Z" and userName ne "own@here.example"',
]


@pytest.mark.requirement("R227")
@pytest.mark.parametrize("filter", FILTERS)
def test_no_filter_finds_or_counts_users_of_the_other(
    here: ScimClient, there: ScimClient, filter: str
) -> None:
    ids = {"ada": id_of(there, "Users", "ada"), "blue": id_of(there, "Groups", "Blue")}
    for name, id in ids.items():
        filter = filter.replace(f"{{{name}}}", f'"{id}"')
    assert there.get("/Users", query_string={"filter": filter}).get_json()["totalResults"] > 0
    parameters = {"filter": filter, "sortBy": "userName"}
    for answer in (
        here.get("/Users", query_string={"filter": filter}),
        here.get("/Users", query_string={**parameters, "count": "1"}),
        here.get("/Users", query_string={"filter": filter, "count": "0"}),
        here.get("/Users", query_string={**parameters, "cursor": ""}),
        here.post("/Users/.search", {"schemas": [SEARCH], **parameters}),
        here.post("/.search", {"schemas": [SEARCH], "filter": filter + " and userName pr"}),
    ):
        found = answer.get_json()
        assert (found["totalResults"], found.get("Resources", [])) == (0, []), answer.text


@pytest.mark.requirement("R227")
def test_no_filter_finds_or_counts_teams_of_the_other(here: ScimClient, there: ScimClient) -> None:
    ada = id_of(there, "Users", "ada")
    for filter in (
        'displayName eq "Blue"',
        'externalId eq "g"',
        f'members.value eq "{ada}"',
        'members[type eq "User"] and not (displayName eq "Own")',
        'not (displayName eq "Own")',
    ):
        query = {"filter": filter}
        assert there.get("/Groups", query_string=query).get_json()["totalResults"] == 1
        assert here.get("/Groups", query_string=query).get_json()["totalResults"] == 0


@pytest.mark.requirement("R227")
def test_lists_hold_and_count_ones_own(here: ScimClient, there: ScimClient) -> None:
    for idp, users, teams in ((here, 1, 1), (there, 2, 1)):
        assert idp.get("/Users").get_json()["totalResults"] == users
        assert idp.get("/Groups").get_json()["totalResults"] == teams
        for parameters in ({}, {"sortBy": "displayName"}, {"cursor": ""}):
            found = idp.post("/.search", {"schemas": [SEARCH], **parameters}).get_json()
            assert found["totalResults"] == len(found["Resources"]) == users + teams


@pytest.mark.requirement("R227")
@pytest.mark.parametrize("path", ["/Users", "/.search"])
def test_a_cursor_does_not_lead_to_the_other(
    here: ScimClient, there: ScimClient, path: str
) -> None:
    def page(idp: ScimClient, cursor: str) -> TestResponse:
        if path == "/Users":
            return idp.get(path, query_string={"cursor": cursor, "count": "1"})
        return idp.post(path, {"schemas": [SEARCH], "cursor": cursor, "count": 1})

    cursor = page(there, "").get_json()["nextCursor"]
    assert page(there, cursor).status_code == 200
    stolen, forged = page(here, cursor), page(here, "x")
    assert_error(stolen, 400, "invalidCursor")
    assert stolen.text == forged.text


@pytest.mark.requirement("R227")
def test_nobody_of_the_other_becomes_a_member(here: ScimClient, there: ScimClient) -> None:
    own, before = id_of(here, "Groups", "Own"), everything(there)
    mine = here.get(f"/Groups/{own}").text
    for stranger in (id_of(there, "Users", "ada"), id_of(there, "Groups", "Blue")):

        def answers(id: str) -> list[TestResponse]:
            members = [{"value": id}]
            return [
                here.patch(f"/Groups/{own}", add("members", members)),
                here.patch(f"/Groups/{own}", replace("members", members)),
                here.put(f"/Groups/{own}", {**body_of("Groups", "Own"), "members": members}),
                here.post("/Groups", {**body_of("Groups", "New"), "members": members}),
            ]

        for theirs, nobodys in zip(answers(stranger), answers(NEVER), strict=True):
            assert_error(theirs, 400, "invalidValue", "members")
            assert theirs.text.replace(stranger, NEVER) == nobodys.text
        for step in (
            {**remove("members"), "value": [{"value": stranger}]},
            remove(f'members[value eq "{stranger}"]'),
        ):
            assert here.patch(f"/Groups/{own}", step).status_code == 204
    assert here.get(f"/Groups/{own}").text == mine
    assert everything(there) == before


@pytest.mark.requirement("R227")
def test_a_manager_of_the_other_is_not_described(here: ScimClient, there: ScimClient) -> None:
    boss = id_of(there, "Users", "boss")
    told = []
    for number, id in enumerate((boss, NEVER)):
        user = here.user(f"u{number}", **{ENTERPRISE: {"manager": {"value": id}}})
        told.append(here.get(f"/Users/{user['id']}").get_json()[ENTERPRISE])
    assert told == [{"manager": {"value": boss}}, {"manager": {"value": NEVER}}]


@pytest.mark.requirement("R228")
def test_names_and_external_ids_are_taken_by_ones_own(here: ScimClient, there: ScimClient) -> None:
    before = everything(there)
    ada = here.user("ADA", externalId="e", emails=WORK)["id"]
    blue = here.team("BLUE", ada, externalId="g")["id"]
    own = id_of(here, "Users", "own@here.example")
    assert here.patch(f"/Users/{own}", replace("userName", "Boss")).status_code == 200
    for kind, name in (("Users", "ada"), ("Users", "boss"), ("Groups", "blue")):
        assert_error(here.post(f"/{kind}", body_of(kind, name)), 409, "uniqueness")
    assert_error(there.post("/Users", body_of("Users", "ADA")), 409, "uniqueness")
    for kind, external_id, id in (("Users", "e", ada), ("Groups", "g", blue)):
        query = {"filter": f'externalId eq "{external_id}"'}
        [found] = here.get(f"/{kind}", query_string=query).get_json()["Resources"]
        assert found["id"] == id
    assert everything(there) == before


@pytest.mark.requirement("R229")
def test_ids_do_not_tell_that_two_are_one_person(idps: tuple[ScimClient, ScimClient]) -> None:
    ids = [idp.user("ada", externalId="4711", emails=WORK)["id"] for idp in idps]
    assert len(set(ids)) == 2
    assert len({id[-12:] for id in ids}) == 2
    assert not any("4711" in id for id in ids)


@pytest.mark.requirement("R227")
def test_what_goes_here_stays_there(here: ScimClient, there: ScimClient) -> None:
    ada = here.user("ada")["id"]
    blue = here.team("Blue", ada)["id"]
    before = everything(there)
    for path in (f"/Users/{ada}", f"/Groups/{blue}"):
        assert here.delete(path).status_code == 204
    assert everything(there) == before


@pytest.mark.requirement("R227")
def test_the_hosts_own_code_says_whose_users_it_means(
    app: Flask, scim: ScimTeams, there: ScimClient
) -> None:
    ada = id_of(there, "Users", "ada")
    heard: list[str] = []

    def hear(sender: Any, caller: Caller, **told: Any) -> None:
        heard.append(caller.tenant)

    guarded = Flask("guarded")
    guarded.config["SECRET_KEY"] = SECRET_KEY
    scim.init_app(guarded)
    guarded.before_request(
        scim.require_active(lambda: ada, tenant=lambda: current_request.headers.get("X-Tenant", ""))
    )
    guarded.add_url_rule("/", view_func=lambda: "in")
    with app.app_context():
        assert scim.is_active(ada, tenant="there")
        assert not scim.is_active(ada)
        assert not scim.is_active(ada, tenant="here")
    asked = guarded.test_client()
    assert asked.get("/", headers={"X-Tenant": "there"}).status_code == 200
    assert asked.get("/", headers={"X-Tenant": "here"}).status_code == 403
    assert asked.get("/").status_code == 403
    with signals.user_deactivated.connected_to(hear):
        assert there.patch(f"/Users/{ada}", replace("active", False)).status_code == 200
    assert heard == ["there"]
    assert asked.get("/", headers={"X-Tenant": "there"}).status_code == 403


@pytest.mark.requirement("R227")
def test_a_token_that_is_somebodys_is_so_in_its_tenant(storage: Storage) -> None:
    whose: dict[str | None, str] = {}

    def me(caller: Caller) -> str | None:
        return whose.get(caller.connection_id)

    app = Flask("host")
    app.config["SECRET_KEY"] = SECRET_KEY
    scim = ScimTeams(storage.backend, app, me=me)
    with app.app_context():
        connections = [scim.connections.create(name, tenant=name) for name in ("here", "there")]
        here, there = (
            ScimClient(app.test_client(), scim.tokens.create(label="x", connection=one).secret)
            for one in connections
        )
    ada = there.user("ada")["id"]
    for connection in connections:
        whose[connection.id] = ada
    assert there.get("/Me").get_json()["id"] == ada
    assert_error(here.get("/Me"), 404)
