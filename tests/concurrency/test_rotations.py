"""Several processes rotate the same tokens at once: none twice, and no more than there may be."""

from __future__ import annotations

import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.concurrency.crowd import opened
from tests.concurrency.rotations import MAX_TOKENS
from tests.concurrency.rotations import managers
from tests.databases import KINDS
from tests.databases import fresh_database
from tests.processes import ROOT

PROCESSES = 3
PATIENCE = 60


@pytest.mark.parametrize("overlap", [24, 0])
@pytest.mark.parametrize("kind", KINDS)
def test_there_are_never_more_tokens_than_there_may_be(
    kind: str, overlap: int, tmp_path: Path
) -> None:
    with fresh_database(kind, tmp_path) as url, opened(url) as (backend, engine, metadata):
        metadata.create_all(engine)
        tokens, _ = managers(backend)
        first = [tokens.create(label=str(number)).record.id for number in range(4)]
        command = [sys.executable, "-m", "tests.concurrency.rotations", url, str(overlap), *first]
        with ExitStack() as stack:
            running = [
                stack.enter_context(
                    subprocess.Popen(
                        command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
                    )
                )
                for _ in range(PROCESSES)
            ]
            for one in running:
                assert one.stdout is not None
                assert one.stdout.readline() == "ready\n"
            # All begin now.
            for one in running:
                assert one.stdin is not None
                one.stdin.close()
            made = [id for one in running if one.stdout for id in one.stdout.read().split()]
            assert [one.wait(PATIENCE) for one in running] == [0] * PROCESSES
        known = {one.id: one for one in tokens.list()}
        assert sorted(known) == sorted([*first, *made])
        assert sum(tokens.status(one) == "live" for one in known.values()) == MAX_TOKENS
        # Each was replaced once at most, and by one that there is.
        successors = [one.replaced_by for one in known.values() if one.replaced_by is not None]
        assert len(successors) == len(set(successors))
        assert set(successors) <= set(made)
        if not overlap:
            assert {known[id].replaced_by is None for id in first} == {False}
