"""The provisioning log as a file: CSV for spreadsheets, JSON lines for programs."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from dataclasses import asdict
from dataclasses import dataclass
from io import StringIO
from typing import Any
from typing import Final

from flask_scim_teams.storage.log import LogEntry

_COLUMNS = (
    "id", "at", "connection", "tenant", "token_id", "actor", "request_id", "method", "target",
    "action", "resource_type", "resource_id", "resource_name", "status", "scim_type", "detail",
    "duration_ms", "tolerances", "request", "before", "after", "source",
)  # fmt: skip
# What a spreadsheet may take for the beginning of a formula; some take the wide forms too.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@dataclass(frozen=True, slots=True)
class Export:
    """A kind of file that the log can be written as.

    :param render: yields the file's parts from entries and the names of connections by id.
    """

    suffix: str
    media_type: str
    render: Callable[[Iterable[LogEntry], Mapping[str, str]], Iterator[str]]


def entry_document(entry: LogEntry, connections: Mapping[str, str]) -> dict[str, Any]:
    """Return an entry as a JSON document.

    :param connections: names of connections by id.
    """
    name = connections.get(entry.connection_id or "")
    return {**asdict(entry), "connection": name, "outcome": entry.outcome}


def _as_csv(entries: Iterable[LogEntry], connections: Mapping[str, str]) -> Iterator[str]:
    """Yield the lines of a table, its head first, of which no cell is a formula."""
    yield _line(_COLUMNS)
    for entry in entries:
        document = entry_document(entry, connections)
        yield _line(_cell(document[name]) for name in _COLUMNS)


def _as_json_lines(entries: Iterable[LogEntry], connections: Mapping[str, str]) -> Iterator[str]:
    """Yield one JSON document a line."""
    for entry in entries:
        yield json.dumps(entry_document(entry, connections)) + "\n"


def _line(cells: Iterable[str]) -> str:
    text = StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text


#: By what ``flask scim log export --format`` and the console's addresses call them.
EXPORTS: Final[Mapping[str, Export]] = {
    "csv": Export("csv", "text/csv", _as_csv),
    "json": Export("jsonl", "application/x-ndjson", _as_json_lines),
}
