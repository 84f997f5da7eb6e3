"""Which tests hold which requirement: a plugin that asks every test pytest collects.

A test names them in ``@pytest.mark.requirement("R001", "R002")``. A case of a table may do so in
its id: ``"R180 add sets"``.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.conformance.requirements import REQUIREMENTS

ROOT = Path(__file__).resolve().parents[2]
NUMBER = re.compile(r"\bR\d{3}\b")

#: The tests, as file::function, that hold a requirement, by its number.
Held = Mapping[str, list[str]]


def numbers_of(item: pytest.Item) -> set[str]:
    """Return the numbers that a test names."""
    named = {str(number) for mark in item.iter_markers("requirement") for number in mark.args}
    if isinstance(item, pytest.Function) and hasattr(item, "callspec"):
        named.update(NUMBER.findall(item.callspec.id))
    return named


def place_of(item: pytest.Item) -> str:
    """Return where a test stands, whatever its parameters."""
    return item.nodeid.partition("[")[0]


def faults_of(item: pytest.Item) -> Iterator[str]:
    """Yield, as sentences, what is wrong about the numbers that a test names."""
    for mark in item.iter_markers("requirement"):
        if not mark.args or mark.kwargs:
            yield f"{place_of(item)}: requirement() takes one number or several, nothing else."
    for number in sorted(numbers_of(item) - REQUIREMENTS.keys()):
        yield f"{place_of(item)} holds {number}, which is not in requirements.toml."


def held_by(items: Iterable[pytest.Item]) -> Held:
    """Return what tests hold."""
    found: dict[str, set[str]] = {}
    for item in items:
        for number in numbers_of(item):
            found.setdefault(number, set()).add(place_of(item))
    return {number: sorted(places) for number, places in sorted(found.items())}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--held-to",
        type=Path,
        metavar="FILE",
        help="write to FILE, as JSON, which of the collected tests hold which requirement",
    )


# Before others deselect: a wrong number is wrong whether or not its test is going to run.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # As the keys of a dict: in the order of the tests, and once for all cases of a table.
    faults = dict.fromkeys(fault for item in items for fault in faults_of(item))
    if faults:
        raise pytest.UsageError("\n".join(faults))


def pytest_collection_finish(session: pytest.Session) -> None:
    target = session.config.getoption("held_to")
    if target is not None:
        target.write_text(json.dumps(held_by(session.items)), encoding="utf-8")


def held_by_the_suite() -> Held:
    """Return what the whole suite holds, however few of its tests run at present.

    :raises RuntimeError: if it cannot be collected, with what pytest said.
    """
    environment = {key: text for key, text in os.environ.items() if key != "PYTEST_ADDOPTS"}
    with TemporaryDirectory() as folder:
        report = Path(folder) / "held.json"
        program = [sys.executable, "-m", "pytest", "--collect-only", "-qq", "tests"]
        run = subprocess.run(
            [*program, f"--held-to={report}"],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if run.returncode:
            raise RuntimeError(run.stdout + run.stderr)
        found: Held = json.loads(report.read_text(encoding="utf-8"))
    return found
