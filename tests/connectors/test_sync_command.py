"""``flask scim sync``: what it prints, its exit statuses, and its configuration."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import Result
from flask import Flask

from flask_scim_teams import ScimTeams
from flask_scim_teams.core.errors import SetupError
from flask_scim_teams.storage.memory import MemoryBackend
from tests.connectors.keycloak_api import SECRET
from tests.connectors.serving import refuse
from tests.connectors.syncing import Host

Serve = Callable[[str], Any]
KEY = "a key of the commands' tests, long enough to sign with"


class App:
    """An app with one directory, and what is behind it."""

    def __init__(self, api: Any, **options: Any) -> None:
        self.backend = MemoryBackend()
        self.flask = Flask("host")
        self.flask.config["SECRET_KEY"] = KEY
        self.flask.config["SCIM_DIRECTORIES"] = {api.name: api.options(**options)}
        ScimTeams(self.backend, self.flask)
        self.host = Host(self.backend)

    def sync(self, *arguments: str) -> Result:
        return self.flask.test_cli_runner().invoke(args=["scim", "sync", *arguments])


@pytest.fixture
def keycloak(serve: Serve) -> Any:
    return serve("keycloak")


def test_a_run(api: Any) -> None:
    app = App(api)
    done = app.sync(api.name)
    assert (done.exit_code, done.stdout) == (0, "8 steps done, 0 not.\n")
    assert done.stderr == ""
    again = app.sync(api.name)
    assert (again.exit_code, again.stdout) == (0, "0 steps done, 0 not.\n")
    [entry] = {(one.actor, one.tenant) for one in app.host.log.search().entries}
    assert entry == ("directory", "")


def test_a_dry_run_lists_exactly_what_a_run_does(keycloak: Any) -> None:
    app = App(keycloak)
    planned = app.sync("keycloak", "--dry-run")
    assert planned.exit_code == 0
    assert app.host.users() == {}
    assert app.host.entries() == []
    assert planned.stdout.splitlines() == [
        "create user ada@example.com",
        "create user bob@example.com",
        "create deactivated user eve@example.com",
        "create team Blue",
        "add ada@example.com to Blue",
        "create team Blue/Deep",
        "add bob@example.com to Blue/Deep",
        "create team Empty",
        "8 steps would be done.",
    ]
    done = json.loads(app.sync("keycloak", "--json").stdout)
    assert [one["words"] for one in done["steps"]] == planned.stdout.splitlines()[:-1]
    assert {one["outcome"] for one in done["steps"]} == {"done"}


def test_a_dry_run_in_json(keycloak: Any) -> None:
    app = App(keycloak)
    planned = json.loads(app.sync("keycloak", "--dry-run", "--json").stdout)
    done = json.loads(app.sync("keycloak", "--json").stdout)
    assert {one["outcome"] for one in planned["steps"]} == {"planned"}
    for one in planned["steps"]:
        one["outcome"] = "done"
    assert planned | {"dry_run": False} == done


def test_what_cannot_be_done_is_said(keycloak: Any) -> None:
    """Exit status 1."""
    keycloak.company.hire("two", login="ADA@example.com")
    for arguments in (("--dry-run",), ()):
        result = App(keycloak).sync("keycloak", *arguments)
        assert result.exit_code == 1
        line = "user ADA@example.com is another one already, and is not made"
        assert line in result.stdout.splitlines()
    assert result.stdout.splitlines()[-1] == "8 steps done, 1 not."


def test_a_directory_that_cannot_be_read(keycloak: Any) -> None:
    """Exit status 3, and nothing is changed."""
    app = App(keycloak)
    app.sync("keycloak")
    keycloak.company.hire("fay")
    keycloak.troubles += [("/admin/realms/staff/groups/g-empty", refuse(403))]
    result = app.sync("keycloak")
    assert (result.exit_code, result.stdout) == (3, "")
    assert result.stderr == (
        "Error: Keycloak answered 403 to the question for the members of a group: grant the role "
        "view-users of realm-management to the client's service account. Nothing is changed.\n"
    )
    assert "fay@example.com" not in app.host.users()


def test_what_looks_like_a_mistake(keycloak: Any) -> None:
    """Exit status 4, and nothing is changed, unless it is forced."""
    app = App(keycloak)
    app.sync("keycloak")
    keycloak.company.people.clear()
    looked = app.sync("keycloak", "--dry-run")
    refused = app.sync("keycloak")
    assert (looked.exit_code, refused.exit_code) == (4, 4)
    assert "answers with nobody at all, and 2 users are of it. That looks like" in refused.stderr
    assert "deactivate user ada@example.com: gone from the directory" in looked.stdout
    assert app.host.users()["ada@example.com"] is True
    assert app.sync("keycloak", "--force").exit_code == 0
    assert app.host.users()["ada@example.com"] is False


def test_all_is_read_if_it_is_said(serve: Serve) -> None:
    api = serve("entra")
    app = App(api)
    app.sync("entra")
    del api.asked[:]
    app.sync("entra")
    assert "/v1.0/users" not in api.paths()
    app.sync("entra", "--full")
    assert "/v1.0/users" in api.paths()


def test_an_unknown_directory(keycloak: Any) -> None:
    """Exit status 2."""
    result = App(keycloak).sync("gogle\x1b[31m")
    assert result.exit_code == 2
    assert "has no directory 'gogle?[31m'; it has keycloak." in result.stderr


def test_without_the_extra(keycloak: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("flask_scim_teams.connectors")]:
        if not name.endswith(("connectors", "settings")):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "httpx", None)
    result = App(keycloak).sync("keycloak")
    assert result.exit_code == 2
    assert 'pip install "flask-scim-teams[connectors]"' in result.stderr


def test_a_tenant_the_store_does_not_have(keycloak: Any) -> None:
    app = App(keycloak, tenant="acme")
    assert app.sync("keycloak").exit_code == 0
    assert app.host.users() == {}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (["google"], "has to be a dictionary of directories by name"),
        ({"google": "me@example.com"}, r"SCIM_DIRECTORIES\['google'\] has to be a dictionary"),
        ({"": {}}, "a name of 1 to 64 characters"),
        ({"work": {}}, "the provider has to be one of entra, google, okta, keycloak, auth0"),
        ({"work": {"provider": ["entra"]}}, "the provider has to be one of"),
        ({"okta": {"url": "https://x.example", "api_token": "t", "admn": "x"}}, "knows no 'admn'"),
        ({"okta": {"api_token": "t"}}, "url is needed, as text"),
        ({"okta": {"url": "http://x.example", "api_token": "t"}}, "begin with https://"),
        (
            {"okta": {"url": "http://x.example", "api_token": "t", "allow_http": True}},
            "begin with https://",
        ),
        ({"okta": {"url": "https://u:p@x.example", "api_token": "t"}}, "carries no user name"),
        ({"okta": {"url": "https://[x", "api_token": "t"}}, "is no URL"),
        (
            {"okta": {"url": "https://x.example", "api_token": "t", "allow_http": 1}},
            "True or False",
        ),
        ({"okta": {"url": "https://x.example"}}, "either api_token or api_token_file is needed"),
        (
            {"okta": {"url": "https://x.example", "api_token": "t", "api_token_file": "f"}},
            "either api_token or api_token_file is needed",
        ),
        (
            {"okta": {"url": "https://x.example", "api_token_file": "/none/such"}},
            "api_token_file cannot be read: No such file",
        ),
        ({"okta": {"url": "https://x.example", "api_token": 7}}, "api_token has to be text"),
        (
            {"okta": {"url": "https://x.example", "api_token": "t", "leavers": "fire"}},
            "leavers has to be one of deactivate, delete, keep",
        ),
        (
            {"okta": {"url": "https://x.example", "api_token": "t", "max_leavers": 101}},
            "from 0 to 100",
        ),
        ({"okta": {"url": "https://x.example", "api_token": "t", "tenant": 7}}, "tenant has to be"),
        (
            {"google": {"admin": "a@example.com", "service_account": "not JSON"}},
            "the JSON key of a service account",
        ),
        (
            {
                "auth0": {
                    "url": "https://x.example",
                    "client_id": "c",
                    "client_secret": "s",
                    "groups": "teams",
                }
            },
            "groups has to be one of roles, organizations",
        ),
    ],
)
def test_a_configuration_that_cannot_be_used(given: Any, words: str) -> None:
    """It is said when the app is made, and not by the first run."""
    app = Flask("host")
    app.config.update(SECRET_KEY=KEY, SCIM_DIRECTORIES=given)
    with pytest.raises(SetupError, match=words):
        ScimTeams(MemoryBackend(), app)


def test_configuration_of_the_environment(
    keycloak: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    """Keys in double underscores; a secret may be in a file."""
    file = tmp_path / "secret"
    file.write_text(SECRET + "\n", encoding="utf-8")
    options = keycloak.options() | {"client_secret_file": str(file), "provider": "keycloak"}
    del options["client_secret"]
    for key, value in options.items():
        text = value if isinstance(value, str) else json.dumps(value)
        monkeypatch.setitem(os.environ, f"FLASK_SCIM_DIRECTORIES__staff__{key}", text)
    app = Flask("host")
    app.config["SECRET_KEY"] = KEY
    app.config.from_prefixed_env()
    scim = ScimTeams(MemoryBackend(), app)
    result = app.test_cli_runner().invoke(args=["scim", "sync", "staff"])
    assert result.exit_code == 0, result.output
    with app.app_context():
        assert SECRET not in repr(scim.settings)


def test_a_service_account_of_the_environment_is_json(serve: Serve) -> None:
    api = serve("google")
    options = api.options()
    app = App(api, service_account=json.loads(options["service_account"]))
    assert app.sync("google").exit_code == 0
