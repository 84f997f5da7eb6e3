"""The contract of memberships: set verbs that answer with what really changed."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from flask_scim_teams.core.resources import Related
from flask_scim_teams.storage.interface import HOST
from flask_scim_teams.storage.interface import Backend
from flask_scim_teams.storage.interface import MembershipDelta
from flask_scim_teams.storage.interface import UnknownMember
from flask_scim_teams.testing.samples import id_of
from flask_scim_teams.testing.samples import store
from flask_scim_teams.testing.samples import stored_team
from flask_scim_teams.testing.samples import stored_user
from flask_scim_teams.testing.samples import team
from flask_scim_teams.testing.samples import user

ADA, BOB, EVA = user(1), user(2, displayName="Bob Kahn"), user(3)
BLUE, RED = team(1, "Blue"), team(2, "Équipe Rouge")
NOBODY = id_of(99)


def _members(backend: Backend, id: str) -> list[str]:
    with backend.begin(HOST, write=False) as work:
        return [member.id for member in work.memberships.of_teams([id]).get(id, ())]


def _sorted(delta: MembershipDelta) -> tuple[list[str], list[str]]:
    return sorted(delta.added), sorted(delta.removed)


class MembershipContract:
    """Rules of :class:`~flask_scim_teams.storage.interface.MembershipAdapter`."""

    @pytest.fixture
    def seated(self, backend: Backend) -> Backend:
        """Return the backend with three users and two teams; Ada and Bob are Blue."""
        store(backend, [ADA, BOB, EVA], [BLUE, RED])
        self.change(backend, "add", BLUE.id, [ADA.id, BOB.id])
        return backend

    def change(
        self, backend: Backend, verb: str, id: str, members: Sequence[str]
    ) -> MembershipDelta:
        """Change the members of a team in a unit of work of its own, and return the delta."""
        with backend.begin(HOST, write=True) as work:
            work.teams.lock(id)
            delta: MembershipDelta = getattr(work.memberships, verb)(id, members)
            work.commit()
        return delta

    def test_adding_answers_who_is_new(self, seated: Backend) -> None:
        """Who was a member already is not added again, and not in the delta."""
        delta = self.change(seated, "add", BLUE.id, [BOB.id, EVA.id])
        assert _sorted(delta) == ([EVA.id], [])
        assert _members(seated, BLUE.id) == [ADA.id, BOB.id, EVA.id]
        assert not self.change(seated, "add", BLUE.id, [ADA.id, EVA.id])
        assert not self.change(seated, "add", BLUE.id, [])
        assert _members(seated, BLUE.id) == [ADA.id, BOB.id, EVA.id]

    def test_removing_answers_who_left(self, seated: Backend) -> None:
        """Who is no member, or nobody at all, is no error and not in the delta."""
        delta = self.change(seated, "remove", BLUE.id, [BOB.id, EVA.id, NOBODY])
        assert _sorted(delta) == ([], [BOB.id])
        assert _members(seated, BLUE.id) == [ADA.id]
        assert not self.change(seated, "remove", BLUE.id, [BOB.id])
        assert not self.change(seated, "remove", BLUE.id, [])
        assert not self.change(seated, "remove", RED.id, [ADA.id])
        assert _members(seated, BLUE.id) == [ADA.id]

    def test_replacing_answers_the_difference(self, seated: Backend) -> None:
        """Only who came and who went is in the delta; nobody at all empties the team."""
        delta = self.change(seated, "replace", BLUE.id, [BOB.id, EVA.id])
        assert _sorted(delta) == ([EVA.id], [ADA.id])
        assert _members(seated, BLUE.id) == [BOB.id, EVA.id]
        assert not self.change(seated, "replace", BLUE.id, [EVA.id, BOB.id])
        delta = self.change(seated, "replace", BLUE.id, [])
        assert _sorted(delta) == ([], [BOB.id, EVA.id])
        assert _members(seated, BLUE.id) == []

    @pytest.mark.parametrize("verb", ["add", "replace"])
    def test_nobody_cannot_become_a_member(self, seated: Backend, verb: str) -> None:
        """Ids of nobody who can be one are named, and nothing of the unit of work is stored."""
        with seated.begin(HOST, write=True) as work:
            work.teams.lock(BLUE.id)
            with pytest.raises(UnknownMember) as refusal:
                getattr(work.memberships, verb)(BLUE.id, [EVA.id, NOBODY, RED.id])
        strangers = [NOBODY] if seated.types.nests else [NOBODY, RED.id]
        assert sorted(refusal.value.ids) == sorted(strangers)
        assert _members(seated, BLUE.id) == [ADA.id, BOB.id]

    def test_members_of_one_team_are_not_those_of_another(self, seated: Backend) -> None:
        """Each verb changes the team it is given, and no other."""
        self.change(seated, "add", RED.id, [ADA.id, EVA.id])
        self.change(seated, "remove", RED.id, [ADA.id])
        self.change(seated, "replace", RED.id, [])
        assert _members(seated, BLUE.id) == [ADA.id, BOB.id]

    def test_both_ends_tell_of_a_membership(self, seated: Backend) -> None:
        """Members and teams come with id, name and type, in the order of their ids."""
        self.change(seated, "add", RED.id, [EVA.id, ADA.id])
        with seated.begin(HOST, write=False) as work:
            members = work.memberships.of_teams([BLUE.id, RED.id])
            teams = work.memberships.of_users([ADA.id, BOB.id])
        assert [(m.id, m.type) for m in members[BLUE.id]] == [(ADA.id, "User"), (BOB.id, "User")]
        assert [(m.id, m.type) for m in members[RED.id]] == [(ADA.id, "User"), (EVA.id, "User")]
        assert list(teams[ADA.id]) == [
            Related(BLUE.id, "Blue", "direct"),
            Related(RED.id, "Équipe Rouge", "direct"),
        ]
        assert list(teams[BOB.id]) == [Related(BLUE.id, "Blue", "direct")]

    def test_who_has_no_memberships_has_none(self, seated: Backend) -> None:
        """An empty team, a user in no team, and nobody are no errors."""
        with seated.begin(HOST, write=False) as work:
            assert not work.memberships.of_teams([RED.id]).get(RED.id)
            assert not work.memberships.of_users([EVA.id]).get(EVA.id)
            assert not work.memberships.of_users([NOBODY]).get(NOBODY)
            assert not work.memberships.of_users([])
            assert not work.memberships.of_teams([])

    def test_a_unit_of_work_sees_its_own_memberships(self, seated: Backend) -> None:
        """Later steps build on earlier ones before anything is committed."""
        with seated.begin(HOST, write=True) as work:
            work.users.add(user(4))
            work.teams.add(team(3))
            assert work.memberships.add(team(3).id, [user(4).id, ADA.id])
            assert not work.memberships.add(team(3).id, [ADA.id])
            assert work.memberships.remove(team(3).id, [ADA.id])
            of_team = work.memberships.of_teams([team(3).id])
            assert [member.id for member in of_team[team(3).id]] == [user(4).id]

    def test_memberships_are_not_stored_without_commit(self, seated: Backend) -> None:
        """Leaving a unit of work without commit undoes what its set verbs did."""
        with seated.begin(HOST, write=True) as work:
            work.teams.lock(BLUE.id)
            work.teams.lock(RED.id)
            work.memberships.remove(BLUE.id, [ADA.id])
            work.memberships.replace(RED.id, [EVA.id])
        assert _members(seated, BLUE.id) == [ADA.id, BOB.id]
        assert _members(seated, RED.id) == []

    def test_a_user_leaves_all_teams(self, seated: Backend) -> None:
        """The teams that lost it are named, so that their versions can be counted up."""
        self.change(seated, "add", RED.id, [ADA.id])
        with seated.begin(HOST, write=True) as work:
            work.users.lock(ADA.id)
            assert sorted(work.memberships.remove_member(ADA.id)) == [BLUE.id, RED.id]
            work.users.remove(ADA.id)
            work.commit()
        assert stored_user(seated, ADA.id) is None
        assert _members(seated, BLUE.id) == [BOB.id]
        assert _members(seated, RED.id) == []

    def test_all_users_leave_a_team(self, seated: Backend) -> None:
        """The former members are named; the users stay."""
        self.change(seated, "add", RED.id, [ADA.id])
        with seated.begin(HOST, write=True) as work:
            work.teams.lock(BLUE.id)
            assert sorted(work.memberships.remove_team(BLUE.id)) == [ADA.id, BOB.id]
            work.teams.remove(BLUE.id)
            work.commit()
        assert stored_team(seated, BLUE.id) is None
        assert stored_user(seated, BOB.id) == BOB
        with seated.begin(HOST, write=False) as work:
            assert [t.id for t in work.memberships.of_users([ADA.id])[ADA.id]] == [RED.id]

    def test_who_is_in_no_team_can_leave_all_of_them(self, seated: Backend) -> None:
        """Ending no memberships answers with nobody."""
        with seated.begin(HOST, write=True) as work:
            work.users.lock(EVA.id)
            work.teams.lock(RED.id)
            assert not work.memberships.remove_member(EVA.id)
            assert not work.memberships.remove_team(RED.id)
