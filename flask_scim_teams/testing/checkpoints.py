"""The contract of checkpoints: how far a source has been read."""

from __future__ import annotations

from dataclasses import replace

from flask_scim_teams.storage.interface import HOST
from flask_scim_teams.storage.interface import Backend

_SOURCE = "directory:Zürich"
#: Longer than a column of text is where nobody looks: Graph's links are of several thousands.
_LONG = "https://graph.example.com/?$deltatoken=" + "Aa_🔑" * 20_000


class CheckpointContract:
    """Rules of :class:`~flask_scim_teams.storage.interface.SourceAdapter` on checkpoints."""

    def test_a_checkpoint_is_kept_and_replaced(self, backend: Backend) -> None:
        """Whatever its length; a source that has none is read from the beginning."""
        for kept in ("first", _LONG, "", "last"):
            with backend.begin(HOST, write=True) as work:
                work.sources.set_checkpoint(_SOURCE, kept)
                work.commit()
            with backend.begin(HOST, write=False) as work:
                assert work.sources.checkpoint(_SOURCE) == kept
                assert work.sources.checkpoint(_SOURCE.upper()) == ""

    def test_a_checkpoint_is_a_part_of_its_unit_of_work(self, backend: Backend) -> None:
        """It is kept if the unit of work is committed, and not else."""
        with backend.begin(HOST, write=True) as work:
            work.sources.set_checkpoint(_SOURCE, "kept")
            work.commit()
        with backend.begin(HOST, write=True) as work:
            work.sources.set_checkpoint(_SOURCE, "lost")
        with backend.begin(HOST, write=False) as work:
            assert work.sources.checkpoint(_SOURCE) == "kept"

    def test_a_checkpoint_is_one_tenants(self, backend: Backend) -> None:
        """The same source may be read for several."""
        if not getattr(self, "several_tenants", True):
            return
        for tenant in ("acme", "ACME"):
            with backend.begin(replace(HOST, tenant=tenant), write=True) as work:
                work.sources.set_checkpoint(_SOURCE, tenant)
                work.commit()
        with backend.begin(replace(HOST, tenant="acme"), write=False) as work:
            assert work.sources.checkpoint(_SOURCE) == "acme"
        with backend.begin(HOST, write=False) as work:
            assert work.sources.checkpoint(_SOURCE) == ""
