"""Canaille, a real identity provider, and the gateway it provisions, in processes of their own.

Canaille pushes a change within the request or the command that made it, to every trusted OIDC
client, over HTTP. The tests only change its directory: through its administration pages as a
browser would, and through its command line where the pages offer nothing, which is to rename.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.gateway import Account
from tests.gateway import Contents
from tests.gateway import Gateway
from tests.gateway import Team
from tests.processes import ROOT
from tests.processes import Log
from tests.processes import Server
from tests.processes import environment
from tests.processes import free_port
from tests.processes import run

ADMINISTRATOR = "admin"  # the user name that Canaille's default access rules give every right
PASSWORD = "correct horse battery staple"  # of a directory that lives for a minute
FAMILY_NAME = "Example"  # the one thing besides a user name that Canaille insists on

CSRF_FIELD = re.compile(r'name="csrf_token"\s+value="([^"]+)"')
TAG = re.compile(r"<[^>]*>")
# What Canaille logs instead of failing when a push does not go through.
COMPLAINT = re.compile(
    r"SCIM protocol not supported|SCIM (?:User|Group) .* failed|Unable to find user"
    r"|Traceback| ERROR | CRITICAL "
)
# The log goes to stderr always; left alone, it goes wherever the server wants a request's errors.
CONFIGURATION = """\
SECRET_KEY = {secret}
SERVER_NAME = {server_name}
PREFERRED_URL_SCHEME = "http"

[CANAILLE]
DATABASE = "sql"
LANGUAGE = "en"

[CANAILLE.LOGGING]
version = 1
disable_existing_loggers = false
formatters.line.format = "%(asctime)s %(levelname)s %(name)s: %(message)s"
handlers.stderr = {{class = "logging.StreamHandler", formatter = "line"}}
root = {{level = "INFO", handlers = ["stderr"]}}

[CANAILLE_OIDC]
DYNAMIC_CLIENT_REGISTRATION_OPEN = true

# By themselves, people would be known by the user name, which others may get after them.
[CANAILLE_OIDC.USERINFO_MAPPING]
SUB = "{{{{ user.id }}}}"
PREFERRED_USERNAME = "{{{{ user.user_name }}}}"
NAME = "{{{{ user.display_name }}}}"

[CANAILLE_SQL]
DATABASE_URI = {database}

