"""The list of requirements is complete, and each one is answered for; the page says how."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conformance.held import ROOT
from tests.conformance.held import Held
from tests.conformance.held import held_by_the_suite
from tests.conformance.page import PAGE
from tests.conformance.page import page
from tests.conformance.requirements import REQUIREMENTS
from tests.conformance.requirements import SECTIONS

#: The last section that is standard through and through; behind it come events and drafts.
LAST_STANDARD = "S"


@pytest.fixture(scope="module")
def held() -> Held:
    """What the whole suite holds."""
    return held_by_the_suite()


def test_the_numbers_have_no_gap() -> None:
    assert list(REQUIREMENTS) == [f"R{number:03d}" for number in range(1, 284)]


def test_the_sections_follow_one_another() -> None:
    assert list(SECTIONS) == [chr(letter) for letter in range(ord("A"), ord("X") + 1)]
    letters = [requirement.section for requirement in REQUIREMENTS.values()]
    assert letters == sorted(letters)
    assert set(letters) == set(SECTIONS)


def test_every_requirement_is_a_statement_with_a_level() -> None:
    statements = [requirement.statement for requirement in REQUIREMENTS.values()]
    assert len(statements) == len(set(statements))
    for requirement in REQUIREMENTS.values():
        assert requirement.level in ("MUST", "SHOULD", "MAY"), requirement
        assert requirement.source, requirement
        assert requirement.statement.endswith("."), requirement
        if requirement.not_offered is not None:
            assert requirement.not_offered.startswith("because "), requirement
            assert requirement.not_offered.endswith("."), requirement


def test_no_requirement_is_left_open(held: Held) -> None:
    left = [
        number
        for number, requirement in REQUIREMENTS.items()
        if requirement.section <= LAST_STANDARD
        and requirement.not_offered is None
        and number not in held
    ]
    assert not left, f"without a test and without a reason why not: {', '.join(left)}"


def test_what_is_not_offered_is_held_by_no_test(held: Held) -> None:
    contradictions = {
        number: held[number]
        for number, requirement in REQUIREMENTS.items()
        if requirement.not_offered is not None and number in held
    }
    assert contradictions == {}, "each is either offered or not"


def test_the_page_is_up_to_date(held: Held) -> None:
    written = PAGE.read_text(encoding="utf-8")
    assert written == page(held), 'the list or the tests have changed: run "make conformance"'


def collect(folder: Path, source: str) -> subprocess.CompletedProcess[str]:
    """Collect a test module with the plugin; what it holds goes to held.json beside it."""
    (folder / "test_it.py").write_text(f"import pytest\n\n{source}", encoding="utf-8")
    program = [sys.executable, "-m", "pytest", "-p", "tests.conformance.held", "--collect-only"]
    places = ["-c", str(folder / "pytest.ini"), f"--held-to={folder / 'held.json'}", str(folder)]
    (folder / "pytest.ini").write_text(
        "[pytest]\nmarkers =\n    requirement\naddopts = -m 'not skipped'\n", encoding="utf-8"
    )
    return subprocess.run(
        [*program, *places], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_markers_and_the_ids_of_cases_are_counted(tmp_path: Path) -> None:
    run = collect(
        tmp_path,
        """
pytestmark = pytest.mark.requirement("R001")

@pytest.mark.requirement("R002", "R003")
def test_marked():
    pass

@pytest.mark.parametrize("case", [1, 2, 3], ids=["R004 R005 one", "two-R004", "RR006 R0071"])
def test_cases(case):
    pass

class TestClass:
    @pytest.mark.parametrize("case", [pytest.param(1, marks=pytest.mark.requirement("R008"))])
    def test_method(self, case):
        pass

@pytest.mark.skipped
@pytest.mark.requirement("R009")
def test_deselected():
    pass
""",
    )
    assert run.returncode == 0, run.stdout + run.stderr
    cases, marked = "test_it.py::test_cases", "test_it.py::test_marked"
    method = "test_it.py::TestClass::test_method"
    assert json.loads((tmp_path / "held.json").read_text(encoding="utf-8")) == {
        "R001": [method, cases, marked],
        "R002": [marked],
        "R003": [marked],
        "R004": [cases],
        "R005": [cases],
        "R008": [method],
    }


def test_wrong_numbers_stop_the_collection(tmp_path: Path) -> None:
    run = collect(
        tmp_path,
        """
@pytest.mark.requirement("R001", "R999", "R1", 1)
def test_marked():
    pass

@pytest.mark.parametrize("case", [1, 2], ids=["R284 one", "R284 two"])
def test_cases(case):
    pass

@pytest.mark.requirement()
def test_none():
    pass

@pytest.mark.requirement(number="R001")
def test_named():
    pass

@pytest.mark.skipped
@pytest.mark.requirement("R000")
def test_deselected():
    pass
""",
    )
    assert run.returncode == pytest.ExitCode.USAGE_ERROR, run.stdout + run.stderr
    missing = "which is not in requirements.toml."
    assert run.stderr.partition("ERROR: ")[2].strip().splitlines() == [
        f"test_it.py::test_marked holds 1, {missing}",
        f"test_it.py::test_marked holds R1, {missing}",
        f"test_it.py::test_marked holds R999, {missing}",
        f"test_it.py::test_cases holds R284, {missing}",
        "test_it.py::test_none: requirement() takes one number or several, nothing else.",
        "test_it.py::test_named: requirement() takes one number or several, nothing else.",
        f"test_it.py::test_deselected holds R000, {missing}",
    ]
