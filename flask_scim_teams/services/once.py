"""Ids of credentials: who asks twice for what has the same id gets it once."""

from __future__ import annotations

import re
import secrets

_ID = re.compile(r"[0-9a-f]{16}", re.ASCII)


class MadeAlready(ValueError):
    """What has that id was made before, and its secret was shown then."""

    def __init__(self, id: str) -> None:
        super().__init__(f"{id} is made already; its secret was shown when it was made.")
        self.id = id


def credential_id(id: str | None = None) -> str:
    """Return the public id of a credential that is about to be made.

    :param id: what it is to be, where the caller may ask twice: a form that is sent again.
    :raises ValueError: if that is not of the form of an id.
    """
    if id is None:
        return secrets.token_hex(8)
    if not _ID.fullmatch(id):
        raise ValueError("The id of a credential has 16 hexadecimal digits.")
    return id
