"""The settings can be read, in the words of the documentation, and nothing secret is among them."""

from __future__ import annotations

import re
import sys
from typing import Any

import pytest
from flask import Flask

from flask_scim_teams.config import known_keys
from tests.admin.browser import Browser


class TestByDefault:
    def test_every_key_is_there_by_its_name(self, operator: Browser) -> None:
        page = operator.get("/settings")
        shown = set(re.findall("<code>(SCIM_[A-Z_]+)</code>", page.source))
        # Of OAuth there is nothing to say while it is off; keys are told by their number.
        off = {name for name in known_keys() if name.startswith("SCIM_OAUTH_")}
        assert shown == known_keys() - off - {"SCIM_SIGNING_KEYS"}
        assert "180 days" in page.text

    def test_how_connections_are_treated(self, app: Flask, operator: Browser) -> None:
        operator.post("/connect", name="Contoso", provider="keycloak")
        text = operator.get("/settings").text
        assert "Contoso" in text
        assert "unique_team_names" in text
        for key in app.config["SECRET_KEY"], "SIGNING_KEYS":
            assert key not in text


class TestWithSecrets:
    @pytest.fixture
    def config(self, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
        # Rate limits as if the extra were installed, which it is. Redis is not asked for anything.
        monkeypatch.delitem(sys.modules, "limits")
        return {
            "SCIM_OAUTH": True,
            "SCIM_BASE_URL": "https://gateway.example.com/scim/v2",
            "SCIM_RATE_LIMIT_STORAGE": "redis://operator:hunter2@127.0.0.1:6379/1?password=hunter2",
            "SCIM_DOCUMENTATION_URI": "https://operator:hunter2@docs.example.com/scim",
            "SCIM_DIRECTORIES": {
                "keycloak": {
                    "url": "https://sso.example.com",
                    "realm": "staff",
                    "client_id": "reader",
                    "client_secret": "hunter2",
                }
            },
        }

    def test_no_password_is_shown(self, operator: Browser) -> None:
        text = operator.get("/settings").text
        assert "hunter2" not in text
        assert "redis://127.0.0.1:6379/1" in text
        assert "https://docs.example.com/scim" in text
        assert "3600 seconds" in text
        assert "keycloak" in text
        assert "/scim/oauth/token" in text
