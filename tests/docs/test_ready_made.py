"""The host guide's application without models of its own."""

from __future__ import annotations

from pathlib import Path

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import func
from sqlalchemy import select

from flask_scim_teams import ScimTeams
from flask_scim_teams.storage.sqlalchemy import ready_made
from tests.databases import close


def test_ready_made_models_are_provisioned(tmp_path: Path) -> None:
    host = Flask("host")
    host.config["SECRET_KEY"] = "a key of the documentation, long enough to sign with"
    host.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{tmp_path / 'host.sqlite'}"
    # begin: ready-made
    db = SQLAlchemy(host)
    ready = ready_made(db)
    scim = ScimTeams(ready.backend)
    scim.init_app(host)
    # end: ready-made
    with host.app_context():
        db.create_all()
        token = scim.tokens.create(label="test").secret
        answer = host.test_client().post(
            "/scim/v2/Users",
            json={
                "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
                "userName": "ada@example.com",
            },
            headers={"Authorization": f"Bearer {token}"},
        )
        assert answer.status_code == 201
        assert db.session.scalar(select(func.count()).select_from(ready.User)) == 1
    # In a context of its own: the session above has given its connection back by now.
    with host.app_context():
        close(db.engine)
