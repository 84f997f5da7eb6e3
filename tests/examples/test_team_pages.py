from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from examples.gateway import listing
from examples.gateway.limits import TEAM_LIMITS
from examples.gateway.models import Team
from examples.gateway.models import db
from examples.gateway.models import team_members
from tests.admin.browser import Browser
from tests.admin.browser import Page
from tests.examples.people import IdP
from tests.examples.people import signed_in
from tests.storage.statements import listening

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</title><svg/onload=alert(1)> {{ config }}",
)


def key_of(gateway: Flask, name: str) -> int:
    with gateway.app_context():
        return db.session.scalars(select(Team.id).where(Team.name == name)).one()


def team_of(gateway: Flask, name: str) -> dict[str, Any]:
    """Return what the tables say of a team."""
    with gateway.app_context():
        team = db.session.scalars(select(Team).where(Team.name == name)).one()
        members = [user.username for user in team.members]
        return {"budget": team.budget, "models": team.models, "members": members}


def table(browser: Browser, path: str) -> list[list[str]]:
    """Return the cells of a page's table, as they are read."""
    found = re.findall(r"<tr>(.*?)</tr>", browser.client.get(path).text, re.DOTALL)
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in found]
    return [[" ".join(Page(cell).text.split()) for cell in row] for row in cells[1:]]


def send(browser: Browser, path: str, **fields: Any) -> Any:
    """Send a form with the stamp of the page it is on."""
    fields.setdefault("csrf_token", browser.get("/teams").value("csrf_token"))
    return browser.client.post(path, data=fields)


PAGES = ("/teams", "/teams/1", "/teams/new", "/teams/1/edit", "/teams/1/delete")
FORMS = PAGES[2:]


@pytest.mark.parametrize("path", PAGES)
def test_who_is_not_signed_in_is_sent_to_the_log_in(path: str, gateway: Flask, idp: IdP) -> None:
    idp.team("Analysts")
    client = gateway.test_client()
    assert client.get(path).location == f"/log-in?next={path}"
    if path in FORMS:
        assert client.post(path, data={"name": "x"}).location == f"/log-in?next={path}"
    assert team_of(gateway, "Analysts")


@pytest.mark.parametrize("path", FORMS)
def test_only_the_operator_changes_teams(
    path: str, gateway: Flask, ada: tuple[Browser, str], run: Callable[..., str]
) -> None:
    run("team", "create", "Analysts")
    browser, _ = ada
    for answer in (browser.client.get(path), send(browser, path, name="Other", budget="1")):
        assert answer.status_code == 403
        assert "Only the operator" in answer.text
    assert team_of(gateway, "Analysts")["budget"] == 50_000_000


def test_a_person_sees_their_own_teams_first_and_where_each_comes_from(
    gateway: Flask, idp: IdP, ada: tuple[Browser, str], run: Callable[..., str]
) -> None:
    browser, id = ada
    others = [idp.user(f"{number}@example.com") for number in range(6)]
    idp.team("Analysts", *others)
    idp.team("Zoologists", id, budget=250, models="echo-1")
    run("team", "create", "Beekeepers", "--budget", "7")
    assert table(browser, "/teams") == [
        ["Zoologists yours", "Contoso by SCIM", "Ada Lovelace", "$250.00", "$0.0000", "echo-1"],
        [
            "Analysts",
            "Contoso by SCIM",
            "0@example.com, 1@example.com, 2@example.com, 3@example.com and 2 more",
            "$50.00",
            "$0.0000",
            "any",
        ],
        ["Beekeepers", "by hand", "nobody", "$7.00", "$0.0000", "any"],
    ]
    team = browser.get(f"/teams/{key_of(gateway, 'Zoologists')}")
    assert "set by the identity provider" in team.text
    assert "/edit" not in str(team.all("a"))
    assert "/teams" in [link["href"] for link in browser.get("/").all("a")]


