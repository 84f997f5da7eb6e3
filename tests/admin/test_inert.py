"""What strangers name things is text, on every page."""

from __future__ import annotations

import pytest
from flask import Flask

from flask_scim_teams import ScimTeams
from tests.admin.browser import PREFIX
from tests.admin.browser import Browser
from tests.conftest import ScimClient

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'onmouseover='alert(1)",
    "javascript:alert(1)",
    "{{ config }} %(name)s </title><svg/onload=alert(1)>",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_no_name_becomes_markup(
    text: str, app: Flask, scim: ScimTeams, operator: Browser, idp: ScimClient
) -> None:
    with app.app_context():
        connection = scim.connections.create(text, provider="okta")
        token = scim.tokens.create(label=text, connection=connection)
        scim.tokens.revoke(scim.tokens.create(label=f"old {text}", connection=connection).record.id)
    stranger = ScimClient(app.test_client(), token.secret)
    user = stranger.user(text, displayName=text, externalId=text, title=text, nickName=text)
    team = stranger.team(text, user["id"])
    refused = stranger.post("/Users", {"schemas": [text], "userName": text, text: text})
    assert refused.status_code >= 400
    stranger.get("/Users", query_string={"filter": text})
    stranger.patch(f"/Users/{user['id']}", {"op": text, "path": text, "value": text})
    with app.app_context():
        scim.log.flush()
        entries = scim.log.search().entries

    paths = ["/", "/connect", "/tokens", "/log", "/users", "/teams", "/settings"]
    paths += [f"/connect/{connection.id}{end}" for end in ("", "/token", "/disable")]
    paths += [f"/tokens/{token.record.id}/{end}" for end in ("rotate", "revoke")]
    paths += [f"/users/{user['id']}", f"/teams/{team['id']}"]
    paths += [f"/log/{entry.id}" for entry in entries]
    assert len(entries) >= 3
    shown = 0
    for path in paths:
        page = operator.get(path)
        _is_inert(page.elements, text)
        shown += text in page.text
    searched = operator.client.get(f"{PREFIX}/users", query_string={"q": text})
    assert searched.status_code == 200
    assert text not in searched.text or "<" not in text
    # It was there to be seen: as text.
    assert shown >= 8

    for path, fields in (
        (f"/connect/{connection.id}/test", {}),
        (
            f"/connect/{connection.id}/token",
            {"label": text, "scopes": "users:read", "lifetime": ""},
        ),
        (f"/tokens/{token.record.id}/rotate", {"overlap": "24"}),
    ):
        _is_inert(operator.post(path, **fields).elements, text)
    _is_inert(operator.post("/connect", 400, name=text, provider=text, tenant=text).elements, text)


def _is_inert(elements: list[tuple[str, dict[str, str | None]]], text: str) -> None:
    assert {tag for tag, _ in elements}.isdisjoint({"img", "svg"})
    assert [attributes for tag, attributes in elements if tag == "script"] == [
        {"src": f"{PREFIX}/static/copy.js", "defer": None}
    ]
    for _, attributes in elements:
        assert not [name for name in attributes if name.startswith("on")]
        for name in ("href", "src", "action"):
            assert not (attributes.get(name) or "").startswith("javascript:")
