"""Where a person goes after they signed in: a page of this site, whatever the address says."""

from __future__ import annotations

from urllib.parse import unquote
from urllib.parse import urlsplit

_LONGEST = 1_000


def is_own_path(target: str) -> bool:
    """Whether a browser that is sent there stays on this site.

    Browsers read a backslash as a slash, drop tabs and line ends, and take what follows two
    slashes for a host; servers in between may decode once more.
    """
    decoded = unquote(target)
    if len(target) > _LONGEST or any(not one.isprintable() or one == "\\" for one in decoded):
        return False
    if any(not one.startswith("/") or one.startswith("//") for one in (target, decoded)):
        return False
    try:
        parts = urlsplit(target)
    except ValueError:
        return False
    return not parts.scheme and not parts.netloc
