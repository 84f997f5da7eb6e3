"""Which user is whom of a directory, and what has to be done for users to be as it says."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field
from typing import TypeVar

from flask_scim_teams.core.directory import DirectoryUser
from flask_scim_teams.core.directory import Snapshot
from flask_scim_teams.core.errors import ScimError
from flask_scim_teams.core.resources import Resource
from flask_scim_teams.core.user_plan import UserPolicy
from flask_scim_teams.core.user_plan import UserStep
from flask_scim_teams.core.user_plan import UserVerb
from flask_scim_teams.core.user_plan import changes
from flask_scim_teams.core.user_plan import creation
from flask_scim_teams.core.values import unique_key
from flask_scim_teams.services.lookups import by_value
from flask_scim_teams.services.refusals import in_words
from flask_scim_teams.services.team_groups import is_scims
from flask_scim_teams.services.words import name_of
from flask_scim_teams.storage.interface import Backend
from flask_scim_teams.storage.interface import Caller
from flask_scim_teams.storage.interface import Origin
from flask_scim_teams.storage.interface import Work

T = TypeVar("T")

# People who are looked at together, and origins that are read together.
_PORTION = 500


@dataclass(frozen=True, slots=True)
class Known:
    """What a directory last said: of users by its ids of them, and the ids of its groups.

    :param teams: ids of the teams that are of its groups.
    """

    users: Mapping[str, Origin]
    groups: frozenset[str]
    teams: frozenset[str]


@dataclass(slots=True)
class PlannedUsers:
    """Steps, and the ids that people of the directory have here, or get by them."""

    ids: dict[str, str]
    steps: list[UserStep] = field(default_factory=list)
    left_to_scim: int = 0
    #: Comparison keys of the names that are given to somebody by this plan.
    taken: set[str] = field(default_factory=set)


class UserPlanning:
    """Plans what a directory makes of users.

    :param new_id: returns a fresh id, for a user that is to be made.
    """

    def __init__(self, backend: Backend, new_id: Callable[[], str], policy: UserPolicy) -> None:
        self._backend = backend
        self._user = backend.types.user
        self._new_id = new_id
        self._policy = policy

    @in_words
    def known(self, caller: Caller) -> Known:
        """Return all that the caller's source last said."""
        users: dict[str, Origin] = {}
        groups: set[str] = set()
        teams: set[str] = set()
        with self._backend.begin(caller, write=False) as work:
            for one in _origins(work, caller.source):
                if one.resource_type == self._user.name:
                    users[one.reference] = one
                else:
                    groups.add(one.reference)
                    teams.add(one.resource_id)
        return Known(users, frozenset(groups), frozenset(teams))

    def plan(self, caller: Caller, snapshot: Snapshot, known: Known) -> PlannedUsers:
        """Return what has to be done, leavers first: their names may be wanted."""
        planned = PlannedUsers({ref: one.resource_id for ref, one in known.users.items()})
        rostered = {id for one in snapshot.rosters for id in one.members}
        people = [
            one
            for one in {one.id: one for one in snapshot.users}.values()
            if snapshot.offered is None
            or one.id in snapshot.offered
            or one.id in rostered
            or (not snapshot.complete and one.id in known.users)
        ]
        gone = {*snapshot.gone_users} & known.users.keys()
        if snapshot.complete:
            gone |= known.users.keys() - {one.id for one in people}
        planned.steps += self.leavers(caller, [known.users[id] for id in sorted(gone)])
        strangers: list[DirectoryUser] = []
        for some in _portions([one for one in people if one.id in known.users]):
            strangers += self._plan_known(caller, some, known, planned)
        strangers += [one for one in people if one.id not in known.users]
        for some in _portions(strangers):
            self._plan_strangers(caller, some, planned)
        return planned

    @in_words
    def _plan_known(
        self,
        caller: Caller,
        people: Sequence[DirectoryUser],
        known: Known,
        planned: PlannedUsers,
    ) -> list[DirectoryUser]:
        """Plan for those the directory spoke of before; return whom the host removed since."""
        strangers: list[DirectoryUser] = []
        with self._backend.begin(caller, write=False) as work:
            ids = [known.users[one.id].resource_id for one in people]
            stored = work.users.get_many(ids)
            origins = work.sources.origins(ids)
        for person in people:
            origin = known.users[person.id]
            user = stored.get(origin.resource_id)
            if user is None:
                strangers.append(person)
            elif is_scims(origins[user.id]):
                planned.left_to_scim += 1
            else:
                planned.steps += self._differences(person, user, origin)
        return strangers

    def _differences(
        self, person: DirectoryUser, user: Resource, origin: Origin
    ) -> Iterator[UserStep]:
        try:
            found = changes(self._user, person, user, origin.active)
        except ScimError as refused:
            yield _refusal(user.id, person, refused)
            return
        after = found.attributes
        name = name_of(user) or user.id
        if user.active and after.get("active") is False:
            words = f"deactivate user {name}: the directory says so"
            yield UserStep(verb=UserVerb.DEACTIVATE, id=user.id, person=person, words=words)
            return
        names = sorted(
            key.rpartition(":")[2]
            for key in {*after, *user.attributes}
            if after.get(key) != user.attributes.get(key)
        )
        if not user.active and after.get("active") is True:
            words = f"reactivate user {name}: the directory says so"
        elif names:
            what = ", ".join("enterprise attributes" if one == "User" else one for one in names)
            words = f"update user {name}: {what}"
        elif origin.active != person.active:
            words = f"note that user {name} is {'active' if person.active else 'inactive'}"
        else:
            return
        yield UserStep(verb=UserVerb.UPDATE, id=user.id, person=person, words=words)

    @in_words
    def _plan_strangers(
        self, caller: Caller, people: Sequence[DirectoryUser], planned: PlannedUsers
    ) -> None:
        """Plan for those the directory never spoke of: they are found, or made."""
        names = [str(one.attributes.get("userName") or "") for one in people]
        with self._backend.begin(caller, write=False) as work:
            called = by_value(work.users, self._user, "userName", names)
            by_id: Sequence[Resource] = ()
            if self._policy.link == "external_id":
                ids = [one.id for one in people]
                by_id = by_value(work.users, self._user, "externalId", ids)
            found = [*called, *by_id]
            origins = work.sources.origins([one.id for one in found])
        by_name = {self._key(name_of(one) or ""): one for one in called}
        by_external_id = {one.external_id: one for one in by_id}
        for person, name in zip(people, names, strict=True):
            try:
                key = self._key(name)
                same = by_name.get(key)
                match self._policy.link:
                    case "username":
                        user = same
                    case "external_id":
                        user = by_external_id.get(person.id)
                    case "never":
                        user = None
                if user is not None:
                    step = self._link(caller, person, user, origins[user.id], planned)
                elif same is not None or key in planned.taken:
                    words = f"user {name} is another one already, and is not made"
                    step = UserStep(verb=UserVerb.REFUSE, id=person.id, person=person, words=words)
                else:
                    creation(self._user, person)
                    step = self._create(person, name)
            except ScimError as refused:
                step = _refusal(person.id, person, refused)
                key = ""
            planned.steps.append(step)
            if step.acts:
                planned.taken.add(key)
                planned.ids[person.id] = step.id
            else:
                planned.ids.pop(person.id, None)

    def _create(self, person: DirectoryUser, name: str) -> UserStep:
        made = "create user" if person.active else "create deactivated user"
        return UserStep(
            verb=UserVerb.CREATE, id=self._new_id(), person=person, words=f"{made} {name}"
        )

    def _link(
        self,
        caller: Caller,
        person: DirectoryUser,
        user: Resource,
        origins: Sequence[Origin],
        planned: PlannedUsers,
    ) -> UserStep:
        name = name_of(user) or user.id
        if any(one.source == caller.source for one in origins):
            # A name that was given to somebody else must not open what was its former bearer's.
            words = (
                f"user {name} is somebody else of this directory: delete or rename the user, "
                "if that one is gone"
            )
            return UserStep(verb=UserVerb.REFUSE, id=user.id, person=person, words=words)
        words = f"link user {name}"
        if is_scims(origins):
            planned.left_to_scim += 1
            words += ", who is left to SCIM"
        else:
            changes(self._user, person, user, None)
        return UserStep(verb=UserVerb.LINK, id=user.id, person=person, words=words)

    @in_words
    def leavers(self, caller: Caller, gone: Sequence[Origin]) -> list[UserStep]:
        """Return what has to be done with users whom the directory no longer has."""
        steps: list[UserStep] = []
        if self._policy.leavers == "keep":
            return steps
        for some in _portions(gone):
            ids = [one.resource_id for one in some]
            with self._backend.begin(caller, write=False) as work:
                stored = work.users.get_many(ids)
                origins = work.sources.origins(ids)
            for one in some:
                user = stored.get(one.resource_id)
                if user is None or is_scims(origins[user.id]):
                    continue
                name = name_of(user) or user.id
                if self._policy.leavers == "delete":
                    verb, words = UserVerb.DELETE, f"delete user {name}: gone from the directory"
                elif user.active:
                    verb = UserVerb.DEACTIVATE
                    words = f"deactivate user {name}: gone from the directory"
                elif one.active:
                    verb = UserVerb.UPDATE
                    words = f"note that user {name} is gone from the directory"
                else:
                    continue
                person = DirectoryUser(one.reference, {"active": False})
                steps.append(UserStep(verb=verb, id=user.id, person=person, words=words))
        return steps

    @in_words
    def leaving_teams(
        self,
        caller: Caller,
        known: Known,
        left: Collection[tuple[str | None, str]],
        staying: Collection[str],
    ) -> list[UserStep]:
        """Return what has to be done with those who leave their last teams of the directory.

        :param left: the memberships that end, by team and member.
        :param staying: ids, at the directory, of people who are offered all the same.
        """
        by_user = {one.resource_id: one for ref, one in known.users.items() if ref not in staying}
        members = sorted({id for _, id in left} & by_user.keys())
        with self._backend.begin(caller, write=False) as work:
            claims = work.sources.claims_for(members)
        gone = [
            by_user[id]
            for id in members
            if all(one.source != caller.source or (one.team, id) in left for one in claims[id])
        ]
        return self.leavers(caller, gone)

    def _key(self, name: str) -> str:
        attribute = self._user.unique_attribute
        assert attribute is not None
        return unique_key(attribute, name)


def _refusal(id: str, person: DirectoryUser, refused: ScimError) -> UserStep:
    name = person.attributes.get("userName") or person.id
    words = f"user {name!s:.120} cannot be as the directory says: {refused.detail}"
    return UserStep(verb=UserVerb.REFUSE, id=id, person=person, words=words)


def _origins(work: Work, source: str) -> Iterator[Origin]:
    page: Sequence[Origin] = ()
    while True:
        after = page[-1].resource_id if page else ""
        page = work.sources.of_source(source, after=after, count=_PORTION)
        yield from page
        if len(page) < _PORTION:
            return


def _portions(items: Sequence[T]) -> Iterator[Sequence[T]]:
    for begin in range(0, len(items), _PORTION):
        yield items[begin : begin + _PORTION]
