"""The arrows between layers point one way, and every folder keeps its law.

The table below is the picture in ``docs/design.rst``. It is read from the source text, not from
what happens to be imported, so an import inside a function or under ``TYPE_CHECKING`` counts too.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
NAME = "flask_scim_teams"
PACKAGE = ROOT / NAME
MAX_LINES = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Law:
    """What a layer may import: other layers of ours, and third-party packages."""

    ours: tuple[str, ...] = ()
    third_party: frozenset[str] = frozenset()


def law(*ours: str, third_party: str = "") -> Law:
    return Law(ours=ours, third_party=frozenset(third_party.split()))


# A module belongs to the longest name in the table that it starts with; every layer may import
# itself. "" is the package's own __init__.
LAWS = {
    "core": law(),
    "storage": law("storage.interface", "storage.log", "core"),
    "storage.credentials": law(),
    "storage.log": law(),
    "storage.clients": law("storage.credentials"),
    "storage.sources": law(),
    "storage.interface": law(
        "storage.credentials", "storage.clients", "storage.log", "storage.sources", "core",
    ),
    "storage.inspection": law(),
    "storage.memory": law("storage", "storage.interface", "storage.log", "core"),
    "storage.sqlalchemy": law(
        "storage.interface", "storage.inspection", "storage.log", "core",
        third_party="sqlalchemy flask_sqlalchemy",
    ),
    "services": law("storage.interface", "storage.log", "core"),
    "services.discovery": law("core"),
    "wire": law("core", third_party="marshmallow"),
    "config": law("connectors.settings", "core"),
    "connectors.settings": law("core"),
    "connectors": law("connectors.settings", "core", third_party="httpx joserfc"),
    "signals": law("services", "storage.interface", "core", third_party="blinker"),
    "http": law(
        "services", "services.discovery", "wire", "storage.interface", "storage.log", "core",
        "config",
        third_party="flask werkzeug",
    ),
    "oauth": law(
        "http", "services", "storage.interface", "config", "core",
        third_party="flask werkzeug authlib joserfc",
    ),
    "sso": law(
        "services", "storage.interface", "core",
        third_party="flask werkzeug authlib joserfc requests",
    ),
    "openapi": law("services.discovery", "wire", "core", third_party="apispec"),
    "simulator": law(),
    "checks": law(
        "services", "simulator", "storage.interface", "storage.inspection", "core", "config",
        third_party="werkzeug",
    ),
    "cli": law(
        "services", "openapi", "simulator", "checks", "connectors", "connectors.settings",
        "storage.interface", "storage.log", "core", "config",
        third_party="flask click werkzeug",
    ),
    "admin": law(
        "services", "checks", "storage.interface", "storage.log", "core", "config",
        third_party="flask flask_wtf werkzeug wtforms",
    ),
    "extension": law(
        "http", "oauth", "cli", "checks", "signals", "services", "wire", "storage.interface",
        "storage.log", "core", "config",
        third_party="flask",
    ),
    "testing": law(
        "services", "simulator", "storage.interface", "storage.log", "core",
        third_party="flask pytest werkzeug",
    ),
    "": law("extension", "core"),
}  # fmt: skip

# What one module alone may import besides.
EXCEPTIONS = {
    # The one place that signs: tokens and cursors.
    "services.signing": frozenset({"itsdangerous"}),
    # The one place that counts requests; it imports what it takes when a limit is in force.
    "http.limiting": frozenset({"limits"}),
    # The one place that reaches a server behind a URL, and imports what it takes when it does.
    "simulator.urls": frozenset({"httpx"}),
    # The one place that fetches keys; nothing of this layer is imported unless it is asked for.
    "oauth.key_sets": frozenset({"httpx"}),
}

# What core may use of the standard library. A list of the allowed, because the list of modules
# that read a clock, a file, a socket or a random source has no end.
PURE = frozenset(
    """
    __future__ abc base64 binascii bisect collections copy dataclasses datetime decimal enum
    fractions functools hashlib heapq hmac itertools json keyword math operator re string struct
    textwrap types typing unicodedata urllib.parse zlib
    """.split()  # noqa: SIM905 - thirty pairs of quotes would hide the names
)
# Of the pure modules, and of the builtins, what is not pure.
CLOCKS = frozenset({"now", "utcnow", "today"})
IMPURE_BUILTINS = frozenset({"open", "print", "input", "eval", "exec", "compile", "__import__"})

LAYER_FOLDERS = (
    "core", "storage", "services", "wire", "http", "oauth", "openapi", "simulator", "checks",
    "admin", "sso",
    "cli", "connectors",
)  # fmt: skip
NAMES_THAT_SAY_NOTHING = frozenset({"utils", "util", "helpers", "helper", "base", "misc"})


def module_name(path: Path) -> str:
    """Return the dotted name below the package: ``core.filters``, and "" for the package."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


