"""The gateway on a day in June: the same names and the same minute, whenever it is looked at.

Run as a program it makes the scene in a folder and serves it. Its clock stands still and what is
random is not, so that two screenshots of a page differ only where the page does.
"""

from __future__ import annotations

import argparse
import json
import random
import secrets
from datetime import UTC
from datetime import datetime
from datetime import timedelta
from pathlib import Path
from typing import Any

import time_machine
from flask import Flask
from sqlalchemy import select
from sqlalchemy import text
from werkzeug.serving import make_server

from examples.gateway import create_app
from examples.gateway.models import Team
from examples.gateway.models import db
from examples.gateway.provisioning import scim
from tests.conftest import ScimClient

NOW = datetime(2026, 6, 16, 9, 30, tzinfo=UTC)
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
FACTS = "scene.json"
# Given name, family name, title, department.
PEOPLE = (
    ("Amara", "Okafor", "Head of Platform", "Engineering"),
    ("Bruno", "Costa", "Engineer", "Engineering"),
    ("Chiara", "Conti", "Analyst", "Research"),
    ("Derek", "Dahl", "Analyst", "Research"),
    ("Elena", "Eriksen", "Specialist", "Support"),
    ("Farid", "Farah", "Coordinator", "Support"),
    ("Grace", "Nakamura", "Engineer", "Engineering"),
    ("Hugo", "Lindqvist", "Designer", "Product"),
)
TEAMS = {
    "Platform Engineering": ("Amara", "Bruno", "Grace"),
    "Data Science": ("Amara", "Chiara", "Derek"),
    "Customer Support": ("Elena", "Farid"),
}
# How many titles change on the days after the first import, the last of them today.
CHANGES = (3, 1, 0, 0, 4, 2, 6, 3, 0, 0, 5, 2, 1)


