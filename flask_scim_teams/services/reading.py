"""What is stored, read: a resource, a page of a list, of all types. One unit of work each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import replace

from flask_scim_teams.core.cursors import Seek
from flask_scim_teams.core.query import Query
from flask_scim_teams.core.resources import Resource
from flask_scim_teams.core.schemas import ResourceType
from flask_scim_teams.services.adapters import adapter_of
from flask_scim_teams.services.adapters import not_found
from flask_scim_teams.services.cursors import Cursors
from flask_scim_teams.services.cursors import Place
from flask_scim_teams.services.merging import MixedPage
from flask_scim_teams.services.merging import page_by_number
from flask_scim_teams.services.merging import page_by_place
from flask_scim_teams.services.refusals import in_words
from flask_scim_teams.services.surroundings import Surroundings
from flask_scim_teams.services.surroundings import surroundings
from flask_scim_teams.storage.interface import Backend
from flask_scim_teams.storage.interface import Caller
from flask_scim_teams.storage.interface import Work


@dataclass(frozen=True, slots=True)
class Outcome:
    """A resource as it stands, and what surrounds it."""

    resource_type: ResourceType
    resource: Resource
    around: Surroundings


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of resources.

    :param total: how many resources match, on whatever page.
    :param next_cursor: where a walk by cursor goes on; ``None`` on its last page.
    :param previous_cursor: where it goes back; ``None`` on its first page.
    """

    total: int
    outcomes: Sequence[Outcome]
    next_cursor: str | None = None
    previous_cursor: str | None = None


class Reading:
    """The use cases that store nothing, over a host's backend."""

    def __init__(self, backend: Backend, cursors: Cursors) -> None:
        self._backend = backend
        self._cursors = cursors

    @in_words
    def get(
        self, caller: Caller, resource_type: ResourceType, id: str, *, related: bool
    ) -> Outcome:
        """Return a resource.

        :param related: whether its members or teams are asked for.
        :raises NotFound: if there is none with that id.
        """
        with self._backend.begin(caller, write=False) as work:
            resource = adapter_of(work, resource_type).get(id)
            if resource is None:
                raise not_found(resource_type, id)
            around = surroundings(work, resource_type, [resource], related=related)
        return Outcome(resource_type, resource, around)

    @in_words
    def search(
        self, caller: Caller, query: Query, *, cursor: str | None = None, related: bool
    ) -> Listing:
        """Return a page of resources: the number of look-ups does not depend on its length.

        :param cursor: of a walk; empty for its first page, ``None`` where pages go by number.
        :raises InvalidCursor, InvalidCount, ExpiredCursor: as :class:`Cursors` says.
        """
        place = self._place(caller, [query], cursor)
        with self._backend.begin(caller, write=False) as work:
            seek = None if cursor is None else Seek() if place is None else place.seek
            page = adapter_of(work, query.resource_type).search(replace(query, seek=seek))
            found = [(query, resource) for resource in page.resources]
            outcomes = _with_surroundings(work, found, related=related)
        mixed = MixedPage(page.total, found, page.more)
        return self._listing(caller, [query], mixed, outcomes, cursor, place)

    @in_words
    def search_all(
        self, caller: Caller, queries: Sequence[Query], *, cursor: str | None = None, related: bool
    ) -> Listing:
        """Return one page of the resources of several types.

        In the order of the queries' sort, where they have one, else type by type.

        :param queries: the same question of each type.
        :param cursor: as of :meth:`search`.
        :raises TooMany: if they are sorted and the page reaches too far into the list by number.
        """
        first = queries[0]
        place = self._place(caller, queries, cursor)
        with self._backend.begin(caller, write=False) as work:
            asked = [(query, adapter_of(work, query.resource_type)) for query in queries]
            if cursor is None:
                mixed = page_by_number(asked, first.start_index, first.count)
            else:
                mixed = page_by_place(asked, place, first.count)
            outcomes = _with_surroundings(work, mixed.found, related=related)
        return self._listing(caller, queries, mixed, outcomes, cursor, place)

    @in_words
    def is_active(self, caller: Caller, id: str) -> bool:
        """Whether the user exists and may use the service."""
        with self._backend.begin(caller, write=False) as work:
            user = work.users.get(id)
            return user is not None and user.active

    def _place(self, caller: Caller, queries: Sequence[Query], cursor: str | None) -> Place | None:
        """Return where a cursor is; ``None`` for the beginning."""
        place = self._cursors.read(caller, queries, cursor) if cursor else None
        return None if place is None or place.seek.position is None else place

    def _listing(
        self,
        caller: Caller,
        queries: Sequence[Query],
        page: MixedPage,
        outcomes: Sequence[Outcome],
        cursor: str | None,
        place: Place | None,
    ) -> Listing:
        backward = place is not None and place.seek.backward
        if cursor is None or not page.found:
            # Where all that came before has gone, a walk goes on at what is the beginning now.
            on = backward and page.total > 0 and queries[0].count > 0
            start = Place(Seek(), queries[0].resource_type.name)
            next_cursor = self._cursors.write(caller, queries, start) if on else None
            return Listing(page.total, outcomes, next_cursor)

        def beside(end: tuple[Query, Resource], *, backward: bool) -> str:
            query, resource = end
            seek = Seek(query.position(resource), backward)
            return self._cursors.write(caller, queries, Place(seek, query.resource_type.name))

        # Behind a page that was come to backwards is the one that was come from, and before one
        # that was come to forwards as well.
        on = page.more or backward
        back = page.more if backward else place is not None
        return Listing(
            page.total,
            outcomes,
            beside(page.found[-1], backward=False) if on else None,
            beside(page.found[0], backward=True) if back else None,
        )


def _with_surroundings(
    work: Work, found: Sequence[tuple[Query, Resource]], *, related: bool
) -> Sequence[Outcome]:
    """Return the resources with what surrounds them, read for all of one type together."""
    around: dict[str, Surroundings] = {}
    for resource_type in {
        query.resource_type.name: query.resource_type for query, _ in found
    }.values():
        mine = [one for query, one in found if query.resource_type is resource_type]
        around[resource_type.name] = surroundings(work, resource_type, mine, related=related)
    return [
        Outcome(query.resource_type, one, around[query.resource_type.name]) for query, one in found
    ]