SOURCES = {module_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def layer_of(module: str) -> str | None:
    """Return the layer a module belongs to, or None when the table does not know it."""
    known = [name for name in LAWS if module == name or (name and module.startswith(f"{name}."))]
    return max(known, key=len, default=None)


def imported(tree: ast.AST, module: str) -> Iterator[tuple[int, str]]:
    """Yield the line and the absolute name of everything that the source imports."""
    folder = f"{NAME}.{module}".rstrip(".").split(".")
    if module in SOURCES and SOURCES[module].name != "__init__.py":
        folder.pop()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            origin = node.module or ""
            if node.level:
                above = folder[: len(folder) - node.level + 1]
                origin = ".".join([*above, origin]).rstrip(".")
            for alias in node.names:
                # "from package import module" imports the module, not a name of the package.
                submodule = f"{origin}.{alias.name}"
                below = submodule.removeprefix(f"{NAME}.")
                is_module = below in SOURCES or below in LAWS
                yield node.lineno, submodule if is_module else origin


def violations(source: str, module: str) -> list[str]:
    """Return, as sentences, what in the source is against the law of the module's layer."""
    layer = layer_of(module)
    if layer is None:
        return [f"{module or NAME}: the table of layers does not know this module"]
    tree = ast.parse(source)
    found = [
        f"{module or NAME}:{line} ({layer or 'package'}) imports {name}"
        for line, name in imported(tree, module)
        if not allowed(name, layer) and name.partition(".")[0] not in EXCEPTIONS.get(module, ())
    ]
    if layer == "core":
        found += [f"{module}:{line} (core) uses {what}" for line, what in impurities(tree)]
    return found


def allowed(name: str, layer: str) -> bool:
    """Tell whether a module of the layer may import what has this absolute name."""
    root = name.partition(".")[0]
    if root == NAME:
        target = layer_of(name.removeprefix(NAME).removeprefix("."))
        return target is not None and (target == layer or target in LAWS[layer].ours)
    if root in sys.stdlib_module_names:
        return layer != "core" or name in PURE or root in PURE
    return root in LAWS[layer].third_party


def impurities(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield the clocks and the input and output that need no import of their own."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in CLOCKS:
            owner = node.value.attr if isinstance(node.value, ast.Attribute) else node.value
            if isinstance(owner, ast.Name):
                owner = owner.id
            if owner in {"date", "datetime"}:
                yield node.lineno, f"the clock ({owner}.{node.attr})"
        elif isinstance(node, ast.Name) and node.id in IMPURE_BUILTINS:
            yield node.lineno, node.id


@pytest.mark.parametrize("module", SOURCES, ids=lambda name: name or NAME)
def test_imports_keep_the_law_of_their_layer(module: str) -> None:
    assert violations(SOURCES[module].read_text(encoding="utf-8"), module) == []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("core.filters", "import flask"),
        ("core.filters", "from marshmallow import Schema"),
        ("core.filters", "import sqlalchemy.orm"),
        ("core.filters", "import time"),
        ("core.filters", "import random"),
        ("core.filters", "import secrets"),
        ("core.filters", "import os.path"),
        ("core.filters", "import uuid"),
        ("core.filters", "from urllib import request"),
        ("core.filters", "from datetime import datetime\nx = datetime.now()"),
        ("core.filters", "import datetime\nx = datetime.date.today()"),
        ("core.filters", "x = open('y')"),
        ("core.filters", "def f():\n    from flask_scim_teams.storage import interface"),
        ("core.filters", "from ..storage import interface"),
        ("core.definitions.user", "from flask_scim_teams.services.tokens import Tokens"),
        ("storage.interface", "from flask_scim_teams.storage import memory"),
        ("storage.interface", "import sqlalchemy"),
        ("storage.memory", "import flask"),
        ("storage.memory", "from flask_scim_teams.storage.sqlalchemy import models"),
        ("storage.sqlalchemy.work", "from flask import current_app"),
        ("storage.sqlalchemy.work", "from flask_scim_teams.services import tokens"),
        ("services.search", "import flask"),
        ("services.search", "from marshmallow import fields"),
        ("services.search", "import itsdangerous"),
        ("services.search", "from flask_scim_teams.storage.memory import MemoryBackend"),
        ("services.search", "from flask_scim_teams import wire"),
        ("services.search", "from flask_scim_teams import ScimTeams"),
        ("wire.fields", "import flask"),
        ("wire.fields", "from flask_scim_teams.storage.interface import Backend"),
        ("http.views", "from flask_scim_teams.cli import tokens"),
        ("http.views", "from flask_scim_teams.storage.sqlalchemy import SQLAlchemyBackend"),
        ("cli", "import flask_scim_teams.http"),
        ("cli.openapi", "import apispec"),
        ("openapi.values", "from flask_scim_teams.http import parameters"),
        ("openapi.values", "from flask_scim_teams.services.tokens import Tokens"),
        ("openapi.values", "import flask"),
        ("simulator.simulation", "import flask"),
        ("simulator.simulation", "import httpx"),
        ("simulator.directory", "from flask_scim_teams.core.dialects import entra"),
        ("admin.tokens", "from flask_scim_teams.http import urls"),
        ("admin.tokens", "from flask_scim_teams.cli import token"),
        ("admin.tokens", "import flask_babel"),
        ("sso.blueprint", "from flask_scim_teams.connectors import entra"),
        ("sso.blueprint", "from flask_scim_teams import ScimTeams"),
        ("extension", "from flask_scim_teams.storage.memory import MemoryBackend"),
        ("newcomer", "import re"),
    ],
)
def test_a_wrong_import_is_seen(module: str, source: str) -> None:
    assert violations(source, module)


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("core.filters", "from urllib.parse import quote\nfrom collections.abc import Iterator"),
        ("core.filters", "from datetime import datetime\nx = datetime.fromisoformat('2026-01-01')"),
        ("core.filters", "from flask_scim_teams.core.errors import SetupError"),
        ("storage.memory", "import threading\nfrom flask_scim_teams.storage import interface"),
        ("storage.sqlalchemy.work", "import sqlalchemy.orm"),
        ("services.signing", "import itsdangerous\nimport hashlib"),
        ("http.views", "from flask_scim_teams.wire import fields\nimport flask"),
    ],
)
def test_a_right_import_is_let_through(module: str, source: str) -> None:
    assert violations(source, module) == []


