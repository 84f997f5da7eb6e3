"""Profiles: how a connection is treated where identity providers contradict one another.

What is safe for all of them is no setting: it is understood from everyone, whatever the provider
(:mod:`flask_scim_teams.core.dialects`). A profile holds the rest.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final


class OnConflict(enum.StrEnum):
    """What becomes of a POST whose name is taken."""

    #: It is refused with 409 (RFC 7644 section 3.3); the provider looks the resource up then.
    REFUSE = "refuse"
    #: Where the one that has the name has the same externalId, it is the same resource: it is
    #: replaced, and answered as if it were new. All else is refused.
    ADOPT = "adopt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What is decided for a connection; ``None`` where the configuration decides.

    :param strict: whether what the RFCs do not allow is refused.
    :param user_patch_body: whether the PATCH of a User is answered with the User, not with 204.
    :param group_patch_body: the same of a Group.
    :param empty_members: whether a Group without members is shown with an empty array.
    :param announce_cursors: whether ServiceProviderConfig tells of cursors (RFC 9865).
    :param unique_team_names: whether a team of this connection may not have another one's name.
    """

    strict: bool | None = None
    user_patch_body: bool = True
    group_patch_body: bool | None = None
    empty_members: bool = False
    announce_cursors: bool | None = None
    unique_team_names: bool = True
    on_conflict: OnConflict = OnConflict.REFUSE


#: Nothing is decided: as configured.
AS_CONFIGURED: Final = Profile()


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A kind of identity provider.

    :param key: how it is called on the command line and in storage.
    :param title: how it is called by people.
    """

    key: str
    title: str
    profile: Profile = AS_CONFIGURED
