"""Column types that compare byte by byte on every database, and the JSON document."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import String
from sqlalchemy import Text
from sqlalchemy.dialects.mysql import MEDIUMTEXT
from sqlalchemy.dialects.mysql import VARCHAR
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator
from sqlalchemy.types import TypeEngine


class ExactString(TypeDecorator[str]):
    """Text whose equality and order are those of its code points.

    Left alone, MariaDB would compare in any letter case and ignore trailing spaces, and
    PostgreSQL would order by the database's locale.

    :param length: in characters; ``None`` for long text that no index covers.
    """

    impl = String
    cache_ok = True

    def __init__(self, length: int | None = None) -> None:
        super().__init__(length)
        self.length = length

    @property
    def python_type(self) -> type[str]:
        """The Python type of its values."""
        return str

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Name the collation that compares exactly."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(String(self.length, collation="C"))
        if dialect.name in ("mariadb", "mysql"):
            # MySQL has no utf8mb4_nopad_bin; there, trailing spaces do not count.
            collation = "utf8mb4_nopad_bin" if dialect.name == "mariadb" else "utf8mb4_bin"
            if self.length is None:
                return dialect.type_descriptor(MEDIUMTEXT(charset="utf8mb4", collation=collation))
            return dialect.type_descriptor(
                VARCHAR(self.length, charset="utf8mb4", collation=collation)
            )
        return dialect.type_descriptor(String(self.length) if self.length else Text())


class Document(TypeDecorator[Mapping[str, Any]]):
    """The attributes no column is mapped to, as JSON text; an empty document is NULL."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Use the type that holds more than 64 KiB."""
        if dialect.name in ("mariadb", "mysql"):
            return dialect.type_descriptor(MEDIUMTEXT(charset="utf8mb4", collation="utf8mb4_bin"))
        return dialect.type_descriptor(Text())

    def process_bind_param(self, value: Mapping[str, Any] | None, dialect: Dialect) -> str | None:
        """Write JSON; no attributes are written as NULL."""
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")) if value else None

    def process_result_value(self, value: str | None, dialect: Dialect) -> dict[str, Any]:
        """Read JSON; the result is the caller's to alter."""
        return json.loads(value) if value else {}
