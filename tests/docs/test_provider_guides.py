"""The guides for identity providers: there is one for each, and what they quote is so.

Commands in them are run, requests in their tables are sent and answered with the status that
stands beside them, and every ``detail`` they quote is one that the server gives.
"""

from __future__ import annotations

import json
import re
import shlex
import sqlite3
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any
from typing import NamedTuple

import pytest
from flask import Flask
from flask import request
from werkzeug.exceptions import TooManyRequests
from werkzeug.test import TestResponse

from examples.gateway import create_app
from examples.gateway.models import db
from flask_scim_teams.core.dialects.profile import AS_CONFIGURED
from flask_scim_teams.core.dialects.providers import PROVIDERS
from flask_scim_teams.services import attempts
from flask_scim_teams.storage.sqlalchemy import transaction
from tests.databases import close

GUIDES = Path(__file__).parents[2] / "docs" / "providers"
#: Canaille is told of on the page of all others.
PAGES = sorted(set(PROVIDERS) - {"canaille"})
PARTS = [
    "What works",
    "Before you start",
    "Where to click",
    "Mapping",
    "What success looks like",
    "What goes wrong",
    "What is particular",
]
#: What comes at the end of some.
MORE = ["Sign-in", "Directory"]

#: Whose directories can be read.
DIRECTORIES = {"auth0", "entra", "google", "keycloak"}

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
NOBODY = "8f7a"

ONELOGIN_TEMPLATE = """\
{
  "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
  "userName": "{$parameters.scimusername}",
  "displayName": "{$user.display_name}",
  "name": {
    "givenName": "{$user.firstname}",
    "familyName": "{$user.lastname}"
  },
  "emails": [{"value": "{$user.email}", "type": "work", "primary": true}]
}
"""  # the end of the template

COMMAND = re.compile(r"^ +\$ flask --app myapp (scim .+)$", re.MULTILINE)
ROW = re.compile(r"\*   -   ``([A-Z]+) (/scim/v2\S*)``\n +-   (\d{3})$", re.MULTILINE)
LITERAL = re.compile(r"``([^`]+)``")
REFUSAL = re.compile(r"(\d{3})\s+(?:``(\w+)``,\s+)?``([^`]+ [^`]+\.)``")


class Refusal(NamedTuple):
    status: int
    scim_type: str | None
    detail: str


def text_of(page: str) -> str:
    return (GUIDES / f"{page}.rst").read_text(encoding="utf-8")


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "gateway.sqlite"


@pytest.fixture
def gateway(tmp_path: Path, database: Path) -> Iterator[Flask]:
    gateway = create_app(
        {
            "INSTANCE_PATH": str(tmp_path),
            "SQLALCHEMY_DATABASE_URI": f"sqlite:///{database}",
            "SQLALCHEMY_ENGINE_OPTIONS": {"connect_args": {"timeout": 0}},
            "TESTING": True,
        }
    )
    yield gateway
    with gateway.app_context():
        close(db.engine)


def run(gateway: Flask, *arguments: str) -> str:
    result = gateway.test_cli_runner().invoke(args=arguments)
    assert result.exit_code == 0, result.output
    return result.stdout.strip()


def follow(gateway: Flask, page: str) -> str:
    """Run the commands of a page in order and return the token that the last one to do so made."""
    token = ""
    for command in COMMAND.findall(text_of(page)):
        printed = run(gateway, *shlex.split(command))
        if printed.startswith("scim_"):
            token = printed
    assert token
    return token


def send(gateway: Flask, token: str | None, method: str, path: str, body: Any = None) -> Any:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    return gateway.test_client().open(
        path,
        method=method,
        headers=headers,
        data=None if body is None else json.dumps(body),
        content_type=None if body is None else "application/scim+json",
    )


def patch(op: str, path: str, value: Any) -> dict[str, Any]:
    return {"schemas": [PATCH_OP], "Operations": [{"op": op, "path": path, "value": value}]}


def user(**attributes: Any) -> dict[str, Any]:
    return {"schemas": [USER], "userName": "ada@example.com", **attributes}