def test_the_operator_makes_changes_and_deletes_a_team(
    gateway: Flask, idp: IdP, operator: Browser, run: Callable[..., str]
) -> None:
    idp.user("ada@example.com")
    run("user", "create", "bob")
    made = send(
        operator,
        "/teams/new",
        name="  Bee   keepers ",
        budget="12",
        models="echo-1, other",
        members="ADA@example.com\r\n\r\n bob \r\nbob",
    )
    assert made.status_code == 302, made.text
    assert "is made" in operator.get(made.location).text
    assert team_of(gateway, "Bee keepers") == {
        "budget": 12_000_000,
        "models": ["echo-1", "other"],
        "members": ["ada@example.com", "bob"],
    }
    secret = run("key", "create", "bob", "--team", "Bee keepers")
    form = operator.get(f"{made.location}/edit")
    assert "ada@example.com\nbob" in form.text
    fields = {"name": "Keepers", "budget": "0", "models": "", "members": "bob"}
    assert send(operator, f"{made.location}/edit", **fields).status_code == 302
    assert team_of(gateway, "Keepers") == {"budget": 0, "models": [], "members": ["bob"]}
    asked = operator.get(f"{made.location}/delete")
    assert "Delete Keepers?" in asked.text
    assert team_of(gateway, "Keepers")
    assert send(operator, f"{made.location}/delete").location == "/teams"
    with gateway.app_context():
        assert db.session.scalars(select(Team)).all() == []
        assert db.session.execute(select(team_members)).all() == []
    key = {"Authorization": f"Bearer {secret}"}
    assert gateway.test_client().get("/v1/models", headers=key).status_code == 401


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", "", "required"),
        ("name", " \t ", "letters that can be seen"),
        ("name", "a\x00b", "letters that can be seen"),
        ("name", "\u202ereversed", "letters that can be seen"),
        ("name", "x" * 256, "255"),
        ("name", "ANALYSTS", "There is a team 'ANALYSTS' already."),
        ("budget", "", "whole number"),
        ("budget", "-1", "A budget is 0 to"),
        ("budget", "1.5", "valid integer"),
        ("budget", "10000000001", "A budget is 0 to"),
        ("models", "m" * 2_001, "2000"),
        ("members", "nobody\nada@example.com", "Nobody here is called: nobody"),
        ("members", "\n".join(f"n{number}" for number in range(12)), "n9 ..."),
    ],
    ids=lambda text: re.sub(r"\W+", "-", text)[:20] or "nothing",
)
def test_what_cannot_be_is_said_and_nothing_of_the_form_is_lost(
    field: str, value: str, words: str, gateway: Flask, idp: IdP, operator: Browser
) -> None:
    idp.user("ada@example.com")
    idp.team("Analysts")
    fields = {"name": "Keepers", "budget": "7", "models": "echo-9", "members": "ada@example.com"}
    refused = send(operator, "/teams/new", **fields | {field: value})
    assert refused.status_code == 400
    page = Page(refused.text)
    assert words in page.text
    for name, text in fields.items():
        if name not in (field, "members"):
            assert page.value(name) == text
    assert "ada@example.com" in page.text or field == "members"
    assert f"{field}-error" in str(page.elements)
    with gateway.app_context():
        assert [team.name for team in db.session.scalars(select(Team))] == ["Analysts"]


def test_a_form_that_is_not_from_here_changes_nothing(
    gateway: Flask, operator: Browser, run: Callable[..., str]
) -> None:
    run("team", "create", "Analysts")
    path = f"/teams/{key_of(gateway, 'Analysts')}"
    for form in ("/teams/new", f"{path}/edit", f"{path}/delete"):
        answer = send(operator, form, name="Other", budget="1", csrf_token="")
        assert answer.status_code == 400
        assert "too old. Nothing was saved" in answer.text
    with gateway.app_context():
        assert [team.name for team in db.session.scalars(select(Team))] == ["Analysts"]


def test_what_an_identity_provider_decides_is_not_changed_by_hand(
    gateway: Flask, idp: IdP, operator: Browser
) -> None:
    idp.team("Analysts", idp.user("ada@example.com"))
    path = f"/teams/{key_of(gateway, 'Analysts')}"
    form = operator.get(f"{path}/edit")
    assert {field["name"] for field in form.all("input")} == {"csrf_token", "budget", "models"}
    assert form.all("textarea") == []
    assert "Its name and members are decided there" in form.text
    for field, value in (("name", "Mine"), ("members", "")):
        refused = send(operator, f"{path}/edit", budget="1", models="", **{field: value})
        assert refused.status_code == 409
        assert f"The {field} of team" in refused.text
        assert "Contoso by SCIM" in refused.text
    assert team_of(gateway, "Analysts")["budget"] == 50_000_000
    assert "/delete" not in str(operator.get(path).all("a"))
    for answer in (operator.client.get(f"{path}/delete"), send(operator, f"{path}/delete")):
        assert answer.status_code == 409
        assert "Delete or unassign the group there" in answer.text
    # The same name and members, from a form that was opened before, are no change.
    same = {"name": "Analysts", "members": "ada@example.com\r\n"}
    saved = send(operator, f"{path}/edit", budget="9", models="echo-1", **same)
    assert saved.status_code == 302
    assert team_of(gateway, "Analysts") == {
        "budget": 9_000_000,
        "models": ["echo-1"],
        "members": ["ada@example.com"],
    }


