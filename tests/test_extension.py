"""The extension on a host: what it refuses at setup, and what it leaves alone."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask import abort
from flask_wtf import CSRFProtect

from flask_scim_teams import ScimTeams
from flask_scim_teams.core.errors import SetupError
from flask_scim_teams.storage.memory import MemoryBackend
from tests.conftest import SECRET_KEY
from tests.conftest import ScimClient


def host(**config: Any) -> Flask:
    app = Flask("host")
    app.config.update({"SECRET_KEY": SECRET_KEY, **config})
    return app


def connect(app: Flask, scim: ScimTeams, prefix: str = "/scim/v2") -> ScimClient:
    with app.app_context():
        token = scim.tokens.create(label="test").secret
    return ScimClient(app.test_client(), token, prefix)


def test_a_second_instance_on_one_app() -> None:
    app = host()
    scim = ScimTeams(MemoryBackend(), app)
    for attempt in (lambda: scim.init_app(app), lambda: ScimTeams(MemoryBackend(), app)):
        with pytest.raises(SetupError, match="already"):
            attempt()
    # The first one is as good as before.
    connect(app, scim).user("ada")


def test_without_an_app() -> None:
    scim = ScimTeams(MemoryBackend())
    with host().app_context(), pytest.raises(SetupError, match="init_app"):
        scim.tokens.list()


def test_two_apps_in_one_process() -> None:
    scim = ScimTeams(MemoryBackend())
    one, two = (
        host(),
        host(SCIM_URL_PREFIX="/idp", SECRET_KEY="another key, also long enough for it"),
    )
    scim.init_app(one)
    scim.init_app(two)
    first, second = connect(one, scim), connect(two, scim, "/idp")
    user = first.user("ada")
    # One backend, and to each app its own address and its own tokens.
    assert second.get(f"/Users/{user['id']}").get_json()["meta"]["location"] == (
        f"http://localhost/idp/Users/{user['id']}"
    )
    assert ScimClient(second.client, first.token, "/idp").get("/Users").status_code == 401

    other = ScimTeams(MemoryBackend())
    three = host()
    other.init_app(three)
    assert connect(three, other).get("/Users").get_json()["totalResults"] == 0


@pytest.mark.parametrize(
    "config",
    [
        {"SCIM_URL_PREFIX": ""},
        {"SCIM_URL_PREFIX": "/"},
        {"SCIM_URL_PREFIX": "//"},
        {"SCIM_URL_PREFIX": "scim"},
        {"SCIM_URL_PREFIX": None},
        {"SCIM_URL_PREFIX": 5},
        {"SCIM_BASE_URL": "gateway.example.com/scim/v2"},
        {"SCIM_BASE_URL": "ftp://gateway.example.com"},
        {"SCIM_BASE_URL": "https://gateway.example.com/scim?tenant=1"},
        {"SCIM_BASE_URL": "https://"},
        {"SCIM_BASE_URL": ""},
        {"SCIM_BASE_URL": 5},
        {"SCIM_MAX_BODY_BYTES": 0},
        {"SCIM_MAX_BODY_BYTES": "5 MiB"},
        {"SCIM_MAX_BODY_BYTES": None},
        {"SCIM_MAX_RESULTS": -1},
        {"SCIM_MAX_RESULTS": True},
        {"SCIM_DEFAULT_COUNT": 1.5},
    ],
    ids=repr,
)
def test_configuration_that_cannot_work(config: dict[str, Any]) -> None:
    [name] = config
    with pytest.raises(SetupError, match=name):
        ScimTeams(MemoryBackend(), host(**config))


@pytest.mark.parametrize("prefix", ["/scim/v2", "/scim/v2/", "/x", "/api/directory/scim"])
def test_the_prefix(prefix: str) -> None:
    app = host(SCIM_URL_PREFIX=prefix)
    scim = ScimTeams(MemoryBackend(), app)
    idp = connect(app, scim, prefix.rstrip("/"))
    user = idp.user("ada")
    assert user["meta"]["location"] == f"http://localhost{prefix.rstrip('/')}/Users/{user['id']}"
    assert idp.get("/Nope").content_type == "application/scim+json"


@pytest.mark.requirement("R012", "R034", "R084")
def test_the_base_url() -> None:
    # Behind a proxy the world knows another address; the Host header is not it
    base = "https://gateway.example.com/scim/v2"
    app = host(SCIM_BASE_URL=f"{base}/", SCIM_PUBLIC_DISCOVERY=True)
    scim = ScimTeams(MemoryBackend(), app)
    idp = connect(app, scim)
    evil = {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
    response = idp.post(
        "/Users",
        {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ada"},
        headers=evil,
    )
    user = response.get_json()
    assert response.headers["Location"] == user["meta"]["location"] == f"{base}/Users/{user['id']}"
    team = idp.team("Blue", user["id"])
    assert team["members"][0]["$ref"] == user["meta"]["location"]
    got = idp.get(f"/Users/{user['id']}", headers=evil)
    assert got.headers["Content-Location"] == user["meta"]["location"]
    assert got.get_json()["groups"][0]["$ref"] == f"{base}/Groups/{team['id']}"
    for path in ("/Users", "/Schemas", "/ResourceTypes", "/ServiceProviderConfig"):
        answer = idp.get(path, headers=evil)
        assert "evil" not in answer.text
        assert base in answer.text


def test_an_app_below_a_path_of_the_server() -> None:
    app = host()
    scim = ScimTeams(MemoryBackend(), app)
    idp = connect(app, scim)
    idp.user("ada")
    response = idp.get("/Users", environ_overrides={"SCRIPT_NAME": "/gateway"})
    [user] = response.get_json()["Resources"]
    assert user["meta"]["location"] == f"http://localhost/gateway/scim/v2/Users/{user['id']}"


@pytest.mark.requirement("R061")
@pytest.mark.parametrize("public", [False, True])
def test_public_discovery(public: bool) -> None:
    app = host(SCIM_PUBLIC_DISCOVERY=public)
    ScimTeams(MemoryBackend(), app)
    client = app.test_client()
    for path in ("/ServiceProviderConfig", "/ResourceTypes", "/ResourceTypes/User", "/Schemas"):
        for url in (f"/scim/v2{path}", f"/scim/v2{path}/"):
            assert client.get(url).status_code == (200 if public else 401)
        assert client.head(f"/scim/v2{path}").status_code == (200 if public else 401)
        # A bad token does no harm where none is asked for.
        headers = {"Authorization": "Bearer x"}
        assert client.get(f"/scim/v2{path}", headers=headers).status_code == (
            200 if public else 401
        )
        assert client.post(f"/scim/v2{path}").status_code == 401
    # And nothing else became public with it.
    for path in ("/Users", "/Users/Schemas", "/Groups", "/Nope", "/Schemas/../Users", "/schemas"):
        assert client.get(f"/scim/v2{path}").status_code == 401
    for path in (
        "/ServiceProviderConfig/Users",
        "/Schemas/x/y",
        "//Schemas",
        "/ResourceTypes//Users",
    ):
        assert client.get(f"/scim/v2{path}").status_code in (401, 404)


def test_the_hosts_own_errors_stay_its_own() -> None:
    app = host()

    @app.errorhandler(404)
    def lost(error: Exception) -> tuple[str, int]:
        return "<h1>lost</h1>", 404

    @app.errorhandler(Exception)
    def broken(error: Exception) -> tuple[str, int]:
        return "<h1>broken</h1>", 500

    @app.route("/teapot")
    def teapot() -> str:
        abort(418)

    scim = ScimTeams(MemoryBackend(), app)
    client = app.test_client()
    assert client.get("/nope").text == "<h1>lost</h1>"
    assert client.get("/scim/v3/Users").text == "<h1>lost</h1>"
    assert client.post("/teapot").text == "<h1>broken</h1>"
    assert client.get("/teapot").text == "<h1>broken</h1>"
    # Below the prefix they are SCIM's, the host's handlers notwithstanding.
    idp = connect(app, scim)
    for path in ("/nope", "/Users/x", "/Users//"):
        response = idp.get(path)
        assert (response.status_code, response.content_type) == (404, "application/scim+json")


def test_a_hosts_limits_and_settings_do_not_get_in_the_way() -> None:
    app = host(MAX_CONTENT_LENGTH=10, APPLICATION_ROOT="/x", TRAP_HTTP_EXCEPTIONS=True)
    app.url_map.strict_slashes = True
    app.url_map.merge_slashes = True
    app.url_map.redirect_defaults = True
    scim = ScimTeams(MemoryBackend(), app)
    idp = connect(app, scim)
    idp.user("ada")
    assert idp.get("/Users/").status_code == 200
    assert idp.get("//Users").status_code == 404
    assert idp.get("/Nope").content_type == "application/scim+json"
    assert idp.request("FOO", "/Users").status_code == 405


def test_before_the_first_request_and_after() -> None:
    # Flask refuses a blueprint once it has served a request: better at setup than half done.
    app = host()
    app.add_url_rule("/", "home", lambda: "home")
    ScimTeams(MemoryBackend()).init_app(app)
    assert app.test_client().get("/").text == "home"
    assert "scim" in app.blueprints


def test_a_host_that_protects_its_forms() -> None:
    # Identity providers have no CSRF token: without an exemption every write would be refused.
    app = host()
    CSRFProtect(app)
    scim = ScimTeams(MemoryBackend(), app)

    @app.post("/form")
    def form() -> str:
        return "changed"

    assert connect(app, scim).user("ada")["userName"] == "ada"
    assert app.test_client().post("/form").status_code == 400
