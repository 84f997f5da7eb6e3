"""The documentation is true: its code is code that tests run, its names are names that exist.

A block of more than three lines must be a slice of a file under ``examples/`` or ``tests/`` -
in the pages by ``literalinclude``, in README.md word for word - and every configuration key and
signal is described exactly if there is one.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PACKAGE = ROOT / "flask_scim_teams"
MAX_LINES = 3

PAGES = sorted(path for path in DOCS.rglob("*.rst") if "_build" not in path.parts)
SLICED = ("examples", "tests")

DIRECTIVE = re.compile(r"(?P<indent>\s*)\.\.\s+(?P<name>[\w:-]+)::\s*(?P<argument>.*)")
CODE = frozenset({"code", "code-block", "sourcecode", "parsed-literal", "doctest", "testcode"})
FENCE = re.compile(
    r"^(?P<fence>```+)[^\n]*\n(?P<code>.*?)^(?P=fence)[ ]*$", re.MULTILINE | re.DOTALL
)


def indent_of(line: str) -> int:
    return len(line) - len(line.lstrip())


def body_below(lines: list[str], start: int) -> list[str]:
    """Return the lines that are indented deeper than the line at ``start`` and follow it."""
    depth = indent_of(lines[start])
    body = []
    for line in lines[start + 1 :]:
        if line.strip() and indent_of(line) <= depth:
            break
        body.append(line)
    return body


def code_blocks(text: str) -> Iterator[tuple[int, int]]:
    """Yield the line number and the number of code lines of each block in a page."""
    lines = text.splitlines()
    for number, line in enumerate(lines):
        directive = DIRECTIVE.fullmatch(line)
        if directive is None:
            if not line.rstrip().endswith("::") or line.lstrip().startswith(".."):
                continue
        elif directive["name"] not in CODE:
            continue
        code = [one for one in body_below(lines, number) if one.strip()]
        if directive is not None:
            code = [one for one in code if not re.match(r"\s*:[\w-]+:", one)]
        yield number + 1, len(code)
    # A session at the interpreter's prompt needs no directive to be code.
    prompts = [number for number, line in enumerate(lines) if line.lstrip().startswith(">>>")]
    if len(prompts) > MAX_LINES:
        yield prompts[0] + 1, len(prompts)


def slices(text: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the file and the options of each literalinclude in a page."""
    lines = text.splitlines()
    for number, line in enumerate(lines):
        directive = DIRECTIVE.fullmatch(line)
        if directive is None or directive["name"] != "literalinclude":
            continue
        options = (re.match(r"\s*:([\w-]+):\s*(.*)", one) for one in body_below(lines, number))
        yield directive["argument"], {one[1]: one[2].strip() for one in options if one}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_page_has_code_of_its_own(page: Path) -> None:
    long = [
        f"{page.name}:{line} has {size} lines"
        for line, size in code_blocks(page.read_text(encoding="utf-8"))
        if size > MAX_LINES
    ]
    assert long == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_slice_is_cut_from_a_file_that_tests_run(page: Path) -> None:
    for argument, options in slices(page.read_text(encoding="utf-8")):
        source = (page.parent / argument).resolve()
        assert source.relative_to(ROOT).parts[0] in SLICED, argument
        text = source.read_text(encoding="utf-8")
        for marker in ("start-after", "end-before"):
            assert text.count(options[marker]) == 1, f"{argument}: {options[marker]}"


def test_the_readme_quotes_files_that_tests_run() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert not re.search(r"^ {4}", FENCE.sub("", readme), re.MULTILINE), "fence the code"
    sources = [
        path.read_text(encoding="utf-8")
        for folder in (ROOT / "examples", ROOT / "tests" / "docs")
        for path in folder.rglob("*.py")
    ]
    for match in FENCE.finditer(readme):
        code = match["code"]
        if len(code.splitlines()) > MAX_LINES:
            assert any(code in source for source in sources), code


@pytest.mark.parametrize(
    ("text", "sizes"),
    [
        (".. code-block:: python\n\n    a\n    b\n\n    c\n    d\n\nText.", [4]),
        ("    .. code-block:: python\n        :caption: x\n\n        a\n\n    Text.", [1]),
        ("Like this::\n\n    a\n    b\n    c\n    d\n", [4]),
        (".. note::\n\n    a\n    b\n    c\n    d\n", []),
        (".. data:: SCIM_X\n\n    a\n    b\n    c\n    d\n", []),
        (".. literalinclude:: x.py\n    :start-after: a\n    :end-before: b\n", []),
        (">>> a\n>>> b\n>>> c\n>>> d\n", [4]),
    ],
)
def test_code_in_a_page_is_seen(text: str, sizes: list[int]) -> None:
    assert [size for _, size in code_blocks(text)] == sizes


# Read from the environment by a command; no application is configured by it.
ENVIRONMENT = {"SCIM_TOKEN"}


def keys_in(path: Path) -> set[str]:
    """Return the configuration keys that a module names in full."""
    return {
        node.value
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.fullmatch(r"SCIM_[A-Z][A-Z0-9_]*", node.value)
    }


def test_every_configuration_key_is_described_and_every_described_key_exists() -> None:
    text = (DOCS / "configuration.rst").read_text(encoding="utf-8")
    described = re.findall(r"^\.\. data:: (\w+)$", text, re.MULTILINE)
    assert len(described) == len(set(described))
    assert set(described) == keys_in(PACKAGE / "config.py")


def test_every_configuration_key_states_its_default() -> None:
    lines = (DOCS / "configuration.rst").read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines):
        if line.startswith(".. data::"):
            body = body_below(lines, number)
            assert any(one.strip().startswith("Default: ") for one in body), line


def test_configuration_is_read_in_one_module() -> None:
    elsewhere = {
        str(path.relative_to(ROOT)): keys_in(path)
        for path in PACKAGE.rglob("*.py")
        if path.name != "config.py" and keys_in(path) - ENVIRONMENT
    }
    assert elsewhere == {}


def test_every_signal_is_described_and_every_described_signal_exists() -> None:
    signals = {
        target.id
        for node in ast.parse((PACKAGE / "signals.py").read_text(encoding="utf-8")).body
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Call)
        and isinstance(node.value.func, ast.Attribute)
        and node.value.func.attr == "signal"
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    text = (DOCS / "signals.rst").read_text(encoding="utf-8")
    described = re.findall(r"^\.\. data:: (\w+)$", text, re.MULTILINE)
    assert signals
    assert sorted(described) == sorted(signals)


def test_two_commands_do_all_the_set_up() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "make demo" in readme
    assert "make test" in readme
    targets = re.findall(
        r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert set(re.findall(r"`make ([\w-]+)", readme)) <= set(targets)
