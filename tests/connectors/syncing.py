"""A host whose users and teams follow a directory, run as the command runs it."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field
from typing import Any

from flask_scim_teams.core.directory import Directory
from flask_scim_teams.core.drafts import Draft
from flask_scim_teams.core.patch import Op
from flask_scim_teams.core.patch import Operation
from flask_scim_teams.core.query import parse_query
from flask_scim_teams.core.user_plan import UserPolicy
from flask_scim_teams.services.directory_sync import DirectoryPlan
from flask_scim_teams.services.directory_sync import DirectoryReport
from flask_scim_teams.services.directory_sync import DirectorySync
from flask_scim_teams.services.identifiers import new_id
from flask_scim_teams.services.identifiers import now
from flask_scim_teams.services.log import LogPolicy
from flask_scim_teams.services.log import ProvisioningLog
from flask_scim_teams.services.provisioning import Provisioning
from flask_scim_teams.services.team_sync import TeamPolicy
from flask_scim_teams.services.team_sync import TeamSync
from flask_scim_teams.storage.interface import HOST
from flask_scim_teams.storage.interface import Caller
from flask_scim_teams.storage.log import LogQuery

SCIM = Caller(connection_id="c1")


@dataclass
class Host:
    """What is stored, the doors to it, and what was published."""

    backend: Any
    caller: Caller = field(default_factory=lambda: Caller(source="directory:test"))
    events: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.log = ProvisioningLog(self.backend, now=now, new_id=new_id, policy=LogPolicy())
        self.provisioning = Provisioning(
            self.backend, log=self.log, publish=self.events.append, now=now, new_id=new_id
        )

    def sync(self, *, teams: TeamPolicy | None = None, **policy: Any) -> DirectorySync:
        followed = TeamSync(self.backend, self.provisioning, teams)
        return DirectorySync(self.backend, self.provisioning, followed, UserPolicy(**policy))

    def plan(self, directory: Directory, *, full: bool = False, **policy: Any) -> DirectoryPlan:
        sync = self.sync(**policy)
        since = sync.checkpoint(self.caller)
        return sync.plan(self.caller, directory.read("" if full else since, quiet), since=since)

    def run(
        self, directory: Directory, *, full: bool = False, force: bool = False, **policy: Any
    ) -> DirectoryReport:
        plan = self.plan(directory, full=full, **policy)
        return self.sync(**policy).apply(self.caller, plan, force=force)

    def entries(self) -> list[str]:
        """Return the actions of the log, oldest first."""
        return [one.action for one in self.log.walk(LogQuery())][::-1]

    def users(self) -> dict[str, bool]:
        """Return who is there, and whether they are active."""
        with self.backend.begin(HOST, write=False) as work:
            found = work.users.search(everything(self.backend.types.user)).resources
        return {one.attributes["userName"]: one.active for one in found}

    def user(self, name: str) -> Any:
        with self.backend.begin(HOST, write=False) as work:
            found = work.users.search(everything(self.backend.types.user)).resources
        return next(one for one in found if one.attributes["userName"] == name)

    def teams(self) -> dict[str, set[str]]:
        """Return the teams with the names of their members."""
        with self.backend.begin(HOST, write=False) as work:
            found = work.teams.search(everything(self.backend.types.group)).resources
            related = work.memberships.of_teams([one.id for one in found])
            ids = {one.id for some in related.values() for one in some}
            names = {
                id: user.attributes["userName"] for id, user in work.users.get_many(ids).items()
            }
        return {
            team.attributes["displayName"]: {names[one.id] for one in related[team.id]}
            for team in found
        }


def everything(resource_type: Any) -> Any:
    return parse_query(resource_type, count=10_000)


def quiet(what: str, done: int, of: int) -> None:
    """Hear of progress, and say nothing."""


def make(host: Host, caller: Caller, name: str, **attributes: Any) -> str:
    external_id = attributes.pop("external_id", None)
    draft = Draft(attributes={"userName": name, **attributes}, external_id=external_id)
    made = host.provisioning.create(caller, host.backend.types.user, draft, related=False)
    return made.resource.id


def write(host: Host, caller: Caller, id: str, **attributes: Any) -> None:
    operations = [Operation(Op.REPLACE, name, value) for name, value in attributes.items()]
    host.provisioning.modify(caller, host.backend.types.user, id, operations, related=False)


def team(host: Host, caller: Caller, name: str, *members: str) -> str:
    draft = Draft(attributes={"displayName": name}, members=members)
    made = host.provisioning.create(caller, host.backend.types.group, draft, related=False)
    return made.resource.id
