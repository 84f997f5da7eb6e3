"""Users, teams and other resources: created, replaced, modified, deleted. One unit of work each."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import replace

from flask_scim_teams.core.dialects.profile import OnConflict
from flask_scim_teams.core.drafts import Draft
from flask_scim_teams.core.errors import NotFound
from flask_scim_teams.core.filters import And
from flask_scim_teams.core.filters import Compare
from flask_scim_teams.core.filters import Name
from flask_scim_teams.core.filters import Operator
from flask_scim_teams.core.immutable import check_immutable
from flask_scim_teams.core.patch import MembershipOperation
from flask_scim_teams.core.patch import Op
from flask_scim_teams.core.patch import Operation
from flask_scim_teams.core.planner import Changes
from flask_scim_teams.core.planner import plan
from flask_scim_teams.core.preconditions import Precondition
from flask_scim_teams.core.query import parse_query
from flask_scim_teams.core.resources import Resource
from flask_scim_teams.core.schemas import ResourceType
from flask_scim_teams.services import events
from flask_scim_teams.services.adapters import adapter_of
from flask_scim_teams.services.events import Event
from flask_scim_teams.services.log import ProvisioningLog
from flask_scim_teams.services.members import apply_memberships
from flask_scim_teams.services.origins import note_change
from flask_scim_teams.services.origins import note_creation
from flask_scim_teams.services.reading import Outcome
from flask_scim_teams.services.refusals import in_words
from flask_scim_teams.services.surroundings import surroundings
from flask_scim_teams.services.words import Change
from flask_scim_teams.services.writing import check_names
from flask_scim_teams.services.writing import locked
from flask_scim_teams.services.writing import reach
from flask_scim_teams.services.writing import with_kept
from flask_scim_teams.services.writing import written
from flask_scim_teams.storage.interface import Backend
from flask_scim_teams.storage.interface import Caller
from flask_scim_teams.storage.interface import MembershipDelta
from flask_scim_teams.storage.interface import Work


@dataclass(frozen=True, slots=True)
class Creation:
    """A resource to be made, with the id it is to have.

    :param caller: who asked for it, where each of several is logged on its own.
    :param reference: by which the caller's source knows it.
    """

    resource_type: ResourceType
    id: str
    draft: Draft
    caller: Caller | None = None
    reference: str = ""


class Provisioning:
    """The use cases, over a host's backend.

    :param log: takes the entry of each change, in its unit of work.
    :param publish: takes each event after the commit.
    :param now: returns the present instant as ``YYYY-MM-DDTHH:MM:SS.ffffffZ``.
    :param new_id: returns a fresh id; later ones sort after earlier ones.
    """

    def __init__(
        self,
        backend: Backend,
        *,
        log: ProvisioningLog,
        publish: Callable[[Event], None],
        now: Callable[[], str],
        new_id: Callable[[], str],
    ) -> None:
        self._backend = backend
        self._log = log
        self._publish = publish
        self._now = now
        #: Returns a fresh id, for a resource that others are to refer to before it is made.
        self.new_id = new_id

    @in_words
    def create(
        self,
        caller: Caller,
        resource_type: ResourceType,
        draft: Draft,
        *,
        reference: str = "",
        related: bool,
    ) -> Outcome:
        """Create a resource (RFC 7644 section 3.3).

        Where the caller's profile has it so, a resource of the same name and externalId is the one
        that is meant, and is replaced.

        :param reference: by which the caller's source knows it, where that is no SCIM connection.
        :raises InvalidValue: if a member is unknown, or a name cannot be used.
        :raises Uniqueness: if the name is taken, or the reference.
        """
        present = self._present(caller, resource_type, draft)
        if present is not None:
            try:
                return self.replace(caller, resource_type, present, draft, related=related)
            except NotFound:
                # Deleted since: so it is to be made.
                pass
        creation = Creation(resource_type, self.new_id(), draft, reference=reference)
        with self._backend.begin(caller, write=True) as work:
            [(resource, delta)] = self._create(work, caller, [creation])
            with_related = related and bool(delta)
            around = surroundings(work, resource_type, [resource], related=with_related)
            work.commit()
        written(caller)
        self._publish_all(events.creation(resource_type, resource, delta, caller))
        return Outcome(resource_type, resource, around)

    def _present(self, caller: Caller, resource_type: ResourceType, draft: Draft) -> str | None:
        """Return the id of the resource that a draft describes again, for a caller who wants it."""
        unique = resource_type.unique_attribute
        name = None if unique is None else draft.attributes.get(unique.name)
        if caller.profile.on_conflict is not OnConflict.ADOPT or unique is None or not name:
            return None
        if draft.external_id is None:
            return None
        terms = (("externalId", draft.external_id), (unique.name, name))
        same = And(tuple(Compare(Name(None, of), Operator.EQ, text) for of, text in terms))
        with self._backend.begin(caller, write=False) as work:
            page = adapter_of(work, resource_type).search(
                parse_query(resource_type, filter=same, count=1)
            )
        return page.resources[0].id if page.resources else None

    @in_words
    def create_together(self, caller: Caller, creations: Sequence[Creation]) -> list[Resource]:
        """Create resources that refer to one another: all or none.

        :raises InvalidValue, Uniqueness: as :meth:`create`.
        """
        with self._backend.begin(caller, write=True) as work:
            made = self._create(work, caller, creations)
            work.commit()
        for creation, (resource, delta) in zip(creations, made, strict=True):
            written(creation.caller or caller)
            self._publish_all(events.creation(creation.resource_type, resource, delta, caller))
        return [resource for resource, _ in made]

    def _create(
        self, work: Work, caller: Caller, creations: Sequence[Creation]
    ) -> list[tuple[Resource, MembershipDelta]]:
        """Store the resources first and their members then: these may be among them."""
        now = self._now()
        resources = []
        for creation in creations:
            attributes = dict(creation.draft.attributes)
            if creation.resource_type.is_user:
                attributes.setdefault("active", True)
            resource = Resource(
                id=creation.id,
                external_id=creation.draft.external_id,
                attributes=attributes,
                created=now,
                last_modified=now,
            )
            reach(creation.caller or caller, "values")
            check_names(creation.resource_type, resource)
            reach(creation.caller or caller, "storage")
            adapter_of(work, creation.resource_type).add(resource)
            note_creation(
                work,
                creation.caller or caller,
                creation.resource_type,
                resource,
                creation.reference,
            )
            resources.append(resource)
        deltas = [
            apply_memberships(
                work,
                one.caller or caller,
                one.id,
                [MembershipOperation(Op.ADD, one.draft.members)],
            )[0]
            if one.draft.members
            else MembershipDelta()
            for one in creations
        ]
        for creation, resource, delta in zip(creations, resources, deltas, strict=True):
            change = Change(
                resource_type=creation.resource_type, before=None, after=resource, members=delta
            )
            self._log.add(work, creation.caller or caller, change)
        return list(zip(resources, deltas, strict=True))

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

        What the draft leaves out is cleared, but for attributes that are declared as kept, are
        immutable, or readOnly. A Group without members is emptied.

        :raises NotFound: if there is none with that id; nothing is created.
        :raises Mutability: if an immutable attribute has another value.
        :raises PreconditionFailed: if it is at another version.
        """

        def change(work: Work, stored: Resource) -> Changes:
            step = MembershipOperation(Op.REPLACE, draft.members or ())
            steps = (step,) if resource_type.is_group else ()
            attributes = with_kept(resource_type, draft, stored)
            check_immutable(resource_type, stored.attributes, attributes)
            return Changes(attributes, draft.external_id, steps, frozenset(draft.attributes))

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

        def change(work: Work, stored: Resource) -> Changes:
            return plan(resource_type, stored, operations)

        return self._change(caller, resource_type, id, change, precondition, related)

    @in_words
    def adjust(
        self,
        caller: Caller,
        resource_type: ResourceType,
        id: str,
        change: Callable[[Work, Resource], Changes],
        *,
        reference: str | None = None,
        name: str | None = None,
        active: bool | None = None,
    ) -> Outcome:
        """Make a change that is worked out in its own unit of work, with the resource locked.

        :param change: what it stores itself is kept too; it may be called again, for another unit
            of work.
        :param reference: by which the caller's source knows it from now on; as before, if not said.
        :param name: by which it knows it, where that is not what the resource is called.
        :param active: whether it says that the user is active, where that is not what they are.
        :raises NotFound: if there is none with that id.
        :raises Uniqueness: if the source knows another resource by the reference.
        """
        return self._change(
            caller,
            resource_type,
            id,
            change,
            None,
            related=False,
            reference=reference,
            name=name,
            active=active,
            always=True,
        )

    def _change(
        self,
        caller: Caller,
        resource_type: ResourceType,
        id: str,
        change: Callable[[Work, Resource], Changes],
        precondition: Precondition | None,
        related: bool,
        *,
        reference: str | None = None,
        name: str | None = None,
        active: bool | None = None,
        always: bool = False,
    ) -> Outcome:
        with self._backend.begin(caller, write=True) as work:
            adapter = adapter_of(work, resource_type)
            stored = locked(adapter, resource_type, id, precondition, caller)
            reach(caller, "values")
            changes = change(work, stored)
            resource = stored
            if changes.alter(stored):
                resource = replace(
                    stored,
                    attributes=changes.attributes,
                    external_id=changes.external_id,
                    version=stored.version + 1,
                    last_modified=self._now(),
                )
                check_names(resource_type, resource)
                reach(caller, "storage")
                adapter.save(resource, stored.version)
            delta, claimed = apply_memberships(work, caller, id, changes.memberships)
            if delta and resource is stored:
                resource = replace(stored, version=stored.version + 1, last_modified=self._now())
                adapter.touch([id], resource.last_modified)
            noted = note_change(
                work,
                caller,
                resource_type,
                resource,
                changes.mentioned,
                self._now(),
                reference=reference,
                name=name,
                active=active,
            )
            around = surroundings(work, resource_type, [resource], related=related)
            if resource is not stored:
                made = Change(
                    resource_type=resource_type, before=stored, after=resource, members=delta
                )
                self._log.add(work, caller, made)
            if resource is not stored or noted or claimed or always:
                work.commit()
        if resource is not stored:
            written(caller)
        self._publish_all(events.change(resource_type, stored, resource, delta, caller))
        return Outcome(resource_type, resource, around)

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
        teams: Sequence[str] = ()
        members: Sequence[str] = ()
        with self._backend.begin(caller, write=True) as work:
            adapter = adapter_of(work, resource_type)
            stored = locked(adapter, resource_type, id, precondition, caller)
            if resource_type.is_user or (resource_type.is_group and self._backend.types.nests):
                teams = work.memberships.remove_member(id)
                work.teams.touch(teams, self._now())
                delta = MembershipDelta(removed=(id,))
                changed += [events.TeamMembersChanged(team, delta, caller) for team in teams]
            if resource_type.is_group:
                members = work.memberships.remove_team(id)
                if members:
                    delta = MembershipDelta(removed=members)
                    changed.append(events.TeamMembersChanged(id, delta, caller))
            changed += events.removal(resource_type, stored, caller)
            reach(caller, "storage")
            adapter.remove(id)
            work.sources.forget(id)
            made = Change(
                resource_type=resource_type,
                before=stored,
                after=None,
                members=MembershipDelta(removed=tuple(members)),
                teams=teams,
            )
            self._log.add(work, caller, made)
            work.commit()
        written(caller)
        self._publish_all(changed)

    def _publish_all(self, happened: Iterable[Event]) -> None:
        for event in happened:
            self._publish(event)
