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
    addresses=("192.0.2.0/24", "2001:db8::/32"),
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
        forever = replace(forever, addresses=())
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

    def test_a_token_ends_when_another_takes_its_place(self, backend: Backend) -> None:
        """It ends then, unless it ends earlier; one that was revoked or replaced stays as it is."""
        kept, forever, revoked = "1" * 16, "2" * 16, "3" * 16
        _add(backend, TOKEN, replace(TOKEN, id=kept, expires=CREATED))
        _add(backend, replace(TOKEN, id=forever, expires=None))
        _add(backend, replace(TOKEN, id=revoked, revoked=CREATED))
        end = "2024-02-29T18:00:00.000000Z"
        with backend.begin(HOST, write=True) as work:
            for id in (TOKEN.id, kept, forever):
                assert work.tokens.expire(id, end, replaced_by="f" * 16)
                assert not work.tokens.expire(id, CREATED, replaced_by="e" * 16)
            assert not work.tokens.expire(revoked, end, replaced_by="f" * 16)
            assert not work.tokens.expire("f" * 16, end)
            work.commit()
        with backend.begin(HOST, write=False) as work:
            found = {one.id: (one.expires, one.replaced_by) for one in work.tokens.list()}
        assert found == {
            TOKEN.id: (min(end, LATER), "f" * 16),
            kept: (CREATED, "f" * 16),
            forever: (end, "f" * 16),
            revoked: (LATER, None),
        }

    def test_a_use_is_noted_unless_one_is_noted_already(self, backend: Backend) -> None:
        """The first is, and one later than the instant asked for; an unknown token has none."""
        _add(backend, TOKEN)
        notes = [
            (CREATED, "192.0.2.1", CREATED, True),
            (LATER, "192.0.2.2", CREATED, False),
            (LATER, None, LATER, True),
        ]
        for when, address, since, noted in notes:
            with backend.begin(HOST, write=True) as work:
                assert work.tokens.note_use(TOKEN.id, when, address, unless_since=since) is noted
                work.commit()
        with backend.begin(HOST, write=False) as work:
            assert work.tokens.get(TOKEN.id) == replace(TOKEN, last_used=LATER)
        with backend.begin(HOST, write=True) as work:
            assert not work.tokens.note_use("f" * 16, LATER, None, unless_since=LATER)

    def test_a_token_is_not_stored_without_commit(self, backend: Backend) -> None:
        """Neither a new token nor a revocation outlives a unit of work without commit."""
        _add(backend, TOKEN)
        with backend.begin(HOST, write=True) as work:
            work.tokens.add(replace(TOKEN, id="0" * 16))
            work.tokens.revoke(TOKEN.id, LATER)
        with backend.begin(HOST, write=False) as work:
            assert list(work.tokens.list()) == [TOKEN]
