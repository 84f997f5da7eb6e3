"""A service whose teams several sources speak of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_scim_teams import ScimTeams
from flask_scim_teams.core.drafts import Draft
from flask_scim_teams.core.patch import Op
from flask_scim_teams.core.patch import Operation
from flask_scim_teams.storage.interface import HOST
from flask_scim_teams.storage.interface import Caller
from tests.hosts import Storage

SCIM = Caller(connection_id="c1")
SIGN_IN = Caller(source="sso:acme")
#: The directory of the same provider, and one that nobody signs in with.
READ = Caller(source="directory:acme")
OTHER = Caller(source="directory:other")
#: One that SCIM has a team of, one that nobody knows, one whose name a team made by hand has.
GROUPS = ("scim", "one", "hand")
PEOPLE = range(2)


class House:
    """A service with people, a team of SCIM's and one that was made by hand."""

    def __init__(self, storage: Storage, scim: ScimTeams) -> None:
        self.storage = storage
        self.scim = scim
        self.begin()

    def begin(self) -> None:
        """Start anew."""
        self.storage.clear()
        self.people = [self._make(HOST, "user", userName=f"p{one}") for one in PEOPLE]
        self.teams = {
            "scim": self._make(SCIM, "group", "scim", displayName="Group scim"),
            "hand": self._make(HOST, "group", displayName="Group hand"),
        }

    def _make(
        self, caller: Caller, kind: str, external_id: str | None = None, **attributes: Any
    ) -> str:
        draft = Draft(attributes=attributes, external_id=external_id)
        resource_type = getattr(self.scim.types, kind)
        made = self.scim.provisioning.create(caller, resource_type, draft, related=False)
        return made.resource.id

    def change(self, caller: Caller, team: str, op: Op, *people: int) -> None:
        """Add or remove members, as a request does."""
        members = [{"value": self.people[one]} for one in people]
        operation = (
            Operation(op, "members", members)
            if op is Op.ADD
            else Operation(op, f'members[value eq "{self.people[people[0]]}"]')
        )
        self.scim.provisioning.modify(
            caller, self.scim.types.group, self.teams[team], [operation], related=False
        )

    def alter(self, team: str, op: Op, person: int) -> None:
        """Add or remove a member behind the library's back, as the host's own code does."""
        with self.storage.backend.begin(HOST, write=True) as work:
            work.teams.lock(self.teams[team])
            change = work.memberships.add if op is Op.ADD else work.memberships.remove
            change(self.teams[team], [self.people[person]])
            work.commit()

    def state(self) -> dict[str, set[int]]:
        """Return who is in which team, by its name."""
        with self.storage.backend.begin(HOST, write=False) as work:
            found = {}
            for one in PEOPLE:
                for team in work.memberships.of_users([self.people[one]])[self.people[one]]:
                    found.setdefault(team.display or "", set()).add(one)
        return found

    def note_teams(self) -> None:
        """Look up the teams that were made for groups."""
        with self.storage.backend.begin(HOST, write=False) as work:
            for source in (SIGN_IN.source, READ.source, OTHER.source):
                for reference, id in work.sources.find(source, GROUPS).items():
                    self.teams[reference] = id

    def versions(self) -> Mapping[str, int]:
        """Return the versions of teams."""
        with self.storage.backend.begin(HOST, write=False) as work:
            teams = work.teams.get_many(list(self.teams.values()))
        return {name: teams[id].version for name, id in self.teams.items()}
