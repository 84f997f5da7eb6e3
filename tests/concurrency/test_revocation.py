"""A token that one process revokes is refused by all of them at once: none remembers it."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from tests.databases import fresh_database
from tests.gateway import Gateway


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_two_servers_see_a_revocation_at_their_next_request(kind: str, tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        folder.mkdir()
    with fresh_database(kind, tmp_path) as url:
        # Two servers rather than two workers of one: each request has a process that it is for.
        one, two = (Gateway(folder, url, secret_key="k" * 32) for folder in folders)
        token, other = (one.create_token(label) for label in ("leaked", "other"))
        # No connection is kept: a server closes one that was idle just when it is used again.
        unkept = httpx.Limits(max_keepalive_connections=0)
        asking = httpx.Client(trust_env=False, limits=unkept)
        with one.serving(1), two.serving(1), asking as client:

            def statuses(token: str) -> list[int]:
                headers = {"Authorization": f"Bearer {token}"}
                places = [f"{gateway.scim_url}/Users" for gateway in (one, two)]
                return [client.get(place, headers=headers).status_code for place in places]

            # Twice, so that whatever could be remembered is.
            assert [statuses(token), statuses(token)] == [[200, 200]] * 2
            one.revoke_token(token)
            assert statuses(token) == [401, 401]
            assert statuses(other) == [200, 200]