[CANAILLE_SCIM]
ENABLE_SERVER = true
ENABLE_CLIENT = {pushes}
"""


class Canaille:
    """An identity provider with a directory of its own.

    :param python: an interpreter that has Canaille installed.
    :param folder: where its configuration, database and log go.
    """

    def __init__(self, python: Path, folder: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.folder = folder
        self.log = Log(folder / "canaille.log")
        self._program = (str(python), "-m", "canaille.commands")
        self._settings = folder / "canaille.toml"
        self._environment = environment(CANAILLE_CONFIG=str(self._settings))
        self._secret = secrets.token_hex(32)
        self._reading_token = secrets.token_urlsafe(32)
        self._browser = httpx.Client(
            base_url=self.url, follow_redirects=True, timeout=30, trust_env=False
        )

    def install(self, scim_url: str = "", token: str = "") -> None:
        """Make a directory with one administrator, and tell it whom to provision.

        :param scim_url: the service provider's base URL; nobody is provisioned if it is empty.
        :param token: the bearer token to send there.
        """
        self._configure(pushes=False)  # the token is there only when the directory is complete
        self.command("install")
        self.command("restore", stdin=json.dumps(self._first_contents(scim_url, token)))
        self._configure(pushes=bool(scim_url))

    def register(self, name: str, *redirect_uris: str) -> tuple[str, str]:
        """Register a client for sign-in (RFC 7591); return its id and its secret.

        It names no site, so that it is none of those that Canaille trusts: people are asked.
        """
        metadata = {
            "client_name": name,
            "redirect_uris": redirect_uris,
            "grant_types": ["authorization_code", "client_credentials"],
            "response_types": ["code"],
            "scope": "openid profile email groups",
            "token_endpoint_auth_method": "client_secret_basic",
        }
        made = self._browser.post("/oauth/register", json=metadata).raise_for_status().json()
        return made["client_id"], made["client_secret"]

    def rename_group(self, name: str, to: str) -> None:
        """Rename a group, which the pages do not offer."""
        self.command("set", "group", name, "--display-name", to)

    def serve(self) -> Server:
        """Start the server; it may take a moment to answer."""
        arguments = [*self._program, "run", "--bind", f"127.0.0.1:{self.port}"]
        return Server(arguments, self._environment, self.log)

    def command(self, *arguments: str, stdin: str = "") -> str:
        """Run Canaille's command line, a process that pushes its changes itself."""
        return run([*self._program, *arguments], self._environment, self.log, stdin)

    def contents(self) -> Contents:
        """Return the directory as Canaille's own SCIM service provider reports it."""
        accounts = [
            Account(
                username=user["userName"],
                email=user["emails"][0]["value"] if user.get("emails") else None,
                full_name=user.get("displayName"),
                is_active=user["active"],
            )
            for user in self._listed("Users")
        ]
        teams = [
            Team(group["displayName"], tuple(sorted(m["value"] for m in group.get("members", ()))))
            for group in self._listed("Groups")
        ]
        return Contents(sorted(accounts), sorted(teams))

    def complaints(self) -> list[str]:
        """Return the lines since the log's mark that tell of a failed push or another failure."""
        return [line for line in self.log.new().splitlines() if COMPLAINT.search(line)]

    def sign_in(self) -> None:
        """Sign in to the pages as the administrator."""
        self._submit("/login", "Password", login=ADMINISTRATOR)
        self._submit("/auth/password", "Connection successful", password=PASSWORD)
        # That no complaint is found means something only in a log that is written.
        assert "Successful authentication" in self.log.new()

    def add_user(self, username: str, *, display_name: str, email: str, password: str = "") -> None:
        """Add a user; one without a password cannot sign in yet."""
        self._submit(
            "/profile",
            "User account creation succeeded.",
            user_name=username,
            family_name=FAMILY_NAME,
            display_name=display_name,
            password1=password,
            password2=password,
            **{"emails-0": email},
        )

    def edit_user(self, username: str, *, display_name: str, email: str) -> None:
        """Change what a user's profile says."""
        self._submit(
            f"/profile/{username}",
            "Profile updated successfully.",
            action="edit-profile",
            family_name=FAMILY_NAME,
            display_name=display_name,
            **{"emails-0": email},
        )

    def lock(self, username: str) -> None:
        """Shut a user out, from now on."""
        self._submit(
            f"/profile/{username}/settings", "The account has been locked.", action="lock-execute"
        )

    def unlock(self, username: str) -> None:
        """Let a locked user in again."""
        self._submit(
            f"/profile/{username}/settings", "The account has been unlocked.", action="unlock"
        )

    def delete_user(self, username: str) -> None:
        """Delete a user."""
        self._submit(
            f"/profile/{username}/settings", "successfully deleted", action="delete-execute"
        )

    def join(self, username: str, *groups: str) -> None:
        """Put a user in these groups and in no other."""
        ids = {group["displayName"]: group["id"] for group in self._listed("Groups")}
        self._submit(
            f"/profile/{username}/settings",
            "Profile updated successfully.",
            action="edit-settings",
            lock_date="",  # a browser sends the field, empty as it is
            groups=[ids[group] for group in groups],
        )

    def add_group(self, name: str) -> None:
        """Add a group; its first member is who adds it, the administrator."""
        self._submit("/groups/add", "successfully created", display_name=name)

    def remove_member(self, group: str, username: str) -> None:
        """Take a user out of a group."""
        ids = {user["userName"]: user["id"] for user in self._listed("Users")}
        self._submit(
            f"/groups/{group}",
            "has been removed from the group",
            action="remove-member",
            member=ids[username],
        )

    def delete_group(self, name: str) -> None:
        """Delete a group."""
        self._submit(f"/groups/{name}", "successfully deleted", action="delete")

    def close(self) -> None:
        """Close the connections to the pages."""
        self._browser.close()

    def _submit(self, page: str, confirmation: str, **fields: str | list[str]) -> None:
        """Open a page, send its form, and expect the next page to confirm that."""
        form = CSRF_FIELD.search(self._browser.get(page).text)
        assert form, f"{page} has no form"
        answer = self._browser.post(page, data={"csrf_token": form[1], **fields})
        text = " ".join(TAG.sub(" ", answer.text).split())
        assert confirmation in text, f"{page} answered {answer.status_code}: {text}"

    def _listed(self, kind: str) -> list[dict[str, Any]]:
        credentials = {"Authorization": f"Bearer {self._reading_token}"}
        answer = self._browser.get(f"/scim/v2/{kind}", headers=credentials).raise_for_status()
        resources: list[dict[str, Any]] = answer.json().get("Resources", [])
        return resources

    def _configure(self, *, pushes: bool) -> None:
        text = CONFIGURATION.format(
            # JSON strings and booleans are TOML strings and booleans too.
            secret=json.dumps(self._secret),
            server_name=json.dumps(f"127.0.0.1:{self.port}"),
            database=json.dumps(f"sqlite:///{self.folder / 'canaille.sqlite3'}"),
            pushes=json.dumps(pushes),
        )
        self._settings.write_text(text, encoding="utf-8")

    def _first_contents(self, scim_url: str, token: str) -> dict[str, list[dict[str, Any]]]:
        administrator = {
            "id": str(uuid4()),
            "user_name": ADMINISTRATOR,
            "password": PASSWORD,
            "family_name": FAMILY_NAME,
            "display_name": "Ada Admin",
            "emails": ["ada@example.com"],
        }
        # Its address makes it trusted, and so provisioned without anybody's consent.
        client = {"id": str(uuid4()), "client_id": "gateway", "client_uri": scim_url}
        issued = {
            "client": client["id"],
            "issue_date": datetime.now(UTC).isoformat(),
            "lifetime": 86400,
            "scope": ["openid"],
        }
        pushing = {"id": str(uuid4()), "token_id": "pushing", "access_token": token}
        # Of a person, so that it is never taken for the client's own.
        reading = {
            "id": str(uuid4()),
            "token_id": "reading",
            "access_token": self._reading_token,
            "subject": administrator["id"],
        }
        return {
            "user": [administrator],
            "client": [client],
            "token": [pushing | issued, reading | issued],
        }