def group(**attributes: Any) -> dict[str, Any]:
    return {"schemas": [GROUP], "displayName": "Research", **attributes}


def test_every_provider_has_a_guide() -> None:
    assert sorted(path.stem for path in GUIDES.glob("*.rst")) == sorted([*PAGES, "index"])
    assert "--provider canaille" in text_of("generic")
    for provider in PROVIDERS:
        assert f"``{provider}``" in text_of("index")


@pytest.mark.parametrize("page", PAGES)
def test_every_guide_has_the_same_parts_in_the_same_order(page: str) -> None:
    parts = re.findall(r"^(\S.*)\n-+$", text_of(page), re.MULTILINE)
    assert parts[: len(PARTS)] == PARTS
    assert parts[len(PARTS) :] == (MORE if page in DIRECTORIES else MORE[:1])


@pytest.mark.parametrize("page", PAGES)
def test_commands_work_and_requests_are_answered_as_the_guide_has_it(
    gateway: Flask, page: str
) -> None:
    token = follow(gateway, page)
    assert f"--provider {page}\n" in text_of(page)
    rows = ROW.findall(text_of(page))
    assert len(rows) >= 3
    ids = {"Users": "", "Groups": ""}
    for method, path, status in rows:
        kind = path.removeprefix("/scim/v2/").split("/")[0].split("?")[0]
        body: Any = None
        match method, kind:
            case "POST" | "PUT", "Users":
                body = user()
            case "POST" | "PUT", "Groups":
                body = group()
            case "PATCH", "Users":
                body = patch("replace", "active", False)
            case "PATCH", "Groups":
                body = patch("add", "members", [{"value": ids["Users"]}])
        answer = send(gateway, token, method, path.replace("{id}", ids.get(kind, "")), body)
        assert (path, str(answer.status_code)) == (path, status), answer.text
        if method == "POST":
            ids[kind] = answer.get_json(force=True)["id"]


def test_the_gateways_own_commands_work(gateway: Flask) -> None:
    run(gateway, "user", "create", "ada@example.com")
    run(gateway, "team", "create", "TEAM")
    said = " ".join(" ".join(text_of(page).split()) for page in PAGES)
    commands = set(re.findall(r"``flask --app examples\.gateway (.+?)``", said))
    assert "team list" in commands
    for command in sorted(commands, key=lambda command: "create" not in command):
        run(gateway, *shlex.split(command))
    listed = run(gateway, "team", "list")
    assert re.search(r"^Research .* ada@example\.com$", listed, re.MULTILINE)
    assert re.search(r"^TEAM +\$250\.00", listed, re.MULTILINE)


def test_the_commands_for_several_connections_work(gateway: Flask) -> None:
    follow(gateway, "index")
    listed = run(gateway, "scim", "connection", "list")
    assert re.search(r"^Okta Berlin +okta +active ", listed, re.MULTILINE)


@pytest.mark.parametrize("provider", sorted(PROVIDERS))
def test_what_a_profile_decides_is_said(provider: str) -> None:
    options = {
        "strict": ("--lenient", "--strict"),
        "user_patch_body": ("--user-patch-body", "--no-user-patch-body"),
        "group_patch_body": ("--group-patch-body", "--no-group-patch-body"),
        "empty_members": ("--empty-members", "--no-empty-members"),
        "announce_cursors": ("--announce-cursors", "--no-announce-cursors"),
        "unique_team_names": ("--unique-team-names", "--repeated-team-names"),
        "on_conflict": ("--on-conflict refuse", "--on-conflict adopt"),
    }
    profile = PROVIDERS[provider].profile
    assert set(options) == {one.name for one in fields(profile)}
    decided = [name for name in options if getattr(profile, name) != getattr(AS_CONFIGURED, name)]
    guide = text_of(provider if provider in PAGES else "generic")
    particular = guide.partition("What is particular\n")[2]
    for name in decided:
        assert any(option in particular for option in options[name]), name
    if provider in PAGES:
        assert ("The profile decides nothing" in particular) == (decided == [])
    for names in options.values():
        assert all(f"``{option}``" in text_of("index") for option in names)


