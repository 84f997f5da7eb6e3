"""What is secret is kept out by structure: wherever it stands, however it is spelled."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from hypothesis import example
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from flask_scim_teams import ScimTeams
from flask_scim_teams.storage.log import LogQuery
from flask_scim_teams.storage.memory import MemoryBackend
from tests.conftest import SECRET_KEY
from tests.conftest import ScimClient
from tests.extensions.declarations import BADGE
from tests.extensions.declarations import TYPES

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
MARKER = "hunter2Marker"


class Lines(logging.Handler):
    """All that is logged, by whomever, with the tracebacks."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.text: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.text.append(self.format(record))


class Host:
    """An app over memory, an identity provider, and all that is said of what this sends."""

    def __init__(self) -> None:
        self.app = Flask("host")
        self.app.config.update(SECRET_KEY=SECRET_KEY, SCIM_LOG_READS=True)
        self.backend = MemoryBackend(types=TYPES)
        self.scim = ScimTeams(self.backend, self.app)
        with self.app.app_context():
            token = self.scim.tokens.create(label="test").secret
        self.idp = ScimClient(self.app.test_client(), token)
        self.ada = self.idp.user("ada")["id"]

    @contextmanager
    def watched(self) -> Iterator[None]:
        """See to it that an entry is written, and that nobody told the marker."""
        lines, root = Lines(), logging.getLogger()
        level = root.level
        root.addHandler(lines)
        root.setLevel(logging.DEBUG)
        try:
            yield
            with self.app.app_context():
                assert self.scim.log.flush()
                entries = self.scim.log.search(LogQuery(count=200)).entries
        finally:
            root.removeHandler(lines)
            root.setLevel(level)
            self.backend._state.log.clear()
        assert entries
        told = [text for text in (*map(repr, entries), *lines.text) if MARKER in text]
        assert told == []


def cased(word: str) -> st.SearchStrategy[str]:
    """Draw a word in any letter case."""
    return st.lists(st.booleans(), min_size=len(word), max_size=len(word)).map(
        lambda upper: "".join(
            char.upper() if big else char.lower() for char, big in zip(word, upper, strict=True)
        )
    )


# The names under which something secret is sent, none of which is ever returned.
PASSWORDS = st.one_of(cased("password"), cased(f"{USER}:password"))
SECRETS = st.one_of(
    PASSWORDS,
    # Of an extension of the host's that says so of two attributes, and of nobody's.
    st.sampled_from([f"{BADGE.id}:pin", f"{BADGE.id}:secret", "pin", "secret"]),
    st.sampled_from(["passwd", "token", "clientSecret", "password.value"]),
)
TELLING = st.one_of(
    st.just(MARKER),
    st.just([MARKER]),
    st.just({"value": MARKER}),
    # Names are shown where they could be some, as unknown attributes are.
    st.just([{"value": MARKER, f"{MARKER}!": 1}]),
    st.text(max_size=5).map(lambda text: f"{text}{MARKER}{text}"),
)
HARMLESS = st.one_of(st.none(), st.booleans(), st.integers(-9, 9), st.text(max_size=8))
NAMES = st.sampled_from(
    [
        "name",
        "emails",
        "displayName",
        "title",
        "active",
        "nix",
        "userName",
        ENTERPRISE,
        USER,
        BADGE.id,
    ]
)


def secretive(below: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Draw an object that has a secret, and others beside it."""
    return st.builds(
        lambda others, name, value: {**others, name: value},
        st.dictionaries(NAMES, st.one_of(HARMLESS, below), max_size=3),
        SECRETS,
        TELLING,
    )


# An object with a secret, or one in whose depth there is such an object.
BODIES = st.recursive(
    secretive(HARMLESS),
    lambda below: st.one_of(
        secretive(below),
        st.builds(lambda name, value: {name: value}, NAMES, below),
        st.builds(lambda name, value: {name: [value]}, NAMES, below),
    ),
    max_leaves=4,
)
PATHS = st.one_of(
    SECRETS,
    PASSWORDS.map(lambda name: f"{name}.value"),
    PASSWORDS.map(lambda name: f'{name}[value eq "{MARKER}"]'),
    cased("passwort"),
)
OPERATIONS = st.one_of(
    st.builds(
        lambda op, path, value: {"op": op, "path": path, "value": value},
        cased("replace") | cased("add") | cased("remove") | st.just(MARKER),
        PATHS,
        TELLING | BODIES,
    ),
    st.builds(lambda op, value: {"op": op, "value": value}, cased("add"), BODIES),
    # An address is no secret; what it is looked for by is one.
    st.builds(
        lambda op, name: {"op": op, "path": f'emails[{name} eq "{MARKER}"].value', "value": "x"},
        cased("replace") | st.just(MARKER),
        PASSWORDS,
    ),
)
FILTERS = st.builds(
    lambda name, operator, tail: f'{name} {operator} "{MARKER}"{tail}',
    SECRETS,
    st.sampled_from(["eq", "EQ", "co", "sw", "xx"]),
    st.sampled_from(["", " and active eq true", ")", " or", f' or userName eq "{MARKER}']),
)


@pytest.fixture(scope="module")
def host() -> Host:
    return Host()


@given(body=BODIES, known=st.booleans(), name=st.sampled_from(["ada", "", None]))
@example(body={"PASSWORD": MARKER}, known=True, name="ada")
@example(body={"name": {"password": MARKER}}, known=True, name="ada")
@example(body={ENTERPRISE: {"password": MARKER}}, known=True, name="ada")
@example(body={BADGE.id: {"PIN": MARKER, "secret": MARKER}}, known=True, name="ada")
@settings(max_examples=50, deadline=None)
def test_in_the_body_of_a_user(host: Host, body: dict[str, Any], known: bool, name: Any) -> None:
    sent = {**body, "userName": name} | ({"schemas": [USER]} if known else {})
    with host.watched():
        host.idp.put(f"/Users/{host.ada}", sent)
        host.idp.post("/Users", sent)
        operation = {"method": "PUT", "path": f"/Users/{host.ada}", "data": sent}
        host.idp.post("/Bulk", {"schemas": [BULK], "Operations": [operation]})
        host.idp.post("/Users", data=json.dumps(sent)[:-1])


@given(operations=st.lists(OPERATIONS, min_size=1, max_size=3))
@settings(max_examples=50, deadline=None)
def test_in_a_patch(host: Host, operations: list[dict[str, Any]]) -> None:
    body = {"schemas": [PATCH], "Operations": operations}
    with host.watched():
        host.idp.request("PATCH", f"/Users/{host.ada}", body)
        operation = {"method": "PATCH", "path": f"/Users/{host.ada}", "data": body}
        host.idp.post("/Bulk", {"schemas": [BULK], "Operations": [operation]})


@given(text=FILTERS)
@settings(max_examples=50, deadline=None)
def test_in_a_filter_and_a_url(host: Host, text: str) -> None:
    search = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
    with host.watched():
        query = {"filter": text, "sortBy": MARKER + "!", MARKER: MARKER, "count": MARKER}
        host.idp.get(f"/Users?{urlencode(query)}")
        host.idp.get(f"/Users?{urlencode({'filter': text})}")
        host.idp.post("/Users/.search", {"schemas": [search], "filter": text})