def is_installed(python: Path) -> bool:
    """Return whether the interpreter has Canaille; an installation may have ended half-way."""
    if not python.exists():
        return False
    return subprocess.run([python, "-c", "import canaille"], capture_output=True).returncode == 0


def installed_python() -> Path:
    """Return the interpreter that has Canaille; without one the test is skipped, or fails in CI."""
    named = os.environ.get("CANAILLE_PYTHON")
    python = Path(named) if named else ROOT / ".venv-canaille" / "bin" / "python"
    if not is_installed(python):
        missing = "Canaille is not installed: make canaille"
        if os.environ.get("REQUIRE_SERVICES") == "1":
            pytest.fail(missing)
        pytest.skip(missing)
    return python


@contextmanager
def provisioned(python: Path, folder: Path) -> Iterator[tuple[Canaille, Gateway]]:
    """Run a gateway, and a Canaille that provisions it, while the block runs."""
    for name in ("gateway", "canaille"):
        (folder / name).mkdir()
    # The models of Canaille's client are older than RFC 9865.
    gateway = Gateway(folder / "gateway")
    canaille = Canaille(python, folder / "canaille")
    servers = []
    try:
        servers.append(gateway.serve())
        canaille.install(gateway.scim_url, gateway.create_token("canaille", provider="canaille"))
        servers[0].await_start(gateway.url)
        servers.append(canaille.serve())
        servers[1].await_start(canaille.url)
        canaille.sign_in()
        yield canaille, gateway
    finally:
        canaille.close()
        for server in servers:
            server.stop()