class Story:
    """What has happened up to now.

    :param clock: what the story takes from day to day.
    """

    def __init__(self, app: Flask, clock: time_machine.Traveller) -> None:
        self.app = app
        self.clock = clock
        self.facts: dict[str, str] = {}

    def tell(self) -> None:
        """Let it happen, oldest first."""
        contoso = self.connect(120, "Contoso Entra", "entra", "Entra ID", lasts=140)
        northwind = self.connect(90, "Northwind Google", "google", "Google Workspace")
        fabrikam = self.connect(60, "Fabrikam Okta", "okta", "Okta", addresses=("192.0.2.0/24",))
        self.connect(30, "Keycloak staging", "keycloak", "Staging")
        with self.app.app_context():
            scim.connections.disable("Keycloak staging")
        self.people(contoso)
        self.days(contoso, northwind, fabrikam)
        self.connect(0, "Proseware authentik", "authentik", None)
        self.client()
        self.by_hand()
        self.clock.move_to(NOW)

    def client(self) -> None:
        """Make an OAuth client with a secret."""
        self.at(0, 8, 20)
        with self.app.app_context():
            assert scim.clients is not None
            [okta] = [one for one in scim.connections.list() if one.provider == "okta"]
            client = scim.clients.create(label="Okta workflows", connection=okta)
            self.facts["client"] = client.id
            self.facts["secret"] = scim.clients.add_secret(client.id).record.id

    def by_hand(self) -> None:
        """Change a team in the gateway, behind the back of the identity provider."""
        self.at(0, 9, 10)
        with self.app.app_context():
            [team] = db.session.scalars(select(Team).where(Team.name == "Customer Support"))
            team.name = "Customer Care"
            team.members.pop()
            db.session.commit()

    def connect(
        self,
        ago: int,
        name: str,
        provider: str,
        label: str | None,
        *,
        lasts: int | None = None,
        addresses: tuple[str, ...] = (),
    ) -> ScimClient:
        """Make a connection some days ago, and a token where it has a label."""
        self.at(ago, 8, 15)
        with self.app.app_context():
            connection = scim.connections.create(name, provider=provider)
            self.facts[name] = connection.id
            if label is None:
                return ScimClient(self.app.test_client(), "")
            token = scim.tokens.create(
                label=label,
                connection=connection,
                expires_in=timedelta(days=lasts) if lasts else None,
                addresses=addresses,
            )
        self.facts[label] = token.record.id
        idp = ScimClient(self.app.test_client(), token.secret)
        idp.client.environ_base["REMOTE_ADDR"] = "192.0.2.40"
        return idp

    def people(self, idp: ScimClient) -> None:
        """Import everybody and every team."""
        ids = {}
        for number, (given, family, title, department) in enumerate(PEOPLE):
            self.at(13, 7, 2 + number)
            address = f"{given}.{family}@contoso.example".lower()
            made = idp.user(
                address,
                externalId=f"6f1c0d5e-{number:04}",
                displayName=f"{given} {family}",
                name={"givenName": given, "familyName": family},
                title=title,
                emails=[{"value": address, "type": "work", "primary": True}],
                active=True,
                **{ENTERPRISE: {"department": department, "employeeNumber": f"{7001 + number}"}},
            )
            ids[given] = self.facts[given] = made["id"]
        for number, (name, members) in enumerate(TEAMS.items()):
            self.at(13, 7, 20 + number)
            made = idp.team(name, *(ids[one] for one in members))
            self.facts[name] = made["id"]

    def days(self, contoso: ScimClient, northwind: ScimClient, fabrikam: ScimClient) -> None:
        """Let two weeks go by."""
        for day, changes in enumerate(CHANGES, start=1):
            ago = 13 - day
            for number in range(changes):
                self.at(ago, 8, 3 * number)
                given, _, title, _ = PEOPLE[(day + number) % len(PEOPLE)]
                self.change(contoso, given, "title", f"{title}, grade {day}")
            if ago == 1:
                self.at(ago, 16, 41)
                self.change(contoso, "Hugo", "active", False)
            if ago == 9:
                self.at(ago, 11, 0)
                northwind.get("/Users?startIndex=1&count=2")
            if ago == 4:
                self.at(ago, 10, 5)
                fabrikam.get('/Users?filter=userName eq "chiara.conti@contoso.example"')
                self.at(ago, 10, 6)
                fabrikam.get("/Users?filter=favouriteColour eq green")
        self.at(0, 8, 50)
        taken = {"schemas": [USER], "userName": "amara.okafor@contoso.example"}
        assert contoso.post("/Users", taken).status_code == 409
        self.at(0, 8, 52)
        refused = fabrikam.patch(
            f"/Users/{self.facts['Derek']}",
            {"op": "replace", "path": "active", "value": "perhaps"},
        )
        assert refused.status_code == 400, refused.text
        self.at(0, 8, 55)
        self.change(contoso, "Derek", "title", "Lead Analyst")

    def change(self, idp: ScimClient, given: str, path: str, value: Any) -> None:
        """Replace an attribute of somebody."""
        operation = {"op": "replace", "path": path, "value": value}
        answer = idp.patch(f"/Users/{self.facts[given]}", operation)
        assert answer.status_code in (200, 204), answer.text

    def at(self, ago: int, hour: int, minute: int) -> None:
        """Go to a time of a day some days ago."""
        # The log is written after the answer, and of then.
        with self.app.app_context():
            assert scim.log.flush()
        self.clock.move_to((NOW - timedelta(days=ago)).replace(hour=hour, minute=minute))

    def entries(self) -> None:
        """Note the entries of the log that are worth a look."""
        with self.app.app_context():
            assert scim.log.flush()
            # How long a request took is the one thing that no clock of ours decides.
            db.session.execute(text("UPDATE scim_log SET duration_ms = 12"))
            db.session.commit()
            newest = scim.log.search().entries
        self.facts["changed"] = next(one.id for one in newest if one.outcome == "changed")
        self.facts["refused"] = next(one.id for one in newest if one.status == 400)


def serve(folder: Path, port: int, *, empty: bool) -> None:
    """Make the scene and serve it until the process ends.

    :param empty: serve a console that nobody has used yet.
    """
    # No secret of this scene is one.
    secrets._sysrand = random.Random(16)  # noqa: S311 - the same ones every time are wanted
    secrets.randbits = secrets._sysrand.getrandbits
    with time_machine.travel(NOW, tick=False) as clock:
        app = create_app(
            {
                "INSTANCE_PATH": str(folder),
                "SCIM_BASE_URL": "https://gateway.example/scim/v2",
                "SCIM_OAUTH": True,
            }
        )
        password = app.test_cli_runner().invoke(args=["admin", "password"]).stdout.strip()
        story = Story(app, clock)
        if not empty:
            story.tell()
            story.entries()
        facts = story.facts | {"password": password}
        (folder / FACTS).write_text(json.dumps(facts), encoding="utf-8")
        make_server("127.0.0.1", port, app, threaded=True).serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("port", type=int)
    parser.add_argument("--empty", action="store_true")
    given = parser.parse_args()
    serve(given.folder, given.port, empty=given.empty)
