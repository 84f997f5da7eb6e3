"""Users and teams: created, read, replaced, modified, deleted. One unit of work each."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import replace

from flask_scim_teams.core.definitions import GROUP
from flask_scim_teams.core.definitions import USER
from flask_scim_teams.core.drafts import Draft
from flask_scim_teams.core.errors import InvalidValue
from flask_scim_teams.core.errors import NotFound
from flask_scim_teams.core.patch import MembershipOperation
from flask_scim_teams.core.patch import Op
from flask_scim_teams.core.patch import Operation
from flask_scim_teams.core.planner import Changes
from flask_scim_teams.core.planner import plan
from flask_scim_teams.core.preconditions import Precondition
from flask_scim_teams.core.query import Query
from flask_scim_teams.core.resources import Resource
from flask_scim_teams.core.schemas import ResourceType
from flask_scim_teams.core.values import MAX_NAME
from flask_scim_teams.core.values import unique_key
from flask_scim_teams.services import events
from flask_scim_teams.services.events import Event
from flask_scim_teams.services.members import apply_memberships
from flask_scim_teams.services.merging import page_of_all
from flask_scim_teams.services.refusals import in_words
from flask_scim_teams.services.surroundings import Surroundings
from flask_scim_teams.services.surroundings import surroundings
from flask_scim_teams.storage.interface import Backend
from flask_scim_teams.storage.interface import Caller
from flask_scim_teams.storage.interface import MembershipDelta
from flask_scim_teams.storage.interface import ResourceAdapter
from flask_scim_teams.storage.interface import Work

_UNIQUE = {"User": "userName", "Group": "displayName"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """A resource as it stands after a request, and what surrounds it."""

    resource: Resource
    around: Surroundings


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of resources, and what surrounds them."""

    total: int
    resources: tuple[Resource, ...]
    around: Surroundings


