"""Servers and commands in processes of their own, with logs, deadlines and an end."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import httpx

T = TypeVar("T")

ROOT = Path(__file__).resolve().parents[1]
START = 60.0  # seconds a server may take to answer
STOP = 10.0  # seconds it may take to end before it is made to
COMMAND = 60.0  # seconds a command may take
SETTLE = 10.0  # seconds the gateway may lag behind
PAUSE = 0.05  # seconds between two looks


def eventually(read: Callable[[], T], wanted: T, within: float = SETTLE) -> T:
    """Read again and again until the wanted value comes; return the last one read in any case."""
    deadline = time.monotonic() + within
    while (value := read()) != wanted and time.monotonic() < deadline:
        time.sleep(PAUSE)
    return value


class Log:
    """What a process and its commands printed, and what of it is new."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._mark = 0
        path.touch()

    def mark(self) -> None:
        """Take what is there as old."""
        self._mark = self.path.stat().st_size

    def new(self) -> str:
        """Return what came since the mark."""
        return self.path.read_bytes()[self._mark :].decode(errors="replace")

    def append(self, text: str) -> None:
        """Add what a command printed."""
        with self.path.open("a", encoding="utf-8") as file:
            file.write(text)


class Server:
    """A server process that ends with the block that started it, and its workers with it."""

    def __init__(self, arguments: Sequence[str], environment: Mapping[str, str], log: Log) -> None:
        self._log = log
        with log.path.open("ab") as output:
            self._process = subprocess.Popen(
                arguments,
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                # A process group of its own: Canaille's server has a worker process.
                start_new_session=True,
            )

    def await_start(self, url: str) -> None:
        """Return once the URL is answered.

        :raises RuntimeError: with the log, when the server ends or takes too long.
        """
        if not eventually(lambda: self._ended() or _answers(url), True, START) or self._ended():
            raise RuntimeError(f"{url} does not answer; the log says:\n{self._log.new()}")

    def _ended(self) -> bool:
        return self._process.poll() is not None

    def stop(self) -> None:
        """End the server, by force when it does not end by itself."""
        try:
            self._signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(STOP)
        finally:
            self._signal(signal.SIGKILL)
            self._process.wait()

    def _signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)


def run(arguments: Sequence[str], environment: Mapping[str, str], log: Log, stdin: str = "") -> str:
    """Run a command and return what it prints; what it complains of goes to the log.

    :raises RuntimeError: when it fails.
    """
    done = subprocess.run(
        arguments,
        cwd=ROOT,
        env=environment,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=COMMAND,
        check=False,
    )
    log.append(done.stderr)
    if done.returncode:
        raise RuntimeError(f"{' '.join(arguments)} failed:\n{done.stderr}")
    return done.stdout


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def environment(**settings: str) -> dict[str, str]:
    """Return the environment of a process: these settings and the bare necessities."""
    # Nothing else of the caller's: no settings, and no proxy between the two servers.
    kept = ("HOME", "LANG", "LD_LIBRARY_PATH", "PATH", "TMPDIR")
    given = {name: os.environ[name] for name in kept if name in os.environ}
    return given | {"PYTHONUNBUFFERED": "1", "FLASK_SKIP_DOTENV": "1"} | settings


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, trust_env=False).status_code < 500
    except httpx.TransportError:
        return False
