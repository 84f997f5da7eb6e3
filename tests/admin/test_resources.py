"""Users and teams are found by name, page by page, and shown with their memberships."""

from __future__ import annotations

import pytest

from tests.admin.browser import Browser
from tests.conftest import ScimClient


def links(operator: Browser, path: str, status: int = 200) -> list[str]:
    """Return where the page's links to users and teams lead."""
    page = operator.get(path, status)
    hrefs = [link.get("href") or "" for link in page.all("a")]
    return [href for href in hrefs if "/users/" in href or "/teams/" in href]


def test_search_by_name(operator: Browser, idp: ScimClient) -> None:
    ada = idp.user("ada@example.com", displayName="Countess of Lovelace")
    idp.user("grace@example.com")
    blue = idp.team("Blue team")
    idp.team("Red team")
    assert len(links(operator, "/users")) == 2
    for text in ("ADA", "lovelace", "  ada@  "):
        assert links(operator, f"/users?q={text}") == [f"/settings/scim/users/{ada['id']}"]
    assert links(operator, "/teams?q=blue") == [f"/settings/scim/teams/{blue['id']}"]
    assert links(operator, "/users?q=nobody") == []
    assert "Show everything" in operator.get("/users?q=nobody").text


def test_search_by_id_and_status(operator: Browser, idp: ScimClient) -> None:
    ada = idp.user("ada@example.com", externalId="ext-1")
    bob = idp.user("bob@example.com", active=False)
    blue = idp.team("Blue team", externalId="ext-2")
    ada_path, bob_path = (f"/settings/scim/users/{one['id']}" for one in (ada, bob))
    for text in (ada["id"], "ext-1"):
        assert links(operator, f"/users?q={text}") == [ada_path]
    # A part of an id is no id.
    assert links(operator, "/users?q=ext-") == []
    for text in (blue["id"], "ext-2"):
        assert links(operator, f"/teams?q={text}") == [f"/settings/scim/teams/{blue['id']}"]
    assert links(operator, "/users?state=active") == [ada_path]
    assert links(operator, "/users?state=deactivated") == [bob_path]
    assert links(operator, "/users?state=deactivated&q=ada") == []
    assert len(links(operator, "/users?state=nonsense")) == 2
    assert len(links(operator, "/teams?state=deactivated")) == 1


def test_what_is_gone_has_a_history_still(operator: Browser, idp: ScimClient) -> None:
    ada = idp.user("ada@example.com")
    idp.delete(f"/Users/{ada['id']}")
    operator.get(f"/users/{ada['id']}", 404)
    newest = next(
        link["href"] or "" for link in operator.get("/log").all("a") if "/log/" in str(link["href"])
    )
    page = operator.get(newest.removeprefix("/settings/scim"))
    history = f"/log?resource={ada['id']}"
    assert f"/settings/scim{history}" in [link["href"] for link in page.all("a")]
    text = operator.get(history).text
    assert f"Only what happened to {ada['id']}." in text
    assert "deleted user" in text
    assert "created user" in text


@pytest.mark.parametrize("text", ['"', "\\", '" or userName pr or userName eq "', "%25", "_", "é"])
def test_a_search_is_for_text_and_no_filter(text: str, operator: Browser, idp: ScimClient) -> None:
    idp.user("ada@example.com")
    assert links(operator, f"/users?q={text}") == []


def test_pages(operator: Browser, idp: ScimClient) -> None:
    for number in range(51):
        idp.user(f"user{number:02}@example.com")
    first = operator.get("/users")
    assert "1 to 50 of 51" in first.text
    [onward] = [link["href"] for link in first.all("a") if link.get("rel") == "next"]
    assert onward is not None
    second = operator.get(onward.removeprefix("/settings/scim"))
    assert "51 to 51 of 51" in second.text
    assert "user50@example.com" in second.text
    assert [link for link in second.all("a") if link.get("rel") == "next"] == []
    assert len([link for link in second.all("a") if link.get("rel") == "prev"]) == 1
    assert links(operator, "/users?start=-3") == links(operator, "/users?start=x")


def test_a_user_and_a_team_lead_to_each_other(operator: Browser, idp: ScimClient) -> None:
    user = idp.user(
        "ada@example.com",
        externalId="ext-1",
        active=False,
        name={"familyName": "Lovelace"},
        emails=[{"value": "ada@work.example", "type": "work"}],
    )
    team = idp.team("Analysts", user["id"])
    shown = operator.get(f"/users/{user['id']}")
    for words in (
        "deactivated",
        "ext-1",
        "name.familyName",
        "Lovelace",
        "emails[1].value",
        "ada@work.example",
        "SCIM",
    ):
        assert words in shown.text
    assert f"/settings/scim/teams/{team['id']}" in links(operator, f"/users/{user['id']}")
    assert f"/settings/scim/users/{user['id']}" in links(operator, f"/teams/{team['id']}")
