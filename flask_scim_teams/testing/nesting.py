"""The contract of teams in teams, for backends that have them, and for those that do not."""

from __future__ import annotations

import pytest

from flask_scim_teams.core.query import parse_query
from flask_scim_teams.core.resources import Related
from flask_scim_teams.storage.interface import HOST
from flask_scim_teams.storage.interface import Backend
from flask_scim_teams.storage.interface import UnknownMember
from flask_scim_teams.testing.samples import store
from flask_scim_teams.testing.samples import team
from flask_scim_teams.testing.samples import user

ADA, BOB = user(1), user(2)
ALL, BLUE, SKY = team(1, "All"), team(2, "Blue"), team(3, "Sky")


class NestingContract:
    """Rules of :class:`~flask_scim_teams.storage.interface.MembershipAdapter` on teams in teams."""

    @pytest.fixture
    def teams(self, backend: Backend) -> Backend:
        """Return the backend with Ada in Sky and Bob in Blue; All holds Blue, which holds Sky."""
        store(backend, [ADA, BOB], [ALL, BLUE, SKY])
        with backend.begin(HOST, write=True) as work:
            for one in (ALL, BLUE, SKY):
                work.teams.lock(one.id)
            work.memberships.add(SKY.id, [ADA.id])
            work.memberships.add(BLUE.id, [BOB.id])
            if backend.types.nests:
                work.memberships.add(ALL.id, [BLUE.id])
                work.memberships.add(BLUE.id, [SKY.id])
            work.commit()
        return backend

    def test_a_team_is_a_member_where_teams_nest_and_nobody_elsewhere(self, teams: Backend) -> None:
        """What the published schema says of members is what can be stored."""
        with teams.begin(HOST, write=True) as work:
            work.teams.lock(SKY.id)
            if teams.types.nests:
                assert work.memberships.add(SKY.id, [ALL.id]).added == (ALL.id,)
                assert not work.memberships.add(SKY.id, [ALL.id])
            else:
                with pytest.raises(UnknownMember):
                    work.memberships.add(SKY.id, [ALL.id])

    def test_members_tell_what_they_are(self, teams: Backend) -> None:
        """Teams among the members come with their names, as of the type Group."""
        with teams.begin(HOST, write=False) as work:
            members = work.memberships.of_teams([BLUE.id])[BLUE.id]
        found = {member.id: (member.type, member.display) for member in members}
        expected = {BOB.id: ("User", "user2@example.com")}
        if teams.types.nests:
            expected[SKY.id] = ("Group", "Sky")
        assert found == expected

    def test_users_belong_to_what_their_teams_belong_to(self, teams: Backend) -> None:
        """Over any number of steps; a team that a user is in both ways is direct, and no more."""
        with teams.begin(HOST, write=True) as work:
            work.teams.lock(ALL.id)
            work.memberships.add(ALL.id, [BOB.id])
            found = work.memberships.of_users([ADA.id, BOB.id])
        nests = teams.types.nests
        above = [Related(ALL.id, "All", "indirect"), Related(BLUE.id, "Blue", "indirect")]
        direct = Related(SKY.id, "Sky", "direct")
        assert sorted(found[ADA.id]) == sorted([direct, *(above if nests else [])])
        assert sorted(found[BOB.id]) == sorted(
            [Related(ALL.id, "All", "direct"), Related(BLUE.id, "Blue", "direct")]
        )

    def test_a_circle_does_no_harm(self, teams: Backend) -> None:
        """Teams that hold each other can be asked for, searched, and left."""
        if not teams.types.nests:
            return
        with teams.begin(HOST, write=True) as work:
            for one in (ALL, BLUE, SKY):
                work.teams.lock(one.id)
            work.memberships.add(SKY.id, [ALL.id])
            assert {t.id: t.type for t in work.memberships.of_users([BOB.id])[BOB.id]} == {
                ALL.id: "indirect",
                BLUE.id: "direct",
                SKY.id: "indirect",
            }
            query = parse_query(teams.types.user, filter=f'groups.value eq "{SKY.id}"')
            assert [one.id for one in work.users.search(query).resources] == [ADA.id, BOB.id]
            assert sorted(work.memberships.remove_member(ALL.id)) == [SKY.id]
            assert work.memberships.remove_team(ALL.id) == (BLUE.id,)

    @pytest.mark.parametrize("by_name", [True, False])
    def test_teams_leave_as_users_do(self, teams: Backend, by_name: bool) -> None:
        """Named to be removed, or left out of a replacement."""
        if not teams.types.nests:
            return
        with teams.begin(HOST, write=True) as work:
            work.teams.lock(BLUE.id)
            if by_name:
                delta = work.memberships.remove(BLUE.id, [SKY.id, ALL.id])
            else:
                delta = work.memberships.replace(BLUE.id, [BOB.id])
            assert (delta.added, delta.removed) == ((), (SKY.id,))
            assert work.memberships.replace(BLUE.id, [SKY.id]).added == (SKY.id,)
            assert not work.memberships.replace(BLUE.id, [SKY.id])

    @pytest.mark.parametrize(
        ("filter", "nested", "flat"),
        [
            (f'groups.value eq "{ALL.id}"', [ADA, BOB], []),
            (f'groups[value eq "{ALL.id}" and type eq "direct"]', [], []),
            (f'groups[value eq "{BLUE.id}" and type eq "indirect"]', [ADA], []),
            (f'groups[value eq "{BLUE.id}" and type eq "direct"]', [BOB], [BOB]),
            ('groups.type eq "indirect"', [ADA, BOB], []),
            (f'not (groups.value eq "{BLUE.id}")', [], [ADA]),
            (f'groups[not (value eq "{SKY.id}")]', [ADA, BOB], [BOB]),
        ],
    )
    def test_filters_see_what_answers_show(
        self, teams: Backend, filter: str, nested: list[object], flat: list[object]
    ) -> None:
        """A user is found by every team that its own ``groups`` show."""
        with teams.begin(HOST, write=False) as work:
            page = work.users.search(parse_query(teams.types.user, filter=filter))
        expected = nested if teams.types.nests else flat
        assert list(page.resources) == expected

    @pytest.mark.parametrize(
        ("filter", "nested", "flat"),
        [
            (f'members.value eq "{SKY.id}"', [BLUE], []),
            ('members.type eq "Group"', [ALL, BLUE], []),
            (f'members[type eq "Group" and value eq "{BLUE.id}"]', [ALL], []),
            ("members pr", [ALL, BLUE, SKY], [BLUE, SKY]),
            ('not (members.type eq "Group")', [SKY], [ALL, BLUE, SKY]),
        ],
    )
    def test_teams_are_found_by_the_teams_in_them(
        self, teams: Backend, filter: str, nested: list[object], flat: list[object]
    ) -> None:
        """By direct members alone: that is what a Group shows."""
        with teams.begin(HOST, write=False) as work:
            page = work.teams.search(parse_query(teams.types.group, filter=filter))
        expected = nested if teams.types.nests else flat
        assert list(page.resources) == expected
