"""Servers of the suite's own: awaited by their port, always ended."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

STARTING = 60.0
STOPPING = 10.0


def await_port(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    """Return once the server answers HTTP; show its log if it does not."""
    deadline = time.monotonic() + STARTING
    while time.monotonic() < deadline and process.poll() is None:
        try:
            httpx.get(f"http://127.0.0.1:{port}/", timeout=1)
        except httpx.TransportError:
            continue
        return
    raise AssertionError(f"The server did not start:\n{log.read_text(errors='replace')}")


@contextmanager
def stopped(process: subprocess.Popen[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """End the process when the block ends."""
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(STOPPING)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
