"""The contract between the library and a host's storage, as tests.

A host that writes its own backend proves it with a subclass of five lines:

.. literalinclude:: ../tests/storage/test_my_backend.py
   :start-after: # begin: contract
   :end-before: # end: contract

Every rule of :mod:`flask_scim_teams.storage.interface` that a caller can observe is asked for here;
the name of a failing test, and the first line of its docstring, say which rule is broken.
"""

from __future__ import annotations

import pytest

from flask_scim_teams.storage.interface import Backend
from flask_scim_teams.testing.checkpoints import CheckpointContract
from flask_scim_teams.testing.clients import ClientContract
from flask_scim_teams.testing.connections import ConnectionContract
from flask_scim_teams.testing.log import LogContract
from flask_scim_teams.testing.memberships import MembershipContract
from flask_scim_teams.testing.names import NameContract
from flask_scim_teams.testing.nesting import NestingContract
from flask_scim_teams.testing.resources import ResourceContract
from flask_scim_teams.testing.searches import SearchContract
from flask_scim_teams.testing.sources import SourceContract
from flask_scim_teams.testing.tenants import TenantContract
from flask_scim_teams.testing.tokens import TokenContract


class BackendContract(
    ResourceContract,
    NameContract,
    SearchContract,
    MembershipContract,
    NestingContract,
    TenantContract,
    TokenContract,
    ConnectionContract,
    LogContract,
    ClientContract,
    SourceContract,
    CheckpointContract,
):
    """Tests that a backend satisfies the storage interface; subclass it and say which backend.

    The subclass's name has to start with ``Test``, or pytest will not look at it. Set
    :attr:`unique_team_names` to ``False`` where the host allows two teams of one name, and
    :attr:`repeated_team_names` to ``False`` where it never does, not even for a connection that
    wants it; and :attr:`several_tenants` to ``False`` where it has one tenant, and refuses to begin
    for any other.
    """

    @pytest.fixture
    def backend(self) -> Backend:
        """Return the backend to be tested, empty.

        It may be the same object each time, as long as nothing is left in it. Users' names, given
        names and departments of up to 60 characters have to fit.
        """
        raise NotImplementedError(
            f"{type(self).__name__} needs a fixture 'backend' that returns an empty backend."
        )
