"""No token of the whole run may be in a log, a database, what a server printed or a command line.

Tokens are remembered when they are made. What a statement brings to a database is looked through
as it is sent, log lines as they are written, the arguments of a process as it is started, and at
the end every file that is left: the databases on disk, and the logs of servers in processes of
their own. A secret is 64 hexadecimal
digits, so that looking for any costs little, and only what was found is compared.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy import event

from flask_scim_teams.services.tokens import NewToken

# Not within a longer run of digits: a digest of another kind is no secret.
_SECRET = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
_SECRET_BYTES = re.compile(_SECRET.pattern.encode())
_FILES = (".log", ".sqlite", ".sqlite3", ".db", "-wal", "-journal")
#: Canaille's directory: an identity provider has to keep the token it signs in with. Its log is no
#: exception.
_OF_A_PROVIDER = re.compile(r"canaille/canaille\.sqlite3(-wal|-journal)?")


def secret_of(token: str) -> str:
    """Return the secret part of a token."""
    return token.rpartition(".")[0].rpartition("_")[2]


class Secrecy(logging.Handler):
    """What was secret, and where the like of it was seen."""

    def __init__(self) -> None:
        super().__init__(logging.NOTSET)
        self.secrets: set[str] = set()
        self.seen: dict[str, str] = {}

    def remember(self, token: str) -> None:
        """Remember a token as one that nobody may write down."""
        self.secrets.add(secret_of(token))

    def look(self, text: str, where: str) -> None:
        """Look for what may be a secret; some are remembered only after they were written."""
        for found in _SECRET.findall(text):
            self.seen.setdefault(found, where)

    def look_into(self, folder: Path) -> None:
        """Look through the logs and databases in a folder, but for those of a provider."""
        for path in folder.rglob("*"):
            if _OF_A_PROVIDER.fullmatch("/".join(path.parts[-2:])):
                continue
            if path.name.endswith(_FILES) and path.is_file():
                for found in _SECRET_BYTES.findall(path.read_bytes()):
                    self.seen.setdefault(found.decode(), str(path))

    def look_at_processes(self) -> None:
        """Look through what everybody on the machine can read of the processes that run now."""
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            # It may have ended meanwhile.
            with suppress(OSError):
                self.look(path.read_text(errors="replace"), "the list of processes")

    def emit(self, record: logging.LogRecord) -> None:
        """Look at a log line, and at the traceback below it."""
        self.look(self.format(record), f"the log {record.name}")

    def told(self) -> dict[str, str]:
        """Return where secrets were seen, by their first digits: they stay secret here too."""
        return {secret[:8]: where for secret, where in self.seen.items() if secret in self.secrets}


SECRECY = Secrecy()


def _remembering(make: Any) -> Any:
    def init(self: NewToken, record: Any, secret: str) -> None:
        make(self, record, secret)
        SECRECY.remember(secret)

    return init


def _hear(
    connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool
) -> None:
    SECRECY.look(statement, "a statement")
    SECRECY.look(repr(parameters), f"the parameters of {statement.split(' (')[0]}")


def _see(event: str, given: tuple[Any, ...]) -> None:
    if event == "subprocess.Popen":
        _, arguments, _, _ = given
        # A command's own children begin while it runs, and end with it.
        SECRECY.look(repr(arguments), "the list of processes")
        SECRECY.look_at_processes()


def pytest_sessionstart(session: pytest.Session) -> None:
    sys.addaudithook(_see)
    NewToken.__init__ = _remembering(NewToken.__init__)  # type: ignore[method-assign]  # a spy
    event.listen(Engine, "before_cursor_execute", _hear)
    logging.getLogger().addHandler(SECRECY)


@pytest.fixture(scope="session", autouse=True)
def _no_token_is_told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Fail the run where a token is somewhere; of several workers, each looks at its own."""
    yield
    SECRECY.look_at_processes()
    SECRECY.look_into(tmp_path_factory.getbasetemp())
    assert SECRECY.told() == {}, "The secret of a token was written down."
