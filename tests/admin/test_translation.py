"""Whatever an operator reads can be had in another language, and translators get all of it."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from collections.abc import Iterator
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Flask
from flask_babel import Babel
from jinja2 import Environment

from flask_scim_teams import ScimTeams
from flask_scim_teams.admin import admin_blueprint
from flask_scim_teams.core.dialects.providers import PROVIDERS
from flask_scim_teams.storage.memory import MemoryBackend
from tests.admin.browser import Browser
from tests.admin.catalogue import ADMIN
from tests.admin.catalogue import TEMPLATE
from tests.admin.catalogue import template

TEMPLATES = sorted((ADMIN / "templates").rglob("*.html"))
MODULES = sorted(ADMIN.glob("*.py"))
#: The same in every language.
NAMES = frozenset({"SCIM", "CSV", "JSON", "UTC"})
GERMAN = {
    "en": "de",
    "Users": "Benutzer",
    "Never": "Nie",
    "Disable %(name)s?": "%(name)s abschalten?",
    "Not found": "Nicht gefunden",
}

Speak = Callable[[Callable[[str], str]], Browser]


@pytest.fixture
def scim() -> ScimTeams:
    return ScimTeams(MemoryBackend())


@pytest.fixture
def host(scim: ScimTeams) -> Iterator[Flask]:
    host = Flask("host")
    host.config.update(
        SECRET_KEY="a key of the console's tests, long enough to sign",
        SCIM_OAUTH=True,
        SCIM_BASE_URL="https://gateway.example.com/scim/v2",
    )
    scim.init_app(host)
    yield host
    with host.app_context():
        assert scim.log.flush()


@pytest.fixture
def speak(host: Flask, scim: ScimTeams, tmp_path: Path) -> Speak:
    """Have the console speak German, as a function has it of the English."""

    def speak(translated: Callable[[str], str]) -> Browser:
        catalogue = read_po(BytesIO(TEMPLATE.read_bytes()), locale="de")
        german = Catalog(locale="de")
        for message in catalogue:
            if message.id:
                german.add(message.id, translated(str(message.id)))
        folder = tmp_path / "de" / "LC_MESSAGES"
        folder.mkdir(parents=True)
        with (folder / "messages.mo").open("wb") as file:
            write_mo(file, german)
        host.config["BABEL_TRANSLATION_DIRECTORIES"] = str(tmp_path)
        Babel(host, locale_selector=lambda: "de")
        host.register_blueprint(admin_blueprint(scim, guard=lambda: True))
        return Browser(host.test_client())

    return speak


def test_the_template_of_the_catalogue_is_as_the_texts_are() -> None:
    assert TEMPLATE.read_bytes() == template(), "The texts changed: run make messages."


def test_the_console_speaks_the_readers_language(
    host: Flask, scim: ScimTeams, speak: Speak
) -> None:
    operator = speak(lambda text: GERMAN.get(text, ""))
    with host.app_context():
        connection = scim.connections.create("<b>100%</b>", provider="okta")
    users = operator.get("/users")
    assert users.all("html") == [{"lang": "de"}]
    assert "Benutzer" in users.text
    assert "Users" not in users.text
    # What is not translated is there in English.
    assert "Settings" in users.text
    assert "Nie" in operator.get(f"/connect/{connection.id}/token").text
    assert "<b>100%</b> abschalten?" in operator.get(f"/connect/{connection.id}/disable").text
    assert "Nicht gefunden" in operator.get("/log/x", 404).text
    # What the forms' own library says, it says in German too.
    refused = operator.post("/connect", 400, name="", provider="okta")
    assert "Dieses Feld wird benötigt" in refused.text


def test_no_text_of_a_page_is_left_out(host: Flask, scim: ScimTeams, speak: Speak) -> None:
    operator = speak(lambda text: f"«{text}»")
    with host.app_context():
        connection = scim.connections.create("1", provider="okta")
        token = scim.tokens.create(label="2", connection=connection).record.id
        client = scim.clients.create(label="3", connection=connection).id
    scopes = set(scim_scopes(host, scim))
    known = NAMES | scopes | {one.title for one in PROVIDERS.values()} | {client, token}
    for path in (
        "/",
        "/connect",
        f"/connect/{connection.id}",
        f"/connect/{connection.id}/token",
        f"/connect/{connection.id}/disable",
        "/tokens",
        f"/tokens/{token}/rotate",
        f"/tokens/{token}/revoke",
        "/clients",
        "/clients/new",
        f"/clients/{client}",
        f"/clients/{client}/secret",
        "/log",
        "/users",
        "/teams",
    ):
        texts = Texts(operator.get(path).source)
        left = [one for one in texts.found if "«" not in one and one not in known]
        assert [one for one in left if set(re.findall("[a-zA-Z]{2,}", one)) - NAMES] == [], path


def scim_scopes(host: Flask, scim: ScimTeams) -> tuple[str, ...]:
    with host.app_context():
        return scim.tokens.scopes


@pytest.mark.parametrize("page", TEMPLATES, ids=lambda path: path.name)
def test_no_template_has_a_text_of_its_own(page: Path) -> None:
    # What Jinja fills in has no letters here.
    source = "".join(
        value if kind == "data" else " "
        for _, kind, value in Environment(autoescape=True).lex(page.read_text(encoding="utf-8"))
        if kind == "data" or kind.endswith("_end")
    )
    left = [one for one in Texts(source).found if one not in NAMES]
    assert [one for one in left if re.search("[a-zA-Z]", one)] == []


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_no_module_has_a_text_of_its_own(module: Path) -> None:
    assert list(sentences(ast.parse(module.read_text(encoding="utf-8")))) == []


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ("flash('It is done.')", 1),
        ("flash(_('It is done.'))", 0),
        ("x = {'a': 'Yes it is'}", 1),
        ("x = StringField('Name')", 1),
        ("x = StringField(N_('Name'), description='Of it.')", 1),
        ("raise SetupError('Set it up.')", 0),
        ("def f():\n    'Return it.'", 0),
    ],
)
def test_a_text_of_a_modules_own_is_seen(source: str, count: int) -> None:
    assert len(list(sentences(ast.parse(source)))) == count


def sentences(tree: ast.Module) -> Iterator[str]:
    """Yield the texts for people that go through no translation."""
    spoken: set[int] = set()
    for node in ast.walk(tree):
        # Who sets the console up reads English, and docstrings.
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("_", "N_", "SetupError"):
            spoken |= {id(one) for one in ast.walk(node)}
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and isinstance(body[0], ast.Expr):
            spoken.add(id(body[0].value))
    labels = {
        id(node.args[0])
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", "").endswith("Field")
        and node.args
    }
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in spoken
            and (id(node) in labels or re.match(r"[A-Z][\w']*[ .].", node.value + " "))
        ):
            yield node.value


class Texts(HTMLParser):
    """What people read in a page: its texts, and the attributes that are read out."""

    SPOKEN = frozenset({"alt", "aria-label", "placeholder", "title", "data-copied"})

    def __init__(self, source: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, Any]]) -> None:
        self.found += [(value or "").strip() for name, value in attrs if name in self.SPOKEN]

    def handle_data(self, data: str) -> None:
        self.found += [" ".join(data.split()).strip(" ,.:-")] if data.strip() else []
