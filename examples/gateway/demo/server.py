"""A real gateway in a process of its own, with a database that is thrown away afterwards."""

from __future__ import annotations

import os
import shlex
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[3]
HOST = "127.0.0.1"
START = 60.0  # seconds the gateway may take to accept a connection
STOP = 10.0  # seconds it may take to end before it is made to


class DemoError(Exception):
    """The demonstration cannot go on; the message says why."""


class Gateway:
    """A running gateway and its command line."""

    def __init__(self, port: int, folder: Path) -> None:
        self.port = port
        self.url = f"http://{HOST}:{port}"
        self._log = folder / "server.log"
        self._environment = _environment(self.url, folder)
        command = _flask("run", "--host", HOST, "--port", str(port), "--no-reload", "--no-debugger")
        with self._log.open("wb") as log:
            # A session of its own: Ctrl-C reaches this process only, which then ends the other.
            self._process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=self._environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def command(self, *arguments: str) -> str:
        """Run ``flask --app examples.gateway ARGUMENTS`` and return what it prints.

        :raises DemoError: when the command fails.
        """
        done = subprocess.run(
            _flask(*arguments),
            cwd=ROOT,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise DemoError(f"flask {shlex.join(arguments)} failed:\n{done.stderr.strip()}")
        return done.stdout.strip()

    def await_start(self) -> None:
        """Return once the gateway accepts connections.

        :raises DemoError: when it ends, or takes too long.
        """
        deadline = time.monotonic() + START
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise self._ended()
            try:
                socket.create_connection((HOST, self.port), timeout=1).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise DemoError(f"the gateway did not start within {START:.0f} seconds")

    def serve(self) -> None:
        """Go on until the process is interrupted.

        :raises DemoError: when the gateway ends by itself.
        """
        self._process.wait()
        raise self._ended()

    def stop(self) -> None:
        """End the gateway."""
        self._process.terminate()
        try:
            self._process.wait(STOP)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _ended(self) -> DemoError:
        lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines()
        return DemoError("\n".join(["the gateway ended; its last words were:", *lines[-15:]]))


@contextmanager
def running(port: int | None) -> Iterator[Gateway]:
    """Run a gateway while the block runs.

    :param port: where it listens; a free port when None.
    :raises DemoError: when the port is not free, or the gateway does not start.
    """
    port = _free_port(port)
    with TemporaryDirectory(prefix="gateway-demo-") as folder:
        gateway = Gateway(port, Path(folder))
        try:
            gateway.await_start()
            yield gateway
        finally:
            gateway.stop()


def _free_port(wanted: int | None) -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, wanted or 0))
        except OSError as error:
            raise DemoError(
                f"port {wanted} cannot be used ({error.strerror}); name another with --port"
            ) from None
        port: int = probe.getsockname()[1]
        return port


def _flask(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "flask", "--app", "examples.gateway", *arguments]


def _environment(url: str, folder: Path) -> dict[str, str]:
    # The caller's own settings must not leak in: neither a database nor a debugger that forks.
    kept = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("FLASK_", "GATEWAY_"))
    }
    return kept | {
        "FLASK_SKIP_DOTENV": "1",
        "GATEWAY_BASE_URL": url,
        "GATEWAY_INSTANCE_PATH": str(folder),
    }