def test_the_table_has_no_circle() -> None:
    def reached(layer: str, path: tuple[str, ...] = ()) -> None:
        assert layer not in path, f"{' -> '.join(path)} -> {layer}"
        for other in LAWS[layer].ours:
            reached(other, (*path, layer))

    for layer in LAWS:
        reached(layer)


@pytest.mark.parametrize(
    "extra",
    [
        "sqlalchemy", "flask_sqlalchemy", "flask_wtf", "psycopg", "pymysql", "apispec", "httpx",
        "limits", "authlib", "joserfc", "requests", "pytest",
    ],
)  # fmt: skip
def test_importing_the_package_imports_no_extra(extra: str) -> None:
    program = f"import sys, {NAME}; sys.exit({extra!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False).returncode == 0


@pytest.mark.parametrize("path", SOURCES.values(), ids=lambda path: str(path.relative_to(ROOT)))
def test_files_are_small_and_named_after_what_they_hold(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").count("\n")
    assert lines <= MAX_LINES, "split it by noun"
    assert path.stem not in NAMES_THAT_SAY_NOTHING
    assert path.parent.name not in NAMES_THAT_SAY_NOTHING


@pytest.mark.parametrize("folder", [name for name in LAYER_FOLDERS if (PACKAGE / name).is_dir()])
def test_each_layer_states_its_law_in_a_few_lines(folder: str) -> None:
    lines = (PACKAGE / folder / "README.md").read_text(encoding="utf-8").splitlines()
    assert 3 <= len(lines) <= 14
    assert "test_architecture.py" in "".join(lines)
