"""Fresh ids: opaque, of one form, and in the order of their making."""

from __future__ import annotations

import re
import uuid
from itertools import pairwise

import pytest

from flask_scim_teams.core.comparison import instant
from flask_scim_teams.services.identifiers import new_id
from flask_scim_teams.services.identifiers import now


@pytest.mark.requirement("R027", "R028")
def test_the_form() -> None:
    for _ in range(200):
        id = new_id()
        parsed = uuid.UUID(id)
        assert str(parsed) == id
        assert (parsed.version, parsed.variant) == (7, uuid.RFC_4122)


def test_no_two_are_alike() -> None:
    assert len({new_id() for _ in range(20_000)}) == 20_000


def test_they_carry_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    # 2^48 milliseconds are enough for the next eight thousand years.
    monkeypatch.setattr("flask_scim_teams.services.identifiers._last_tick", 0)
    ids = []
    for milliseconds in (0, 1, 1_700_000_000_000, 1_700_000_000_001, 2**47):
        monkeypatch.setattr("time.time_ns", lambda ms=milliseconds: ms * 1_000_000 + 999_999)
        ids.append(new_id())
        assert uuid.UUID(ids[-1]).int >> 80 == milliseconds
    assert ids == sorted(ids)


def test_they_are_in_the_order_of_their_making() -> None:
    # A list that is read while resources are made grows at its end, and shifts no page.
    ids = [new_id() for _ in range(5_000)]
    assert all(one < other for one, other in pairwise(ids))


def test_the_present() -> None:
    moment = now()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", moment)
    assert instant(moment) == moment
    assert now() >= moment
