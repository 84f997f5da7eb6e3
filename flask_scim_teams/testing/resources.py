"""The contract of users and teams: stored, changed, removed, all or nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from flask_scim_teams.core.definitions import USER
from flask_scim_teams.core.query import Query
from flask_scim_teams.storage.interface import HOST
from flask_scim_teams.storage.interface import Backend
from flask_scim_teams.storage.interface import Conflict
from flask_scim_teams.storage.interface import LostRace
from flask_scim_teams.testing.samples import ENTERPRISE
from flask_scim_teams.testing.samples import LATER
from flask_scim_teams.testing.samples import id_of
from flask_scim_teams.testing.samples import store
from flask_scim_teams.testing.samples import stored_team
from flask_scim_teams.testing.samples import stored_user
from flask_scim_teams.testing.samples import team
from flask_scim_teams.testing.samples import user

#: One entry for each shape a value can have; every one comes back equal.
ATTRIBUTES: dict[str, dict[str, Any]] = {
    "nothing but the name": {},
    "text": {"displayName": "Ada Lovelace", "title": "Countess"},
    "empty text": {"displayName": "", "nickName": ""},
    "text with quotes and wildcards": {"displayName": """'; -- "%_*\\ \t\n{}"""},
    "spaces around": {"displayName": "  Ada  ", "nickName": " "},
    "letters beyond ASCII": {"displayName": "Éva Straße Σίσυφος Иван 王 İıẞ"},
    "emoji and combining marks": {"displayName": "🧑🏽‍💻 Zoe\u0308", "nickName": "🏳️‍🌈"},
    "long text": {"displayName": "long " * 800},
    "inactive": {"active": False},
    "parts of a name": {"name": {"givenName": "Ada", "familyName": "King", "formatted": "A. K."}},
    "a part of a name": {"name": {"familyName": "King"}},
    "one value": {"emails": [{"value": "ada@example.com", "type": "work", "primary": True}]},
    "several values": {
        "emails": [
            {"value": "ada@home.example", "type": "home", "display": "At home"},
            {"value": "ada@work.example", "type": "work", "primary": True},
            {"value": "ada@other.example", "primary": False},
        ],
        "phoneNumbers": [{"value": "tel:+44-20-1234"}],
        "roles": [{"value": "analyst"}, {"value": "poet", "primary": True}],
    },
    "values without a value": {"emails": [{"type": "work"}, {"display": "none"}]},
    "addresses": {"addresses": [{"country": "GB", "locality": "London", "primary": True}]},
    "references and certificates": {
        "profileUrl": "https://example.com/~ada",
        "photos": [{"value": "https://example.com/ada.jpg", "type": "photo"}],
        "x509Certificates": [{"value": "MIIDQzCCAqygAwIBAgICEAAwDQ=="}],
    },
    "an extension": {
        ENTERPRISE: {
            "employeeNumber": "701984",
            "department": "Études",
            "manager": {"value": id_of(99), "$ref": "../Users/99"},
        }
    },
    "a part of an extension": {ENTERPRISE: {"costCenter": "4130"}},
}

#: Names that are one name: they differ in letter case, or in width, alone.
SAME_NAMES = {
    "ASCII": ("ada@example.com", "ADA@Example.COM"),
    "accents": ("éva", "ÉVA"),
    "cyrillic": ("иван", "ИВАН"),
    "sharp s": ("straße", "STRASSE"),
    "capital sharp s": ("maß", "MAẞ"),
    "final sigma": ("σίσυφος", "ΣΊΣΥΦΟΣ"),
    "ligature": ("ﬁona", "FIONA"),
    "full width": ("ada", "ＡＤＡ"),
    "composition": ("zoë", "zoe\u0308"),
}

#: Names that are two, though some databases think otherwise.
OTHER_NAMES = {
    "accents": ("eva", "éva"),
    "dotless i": ("ilk", "ılk"),
    "wildcards": ("a_a", "aba"),
    "emoji": ("ada🧑", "ada🏠"),
}


