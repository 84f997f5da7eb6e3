"""What the pages promise of the code they show."""

from __future__ import annotations

import importlib
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from flask_scim_teams.signals import user_deactivated

SCIM_USER = "urn:ietf:params:scim:schemas:core:2.0:User"
SCIM_PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


@pytest.fixture
def token(host: Flask) -> str:
    made = host.test_cli_runner().invoke(args=["scim", "token", "create", "--label", "Entra"])
    assert made.exit_code == 0
    return made.stdout.strip()


def send(host: Flask, token: str, method: str, path: str, body: Any = None) -> Any:
    answer = host.test_client().open(
        f"/scim/v2{path}",
        method=method,
        json=body,
        headers={"Authorization": f"Bearer {token}"},
    )
    assert answer.status_code < 300, answer.text
    return answer.get_json(force=True) if answer.data else None


def provision(host: Flask, token: str) -> Any:
    ada = {
        "schemas": [SCIM_USER],
        "userName": "ada@example.com",
        "name": {"givenName": "Ada", "familyName": "Lovelace"},
        "emails": [{"value": "ada@work.example.com", "type": "work"}],
        "title": "Countess",
    }
    return send(host, token, "POST", "/Users", ada)


def deactivate(host: Flask, token: str, id: str) -> None:
    operation = {"op": "replace", "path": "active", "value": False}
    send(host, token, "PATCH", f"/Users/{id}", {"schemas": [SCIM_PATCH], "Operations": [operation]})


def test_a_provisioned_user_is_a_row_of_the_hosts(host: Flask, token: str) -> None:
    from myapp.models import User
    from myapp.models import db

    created = provision(host, token)
    with host.app_context():
        user = db.session.scalars(select(User)).one()
        assert user.scim_id == created["id"]
        assert (user.email, user.first_name, user.last_name, user.work_email, user.is_active) == (
            "ada@example.com",
            "Ada",
            "Lovelace",
            "ada@work.example.com",
            True,
        )
    assert send(host, token, "GET", f"/Users/{created['id']}")["title"] == "Countess"


def test_a_team_is_a_row_and_its_members_are_rows_of_the_hosts(host: Flask, token: str) -> None:
    from myapp.models import Team
    from myapp.models import db
    from myapp.models import team_user

    member = {"value": provision(host, token)["id"]}
    schema = "urn:ietf:params:scim:schemas:core:2.0:Group"
    team = {"schemas": [schema], "displayName": "Analysts", "members": [member]}
    send(host, token, "POST", "/Groups", team)
    with host.app_context():
        assert db.session.scalars(select(Team.name)).all() == ["Analysts"]
        assert len(db.session.execute(select(team_user)).all()) == 1


def test_an_account_of_the_hosts_own_does_not_exist_for_scim(host: Flask, token: str) -> None:
    from myapp.models import User
    from myapp.models import db

    with host.app_context():
        db.session.add(User(email="root@example.com"))
        db.session.commit()
    assert send(host, token, "GET", "/Users")["totalResults"] == 0


def test_a_change_the_host_makes_shows(host: Flask, token: str) -> None:
    from myapp.models import User
    from myapp.models import db

    created = provision(host, token)
    with host.app_context():
        db.session.scalars(select(User)).one().email = "countess@example.com"
        db.session.commit()
    found = send(host, token, "GET", '/Users?filter=userName eq "Countess@example.com"')
    assert [user["id"] for user in found["Resources"]] == [created["id"]]
    assert found["Resources"][0]["meta"]["version"] != created["meta"]["version"]


def test_a_deactivated_user_is_refused_the_next_request(host: Flask, token: str) -> None:
    from myapp.models import User
    from myapp.models import db

    host.add_url_rule("/", "home", lambda: "welcome")
    created = provision(host, token)
    browser = host.test_client()
    with host.app_context(), browser.session_transaction() as session:
        session["user_id"] = db.session.scalars(select(User.id)).one()
    assert browser.get("/").status_code == 200
    deactivate(host, token, created["id"])
    assert browser.get("/").status_code == 403
    assert host.test_client().get("/").status_code == 200


def test_keys_are_revoked_when_their_owner_is_deactivated(host: Flask, token: str) -> None:
    from myapp.models import ApiKey
    from myapp.models import User
    from myapp.models import db

    keys = importlib.import_module("myapp.keys")
    created = provision(host, token)
    with host.app_context():
        user_id = db.session.scalars(select(User.id)).one()
        db.session.add(ApiKey(user_id=user_id, digest="0" * 64))
        db.session.commit()
    deactivate(host, token, created["id"])
    # The module connects it for good, and other tests have apps of their own.
    user_deactivated.disconnect(keys.revoke_keys)
    with host.app_context():
        assert db.session.scalars(select(ApiKey)).all() == []


def test_people_sign_in_by_their_providers(
    host: Flask, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page's code, up to where the identity provider would be asked."""
    from flask_scim_teams.sso import Identity

    sign_in = importlib.import_module("myapp.sign_in")
    monkeypatch.setenv("ENTRA_CLIENT_SECRET", "a secret")
    monkeypatch.setenv("OKTA_CLIENT_SECRET", "a secret")
    sign_in.add_sign_in(host)
    created = provision(host, token)
    identity = Identity(provider="okta", issuer="https://x", subject="x", user_id=created["id"])
    with host.test_request_context():
        sign_in.log_in(identity)
        assert importlib.import_module("myapp").signed_in() == created["id"]
    assert host.test_client().get("/sso/other/sign-in").status_code == 404
