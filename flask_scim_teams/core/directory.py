"""What identity providers know of people and groups, whichever way it is learnt."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field
from typing import Any
from typing import Protocol
from typing import TypeAlias

#: Is told what is read or done, how much of it is, and of how much; of 0 where nobody knows.
Progress: TypeAlias = Callable[[str, int, int], None]


class DirectoryError(Exception):
    """An identity provider could not be asked, or did not answer as it should.

    The message says in words what happened and what to do; no credential is ever in it. What was
    asked for is unknown then, which is not the same as nothing.
    """


@dataclass(frozen=True, slots=True)
class DirectoryGroup:
    """A group of an identity provider.

    :param id: what never changes about it; where a provider tells names alone, the name.
    :param name: what people call it.
    """

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class DirectoryUser:
    """A person of an identity provider.

    :param id: what never changes about them.
    :param attributes: as SCIM has them: ``userName``, ``name``, ``emails``, ``active`` ...;
        ``None`` where the provider knows the attribute and has no value.
    """

    id: str
    attributes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def active(self) -> bool:
        """Whether the person may use what the provider guards."""
        return bool(self.attributes.get("active", True))


@dataclass(frozen=True, slots=True)
class Roster:
    """Who is in a group: all of them, or as far as it is known.

    :param members: ids of the people at the provider.
    :param complete: whether whoever is not in it is known to be no member.
    """

    group: DirectoryGroup
    members: Sequence[str] = ()
    complete: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What a directory says at one time: all of it, or what is new since a checkpoint.

    :param users: of an incomplete one, those that may have changed; others are as they were.
    :param offered: ids of those who are meant even if they are in no group; ``None`` if everybody
        is.
    :param rosters: of an incomplete one, of the groups that may have changed.
    :param gone_users: and ``gone_groups``: ids of those that the directory says are deleted; of a
        complete one, whatever is not in it is gone as well.
    :param checkpoint: what the next reading goes on from; empty where it can only read all.
    """

    users: Sequence[DirectoryUser]
    rosters: Sequence[Roster]
    offered: Collection[str] | None = None
    gone_users: Sequence[str] = ()
    gone_groups: Sequence[str] = ()
    complete: bool = True
    checkpoint: str = field(default="", repr=False)


class GroupLookup(Protocol):
    """Whoever can say which groups a person is in."""

    def groups_of(self, person: str, *, token: str | None = None) -> list[DirectoryGroup]:
        """Return the groups of a person; the empty list if there are none.

        :param person: id at the provider.
        :param token: an access token of theirs, where the provider lets people ask for
            themselves; without one, the connector asks with credentials of its own.
        :raises DirectoryError: if it cannot be known.
        """
        ...


class RosterLookup(GroupLookup, Protocol):
    """Whoever can say who else is in a group as well."""

    def roster(self, group_id: str) -> Iterable[Sequence[str]]:
        """Yield the ids of the people who have a group among their ``groups_of``, page by page.

        Whoever waits for them may stop at any page, and then does not know all.

        :raises DirectoryError: if what is still to come cannot be known.
        """
        ...


class Directory(RosterLookup, Protocol):
    """An identity provider's API, as far as users and teams are made of it.

    Every method raises :class:`DirectoryError` if what it is asked for cannot be known, and none
    returns a part of it as if it were all.
    """

    def users(self) -> Sequence[DirectoryUser]:
        """Return everybody."""
        ...

    def groups(self) -> Sequence[DirectoryGroup]:
        """Return all groups that are offered to this service."""
        ...

    def members(self, group_id: str) -> Sequence[str]:
        """Return the ids of the people in a group."""
        ...

    def read(self, checkpoint: str, progress: Progress) -> Snapshot:
        """Return what is new since a checkpoint, or all.

        :param checkpoint: of an earlier snapshot; empty for all.
        """
        ...
