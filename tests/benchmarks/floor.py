"""The floor: what these requests cost when one shape is written by hand and nothing else is done.

A Flask app over sqlite3 with fixed JSON shapes, a look-up of the token, direct SQL and one commit
a write. No schema, no PATCH language, no filters but one, no versions checked.
"""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
import uuid
from datetime import UTC
from datetime import datetime
from typing import Any

from flask import Flask
from flask import Response
from flask import request

BASE = "http://localhost/scim/v2"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
_FILTER = re.compile(r'userName eq "([^"]*)"')

SCHEMA = """
CREATE TABLE token (digest BLOB PRIMARY KEY);
CREATE TABLE user (pk INTEGER PRIMARY KEY, id TEXT UNIQUE, key TEXT UNIQUE, external_id TEXT,
    user_name TEXT, given TEXT, family TEXT, email TEXT, active INTEGER, version INTEGER,
    created TEXT, modified TEXT);
CREATE TABLE team (pk INTEGER PRIMARY KEY, id TEXT UNIQUE, name TEXT, version INTEGER);
CREATE TABLE seat (team INTEGER, user INTEGER, PRIMARY KEY (team, user)) WITHOUT ROWID;
CREATE INDEX seat_user ON seat (user);
"""


def make_floor(path: str, token: str) -> Flask:
    """Return the app over a new database."""
    database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    database.execute("PRAGMA journal_mode = WAL")
    database.executescript(SCHEMA)
    database.execute("INSERT INTO token VALUES (?)", [_digest(token)])
    app = Flask("floor")
    run = database.execute

    def signed_in() -> None:
        secret = request.headers["Authorization"][7:]
        if run("SELECT 1 FROM token WHERE digest = ?", [_digest(secret)]).fetchone() is None:
            raise PermissionError

    def teams_of(users: list[int]) -> dict[int, list[dict[str, str]]]:
        marks = ",".join("?" * len(users))
        found: dict[int, list[dict[str, str]]] = {}
        for user, id, name in run(
            f"SELECT s.user, t.id, t.name FROM seat s JOIN team t ON t.pk = s.team "  # noqa: S608
            f"WHERE s.user IN ({marks})",
            users,
        ):
            shown = {"value": id, "display": name, "$ref": f"{BASE}/Groups/{id}"}
            found.setdefault(user, []).append(shown)
        return found

    def users(where: str, values: list[Any]) -> list[dict[str, Any]]:
        rows = run(f"SELECT * FROM user {where}", values).fetchall()  # noqa: S608
        teams = teams_of([row[0] for row in rows])
        return [_user(row, teams.get(row[0])) for row in rows]

    @app.post("/scim/v2/Users")
    def create() -> Response:
        signed_in()
        body = request.get_json()
        id, now = str(uuid.uuid4()), datetime.now(UTC).isoformat()
        run("BEGIN IMMEDIATE")
        run(
            "INSERT INTO user VALUES (NULL,?,?,?,?,?,?,?,?,1,?,?)",
            [
                id,
                body["userName"].casefold(),
                body["externalId"],
                body["userName"],
                body["name"]["givenName"],
                body["name"]["familyName"],
                body["emails"][0]["value"],
                body["active"],
                now,
                now,
            ],
        )
        run("COMMIT")
        (made,) = users("WHERE id = ?", [id])
        return _json(made, 201)

    @app.get("/scim/v2/Users/<id>")
    def get(id: str) -> Response:
        signed_in()
        return _json(users("WHERE id = ?", [id])[0])

    @app.get("/scim/v2/Users")
    def search() -> Response:
        signed_in()
        match = _FILTER.fullmatch(request.args.get("filter", ""))
        where, values = "", []
        if match is not None:
            where, values = "WHERE key = ?", [match[1].casefold()]
        total = run(f"SELECT count(*) FROM user {where}", values).fetchone()[0]  # noqa: S608
        found = users(f"{where} ORDER BY id LIMIT 100", values)
        return _json({"totalResults": total, "startIndex": 1, "Resources": found})

    @app.patch("/scim/v2/Users/<id>")
    def activate(id: str) -> Response:
        signed_in()
        active = request.get_json()["Operations"][0]["value"]
        run("BEGIN IMMEDIATE")
        run("UPDATE user SET active = ?, version = version + 1 WHERE id = ?", [active, id])
        run("COMMIT")
        return _json(users("WHERE id = ?", [id])[0])

    @app.post("/scim/v2/Groups")
    def create_team() -> Response:
        signed_in()
        body = request.get_json()
        id = str(uuid.uuid4())
        run("BEGIN IMMEDIATE")
        run("INSERT INTO team VALUES (NULL, ?, ?, 1)", [id, body["displayName"]])
        for member in body.get("members", ()):
            _join(run, id, member["value"])
        run("COMMIT")
        return _json({"id": id}, 201)

    @app.patch("/scim/v2/Groups/<id>")
    def join(id: str) -> Response:
        signed_in()
        operation = request.get_json()["Operations"][0]
        run("BEGIN IMMEDIATE")
        for member in operation["value"]:
            _join(run, id, member["value"])
        run("UPDATE team SET version = version + 1 WHERE id = ?", [id])
        run("COMMIT")
        return Response(status=204)

    return app


def _join(run: Any, team: str, user: str) -> None:
    run(
        "INSERT OR IGNORE INTO seat SELECT t.pk, u.pk FROM team t, user u "
        "WHERE t.id = ? AND u.id = ?",
        [team, user],
    )


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _json(document: Any, status: int = 200) -> Response:
    return Response(json.dumps(document), status, mimetype="application/scim+json")


def _user(row: Any, teams: Any) -> dict[str, Any]:
    _, id, _, external_id, name, given, family, email, active, version, created, modified = row
    document = {
        "schemas": [USER],
        "id": id,
        "externalId": external_id,
        "userName": name,
        "name": {"givenName": given, "familyName": family},
        "emails": [{"value": email, "type": "work", "primary": True}],
        "active": bool(active),
        "meta": {
            "resourceType": "User",
            "created": created,
            "lastModified": modified,
            "location": f"{BASE}/Users/{id}",
            "version": f'W/"{version}"',
        },
    }
    if teams:
        document["groups"] = teams
    return document
