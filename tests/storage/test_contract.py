"""Every storage we ship keeps the contract, and the contract notices one that does not."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from flask_scim_teams.core.errors import SetupError
from flask_scim_teams.core.query import Page
from flask_scim_teams.core.query import Query
from flask_scim_teams.core.resources import Resource
from flask_scim_teams.storage.interface import Caller
from flask_scim_teams.storage.interface import MembershipDelta
from flask_scim_teams.storage.interface import Origin
from flask_scim_teams.storage.log import LogPage
from flask_scim_teams.storage.log import LogQuery
from flask_scim_teams.storage.memory import MemoryBackend
from flask_scim_teams.storage.memory import MemoryMemberships
from flask_scim_teams.storage.memory import MemoryResources
from flask_scim_teams.storage.memory import MemoryTokens
from flask_scim_teams.storage.memory import MemoryWork
from flask_scim_teams.storage.memory_log import MemoryLog
from flask_scim_teams.storage.memory_sources import MemorySources
from flask_scim_teams.testing import BackendContract
from flask_scim_teams.testing.names import NameContract
from flask_scim_teams.testing.tenants import TenantContract
from tests.hosts import Storage
from tests.storage.strict import open_strict

# pytester runs the contract over adapters that break it.
pytest_plugins = ("pytester",)


class TestEveryStorage(BackendContract):
    @pytest.fixture
    def backend(self, storage: Storage) -> Any:
        return storage.backend


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Storage]:
    with open_strict(tmp_path_factory.mktemp("strict")) as storage:
        yield storage


class TestHostWithoutNulls(BackendContract):
    # A constraint of the host's own is in the way.
    repeated_team_names = False

    @pytest.fixture
    def backend(self, strict: Storage) -> Any:
        strict.clear()
        return strict.backend


class OneTenant(MemoryBackend):
    """A backend that keeps no tenants apart, and says so."""

    def begin(self, caller: Caller, *, write: bool) -> AbstractContextManager[MemoryWork]:
        if caller.tenant:
            raise SetupError("There is one tenant here.")
        return super().begin(caller, write=write)


class TestOneTenant:
    several_tenants = False
    test_others_are_refused = TenantContract.test_a_backend_of_one_tenant_refuses_others

    @pytest.fixture
    def backend(self) -> MemoryBackend:
        return OneTenant()


class TestTeamsOfOneName(NameContract):
    unique_team_names = False

    @pytest.fixture(params=["memory", "strict"])
    def backend(self, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
        if request.param == "memory":
            yield MemoryBackend(unique_team_names=False)
            return
        with open_strict(tmp_path, unique_titles=False) as storage:
            yield storage.backend


def add_unchecked(self: MemoryResources, resource: Resource) -> None:
    self._resources[resource.id] = resource


def save_unseen(self: MemoryResources, resource: Resource, expected: int) -> None:
    self._resources[resource.id] = resource


def name_nothing(self: MemoryResources, resource: Resource) -> None:
    pass


def remove_nothing(self: MemoryResources, id: str) -> None:
    pass


def search_everything(self: MemoryResources, query: Query) -> Page:
    everything = Query(
        resource_type=query.resource_type,
        sort=query.sort,
        start_index=query.start_index,
        count=query.count,
    )
    return everything.apply(self._resources.values())


def search_unsorted(self: MemoryResources, query: Query) -> Page:
    plain = Query(
        resource_type=query.resource_type,
        condition=query.condition,
        start_index=query.start_index,
        count=query.count,
    )
    return plain.apply(self._resources.values(), self._related)


def search_without_total(self: MemoryResources, query: Query) -> Page:
    resources = query.apply(self._resources.values(), self._related).resources
    return Page(len(resources), resources)


def get_any_case(self: MemoryResources, id: str) -> Resource | None:
    return self._resources.get(id.lower())


def name_alone(self: MemoryResources, resource: Resource) -> None:
    self._reserving = True
    ORIGINAL_NAME(self, resource)


def name_always(self: MemoryResources, resource: Resource, expected: int) -> None:
    self._name(resource)
    self._resources[resource.id] = resource


def begin_for_anyone(
    self: MemoryBackend, caller: Caller, *, write: bool
) -> AbstractContextManager[MemoryWork]:
    return ORIGINAL_BEGIN(self, replace(caller, tenant=""), write=write)


def touch_nothing(self: MemoryResources, ids: Collection[str], last_modified: str) -> None:
    pass


def add_members_without_delta(
    self: MemoryMemberships, team: str, members: Sequence[str]
) -> MembershipDelta:
    self._check_known(members)
    self._store(team, self._members.get(team, frozenset()) | set(members))
    return MembershipDelta(added=tuple(members))


def add_strangers(self: MemoryMemberships, team: str, members: Sequence[str]) -> MembershipDelta:
    known = [id for id in members if id in self._users]
    return self._store(team, self._members.get(team, frozenset()) | set(known))


def revoke_again(self: MemoryTokens, id: str, when: str) -> bool:
    return id in self._tokens


def end_later(self: MemoryTokens, id: str, when: str, *, replaced_by: str | None = None) -> bool:
    if not ORIGINAL_EXPIRE(self, id, when, replaced_by=replaced_by):
        return False
    self._tokens[id] = replace(self._tokens[id], expires=when)
    return True


def note_always(
    self: MemoryTokens, id: str, when: str, address: str | None, *, unless_since: str
) -> bool:
    return ORIGINAL_NOTE(self, id, when, address, unless_since=when + "Z")


def store_at_once(self: MemoryWork, backend: MemoryBackend, state: Any, caller: Caller) -> None:
    ORIGINAL_INIT(self, backend, state, caller)
    backend.store(state)


ORIGINAL_EXPIRE = MemoryTokens.expire
ORIGINAL_NOTE = MemoryTokens.note_use


def purge_nothing(self: MemoryLog, before: str) -> int:
    return 0


def search_log_unfiltered(self: MemoryLog, query: LogQuery) -> LogPage:
    return ORIGINAL_LOG_SEARCH(self, replace(query, text=None, outcome=None))


def search_log_without_end(self: MemoryLog, query: LogQuery) -> LogPage:
    page = ORIGINAL_LOG_SEARCH(self, query)
    return LogPage(page.entries)


def find_any_case(
    self: MemorySources, source: str, references: Collection[str]
) -> Mapping[str, str]:
    found = (one for one in self._sorted() if one.source == source)
    wanted = {one.lower() for one in references}
    return {one.reference: one.resource_id for one in found if one.reference.lower() in wanted}


def note_anyway(self: MemorySources, origin: Origin) -> None:
    self._said.origins[origin.resource_id, origin.source] = origin


def forget_all(self: MemorySources, resource_id: str, source: str | None = None) -> None:
    ORIGINAL_FORGET(self, resource_id)


def forget_the_resource_alone(
    self: MemorySources, resource_id: str, source: str | None = None
) -> None:
    for key in [one for one in self._said.origins if one[0] == resource_id]:
        del self._said.origins[key]


def release_for_all(self: MemorySources, team: str, members: Sequence[str], source: str) -> None:
    claims = [one for one in self._said.claims if one.team == team and one.member in members]
    self._said.claims.difference_update(claims)


def page_from_the_start(
    self: MemorySources, source: str, *, after: str = "", count: int
) -> Sequence[Origin]:
    return ORIGINAL_OF_SOURCE(self, source, count=count)


def claim_for_anyone(self: MemorySources, team: str, members: Sequence[str], source: str) -> None:
    ORIGINAL_CLAIM(self, team, members, source or "scim:okta")


ORIGINAL_FORGET = MemorySources.forget
ORIGINAL_OF_SOURCE = MemorySources.of_source
ORIGINAL_CLAIM = MemorySources.claim
ORIGINAL_LOG_SEARCH = MemoryLog.search
ORIGINAL_INIT = MemoryWork.__init__
ORIGINAL_NAME = MemoryResources._name
ORIGINAL_BEGIN = MemoryBackend.begin

#: What is broken, and a test of the contract that has to notice.
BROKEN: list[tuple[type[Any], str, Callable[..., Any], str]] = [
    (MemoryResources, "_name", name_nothing, "names_are_unique"),
    (MemoryResources, "_name", name_alone, "a_caller_may_have_team_names_repeat"),
    (MemoryResources, "_name", name_alone, "who_named_a_team_last"),
    (MemoryResources, "save", name_always, "a_team_that_keeps_its_name"),
    (MemoryResources, "save", save_unseen, "another_version_is_a_lost_race"),
    (MemoryResources, "remove", remove_nothing, "what_is_removed_is_gone"),
    (MemoryResources, "search", search_everything, "filter_is_answered_exactly"),
    (MemoryResources, "search", search_unsorted, "test_sorting"),
    (MemoryResources, "search", search_without_total, "pages_make_up_the_whole"),
    (MemoryResources, "get", get_any_case, "ids_are_compared_exactly"),
    (MemoryResources, "touch", touch_nothing, "touching_counts"),
    (MemoryMemberships, "add", add_members_without_delta, "adding_answers_who_is_new"),
    (MemoryMemberships, "add", add_strangers, "nobody_cannot_become_a_member"),
    (MemoryTokens, "revoke", revoke_again, "a_token_is_revoked_once"),
    (MemoryTokens, "expire", end_later, "a_token_ends_when_another_takes_its_place"),
    (MemoryTokens, "note_use", note_always, "a_use_is_noted_unless"),
    (MemoryWork, "__init__", store_at_once, "nothing_is_stored_without_commit"),
    (MemoryWork, "__init__", store_at_once, "no_more_than_the_change"),
    (MemoryLog, "purge", purge_nothing, "old_entries_are_purged"),
    (MemoryLog, "search", search_log_unfiltered, "searched_for_text"),
    (MemoryLog, "search", search_log_unfiltered, "searched_newest_first"),
    (MemoryLog, "search", search_log_without_end, "pages_of_the_log"),
    (MemorySources, "find", find_any_case, "finds_what_it_knows"),
    (MemorySources, "note", note_anyway, "a_reference_is_one_resources"),
    (MemorySources, "revise", note_anyway, "a_reference_is_one_resources"),
    (MemorySources, "forget", forget_all, "what_is_forgotten"),
    (MemorySources, "forget", forget_the_resource_alone, "what_is_forgotten"),
    (MemorySources, "release", release_for_all, "given_up_by_whoever"),
    (MemorySources, "of_source", page_from_the_start, "pages_of_a_source"),
    (MemorySources, "claim", claim_for_anyone, "a_claim_is_kept_once"),
    (MemoryWork, "__init__", store_at_once, "no_more_than_the_change_it_comes_with"),
    (MemoryBackend, "begin", begin_for_anyone, "one_tenants_sources"),
    (MemoryBackend, "begin", begin_for_anyone, "resources_of_another_tenant"),
    (MemoryBackend, "begin", begin_for_anyone, "tenants_differ"),
]

CONTRACT = """
    import pytest
    from flask_scim_teams.storage.memory import MemoryBackend
    from flask_scim_teams.testing import BackendContract

    class TestBroken(BackendContract):
        @pytest.fixture
        def backend(self):
            return MemoryBackend()
"""


@pytest.mark.parametrize(
    ("owner", "name", "broken", "noticed_by"),
    BROKEN,
    ids=[f"{broken.__name__}-{noticed}" for _, _, broken, noticed in BROKEN],
)
def test_the_contract_notices(
    pytester: pytest.Pytester,
    monkeypatch: pytest.MonkeyPatch,
    owner: type[Any],
    name: str,
    broken: Callable[..., Any],
    noticed_by: str,
) -> None:
    monkeypatch.setattr(owner, name, broken)
    pytester.makepyfile(CONTRACT)
    result = pytester.inline_run("-q", "-p", "no:cacheprovider", "-k", noticed_by)
    _, _, failed = result.listoutcomes()
    assert failed, f"no test whose name has {noticed_by} failed"


def test_a_subclass_without_backend_is_told_what_is_missing(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        from flask_scim_teams.testing import BackendContract

        class TestNothing(BackendContract):
            pass
        """
    )
    result = pytester.runpytest_inprocess("-q", "-x", "-p", "no:cacheprovider")
    result.stdout.fnmatch_lines(["*TestNothing needs a fixture 'backend'*"])


def test_the_package_does_not_need_pytest() -> None:
    program = "import flask_scim_teams, sys; sys.exit('pytest' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