class Provisioning:
    """The use cases, over a host's backend.

    :param publish: takes each event after the commit.
    :param now: returns the present instant as ``YYYY-MM-DDTHH:MM:SS.ffffffZ``.
    :param new_id: returns a fresh id; later ones sort after earlier ones.
    """

    def __init__(
        self,
        backend: Backend,
        *,
        publish: Callable[[Event], None],
        now: Callable[[], str],
        new_id: Callable[[], str],
    ) -> None:
        self._backend = backend
        self._publish = publish
        self._now = now
        self._new_id = new_id

    @in_words
    def create(
        self, caller: Caller, resource_type: ResourceType, draft: Draft, *, related: bool
    ) -> Outcome:
        """Create a resource (RFC 7644 section 3.3).

        :raises InvalidValue: if a member is unknown, or a name cannot be used.
        :raises Uniqueness: if the name is taken.
        """
        now = self._now()
        attributes = dict(draft.attributes)
        if resource_type is USER:
            attributes.setdefault("active", True)
        resource = Resource(
            id=self._new_id(),
            external_id=draft.external_id,
            attributes=attributes,
            created=now,
            last_modified=now,
        )
        _check_names(resource_type, resource)
        with self._backend.begin(caller, write=True) as work:
            _adapter(work, resource_type).add(resource)
            delta = MembershipDelta()
            if draft.members:
                delta = work.memberships.add(resource.id, draft.members)
            around = surroundings(work, resource_type, [resource], related=related and bool(delta))
            work.commit()
        self._publish_all(events.creation(resource_type, resource, delta, caller))
        return Outcome(resource, around)

    @in_words
    def get(
        self, caller: Caller, resource_type: ResourceType, id: str, *, related: bool
    ) -> Outcome:
        """Return a resource.

        :raises NotFound: if there is none with that id.
        """
        with self._backend.begin(caller, write=False) as work:
            resource = _adapter(work, resource_type).get(id)
            if resource is None:
                raise _not_found(resource_type, id)
            return Outcome(resource, surroundings(work, resource_type, [resource], related=related))

    @in_words
    def search(self, caller: Caller, query: Query, *, related: bool) -> Listing:
        """Return a page of resources: the number of look-ups does not depend on its length."""
        with self._backend.begin(caller, write=False) as work:
            page = _adapter(work, query.resource_type).search(query)
            around = surroundings(work, query.resource_type, page.resources, related=related)
            return Listing(page.total, page.resources, around)

    @in_words
    def search_all(
        self, caller: Caller, queries: Sequence[Query], *, start_index: int, count: int
    ) -> tuple[int, list[tuple[ResourceType, Outcome]]]:
        """Return the total and one page of the resources of several types.

        In the order of the queries' sort, where they have one, else type by type.

        :raises TooMany: if they are sorted and the page reaches too far into the list.
        """
        with self._backend.begin(caller, write=False) as work:
            asked = [(query, _adapter(work, query.resource_type)) for query in queries]
            total, shown = page_of_all(asked, start_index, count)
            outcomes: dict[str, Outcome] = {}
            for query in queries:
                mine = [resource for kind, resource in shown if kind is query.resource_type]
                around = surroundings(work, query.resource_type, mine, related=True)
                outcomes |= {resource.id: Outcome(resource, around) for resource in mine}
        return total, [(kind, outcomes[resource.id]) for kind, resource in shown]

    @in_words
    def replace(
        self,
        caller: Caller,
        resource_type: ResourceType,
        id: str,
        draft: Draft,
        *,
        precondition: Precondition | None = None,
        related: bool,
    ) -> Outcome:
        """Replace a resource (RFC 7644 section 3.5.1).

        What the draft leaves out is cleared, but for ``active``, which stays as it is: OneLogin
        leaves it out and means no change. A Group without members is emptied.

        :raises NotFound: if there is none with that id; nothing is created.
        :raises PreconditionFailed: if it is at another version.
        """

        def change(stored: Resource) -> Changes:
            attributes = dict(draft.attributes)
            if resource_type is USER:
                attributes.setdefault("active", stored.active)
            step = MembershipOperation(Op.REPLACE, draft.members or ())
            steps = (step,) if resource_type is GROUP else ()
            return Changes(attributes, draft.external_id, steps)

        return self._change(caller, resource_type, id, change, precondition, related)

    @in_words
    def modify(
        self,
        caller: Caller,
        resource_type: ResourceType,
        id: str,
        operations: Iterable[Operation],
        *,
        precondition: Precondition | None = None,
        related: bool,
    ) -> Outcome:
        """Modify a resource by operations, all or none (RFC 7644 section 3.5.2).

        :raises NotFound: if there is none with that id.
        :raises PreconditionFailed: if it is at another version.
        """

        def change(stored: Resource) -> Changes:
            return plan(resource_type, stored, operations)

        return self._change(caller, resource_type, id, change, precondition, related)

    def _change(
        self,
        caller: Caller,
        resource_type: ResourceType,
        id: str,
        change: Callable[[Resource], Changes],
        precondition: Precondition | None,
        related: bool,
    ) -> Outcome:
        with self._backend.begin(caller, write=True) as work:
            adapter = _adapter(work, resource_type)
            stored = _locked(adapter, resource_type, id, precondition)
            changes = change(stored)
            resource = stored
            if changes.alter(stored):
                resource = replace(
                    stored,
                    attributes=changes.attributes,
                    external_id=changes.external_id,
                    version=stored.version + 1,
                    last_modified=self._now(),
                )
                _check_names(resource_type, resource)
                adapter.save(resource, stored.version)
            delta = apply_memberships(work, id, changes.memberships)
            if delta and resource is stored:
                resource = replace(stored, version=stored.version + 1, last_modified=self._now())
                adapter.touch([id], resource.last_modified)
            around = surroundings(work, resource_type, [resource], related=related)
            if resource is not stored:
                work.commit()
        self._publish_all(events.change(resource_type, stored, resource, delta, caller))
        return Outcome(resource, around)

    @in_words
    def delete(
        self,
        caller: Caller,
        resource_type: ResourceType,
        id: str,
        *,
        precondition: Precondition | None = None,
    ) -> None:
        """Delete a resource and its memberships (RFC 7644 section 3.6).

        :raises NotFound: if there is none with that id.
        :raises PreconditionFailed: if it is at another version.
        """
        changed: list[Event] = []
        with self._backend.begin(caller, write=True) as work:
            adapter = _adapter(work, resource_type)
            stored = _locked(adapter, resource_type, id, precondition)
            if resource_type is USER:
                teams = work.memberships.remove_user(id)
                work.teams.touch(teams, self._now())
                delta = MembershipDelta(removed=(id,))
                changed += [events.TeamMembersChanged(team, delta, caller) for team in teams]
                if stored.active:
                    # Whoever ends sessions at a deactivation need not listen for deletions too.
                    changed.append(events.UserDeactivated(stored, caller))
                changed.append(events.UserDeleted(stored, caller))
            else:
                members = work.memberships.remove_team(id)
                if members:
                    delta = MembershipDelta(removed=members)
                    changed.append(events.TeamMembersChanged(id, delta, caller))
                changed.append(events.TeamDeleted(stored, caller))
            adapter.remove(id)
            work.commit()
        self._publish_all(changed)

    def is_active(self, caller: Caller, id: str) -> bool:
        """Whether the user exists and may use the service."""
        with self._backend.begin(caller, write=False) as work:
            user = work.users.get(id)
            return user is not None and user.active

    def _publish_all(self, happened: Iterable[Event]) -> None:
        for event in happened:
            self._publish(event)


def _adapter(work: Work, resource_type: ResourceType) -> ResourceAdapter:
    return work.users if resource_type is USER else work.teams


def _locked(
    adapter: ResourceAdapter,
    resource_type: ResourceType,
    id: str,
    precondition: Precondition | None,
) -> Resource:
    stored = adapter.lock(id)
    if stored is None:
        raise _not_found(resource_type, id)
    if precondition is not None:
        precondition.check(stored.version)
    return stored


def _not_found(resource_type: ResourceType, id: str) -> NotFound:
    return NotFound(f"There is no {resource_type.name} with the id {id!r:.80}.")


def _check_names(resource_type: ResourceType, resource: Resource) -> None:
    """Refuse names that no index can hold or no eye can tell apart, before anything is stored."""
    attribute = resource_type.attribute(_UNIQUE[resource_type.name])
    assert attribute is not None
    unique_key(attribute, resource.attributes.get(attribute.name, ""))
    if len(resource.external_id or "") > MAX_NAME:
        raise InvalidValue(
            f"externalId is longer than {MAX_NAME} characters.", attribute="externalId"
        )
