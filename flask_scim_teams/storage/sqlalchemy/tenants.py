"""Whose a row is: what every statement on resources is limited by."""

from __future__ import annotations

import hashlib
import re
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy import bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

#: The parameter of every limited statement; one that is executed without it fails.
TENANT = "tenant_"
_DIGEST = re.compile("[0-9a-f]{64}")


class Beside(FunctionElement[str]):
    """A column that is compared in the rows found by something else, and never looked up itself.

    SQLite and MariaDB would take an index on it for the best start, whatever else is asked for:
    they have no statistics, or prefer the order that the rows are to come in.
    """

    inherit_cache = True
    name = "beside"


@compiles(Beside)
def _column(element: Beside, compiler: SQLCompiler, **kw: Any) -> str:
    return compiler.process(element.clauses, **kw)


@compiles(Beside, "sqlite")
def _plus(element: Beside, compiler: SQLCompiler, **kw: Any) -> str:
    return f"+{compiler.process(element.clauses, **kw)}"


@compiles(Beside, "mariadb")
@compiles(Beside, "mysql")
def _coalesce(element: Beside, compiler: SQLCompiler, **kw: Any) -> str:
    return f"coalesce({compiler.process(element.clauses, **kw)}, '')"


def is_tenants(column: ColumnElement[Any], *, leading: bool = False) -> ColumnElement[bool]:
    """Return the condition that a row is the caller's tenant's.

    :param leading: whether rows are looked up by it, because nothing else is asked for.
    """
    return (column if leading else Beside(column)) == bindparam(TENANT)


def within(tenant: str, key: str) -> str:
    """Return a text that two keys share only if they are one key of one tenant.

    The key itself where the host has one tenant. Else a digest, which has a length whatever the two
    have; a key that could be taken for one is not left as it is either.
    """
    if not tenant and not _DIGEST.fullmatch(key):
        return key
    return hashlib.sha256(f"{len(tenant)} {tenant} {key}".encode()).hexdigest()
