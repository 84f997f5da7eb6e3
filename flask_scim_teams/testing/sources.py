"""The contract of sources: what each said last, and whose word a membership is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from flask_scim_teams.storage.interface import HOST
from flask_scim_teams.storage.interface import Backend
from flask_scim_teams.storage.interface import Caller
from flask_scim_teams.storage.interface import Claim
from flask_scim_teams.storage.interface import LostRace
from flask_scim_teams.storage.interface import Origin
from flask_scim_teams.testing.samples import CREATED
from flask_scim_teams.testing.samples import LATER
from flask_scim_teams.testing.samples import id_of

OKTA, ENTRA, CLOSE = "scim:okta", "directory:entra", "directory:Entra"
ADA = Origin(
    resource_id=id_of(1),
    resource_type="User",
    source=ENTRA,
    reference="00u1",
    name="Ada Łovelace 🔑",
    active=False,
    seen=CREATED,
)
#: The same of another source, and another resource with the same reference of another source.
ADA_AT_OKTA = replace(ADA, source=OKTA, reference="", active=True)
BOB = replace(ADA, resource_id=id_of(2), reference="00U1", name="bob")
BLUE = Origin(
    resource_id=id_of(3), resource_type="Group", source=OKTA, reference="00u1", name="Blue"
)
ORIGINS = [ADA, ADA_AT_OKTA, BOB, BLUE]


class SourceContract:
    """Rules of :class:`~flask_scim_teams.storage.interface.SourceAdapter`."""

    @pytest.fixture
    def told(self, backend: Backend) -> Backend:
        """Return the backend with what sources say of people and a team."""
        with backend.begin(HOST, write=True) as work:
            for origin in reversed(ORIGINS):
                work.sources.note(origin)
            work.commit()
        return backend

    def test_what_sources_say_comes_back_as_they_said_it(self, told: Backend) -> None:
        """By resource, in the order of sources; of whom nobody spoke there is nothing."""
        with told.begin(HOST, write=False) as work:
            found = work.sources.origins([id_of(1), id_of(2), id_of(99)])
            assert {id: list(origins) for id, origins in found.items()} == {
                id_of(1): [ADA, ADA_AT_OKTA],
                id_of(2): [BOB],
                id_of(99): [],
            }
            assert not work.sources.origins([])

    def test_what_is_said_is_no_more_than_the_change_it_comes_with(self, backend: Backend) -> None:
        """Without a commit there is neither."""
        with backend.begin(HOST, write=True) as work:
            work.sources.note(ADA)
            work.sources.claim(id_of(3), [id_of(1)], ENTRA)
        with backend.begin(HOST, write=False) as work:
            assert not work.sources.origins([id_of(1)])[id_of(1)]
            assert not work.sources.claims_on([id_of(3)])[id_of(3)]

    def test_a_source_finds_what_it_knows_by_reference(self, told: Backend) -> None:
        """Compared exactly, and only what that source said; nothing has the empty reference."""
        with told.begin(HOST, write=False) as work:
            find = work.sources.find
            assert dict(find(ENTRA, ["00u1", "00U1", "00u9"])) == {
                "00u1": ADA.resource_id,
                "00U1": BOB.resource_id,
            }
            assert dict(find(OKTA, ["00u1", ""])) == {"00u1": BLUE.resource_id}
            assert not find(CLOSE, ["00u1"])
            assert not find(ENTRA, [])

    def test_pages_of_a_source_make_up_all_it_said(self, told: Backend) -> None:
        """In the order of resource ids; the sources there are, are told in order."""
        with told.begin(HOST, write=False) as work:
            of_source = work.sources.of_source
            assert list(of_source(OKTA, count=10)) == [ADA_AT_OKTA, BLUE]
            assert list(of_source(ENTRA, count=1)) == [ADA]
            assert list(of_source(ENTRA, after=ADA.resource_id, count=1)) == [BOB]
            assert list(of_source(ENTRA, after=BOB.resource_id, count=1)) == []
            assert list(of_source(CLOSE, count=10)) == []
            assert list(work.sources.names()) == [ENTRA, OKTA]

    def test_a_source_changes_its_mind(self, told: Backend) -> None:
        """What it says now is in place of what it said; what others say is theirs."""
        now = replace(ADA, reference="", name="ada", active=True, seen=LATER)
        with told.begin(HOST, write=True) as work:
            work.sources.revise(now)
            work.commit()
        with told.begin(HOST, write=False) as work:
            found = work.sources.origins([ADA.resource_id])[ADA.resource_id]
            assert list(found) == [now, ADA_AT_OKTA]
            assert not work.sources.find(ENTRA, ["00u1"])

    def test_a_reference_is_one_resources(self, told: Backend) -> None:
        """Whoever comes second lost a race; without one there may be as many as there are."""
        third = replace(ADA, resource_id=id_of(4))
        for origin in (ADA, third):
            with told.begin(HOST, write=True) as work, pytest.raises(LostRace):
                work.sources.note(origin)
        with told.begin(HOST, write=True) as work, pytest.raises(LostRace):
            work.sources.revise(replace(BOB, reference="00u1"))
        with told.begin(HOST, write=True) as work:
            work.sources.note(replace(third, source=CLOSE))
            for number in (5, 6):
                work.sources.note(replace(third, resource_id=id_of(number), reference=""))
            work.commit()

    def test_a_claim_is_kept_once(self, backend: Backend) -> None:
        """By team and by member, in order, whoever says it again."""
        team, other = id_of(3), id_of(2)
        with backend.begin(HOST, write=True) as work:
            for source in (OKTA, ENTRA, ""):
                work.sources.claim(team, [id_of(9), id_of(1), id_of(1)], source)
            work.sources.claim(team, [id_of(1), id_of(5)], OKTA)
            work.sources.claim(other, [id_of(1)], OKTA)
            work.sources.claim(other, [], ENTRA)
            work.commit()
        on_team = [Claim(team, id_of(1), source) for source in ("", ENTRA, OKTA)]
        on_team += [Claim(team, id_of(5), OKTA)]
        on_team += [Claim(team, id_of(9), source) for source in ("", ENTRA, OKTA)]
        with backend.begin(HOST, write=False) as work:
            found = work.sources.claims_on([team, id_of(99)])
            assert list(found[team]) == on_team
            assert list(found[id_of(99)]) == []
            ada = work.sources.claims_for([id_of(1)])[id_of(1)]
            assert list(ada) == [Claim(other, id_of(1), OKTA), *on_team[:3]]
            assert not work.sources.claims_for([])

    def test_a_claim_is_given_up_by_whoever_made_it(self, backend: Backend) -> None:
        """Of those members alone; what was never claimed is no error."""
        team = id_of(3)
        with backend.begin(HOST, write=True) as work:
            for source in (OKTA, ENTRA):
                work.sources.claim(team, [id_of(1), id_of(2)], source)
            work.sources.release(team, [id_of(1), id_of(99)], ENTRA)
            work.sources.release(team, [id_of(1)], CLOSE)
            work.sources.release(team, [], OKTA)
            work.commit()
        with backend.begin(HOST, write=False) as work:
            assert list(work.sources.claims_on([team])[team]) == [
                Claim(team, id_of(1), OKTA),
                Claim(team, id_of(2), ENTRA),
                Claim(team, id_of(2), OKTA),
            ]

    def test_what_is_forgotten_is_gone(self, told: Backend) -> None:
        """Of one source, or of all; memberships at both ends with it, and of nobody else."""
        blue, ada, bob = BLUE.resource_id, ADA.resource_id, BOB.resource_id
        with told.begin(HOST, write=True) as work:
            for source in (OKTA, ENTRA):
                work.sources.claim(blue, [ada, bob], source)
                work.sources.claim(ada, [bob], source)
            work.sources.forget(ada, ENTRA)
            work.commit()
        with told.begin(HOST, write=False) as work:
            assert list(work.sources.origins([ada])[ada]) == [ADA_AT_OKTA]
            assert list(work.sources.claims_on([ada])[ada]) == [Claim(ada, bob, OKTA)]
            assert list(work.sources.claims_for([ada])[ada]) == [Claim(blue, ada, OKTA)]
        with told.begin(HOST, write=True) as work:
            work.sources.forget(ada)
            work.commit()
        with told.begin(HOST, write=False) as work:
            assert not work.sources.origins([ada])[ada]
            assert not work.sources.claims_on([ada])[ada]
            assert [one.member for one in work.sources.claims_on([blue])[blue]] == [bob, bob]
            assert list(work.sources.origins([bob])[bob]) == [BOB]

    def test_more_members_than_one_statement_takes(self, backend: Backend) -> None:
        """Claimed, asked for and released together."""
        ids = [id_of(number) for number in range(1, 2_501)]
        with backend.begin(HOST, write=True) as work:
            work.sources.claim(id_of(0), ids, OKTA)
            assert sum(map(len, work.sources.claims_for(ids).values())) == 2_500
            work.sources.release(id_of(0), ids[1:], OKTA)
            assert [one.member for one in work.sources.claims_on([id_of(0)])[id_of(0)]] == ids[:1]

    def test_one_tenants_sources_are_no_other_tenants(self, backend: Backend) -> None:
        """A provider may serve several: each has its own resources by the same references."""
        here, there = Caller(tenant="acme"), Caller(tenant="ACME")
        if not getattr(self, "several_tenants", True):
            return
        for caller, origin in ((here, ADA), (there, replace(ADA, resource_id=id_of(7)))):
            with backend.begin(caller, write=True) as work:
                work.sources.note(origin)
                work.sources.claim(id_of(3), [origin.resource_id], ENTRA)
                work.commit()
        with backend.begin(there, write=True) as work:
            sources = work.sources
            assert dict(sources.find(ENTRA, ["00u1"])) == {"00u1": id_of(7)}
            assert [one.resource_id for one in sources.of_source(ENTRA, count=9)] == [id_of(7)]
            assert not sources.origins([ADA.resource_id])[ADA.resource_id]
            assert not sources.claims_for([ADA.resource_id])[ADA.resource_id]
            assert [one.member for one in sources.claims_on([id_of(3)])[id_of(3)]] == [id_of(7)]
            sources.release(id_of(3), [ADA.resource_id], ENTRA)
            sources.forget(ADA.resource_id)
            work.commit()
        with backend.begin(here, write=False) as work:
            assert list(work.sources.origins([ADA.resource_id])[ADA.resource_id]) == [ADA]
            assert len(work.sources.claims_for([ADA.resource_id])[ADA.resource_id]) == 1
        with backend.begin(HOST, write=False) as work:
            assert list(work.sources.names()) == []
