"""The documentation's example: a host proves its own backend in five lines."""

from __future__ import annotations

# begin: contract
import pytest

from flask_scim_teams.storage.memory import MemoryBackend
from flask_scim_teams.testing import BackendContract


class TestMyBackend(BackendContract):
    @pytest.fixture
    def backend(self) -> MemoryBackend:
        return MemoryBackend()


# end: contract
