"""``flask scim client``."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from joserfc.jwk import ECKey
from joserfc.jwk import OctKey
from joserfc.jwk import RSAKey

from flask_scim_teams import ScimTeams
from flask_scim_teams.storage.memory import MemoryBackend
from tests.oauth.gateway import TOKEN_URL
from tests.oauth.gateway import Gateway

SECRET = re.compile(r"scimcs_[0-9a-f]{64}")
EC = ECKey.generate_key("P-256", {"kid": "one"})


@pytest.fixture
def gateway() -> Gateway:
    return Gateway()


def run(gateway: Gateway, *arguments: str) -> Result:
    return gateway.app.test_cli_runner().invoke(args=["scim", "client", *arguments])


def printed(result: Result) -> dict[str, str]:
    assert result.exit_code == 0, result.output
    return dict(line.split("=", 1) for line in result.stdout.splitlines())


def written(folder: Path, document: Any) -> str:
    path = folder / "keys.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    return str(path)


def test_a_client_with_a_secret(gateway: Gateway) -> None:
    with gateway.app.app_context():
        gateway.scim.connections.create("Entra", provider="entra")
        gateway.scim.connections.create("Okta", provider="okta")
    result = run(gateway, "create", "--connection", "Entra", "--secret", "--scope", "users:read")
    told = printed(result)
    assert told.keys() == {"client_id", "client_secret", "token_url"}
    assert told["token_url"] == TOKEN_URL
    assert SECRET.fullmatch(told["client_secret"])
    assert told["client_secret"] not in result.stderr
    with gateway.app.app_context():
        (client,) = gateway.scim.clients.list()
        (secret,) = gateway.scim.clients.secrets(client.id)
    assert (client.id, client.label, client.scopes) == (
        told["client_id"],
        "Entra",
        ("users:read",),
    )
    assert secret.id in result.stderr
    listed = run(gateway, "list").stdout
    for shown in (client.id, "Entra", "active", secret.id, "users:read"):
        assert shown in listed
    assert told["client_secret"] not in listed
    form = {"client_id": told["client_id"], "client_secret": told["client_secret"]}
    assert gateway.ask(form).get_json()["scope"] == "users:read"


def test_secrets_take_turns(gateway: Gateway) -> None:
    told = printed(run(gateway, "create", "--secret", "--expires-in", "52w"))
    id = told["client_id"]
    new = printed(run(gateway, "secret", id))["client_secret"]
    with gateway.app.app_context():
        old, _ = gateway.scim.clients.secrets(id)
    assert run(gateway, "revoke", id, old.id).exit_code == 0
    again = run(gateway, "revoke", id, old.id)
    assert again.exit_code == 1
    assert f"no live secret {old.id}" in again.stderr
    assert old.id not in run(gateway, "list").stdout
    form = {"client_id": id, "client_secret": told["client_secret"]}
    assert gateway.ask(form).status_code == 401
    assert gateway.ask(form | {"client_secret": new}).status_code == 200
    assert run(gateway, "secret", "0" * 16).exit_code == 1


def test_a_client_is_switched_off_and_on(gateway: Gateway) -> None:
    told = printed(run(gateway, "create", "--secret"))
    id = told["client_id"]
    form = {"client_id": id, "client_secret": told["client_secret"]}
    assert run(gateway, "disable", id).exit_code == 0
    assert gateway.ask(form).status_code == 401
    assert "disabled" in run(gateway, "list").stdout
    assert run(gateway, "disable", id).exit_code == 1
    assert run(gateway, "enable", id).exit_code == 0
    assert gateway.ask(form).status_code == 200
    assert run(gateway, "enable", id).exit_code == 1


def test_a_client_that_signs(gateway: Gateway, tmp_path: Path) -> None:
    path = written(tmp_path, {"keys": [EC.as_dict(private=False) | {"x5t": "left out"}]})
    told = printed(run(gateway, "create", "--jwks", path))
    assert told.keys() == {"client_id", "token_url"}
    with gateway.app.app_context():
        (client,) = gateway.scim.clients.list()
    assert set(client.trust["keys"][0]) == {"kty", "kid", "crv", "x", "y"}
    refused = run(gateway, "secret", client.id)
    assert refused.exit_code == 1
    assert "has no secret" in refused.stderr
    assert "signature" in run(gateway, "list").stdout


def test_a_client_of_another_issuer(gateway: Gateway, tmp_path: Path) -> None:
    path = written(tmp_path, {"keys": [EC.as_dict(private=False)]})
    issuer = "https://login.example.com/tenant/v2.0"
    told = run(
        gateway, "create", "--jwks", path, "--issuer", issuer, "--subject", "d2f8",
        "--audience", "api://b5ba/.default",
    )  # fmt: skip
    printed(told)
    with gateway.app.app_context():
        (client,) = gateway.scim.clients.list()
    assert {name: one for name, one in client.trust.items() if name != "keys"} == {
        "issuer": issuer,
        "subject": "d2f8",
        "audience": "api://b5ba",
    }
    assert issuer in run(gateway, "list").stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "one of --secret, --jwks"),
        (("--secret", "--jwks-uri", "https://x.example"), "one of --secret, --jwks"),
        (("--jwks-uri", "http://x.example/keys"), "begins with https://"),
        (("--jwks-uri", "https://127.0.0.1/keys"), "inside the network"),
        (("--secret", "--connection", "Nope"), "no connection 'Nope'"),
        (("--secret", "--issuer", "https://x"), "belong together"),
        (("--secret", "--label", " "), "needs a label"),
        (("--secret", "--scope", "admin"), "admin"),
        (("--secret", "--expires-in", "0d"), "no duration"),
    ],
)
def test_what_is_refused(gateway: Gateway, arguments: tuple[str, ...], words: str) -> None:
    result = run(gateway, "create", *arguments)
    assert result.exit_code != 0
    assert words in result.stderr
    with gateway.app.app_context():
        assert gateway.scim.clients.list() == ()


def test_keys_that_are_refused(gateway: Gateway, tmp_path: Path) -> None:
    key = EC.as_dict(private=False)
    with pytest.warns(Warning, match="2048"):
        short = RSAKey.generate_key(1024).as_dict(private=False)
    documents: list[tuple[Any, str]] = [
        ("{", "no JSON"),
        ([], "no JWK set"),
        ({}, "no JWK set"),
        ({"keys": []}, "no JWK set"),
        ({"keys": "one"}, "no JWK set"),
        ({"keys": ["one"]}, "RSA, or EC"),
        ({"keys": [EC.as_dict(private=True)]}, "private key"),
        ({"keys": [OctKey.generate_key().as_dict()]}, "RSA, or EC"),
        ({"keys": [short]}, "this has 1024"),
        ({"keys": [ECKey.generate_key("P-384").as_dict(private=False)]}, "P-256"),
        ({"keys": [key | {"use": "enc"}]}, "does not sign"),
        ({"keys": [key | {"alg": "HS256"}]}, "not HS256"),
        ({"keys": [{"kty": "EC", "crv": "P-256"}]}, "cannot be read"),
        ({"keys": [{"kty": "EC"}]}, "cannot be read"),
        ({"keys": [{"kty": "RSA", "e": "AQAB"}]}, "this has 0"),
        ({"keys": [key | {"x": "!"}]}, "cannot be read"),
        ({"keys": [key | {"x": "AAAA"}]}, "cannot be read"),
        ({"keys": [key, key]}, "of its own"),
        ({"keys": [key, key | {"kid": 7}]}, "of its own"),
    ]
    for document, words in documents:
        result = run(gateway, "create", "--jwks", written(tmp_path, document))
        assert result.exit_code == 1, (document, result.output)
        assert words in result.stderr, (document, result.stderr)


def test_every_command_speaks_json(gateway: Gateway, tmp_path: Path) -> None:
    def said(*arguments: str) -> Any:
        result = run(gateway, *arguments, "--json")
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    made = said("create", "--secret", "--label", "Zoë", "--scope", "users:read")
    id, secret = made["client_id"], made.pop("client_secret")
    assert gateway.ask({"client_id": id, "client_secret": secret}).status_code == 200
    assert made.pop("token_url") == TOKEN_URL
    assert made.pop("client_id") == made["id"]
    assert (made["label"], made["status"], made["proof"]) == ("Zoë", "active", "secret")
    assert made["scopes"] == ["users:read"]
    assert said("list") == [made]
    assert said("show", id) == made
    [first] = made["secrets"]
    new = said("secret", id, "--expires-in", "52w")
    assert gateway.ask({"client_id": id, "client_secret": new["client_secret"]}).status_code == 200
    assert said("revoke", id, first["id"])["secrets"] == [
        {name: new[name] for name in ("id", "created", "expires")}
    ]
    off = said("disable", id)
    assert (off["status"], off["disabled"] is None) == ("disabled", False)
    assert said("enable", id)["status"] == "active"
    path = written(tmp_path, {"keys": [EC.as_dict(private=False)]})
    signs = said(
        "create", "--jwks", path, "--issuer", "https://i.example", "--subject", "s",
        "--audience", "api://x/.default",
    )  # fmt: skip
    assert "client_secret" not in signs
    assert (signs["proof"], signs["keys"], signs["jwks_uri"]) == ("issuer", ["one"], None)
    assert (signs["issuer"], signs["subject"], signs["audience"]) == (
        "https://i.example", "s", "api://x",
    )  # fmt: skip
    # What is printed again is never what a client proves itself with.
    for text in (run(gateway, "list").stdout, run(gateway, "show", id).stdout):
        assert not SECRET.search(text)
    for command in (("show", "x"), ("disable", "x"), ("enable", "x"), ("revoke", id, "x")):
        result = run(gateway, *command, "--json")
        assert (result.exit_code, result.stdout) == (1, "")
        assert result.stderr.startswith("Error: ")


def test_there_are_no_such_commands_unless_it_is_on() -> None:
    host = Flask("host")
    host.config["SECRET_KEY"] = "a key of the commands' tests, long enough to sign with"
    ScimTeams(MemoryBackend(), host)
    result = host.test_cli_runner().invoke(args=["scim", "client", "list"])
    assert result.exit_code != 0
