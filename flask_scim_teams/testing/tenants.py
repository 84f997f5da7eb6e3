"""The contract of tenants: what belongs to one is nothing that another could know of."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import pytest

from flask_scim_teams.core.cursors import Position
from flask_scim_teams.core.cursors import Seek
from flask_scim_teams.core.errors import SetupError
from flask_scim_teams.core.query import Query
from flask_scim_teams.core.query import parse_query
from flask_scim_teams.storage.interface import HOST
from flask_scim_teams.storage.interface import Backend
from flask_scim_teams.storage.interface import Caller
from flask_scim_teams.storage.interface import Conflict
from flask_scim_teams.storage.interface import UnknownMember
from flask_scim_teams.testing.connections import CONNECTION
from flask_scim_teams.testing.samples import LATER
from flask_scim_teams.testing.samples import id_of
from flask_scim_teams.testing.samples import store
from flask_scim_teams.testing.samples import stored_team
from flask_scim_teams.testing.samples import stored_user
from flask_scim_teams.testing.samples import team
from flask_scim_teams.testing.samples import user
from flask_scim_teams.testing.tokens import TOKEN

HERE, THERE = Caller(tenant="acme"), Caller(tenant="ACME")
#: Each of them with one who has the other's name, external id and e-mail address.
EMAILS = [{"value": "ada@example.com", "type": "work"}]
ADA, EVE = (user(number, "ada", "00u1", emails=EMAILS) for number in (1, 2))
BLUE, SKY = (team(number, "Blue", "g1") for number in (1, 2))
#: Is HERE alone.
BOB = user(3, "bob")
RED = team(3, "Red")


class TenantContract:
    """Rules of :class:`~flask_scim_teams.storage.interface.Backend` on tenants."""

    #: Whether the backend keeps several tenants; one that does not refuses to begin for them.
    several_tenants: ClassVar[bool] = True

    @pytest.fixture
    def tenants(self, backend: Backend) -> Backend:
        """Return the backend with Ada and Bob in Blue and Red here, and Eve in Sky there."""
        if not self.several_tenants:
            pytest.skip("The backend has one tenant.")
        store(backend, [ADA, BOB], [BLUE, RED], caller=HERE)
        store(backend, [EVE], [SKY], caller=THERE)
        for caller, teams, members in ((HERE, (BLUE, RED), (ADA, BOB)), (THERE, (SKY,), (EVE,))):
            with backend.begin(caller, write=True) as work:
                for one in teams:
                    work.teams.lock(one.id)
                    work.memberships.add(one.id, [member.id for member in members])
                work.commit()
        return backend

    def test_a_backend_of_one_tenant_refuses_others(self, backend: Backend) -> None:
        """Whoever cannot keep tenants apart says so rather than mix them up."""
        if self.several_tenants:
            return
        for write in (False, True):
            with pytest.raises(SetupError), backend.begin(HERE, write=write):
                pass

    def test_resources_of_another_tenant_are_not_there(self, tenants: Backend) -> None:
        """By no id, alone, among others, or to be locked; nor to the host of one tenant."""
        for caller in (THERE, HOST):
            with tenants.begin(caller, write=True) as work:
                for adapter, one in ((work.users, ADA), (work.teams, BLUE)):
                    assert adapter.get(one.id) is None
                    assert adapter.lock(one.id) is None
                    assert not adapter.get_many([one.id])
        assert stored_user(tenants, ADA.id, caller=HERE) == ADA
        assert stored_team(tenants, SKY.id, caller=THERE) == SKY
        with tenants.begin(THERE, write=False) as work:
            assert dict(work.users.get_many([ADA.id, EVE.id, BOB.id])) == {EVE.id: EVE}

    @pytest.mark.parametrize("sort", [None, "userName", "emails.value", "meta.created"])
    def test_lists_and_totals_are_a_tenants_own(self, tenants: Backend, sort: str | None) -> None:
        """In pages by number and by position, in whatever order."""
        for caller, own in ((HERE, [ADA, BOB]), (THERE, [EVE]), (HOST, [])):
            query = parse_query(tenants.types.user, sort_by=sort)
            with tenants.begin(caller, write=False) as work:
                page = work.users.search(query)
                assert (page.total, list(page.resources)) == (len(own), own)
                assert work.users.search(replace(query, count=0)).total == len(own)
                if sort is None:
                    behind = Seek(Position(None, id_of(0)))
                    walk = work.users.search(replace(query, seek=behind))
                    assert (walk.total, list(walk.resources)) == (len(own), own)

    @pytest.mark.parametrize(
        "filter",
        [
            'userName eq "ADA"',
            'userName eq "ada" and active eq true',
            'externalId eq "00u1"',
            'emails.value eq "ada@example.com"',
            'emails[type eq "work" and value sw "ada"]',
            'not (userName eq "bob")',
            'userName ne "bob"',
            "emails pr",
            f'id eq "{EVE.id}" or id eq "{ADA.id}"',
            'groups pr and not (userName eq "bob")',
            'meta.resourceType eq "User" and not (userName eq "bob")',
        ],
    )
    def test_filters_find_a_tenants_own(self, tenants: Backend, filter: str) -> None:
        """What holds of a resource here and of one there finds each of them at home alone."""
        query = parse_query(tenants.types.user, filter=filter)
        for caller, own in ((HERE, [ADA]), (THERE, [EVE]), (HOST, [])):
            with tenants.begin(caller, write=False) as work:
                page = work.users.search(query)
                assert (page.total, list(page.resources)) == (len(own), own)
                assert work.users.search(replace(query, count=0)).total == len(own)

    def test_filters_on_memberships_find_a_tenants_own(self, tenants: Backend) -> None:
        """Neither a user by a team of another tenant, nor a team by such a user."""
        types = tenants.types
        users = parse_query(types.user, filter=f'groups.value eq "{BLUE.id}"')
        teams = parse_query(types.group, filter=f'members.value eq "{ADA.id}"')
        others = parse_query(types.user, filter=f'not (groups.value eq "{BLUE.id}")')
        with tenants.begin(THERE, write=False) as work:
            assert work.users.search(users).total == 0
            assert work.teams.search(teams).total == 0
            assert list(work.users.search(others).resources) == [EVE]
        with tenants.begin(HERE, write=False) as work:
            assert list(work.users.search(users).resources) == [ADA, BOB]
            assert list(work.teams.search(teams).resources) == [BLUE, RED]
            assert work.users.search(others).total == 0

    def test_memberships_of_another_tenant_are_not_told(self, tenants: Backend) -> None:
        """Asked for from either end."""
        with tenants.begin(THERE, write=False) as work:
            teams = work.memberships.of_teams([BLUE.id, SKY.id])
            users = work.memberships.of_users([ADA.id, EVE.id])
        assert not teams.get(BLUE.id)
        assert not users.get(ADA.id)
        assert [member.id for member in teams[SKY.id]] == [EVE.id]
        assert [one.id for one in users[EVE.id]] == [SKY.id]

    @pytest.mark.parametrize("verb", ["add", "replace"])
    def test_nobody_becomes_a_member_of_another_tenants_team(
        self, tenants: Backend, verb: str
    ) -> None:
        """A user, or a team, of another tenant is as unknown as one that never was."""
        for stranger in (ADA.id, BLUE.id):
            with tenants.begin(THERE, write=True) as work:
                work.teams.lock(SKY.id)
                with pytest.raises(UnknownMember) as refusal:
                    getattr(work.memberships, verb)(SKY.id, [EVE.id, stranger])
                assert refusal.value.ids == (stranger,)

    def test_strangers_are_no_members_to_remove(self, tenants: Backend) -> None:
        """Nor are their teams counted up."""
        with tenants.begin(THERE, write=True) as work:
            work.teams.lock(SKY.id)
            assert not work.memberships.remove(SKY.id, [ADA.id, BLUE.id])
            work.teams.touch([BLUE.id, SKY.id], LATER)
            work.users.touch([ADA.id], LATER)
            work.commit()
        assert stored_team(tenants, BLUE.id, caller=HERE) == BLUE
        assert stored_user(tenants, ADA.id, caller=HERE) == ADA
        changed = replace(SKY, version=2, last_modified=LATER)
        assert stored_team(tenants, SKY.id, caller=THERE) == changed

    def test_names_are_taken_within_a_tenant(self, tenants: Backend) -> None:
        """In any letter case there, and in no other tenant, the host's one included."""
        for caller, number in ((HERE, 11), (THERE, 12)):
            for one in (user(number, "ADA"), team(number, "BLUE")):
                with tenants.begin(caller, write=True) as work, pytest.raises(Conflict):
                    (work.users if "userName" in one.attributes else work.teams).add(one)
        store(tenants, [user(21, "bob")], [team(21, "Red")], caller=THERE)
        store(tenants, [user(22, "ada")], [team(22, "Blue")])
        with tenants.begin(THERE, write=True) as work:
            work.users.lock(EVE.id)
            with pytest.raises(Conflict):
                work.users.save(replace(user(2, "BOB"), version=2), 1)
        with tenants.begin(HOST, write=True) as work, pytest.raises(Conflict):
            work.users.add(user(23, "ADA"))

    def test_what_one_tenant_removes_is_its_own(self, tenants: Backend) -> None:
        """With all memberships of it, and none of another tenant's."""
        with tenants.begin(THERE, write=True) as work:
            work.users.lock(EVE.id)
            work.teams.lock(SKY.id)
            assert tuple(work.memberships.remove_member(EVE.id)) == (SKY.id,)
            assert work.memberships.remove_team(SKY.id) == ()
            work.users.remove(EVE.id)
            work.teams.remove(SKY.id)
            work.commit()
        with tenants.begin(HERE, write=False) as work:
            members = work.memberships.of_teams([BLUE.id])[BLUE.id]
            assert [member.id for member in members] == [ADA.id, BOB.id]
            assert work.users.search(Query(resource_type=tenants.types.user)).total == 2

    def test_tenants_differ_in_letter_case_and_in_spaces(self, backend: Backend) -> None:
        """Names of tenants are compared exactly; any text of 100 characters is one."""
        if not self.several_tenants:
            return
        names = ["a", "A", "a ", "é", "e\u0301", "%", "_", "0", "x" * 100, "王" * 100, ""]
        for number, name in enumerate(names, 1):
            store(backend, [user(number, "ada")], caller=Caller(tenant=name))
        for number, name in enumerate(names, 1):
            with backend.begin(Caller(tenant=name), write=False) as work:
                page = work.users.search(Query(resource_type=backend.types.user))
            assert [one.id for one in page.resources] == [id_of(number)]

    def test_tokens_and_connections_belong_to_no_tenant(self, tenants: Backend) -> None:
        """Whose a request is becomes known by its token."""
        with tenants.begin(HERE, write=True) as work:
            work.connections.add(CONNECTION)
            work.tokens.add(replace(TOKEN, connection_id=CONNECTION.id))
            work.commit()
        for caller in (THERE, HOST):
            with tenants.begin(caller, write=False) as work:
                found = work.tokens.credential(TOKEN.id)
                assert found is not None
                assert found.connection == CONNECTION
                assert work.connections.get(CONNECTION.id) == CONNECTION
