"""The contract of bearer tokens."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from flask_scim_teams.storage.interface import HOST
from flask_scim_teams.storage.interface import Backend
from flask_scim_teams.storage.interface import TokenRecord
from flask_scim_teams.testing.samples import CREATED
from flask_scim_teams.testing.samples import LATER

TOKEN = TokenRecord(
    id="0123456789abcdef",
    label="Entra ID, Zürich 🔑",
    digest=hashlib.sha256(b"\x00 a digest is bytes, not text").digest(),
    scopes=("users:read", "groups:write"),
    created=CREATED,
    expires=LATER,
)


def _add(backend: Backend, *tokens: TokenRecord) -> None:
    with backend.begin(HOST, write=True) as work:
        for token in tokens:
            work.tokens.add(token)
        work.commit()


class TokenContract:
    """Rules of :class:`~flask_scim_teams.storage.interface.TokenAdapter`."""

    def test_a_token_comes_back_as_it_was_stored(self, backend: Backend) -> None:
        """Label, digest, scopes and times come back as they were, absent times as ``None``."""
        forever = replace(TOKEN, id="fedcba9876543210", scopes=("users:read",), expires=None)
        _add(backend, TOKEN, forever)
        with backend.begin(HOST, write=False) as work:
            assert work.tokens.get(TOKEN.id) == TOKEN
            assert work.tokens.get(forever.id) == forever

    def test_ids_of_tokens_are_compared_exactly(self, backend: Backend) -> None:
        """Another id, and the same one in capitals, are no tokens."""
        _add(backend, TOKEN)
        with backend.begin(HOST, write=False) as work:
            assert work.tokens.get(TOKEN.id.upper()) is None
            assert work.tokens.get("f" * 16) is None

    def test_tokens_are_listed_oldest_first(self, backend: Backend) -> None:
        """The list holds all tokens, the revoked ones too, in the order of their making."""
        newer = replace(TOKEN, id="0" * 16, created=LATER, revoked=LATER)
        _add(backend, newer, TOKEN)
        with backend.begin(HOST, write=False) as work:
            assert list(work.tokens.list()) == [TOKEN, newer]

    def test_a_token_is_revoked_once(self, backend: Backend) -> None:
        """Revoking says whether there was a live token; the first revocation stays."""
        _add(backend, TOKEN)
        with backend.begin(HOST, write=True) as work:
            assert work.tokens.revoke(TOKEN.id, LATER)
            assert not work.tokens.revoke(TOKEN.id, CREATED)
            assert not work.tokens.revoke("f" * 16, LATER)
            work.commit()
        with backend.begin(HOST, write=False) as work:
            assert work.tokens.get(TOKEN.id) == replace(TOKEN, revoked=LATER)

    def test_a_token_is_not_stored_without_commit(self, backend: Backend) -> None:
        """Neither a new token nor a revocation outlives a unit of work without commit."""
        _add(backend, TOKEN)
        with backend.begin(HOST, write=True) as work:
            work.tokens.add(replace(TOKEN, id="0" * 16))
            work.tokens.revoke(TOKEN.id, LATER)
        with backend.begin(HOST, write=False) as work:
            assert list(work.tokens.list()) == [TOKEN]
