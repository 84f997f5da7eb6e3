"""The contract of searches: filters, orders, pages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from flask_scim_teams.core.cursors import Seek
from flask_scim_teams.core.definitions import GROUP
from flask_scim_teams.core.definitions import USER
from flask_scim_teams.core.errors import InvalidFilter
from flask_scim_teams.core.query import Page
from flask_scim_teams.core.query import Query
from flask_scim_teams.core.query import parse_query
from flask_scim_teams.core.resources import Resource
from flask_scim_teams.storage.interface import HOST
from flask_scim_teams.storage.interface import Backend
from flask_scim_teams.testing.samples import ENTERPRISE
from flask_scim_teams.testing.samples import LATER
from flask_scim_teams.testing.samples import id_of
from flask_scim_teams.testing.samples import store
from flask_scim_teams.testing.samples import team
from flask_scim_teams.testing.samples import user

ADA = user(
    1,
    "Ada@Example.com",
    "00u1-AdA",
    displayName="Ada_Lovelace",
    name={"givenName": "Ada", "familyName": "King"},
    emails=[
        {"value": "ada@work.example", "type": "work", "primary": True},
        {"value": "ada@home.example", "type": "home"},
    ],
    **{ENTERPRISE: {"department": "Engines", "manager": {"value": id_of(2)}}},
)
BOB = user(
    2,
    "bob@example.com",
    "00u2",
    displayName="adaXlovelace",
    active=False,
    emails=[{"value": "ada@work.example", "type": "home"}],
)
EVA = user(3, "éva@example.org", displayName="ÉVA 100% *", name={"familyName": "Straße"})
ZOE = replace(user(4, "Zoe"), version=7, last_modified=LATER)
USERS = {"A": ADA, "B": BOB, "E": EVA, "Z": ZOE}
BLUE, GREEN, GREY = team(1, "Blue", "g-1"), team(2, "green"), team(3, "Grey")
TEAMS = {"b": BLUE, "g": GREEN, "y": GREY}

#: What identity providers look resources up by, and who is found.
ESSENTIAL = {
    'userName eq "ada@example.com"': "A",
    'userName eq "ÉVA@EXAMPLE.ORG"': "E",
    'userName eq "ada"': "",
    'userName eq "ada_example.com"': "",
    'externalId eq "00u1-AdA"': "A",
    'externalId eq "00u1-ada"': "",
    f'id eq "{BOB.id}"': "B",
    f'id eq "{BOB.id.upper()}"': "",
    'emails.value eq "ADA@work.example"': "AB",
    'emails[type eq "work" and value eq "ada@work.example"]': "A",
    'emails[type eq "work" and value eq "ada@home.example"]': "",
    'userName eq "zoe" and active eq true': "Z",
    "active eq false": "B",
}
#: What a backend may refuse with InvalidFilter, but not answer otherwise.
FURTHER = {
    'userName ne "zoe"': "ABE",
    'userName co "EXAMPLE"': "ABE",
    'userName sw "É"': "E",
    'userName ew ".COM"': "AB",
    'userName gt "bob@example.com"': "EZ",
    'userName le "bob@example.com"': "AB",
    'displayName eq "ada_lovelace"': "A",
    'displayName co "0% *"': "E",
    'displayName sw "ada_"': "A",
    'displayName ne "ada_lovelace"': "BEZ",
    "displayName pr": "ABE",
    "displayName eq null": "Z",
    'not (displayName sw "ada")': "EZ",
    'name.familyName eq "STRASSE"': "E",
    "name pr": "AE",
    'externalId gt "00u1-AdA"': "B",
    "externalId pr": "AB",
    "not (externalId pr)": "EZ",
    'emails.value ne "ada@work.example"': "AEZ",
    'not (emails.value eq "ada@work.example")': "EZ",
    "emails.primary eq true": "A",
    "emails.primary eq false": "AB",
    'emails[type eq "home" and not (value co "home")]': "B",
    'not (emails[type eq "home"])': "EZ",
    "emails pr": "AB",
    f'{ENTERPRISE}:department eq "engines"': "A",
    f'{ENTERPRISE}:manager.value eq "{id_of(2)}"': "A",
    f'schemas eq "{ENTERPRISE}"': "A",
    f'meta.lastModified ge "{LATER}"': "Z",
    'meta.version eq "W/\\"7\\""': "Z",
    'userName eq "zoe" or userName sw "ada" and active eq false': "Z",
    '(userName eq "zoe" or userName sw "ada") and active eq true': "AZ",
    'not (userName eq "zoe" or active eq false)': "AE",
    f'groups.value eq "{BLUE.id}"': "AB",
    "groups pr": "AB",
    "not (groups pr)": "EZ",
}
TEAM_FILTERS = {
    'displayName eq "BLUE"': "b",
    'displayName sw "gr"': "gy",
    'externalId eq "g-1"': "b",
    "not (externalId pr)": "gy",
    f'members.value eq "{ADA.id}"': "bg",
    f'members[value eq "{BOB.id}"]': "b",
    f'displayName eq "green" and members.value eq "{BOB.id}"': "",
    "not (members pr)": "y",
}
ORDERS = {
    ("userName", "ascending"): "ABZE",
    ("userName", "descending"): "EZBA",
    ("displayName", "ascending"): "ABEZ",
    ("displayName", "descending"): "ZEBA",
    ("name.familyName", "ascending"): "AEBZ",
    ("emails", "ascending"): "ABEZ",
    ("externalId", "descending"): "EZBA",
    ("active", "ascending"): "BAEZ",
    (f"{ENTERPRISE}:department", "ascending"): "ABEZ",
    ("meta.lastModified", "descending"): "ZABE",
}


def _found(resources: Iterable[Resource]) -> str:
    names = {resource.id: name for name, resource in {**USERS, **TEAMS}.items()}
    return "".join(names[resource.id] for resource in resources)


class SearchContract:
    """Rules of :meth:`~flask_scim_teams.storage.interface.ResourceAdapter.search`."""

    @pytest.fixture
    def populated(self, backend: Backend) -> Backend:
        """Return the backend with four users, two of them in teams."""
        store(backend, USERS.values(), TEAMS.values())
        with backend.begin(HOST, write=True) as work:
            work.teams.lock(BLUE.id)
            work.teams.lock(GREEN.id)
            work.memberships.add(BLUE.id, [ADA.id, BOB.id])
            work.memberships.add(GREEN.id, [ADA.id])
            work.commit()
        return backend

    def search(self, backend: Backend, query: Query) -> Page:
        """Return the answer to a query in a unit of work of its own."""
        with backend.begin(HOST, write=False) as work:
            adapter = work.users if query.resource_type is USER else work.teams
            return adapter.search(query)

    @pytest.mark.parametrize(("filter", "expected"), ESSENTIAL.items())
    def test_the_lookups_of_identity_providers(
        self, populated: Backend, filter: str, expected: str
    ) -> None:
        """What identity providers match users by is answered, and exactly."""
        page = self.search(populated, parse_query(USER, filter=filter))
        assert _found(page.resources) == expected
        assert page.total == len(expected)

    @pytest.mark.parametrize(("filter", "expected"), FURTHER.items())
    def test_a_filter_is_answered_exactly_or_refused(
        self, populated: Backend, filter: str, expected: str
    ) -> None:
        """A condition is never left out: not what cannot be expressed, and not a part of it."""
        try:
            page = self.search(populated, parse_query(USER, filter=filter))
        except InvalidFilter as refusal:
            pytest.skip(f"The backend refuses this filter: {refusal.detail}")
        assert _found(page.resources) == expected
        assert page.total == len(expected)

    @pytest.mark.parametrize(("filter", "expected"), TEAM_FILTERS.items())
    def test_filters_on_teams(self, populated: Backend, filter: str, expected: str) -> None:
        """Teams are found by their names and by their members."""
        page = self.search(populated, parse_query(GROUP, filter=filter))
        assert _found(page.resources) == expected
        assert page.total == len(expected)

    def test_without_a_filter_all_come_in_the_order_of_their_ids(self, backend: Backend) -> None:
        """Lists are in the order of ids, whatever order the resources came in."""
        store(backend, reversed(USERS.values()), reversed(TEAMS.values()))
        users = self.search(backend, Query(resource_type=USER))
        assert (_found(users.resources), users.total) == ("ABEZ", 4)
        teams = self.search(backend, Query(resource_type=GROUP))
        assert (_found(teams.resources), teams.total) == ("bgy", 3)

    @pytest.mark.parametrize(("order", "expected"), ORDERS.items())
    def test_sorting(self, populated: Backend, order: tuple[str, str], expected: str) -> None:
        """Letter case does not matter, missing values come last, and ids decide between equals."""
        query = parse_query(USER, sort_by=order[0], sort_order=order[1])
        assert _found(self.search(populated, query).resources) == expected

    @pytest.mark.parametrize("sort_by", [None, "displayName", "active"])
    @pytest.mark.parametrize("count", [1, 2, 3, 4, 9])
    def test_pages_make_up_the_whole(
        self, populated: Backend, sort_by: str | None, count: int
    ) -> None:
        """Pages neither repeat nor skip, and each tells the total of them all."""
        whole = self.search(populated, parse_query(USER, sort_by=sort_by))
        pages = [
            self.search(
                populated,
                parse_query(USER, sort_by=sort_by, start_index=start_index, count=count),
            )
            for start_index in range(1, 5, count)
        ]
        assert [page.total for page in pages] == [4] * len(pages)
        assert tuple(r for page in pages for r in page.resources) == whole.resources

    def test_a_page_behind_the_end_is_empty(self, populated: Backend) -> None:
        """The total is told all the same, with a filter and without."""
        query = parse_query(USER, start_index=5)
        assert self.search(populated, query) == Page(4, ())
        query = parse_query(USER, filter="active eq true", start_index=4, count=2)
        assert self.search(populated, query) == Page(3, ())

    def test_a_count_of_nothing_tells_the_total(self, populated: Backend) -> None:
        """A count of 0 asks how many there are, and for none of them."""
        query = parse_query(USER, filter="active eq true", count=0)
        assert self.search(populated, query) == Page(3, ())

    @pytest.mark.parametrize("sort_order", ["ascending", "descending"])
    @pytest.mark.parametrize("sort_by", [None, "displayName", "active", "emails", "meta.created"])
    @pytest.mark.parametrize("count", [1, 2, 3, 4, 9])
    def test_a_walk_makes_up_the_whole(
        self, populated: Backend, sort_by: str | None, sort_order: str, count: int
    ) -> None:
        """What lies behind a position, and before one, is the list's own part on that side."""
        query = parse_query(USER, sort_by=sort_by, sort_order=sort_order, count=count)
        whole = self.search(populated, replace(query, count=9)).resources
        for number, resource in enumerate(whole):
            position = query.position(resource)
            behind = self.search(populated, replace(query, seek=Seek(position)))
            assert behind.resources == whole[number + 1 :][:count]
            assert (behind.total, behind.more) == (4, len(whole) - number - 1 > count)
            before = self.search(populated, replace(query, seek=Seek(position, backward=True)))
            assert before.resources == whole[max(number - count, 0) : number]
            assert (before.total, before.more) == (4, number > count)
        beginning = self.search(populated, replace(query, seek=Seek()))
        assert (beginning.resources, beginning.more) == (whole[:count], count < 4)

    def test_a_walk_goes_on_from_where_a_resource_was(self, populated: Backend) -> None:
        """A position stays one when the resource that was there is gone."""
        query = parse_query(USER, filter="displayName pr", sort_by="displayName")
        position = query.position(ADA)
        whole = self.search(populated, query).resources
        with populated.begin(HOST, write=True) as work:
            work.users.lock(ADA.id)
            work.memberships.remove_member(ADA.id)
            work.users.remove(ADA.id)
            work.commit()
        page = self.search(populated, replace(query, seek=Seek(position)))
        assert page.resources == whole[whole.index(ADA) + 1 :]
        assert page.total == len(whole) - 1

    def test_searches_follow_changes(self, populated: Backend) -> None:
        """What was changed is found by its new values and no more by its old ones."""
        changed = replace(
            BOB,
            version=2,
            attributes={
                "userName": "rob@example.com",
                "active": True,
                "emails": [{"value": "rob@work.example", "type": "work"}],
            },
        )
        with populated.begin(HOST, write=True) as work:
            work.users.lock(BOB.id)
            work.users.save(changed, 1)
            work.users.lock(ZOE.id)
            work.users.remove(ZOE.id)
            work.commit()
        for filter, found in (
            ('userName eq "rob@example.com"', "B"),
            ('userName eq "bob@example.com"', ""),
            ('emails.value eq "rob@work.example"', "B"),
            ('emails.value eq "ada@work.example"', "A"),
            ("active eq true", "ABE"),
            ("displayName pr", "AE"),
            ('userName eq "zoe"', ""),
        ):
            page = self.search(populated, parse_query(USER, filter=filter))
            names = _found(replace(resource, version=1) for resource in page.resources)
            assert (names, page.total) == (found, len(found)), filter