def test_keycloak_adopts_what_is_its_own(gateway: Flask) -> None:
    token = follow(gateway, "keycloak")
    created = send(gateway, token, "POST", "/scim/v2/Users", user(externalId="f3a1"))
    assert created.status_code == 201
    again = send(gateway, token, "POST", "/scim/v2/Users", user(externalId="f3a1"))
    assert again.status_code == 201
    assert again.get_json(force=True)["id"] == created.get_json(force=True)["id"]
    another = send(gateway, token, "POST", "/scim/v2/Users", user(externalId="9c07"))
    assert another.status_code == 409


def test_two_groups_of_keycloak_may_have_one_name(gateway: Flask) -> None:
    token = follow(gateway, "keycloak")
    for parent in ("a", "b"):
        made = send(gateway, token, "POST", "/scim/v2/Groups", group(externalId=parent))
        assert made.status_code == 201
    found = send(gateway, token, "GET", "/scim/v2/Groups?filter=displayName+eq+%22Research%22")
    assert found.get_json(force=True)["totalResults"] == 2


def test_json_in_a_string_is_read(gateway: Flask) -> None:
    token = follow(gateway, "keycloak")
    team = send(gateway, token, "POST", "/scim/v2/Groups", group()).get_json(force=True)
    text = json.dumps(group(displayName="Teaching"))
    operation = {"schemas": [PATCH_OP], "Operations": [{"op": "replace", "value": text}]}
    path = f"/scim/v2/Groups/{team['id']}"
    assert send(gateway, token, "PATCH", path, operation).status_code == 204
    assert send(gateway, token, "GET", path).get_json(force=True)["displayName"] == "Teaching"


def test_the_template_for_onelogin_makes_a_user(gateway: Flask) -> None:
    body = ONELOGIN_TEMPLATE
    for macro, value in {
        "parameters.scimusername": "ada@example.com",
        "user.display_name": "Ada Lovelace",
        "user.firstname": "Ada",
        "user.lastname": "Lovelace",
        "user.email": "ada@work.example.com",
    }.items():
        assert f"{{${macro}}}" in body
        body = body.replace(f"{{${macro}}}", value)
    assert "{$" not in body
    made = send(gateway, follow(gateway, "onelogin"), "POST", "/scim/v2/Users", json.loads(body))
    assert made.status_code == 201
    assert made.get_json(force=True)["emails"] == [
        {"value": "ada@work.example.com", "type": "work", "primary": True}
    ]


def refusal(answer: TestResponse) -> Refusal:
    error = answer.get_json(force=True)
    assert error["status"] == str(answer.status_code)
    return Refusal(answer.status_code, error.get("scimType"), error["detail"])


def refusals(gateway: Flask) -> Iterator[TestResponse]:
    """Yield the answers to requests that go wrong in the ways that the guides tell of."""
    token = follow(gateway, "entra")
    narrow = run(gateway, "scim", "token", "create", "--label", "x", "--scope", "users:read")
    users, groups = "/scim/v2/Users", "/scim/v2/Groups"
    ada = send(gateway, token, "POST", users, user()).get_json(force=True)
    team = send(gateway, token, "POST", groups, group()).get_json(force=True)
    unknown = patch("Replace", "costCentre", "Research")
    primary = [{"value": "a@example.com", "primary": True}, {"value": "b@x", "primary": True}]
    for bearer, method, path, body in (
        (None, "GET", users, None),
        ("mistyped", "GET", users, None),
        (f"Bearer {token}", "GET", users, None),
        (narrow, "POST", users, user()),
        (token, "GET", "/scim/v2/v2/Users", None),
        (token, "GET", "/scim/v2//Users", None),
        (token, "GET", f"{users}/Users?startIndex=1", None),
        (token, "POST", users, user(title="x" * 5_242_880)),
        (token, "POST", users, user(userName="ADA@example.com")),
        (token, "POST", users, {"schemas": [USER]}),
        (token, "POST", users, user(userName="")),
        (token, "POST", users, user(emails=primary)),
        (token, "PATCH", f"{users}/{ada['id']}", patch("Replace", "active", "perhaps")),
        (token, "PATCH", f"{users}/{ada['id']}", unknown),
        (token, "GET", f"{users}?filter=mail+Co+%22ada%22", None),
        (token, "POST", groups, group(displayName="research")),
        (token, "POST", groups, {"schemas": [GROUP]}),
        (token, "PATCH", f"{groups}/{team['id']}", patch("Add", "members", [{"value": NOBODY}])),
    ):
        yield send(gateway, bearer, method, path, body)
    good = {"Authorization": f"Bearer {token}"}
    client = gateway.test_client()
    yield client.post(users, data="userName=bob", content_type="text/plain", headers=good)
    yield client.get(users, headers={**good, "X-Too-Many": "1"})