def test_a_limit_is_whose_it_was_set_by(
    gateway: Flask, idp: IdP, operator: Browser, run: Callable[..., str]
) -> None:
    id = idp.team("Analysts", budget=20)
    path = f"/teams/{key_of(gateway, 'Analysts')}/edit"
    assert "budget" not in {field["name"] for field in operator.get(path).all("input")}
    refused = send(operator, path, budget="1", models="")
    assert refused.status_code == 409
    assert "The budget of team" in refused.text
    done = gateway.test_cli_runner().invoke(args=["team", "budget", "Analysts", "1"])
    assert done.exit_code == 1
    assert "decided by its identity provider" in done.stderr
    assert send(operator, path, models="echo-1").status_code == 302
    assert team_of(gateway, "Analysts")["models"] == ["echo-1"]
    # What it begins to say later is its own from then on.
    idp.replace("Groups", id, **{f"{TEAM_LIMITS.id}:models": "echo-2"})
    assert send(operator, path, models="echo-1").status_code == 409
    assert "/edit" not in str(operator.get(path.removesuffix("/edit")).all("a"))
    assert team_of(gateway, "Analysts") == {
        "budget": 20_000_000,
        "models": ["echo-2"],
        "members": [],
    }


@pytest.mark.parametrize("text", HOSTILE)
def test_no_name_becomes_markup(
    text: str, gateway: Flask, idp: IdP, operator: Browser, run: Callable[..., str]
) -> None:
    id = idp.user(text, displayName=text)
    idp.team(text, id, models=text)
    run("team", "create", f"{text} 2", "--model", text)
    run("team", "add", f"{text} 2", text)
    person = Browser(signed_in(gateway, id), "")
    paths = ["/teams"]
    for name in (text, f"{text} 2"):
        paths += [f"/teams/{key_of(gateway, name)}{end}" for end in ("", "/edit")]
    paths.append(f"/teams/{key_of(gateway, f'{text} 2')}/delete")
    pages = [operator.get(path) for path in paths] + [person.get(path) for path in paths[:2]]
    pages.append(Page(operator.client.get("/teams", query_string={"q": text}).text))
    pages.append(Page(send(operator, paths[1] + "/delete").text))
    for page in pages:
        assert {tag for tag, _ in page.elements}.isdisjoint({"script", "img", "svg"})
        assert not [name for _, found in page.elements for name in found if name.startswith("on")]
        assert text in page.text


def test_a_page_costs_as_many_statements_for_many_teams_as_for_one(
    gateway: Flask, idp: IdP, ada: tuple[Browser, str], operator: Browser
) -> None:
    browser, id = ada
    idp.team("Analysts", id)

    def counted(client: FlaskClient, path: str) -> int:
        with gateway.app_context():
            engine = db.engine
        with listening(engine) as said:
            assert client.get(path).status_code == 200
        return len(said.statements)

    paths = ("/teams", f"/teams/{key_of(gateway, 'Analysts')}")
    clients = (browser.client, operator.client)
    few = [counted(client, path) for client in clients for path in paths]
    users = [idp.user(f"u{number}@example.com") for number in range(8)]
    for number in range(8):
        idp.team(f"Team {number}", id, *users, budget=number)
    schemas = ["urn:ietf:params:scim:api:messages:2.0:PatchOp"]
    operation = {"op": "add", "path": "members", "value": [{"value": one} for one in users]}
    with gateway.app_context():
        team = db.session.scalars(select(Team.scim_id).where(Team.name == "Analysts")).one()
    body = {"schemas": schemas, "Operations": [operation]}
    assert idp.client.patch(f"/scim/v2/Groups/{team}", json=body).status_code in (200, 204)
    assert [counted(client, path) for client in clients for path in paths] == few
    assert max(few) <= 13


def test_many_teams_are_searched_and_turned_over(
    gateway: Flask, operator: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "TEAMS", 3)
    with gateway.app_context():
        db.session.add_all(Team(name=name) for name in ("100%", "a_b", "Axb", "axc", "b", "c", "d"))
        db.session.commit()

    def names(query: str) -> list[str]:
        return [row[0] for row in table(operator, f"/teams{query}")]

    assert names("") == ["100%", "a_b", "Axb"]
    assert names("?page=2") == ["axc", "b", "c"]
    assert names("?page=3") == names("?page=99999999999999999999") == ["d"]
    assert names("?page=-1") == names("?page=x") == names("")
    assert names("?q=AX") == ["Axb", "axc"]
    assert (names("?q=%25"), names("?q=a_b"), names("?q=%00")) == (["100%"], ["a_b"], names(""))
    links = {link.get("rel"): link["href"] for link in operator.get("/teams?q=a&page=1").all("a")}
    assert "next" not in links
    links = {link.get("rel"): link["href"] for link in operator.get("/teams?page=2").all("a")}
    assert (links["prev"], links["next"]) == ("/teams?page=1", "/teams?page=3")
    assert "No team's name contains that" in operator.get("/teams?q=zebra").text
    assert operator.client.get("/teams/99").status_code == 404