class ResourceContract:
    """Rules of :class:`~flask_scim_teams.storage.interface.ResourceAdapter`."""

    def test_there_is_nothing_at_first(self, backend: Backend) -> None:
        """The fixture's backend is empty, and an unknown id is ``None`` rather than an error."""
        with backend.begin(HOST, write=True) as work:
            assert work.users.search(Query(resource_type=USER)).total == 0
            assert work.users.get(id_of(1)) is None
            assert work.users.lock(id_of(1)) is None
            assert work.teams.get(id_of(1)) is None
            assert work.teams.lock(id_of(1)) is None

    def test_ids_are_compared_exactly(self, backend: Backend) -> None:
        """An id in capitals, with a space behind it, or of the other type is another id."""
        ada = user(0xA)
        store(backend, [ada])
        for other in (ada.id.upper(), f"{ada.id} ", ada.id[:-1], ""):
            assert stored_user(backend, other) is None
        assert stored_team(backend, ada.id) is None

    def test_many_are_got_at_once(self, backend: Backend) -> None:
        """Those that exist come by id, the same id twice is no error, and the others are absent."""
        ada, bob, blue = user(1, **ATTRIBUTES["several values"]), user(2), team(1)
        store(backend, [ada, bob, user(3)], [blue])
        with backend.begin(HOST, write=False) as work:
            found = work.users.get_many([bob.id, id_of(99), ada.id, bob.id, blue.id])
            assert dict(found) == {ada.id: ada, bob.id: bob}
            assert not work.users.get_many([])
            assert dict(work.teams.get_many([blue.id, ada.id])) == {blue.id: blue}

    @pytest.mark.parametrize("kind", ATTRIBUTES)
    def test_a_user_comes_back_as_it_was_given(self, backend: Backend, kind: str) -> None:
        """Each attribute comes back equal, on its own and in a list, and nothing is added."""
        ada = user(1, "Ada@Example.com", "00u1-AdA", **ATTRIBUTES[kind])
        store(backend, [ada])
        assert stored_user(backend, ada.id) == ada
        with backend.begin(HOST, write=True) as work:
            assert work.users.lock(ada.id) == ada
            assert work.users.search(Query(resource_type=USER)).resources == (ada,)

    @pytest.mark.parametrize("kind", ATTRIBUTES)
    def test_a_changed_user_comes_back_as_it_was_given(self, backend: Backend, kind: str) -> None:
        """What the new state does not have is gone, and what it has is there."""
        before = user(1, "ada", "00u1", **ATTRIBUTES["several values"], **ATTRIBUTES["text"])
        after = replace(
            user(1, "Ada.King", **ATTRIBUTES[kind]),
            version=2,
            last_modified=LATER,
            external_id=None,
        )
        for first, second in ((before, after), (after, replace(before, version=3))):
            if first is before:
                store(backend, [before])
            with backend.begin(HOST, write=True) as work:
                work.users.lock(first.id)
                work.users.save(second, first.version)
                assert work.users.get(first.id) == second
                work.commit()
            assert stored_user(backend, first.id) == second

    def test_a_team_comes_back_as_it_was_given(self, backend: Backend) -> None:
        """Name, external id, version and times of a team come back equal."""
        blue = team(1, "Équipe Bleue 🫐", "a-Group-42")
        store(backend, teams=[blue])
        assert stored_team(backend, blue.id) == blue
        renamed = replace(team(1, "Blue"), version=2, last_modified=LATER)
        with backend.begin(HOST, write=True) as work:
            assert work.teams.lock(blue.id) == blue
            work.teams.save(renamed, 1)
            work.commit()
        assert stored_team(backend, blue.id) == renamed

    def test_a_unit_of_work_reads_its_own_writes(self, backend: Backend) -> None:
        """What was added, saved or removed shows in the same unit of work before the commit."""
        ada, blue = user(1), team(1)
        with backend.begin(HOST, write=True) as work:
            work.users.add(ada)
            work.teams.add(blue)
            assert work.users.get(ada.id) == ada
            assert work.teams.get(blue.id) == blue
            assert work.users.search(Query(resource_type=USER)).total == 1
            work.users.lock(ada.id)
            work.users.remove(ada.id)
            assert work.users.get(ada.id) is None
            assert work.users.search(Query(resource_type=USER)).total == 0

    def test_nothing_is_stored_without_commit(self, backend: Backend) -> None:
        """Leaving a unit of work without commit undoes everything in it."""
        ada, blue = user(1), team(1)
        store(backend, [ada], [blue])
        with backend.begin(HOST, write=True) as work:
            work.users.add(user(2))
            work.users.lock(ada.id)
            work.users.save(replace(ada, attributes={"userName": "changed"}, version=2), 1)
            work.teams.lock(blue.id)
            work.teams.touch([blue.id], LATER)
            work.memberships.add(blue.id, [ada.id])
        assert stored_user(backend, id_of(2)) is None
        assert stored_user(backend, ada.id) == ada
        assert stored_team(backend, blue.id) == blue
        with backend.begin(HOST, write=False) as work:
            assert not work.memberships.of_teams([blue.id]).get(blue.id)

    def test_nothing_is_stored_after_an_error(self, backend: Backend) -> None:
        """An exception leaves a unit of work as it is, and undoes everything in it."""

        def fail() -> None:
            with backend.begin(HOST, write=True) as work:
                work.users.add(user(1))
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            fail()
        assert stored_user(backend, id_of(1)) is None

    def test_another_version_is_a_lost_race(self, backend: Backend) -> None:
        """Saving compares the stored version with the expected one, and swaps only if equal."""
        ada = replace(user(1), version=3)
        store(backend, [ada])
        for expected in (2, 4):
            changed = replace(user(1, "changed"), version=expected + 1)
            with backend.begin(HOST, write=True) as work:
                work.users.lock(ada.id)
                with pytest.raises(LostRace):
                    work.users.save(changed, expected)
            assert stored_user(backend, ada.id) == ada

    @pytest.mark.parametrize("names", SAME_NAMES.values(), ids=SAME_NAMES)
    def test_user_names_are_unique_in_any_letter_case(
        self, backend: Backend, names: tuple[str, str]
    ) -> None:
        """A name that differs in letter case alone is taken, for a new user and for a changed."""
        store(backend, [user(1, names[0]), user(2, "somebody else")])
        with backend.begin(HOST, write=True) as work:
            with pytest.raises(Conflict) as refusal:
                work.users.add(user(3, names[1]))
            assert refusal.value.attribute == "userName"
        with backend.begin(HOST, write=True) as work:
            work.users.lock(id_of(2))
            with pytest.raises(Conflict) as refusal:
                work.users.save(replace(user(2, names[1]), version=2), 1)
            assert refusal.value.attribute == "userName"

    @pytest.mark.parametrize("names", OTHER_NAMES.values(), ids=OTHER_NAMES)
    def test_other_user_names_are_not_taken(self, backend: Backend, names: tuple[str, str]) -> None:
        """Names that differ in more than letter case are two names."""
        store(backend, [user(1, names[0]), user(2, names[1])])
        assert stored_user(backend, id_of(2)) == user(2, names[1])

    @pytest.mark.parametrize("names", SAME_NAMES.values(), ids=SAME_NAMES)
    def test_a_user_may_change_the_letter_case_of_its_name(
        self, backend: Backend, names: tuple[str, str]
    ) -> None:
        """A user's own name does not stand in its way."""
        store(backend, [user(1, names[0])])
        renamed = replace(user(1, names[1]), version=2)
        with backend.begin(HOST, write=True) as work:
            work.users.lock(id_of(1))
            work.users.save(renamed, 1)
            work.commit()
        assert stored_user(backend, id_of(1)) == renamed

    def test_touching_counts_the_version_up(self, backend: Backend) -> None:
        """Each of the resources, and no other, is one version further and modified at the time."""
        teams = [replace(team(number), version=number) for number in (1, 2, 3)]
        store(backend, teams=teams)
        with backend.begin(HOST, write=True) as work:
            for one in teams:
                work.teams.lock(one.id)
            work.teams.touch([teams[0].id, teams[2].id], LATER)
            work.teams.touch([], LATER)
            work.commit()
        assert stored_team(backend, teams[0].id) == replace(
            teams[0], version=2, last_modified=LATER
        )
        assert stored_team(backend, teams[1].id) == teams[1]
        assert stored_team(backend, teams[2].id) == replace(
            teams[2], version=4, last_modified=LATER
        )

    def test_what_is_removed_is_gone_and_its_name_is_free(self, backend: Backend) -> None:
        """Removing takes one resource away, and nothing of it is in the way of a new one."""
        ada, bob, blue = user(1, "ada", **ATTRIBUTES["several values"]), user(2), team(1, "Blue")
        store(backend, [ada, bob], [blue])
        with backend.begin(HOST, write=True) as work:
            work.users.lock(ada.id)
            work.users.remove(ada.id)
            work.teams.lock(blue.id)
            work.teams.remove(blue.id)
            work.commit()
        assert stored_user(backend, ada.id) is None
        assert stored_user(backend, bob.id) == bob
        assert stored_team(backend, blue.id) is None
        store(backend, [user(3, "ADA", **ATTRIBUTES["several values"])], [team(3, "BLUE")])
        assert stored_user(backend, ada.id) is None