def locked_out(gateway: Flask, database: Path) -> TestResponse:
    """Return the answer to a request while another program holds the database."""
    token = follow(gateway, "generic")
    with sqlite3.connect(database, isolation_level=None) as writer:
        writer.execute("BEGIN IMMEDIATE")
        answer = send(gateway, token, "POST", "/scim/v2/Users", user(userName="bob"))
    writer.close()
    return answer


def test_every_refusal_a_guide_quotes_is_one_that_the_server_gives(
    gateway: Flask, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    @gateway.before_request
    def limit() -> None:
        if "X-Too-Many" in request.headers:
            raise TooManyRequests(retry_after=5)

    given = {refusal(answer) for answer in refusals(gateway)}
    # The log writes beside the requests, and would be in their way if nobody waited.
    gateway.extensions["scim_teams"].log.flush()
    monkeypatch.setattr(attempts, "_FIRST_PAUSE", 0)
    monkeypatch.setattr(transaction, "SQLITE_BUSY_TIMEOUT", 0)
    with gateway.app_context():
        close(db.engine)  # connections from here on do not wait
    given.add(refusal(locked_out(gateway, database)))
    quoted: set[Refusal] = set()
    for path in (*GUIDES.glob("*.rst"), *GUIDES.glob("*.inc")):
        text = path.read_text(encoding="utf-8")
        found = {
            Refusal(int(status), scim_type or None, " ".join(detail.split()))
            for status, scim_type, detail in REFUSAL.findall(text)
        }
        sentences = {
            " ".join(literal.split())
            for literal in LITERAL.findall(text)
            if " " in literal and literal.endswith(".")
        }
        assert sentences == {one.detail for one in found}, path.name
        quoted |= found
    assert quoted == given


def test_a_token_of_a_disabled_connection_reads_like_a_bad_one(gateway: Flask) -> None:
    token = follow(gateway, "okta")
    assert send(gateway, token, "GET", "/scim/v2/Users").status_code == 200
    run(gateway, "scim", "connection", "disable", "Okta")
    refused = refusal(send(gateway, token, "GET", "/scim/v2/Users"))
    assert refused == Refusal(401, None, "The bearer token is not valid.")
    assert " disabled " in run(gateway, "scim", "token", "list")


def test_a_url_without_the_prefix_is_answered_by_the_application_itself(gateway: Flask) -> None:
    answer = send(gateway, follow(gateway, "generic"), "GET", "/Users")
    assert (answer.status_code, answer.is_json) == (404, False)


@pytest.mark.parametrize("budget", ["250", 12.5])
def test_a_budget_that_is_no_whole_number_is_refused_by_name(gateway: Flask, budget: Any) -> None:
    token = follow(gateway, "entra")
    limits = "urn:ietf:params:scim:schemas:extension:gateway:2.0:Group"
    assert limits in text_of("entra")
    team = send(gateway, token, "POST", "/scim/v2/Groups", group()).get_json(force=True)
    operation = patch("Replace", f"{limits}:budget", budget)
    refused = refusal(send(gateway, token, "PATCH", f"/scim/v2/Groups/{team['id']}", operation))
    assert (refused.status, refused.scim_type) == (400, "invalidValue")
    assert "budget" in refused.detail
