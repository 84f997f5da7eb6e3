"""What is published works on its own: built, installed elsewhere, run far from the checkout."""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
NAME = "flask_scim_teams"

PROGRAM = '''
import sys


class NoExtras:
    """Behaves as a machine on which none of the extras is installed."""

    def find_spec(self, name, path=None, target=None):
        extras = "sqlalchemy flask_sqlalchemy flask_wtf psycopg pymysql apispec httpx pytest"
        if name in extras.split():
            raise ModuleNotFoundError(f"{name} is an extra")


sys.meta_path.insert(0, NoExtras())

import flask

import flask_scim_teams
from flask_scim_teams.storage.memory import MemoryBackend

app = flask.Flask("host")
app.config["SECRET_KEY"] = "a key of more than thirty-two bytes for this test"
scim = flask_scim_teams.ScimTeams(MemoryBackend())
scim.init_app(app)
with app.app_context():
    token = scim.tokens.create(label="wheel")
answer = app.test_client().post(
    "/scim/v2/Users",
    json={"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ada@example.com"},
    headers={"Authorization": f"Bearer {token.secret}"},
)
assert answer.status_code == 201, answer.text
assert answer.get_json(force=True)["userName"] == "ada@example.com"
print(flask_scim_teams.__file__)
'''


def run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel from a copy: a build folder left in the checkout would leak into it."""
    copy = tmp_path_factory.mktemp("source")
    for name in ("setup.cfg", "pyproject.toml", "MANIFEST.in", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    shutil.copytree(ROOT / NAME, copy / NAME, ignore=shutil.ignore_patterns("__pycache__"))
    # Without isolation nothing is downloaded: setuptools is in the "dev" extra.
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", cwd=copy)
    (built,) = (copy / "dist").iterdir()
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel into a venv of its own and return that venv's interpreter.

    The dependencies come from this run's environment by a path file. A path file is not followed
    any further, so the checkout's editable install does not come along.
    """
    venv = tmp_path_factory.mktemp("elsewhere") / "venv"
    run(sys.executable, "-m", "venv", "--without-pip", venv, cwd=venv.parent)
    python = venv / "bin" / "python"
    install = ("install", "--quiet", "--no-index", "--no-deps", wheel)
    run(sys.executable, "-m", "pip", "--python", python, *install, cwd=venv.parent)
    (site_packages,) = venv.glob("lib/python*/site-packages")
    here = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (site_packages / "dependencies.pth").write_text("\n".join(sorted(here)), encoding="utf-8")
    return python


def test_the_wheel_holds_the_whole_package_and_nothing_else(wheel: Path) -> None:
    in_checkout = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / NAME).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    with zipfile.ZipFile(wheel) as archive:
        in_wheel = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert in_wheel == in_checkout
    assert f"{NAME}/py.typed" in in_wheel
    assert f"{NAME}/core/README.md" in in_wheel


def test_the_metadata_is_complete(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        text = archive.read(name).decode("utf-8")
        assert any(entry.endswith("/licenses/LICENSE") for entry in archive.namelist())
    lines = text.splitlines()
    assert f"Version: {metadata.version('flask-scim-teams')}" in lines
    assert "License-Expression: BSD-3-Clause" in lines
    assert "Requires-Python: >=3.11" in lines
    assert [line for line in lines if line.startswith("Requires-Dist") and "<" in line] == []
    assert "# flask-scim-teams" in text


def test_an_application_runs_on_the_installed_wheel(installed: Path, tmp_path: Path) -> None:
    program = tmp_path / "host.py"
    program.write_text(PROGRAM, encoding="utf-8")
    origin = run(installed, "-I", program, cwd=tmp_path)
    assert Path(origin.strip()).is_relative_to(installed.parents[1])
