"""The contract of teams' names, which some identity providers have repeat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

import pytest

from flask_scim_teams.core.dialects.profile import Profile
from flask_scim_teams.core.query import parse_query
from flask_scim_teams.core.resources import Resource
from flask_scim_teams.storage.interface import HOST
from flask_scim_teams.storage.interface import Backend
from flask_scim_teams.storage.interface import Caller
from flask_scim_teams.storage.interface import Conflict
from flask_scim_teams.testing.resources import SAME_NAMES
from flask_scim_teams.testing.samples import LATER
from flask_scim_teams.testing.samples import store
from flask_scim_teams.testing.samples import stored_team
from flask_scim_teams.testing.samples import team
from flask_scim_teams.testing.samples import user

#: Of a connection whose teams' names may repeat.
REPEATING = Caller(profile=Profile(unique_team_names=False))


def _save(
    backend: Backend, caller: Caller, number: int, name: str, external_id: str | None = None
) -> Resource:
    """Store another name, or external id, of a team in a unit of work of its own."""
    with backend.begin(caller, write=True) as work:
        stored = work.teams.lock(team(number).id)
        assert stored is not None
        changed = replace(
            team(number, name, external_id), version=stored.version + 1, last_modified=LATER
        )
        work.teams.save(changed, stored.version)
        work.commit()
    return changed


def _called(backend: Backend, name: str) -> Sequence[str]:
    query = parse_query(backend.types.group, filter=f'displayName eq "{name}"')
    with backend.begin(HOST, write=False) as work:
        return [one.id for one in work.teams.search(query).resources]


class NameContract:
    """Rules of :class:`~flask_scim_teams.storage.interface.ResourceAdapter` on teams' names."""

    #: Whether the host refuses two teams of one name.
    unique_team_names: ClassVar[bool] = True
    #: Whether two teams may have one name where a connection's profile says so.
    repeated_team_names: ClassVar[bool] = True

    @pytest.mark.parametrize("names", SAME_NAMES.values(), ids=SAME_NAMES)
    def test_team_names_are_unique_if_the_host_says_so(
        self, backend: Backend, names: tuple[str, str]
    ) -> None:
        """A team's name is taken in any letter case, or two teams of one name are stored."""
        store(backend, teams=[team(1, names[0])])
        with backend.begin(HOST, write=True) as work:
            if not self.unique_team_names:
                work.teams.add(team(2, names[1]))
                assert work.teams.get(team(2).id) == team(2, names[1])
                return
            with pytest.raises(Conflict) as refusal:
                work.teams.add(team(2, names[1]))
            assert refusal.value.attribute == "displayName"

    def test_a_caller_may_have_team_names_repeat(self, backend: Backend) -> None:
        """It makes and renames teams to a name that another has; all are found by it."""
        store(backend, teams=[team(1, "Blue"), team(2, "Red")])
        if not self.repeated_team_names:
            with backend.begin(REPEATING, write=True) as work:
                with pytest.raises(Conflict) as refusal:
                    work.teams.add(team(3, "Blue"))
                assert refusal.value.attribute == "displayName"
            return
        store(backend, teams=[team(3, "BLUE"), team(4, "Blue")], caller=REPEATING)
        renamed = _save(backend, REPEATING, 2, "blue")
        assert stored_team(backend, renamed.id) == renamed
        assert _called(backend, "Blue") == [team(number).id for number in (1, 2, 3, 4)]

    def test_a_repeated_name_is_not_taken(self, backend: Backend) -> None:
        """Whoever wants a name alone gets it, unless another has it alone already."""
        if not self.repeated_team_names:
            return
        store(backend, teams=[team(1, "Blue"), team(2, "BLUE")], caller=REPEATING)
        store(backend, teams=[team(3, "Blue"), team(4, "Red")])
        assert _called(backend, "Blue") == [team(number).id for number in (1, 2, 3)]
        if not self.unique_team_names:
            return
        with backend.begin(HOST, write=True) as work, pytest.raises(Conflict):
            work.teams.add(team(5, "blue"))
        with pytest.raises(Conflict) as refusal:
            _save(backend, HOST, 4, "blue")
        assert refusal.value.attribute == "displayName"

    def test_who_named_a_team_last_decides_whether_its_name_repeats(self, backend: Backend) -> None:
        """In both directions; the name from before is free in either."""
        if not (self.repeated_team_names and self.unique_team_names):
            return
        store(backend, teams=[team(1, "Blue")])
        store(backend, teams=[team(2, "Green")], caller=REPEATING)
        _save(backend, REPEATING, 1, "Red")
        _save(backend, HOST, 2, "Gold")
        store(backend, teams=[team(3, "Blue"), team(4, "Red"), team(5, "Green")])
        with backend.begin(HOST, write=True) as work, pytest.raises(Conflict):
            work.teams.add(team(6, "Gold"))

    def test_a_team_that_keeps_its_name_keeps_what_was_decided(self, backend: Backend) -> None:
        """Another change takes no name that others have too, and gives none up."""
        if not (self.repeated_team_names and self.unique_team_names):
            return
        store(backend, teams=[team(1, "Blue"), team(2, "Red")])
        store(backend, teams=[team(3, "Blue")], caller=REPEATING)
        changed = _save(backend, HOST, 3, "Blue", "g-3")
        assert stored_team(backend, changed.id) == changed
        _save(backend, REPEATING, 2, "Red", "g-2")
        with backend.begin(HOST, write=True) as work, pytest.raises(Conflict):
            work.teams.add(team(4, "Red"))

    def test_a_team_of_a_repeated_name_is_removed_alone(self, backend: Backend) -> None:
        """The others keep theirs, and the one that had it alone leaves it free."""
        if not (self.repeated_team_names and self.unique_team_names):
            return
        store(backend, teams=[team(1, "Blue")])
        store(backend, teams=[team(2, "Blue")], caller=REPEATING)
        for number, free in ((2, False), (1, True)):
            with backend.begin(HOST, write=True) as work:
                work.teams.lock(team(number).id)
                work.teams.remove(team(number).id)
                work.commit()
            with backend.begin(HOST, write=True) as work:
                if free:
                    work.teams.add(team(3, "blue"))
                else:
                    with pytest.raises(Conflict):
                        work.teams.add(team(3, "blue"))

    def test_users_names_never_repeat(self, backend: Backend) -> None:
        """Whatever a caller says of teams."""
        store(backend, [user(1, "ada")], caller=REPEATING)
        with backend.begin(REPEATING, write=True) as work:
            with pytest.raises(Conflict) as refusal:
                work.users.add(user(2, "ADA"))
            assert refusal.value.attribute == "userName"
