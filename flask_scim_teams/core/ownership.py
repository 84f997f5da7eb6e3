"""Sources by their names: ``scim:<connection id>``, ``sso:<provider>``, ``directory:<name>``.

The empty text stands for the host itself: what was done by hand, in its own code or console.
"""

from __future__ import annotations

#: The source of what was done by hand.
BY_HAND = ""
SCIM = "scim"
SSO = "sso"
DIRECTORY = "directory"


def scim_source(connection_id: str | None) -> str:
    """Return the source that a SCIM connection is; by hand where there is none."""
    return BY_HAND if connection_id is None else f"{SCIM}:{connection_id}"


def kind_of(source: str) -> str:
    """Return what kind of source it is: ``scim``, ``sso``, ``directory``; empty for the host."""
    return source.partition(":")[0]


def is_scim(source: str) -> bool:
    """Whether it is a SCIM connection, whose requests are obeyed to the letter."""
    return kind_of(source) == SCIM


def spoken_for(source: str) -> tuple[str, ...]:
    """Return the sources whose claims fall when this one takes somebody back.

    Its own; and a directory that is read knows better than what the provider of the same name said
    when somebody last signed in. Not the other way round: a sign-in may tell less than all groups.
    """
    kind, _, name = source.partition(":")
    return (source, f"{SSO}:{name}") if kind == DIRECTORY else (source,)


def kindred(source: str) -> tuple[str, ...]:
    """Return the other sources that know groups by the same ids: the provider of the same name."""
    kind, _, name = source.partition(":")
    return tuple(f"{other}:{name}" for other in (SSO, DIRECTORY) if other != kind)
