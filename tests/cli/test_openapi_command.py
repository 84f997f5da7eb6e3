"""``flask scim openapi``."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest
from flask import Flask
from openapi_spec_validator import validate

from flask_scim_teams import ScimTeams
from flask_scim_teams.storage.memory import MemoryBackend
from tests.conftest import SECRET_KEY


def printed(*arguments: str, **config: Any) -> str:
    host = Flask("host")
    host.config.update(SECRET_KEY=SECRET_KEY, **config)
    ScimTeams(MemoryBackend(), host)
    result = host.test_cli_runner().invoke(args=["scim", "openapi", *arguments])
    assert result.exit_code == 0, result.output
    assert result.stderr == ""
    return result.stdout


def test_it_prints_the_description() -> None:
    text = printed()
    assert text.count("\n") == 1
    document = json.loads(text)
    validate(document)
    assert "/Users/{id}" in document["paths"]


def test_indentation_is_for_people() -> None:
    text = printed("--indent", "2")
    assert text.splitlines()[1].startswith('  "')
    assert json.loads(text) == json.loads(printed())


@pytest.mark.parametrize(
    ("config", "url"),
    [
        ({}, "/scim/v2"),
        ({"SCIM_URL_PREFIX": "/idp"}, "/idp"),
        ({"SCIM_BASE_URL": "https://host.example/scim"}, "https://host.example/scim"),
    ],
)
def test_it_says_where_the_endpoints_are(config: dict[str, Any], url: str) -> None:
    assert json.loads(printed(**config))["servers"] == [{"url": url}]


def test_it_says_what_the_settings_make_of_them() -> None:
    document = json.loads(printed(SCIM_MAX_RESULTS=7, SCIM_PUBLIC_DISCOVERY=True))
    assert "7" in document["components"]["parameters"]["count"]["description"]
    assert {} in document["paths"]["/Schemas"]["get"]["security"]


def test_without_apispec(monkeypatch: pytest.MonkeyPatch) -> None:
    host = Flask("host")
    host.config["SECRET_KEY"] = SECRET_KEY
    ScimTeams(MemoryBackend(), host)
    for name in [*sys.modules]:
        if name.partition(".")[0] == "apispec" or name.startswith("flask_scim_teams.openapi"):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [_Without("apispec"), *sys.meta_path])
    result = host.test_cli_runner().invoke(args=["scim", "openapi"])
    assert result.exit_code == 1
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 1
    assert "flask-scim-teams[openapi]" in result.stderr


class _Without:
    """Behaves as a machine on which a package is not installed."""

    def __init__(self, package: str) -> None:
        self.package = package

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        if name == self.package:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
