"""JSON documents inside strings."""

from __future__ import annotations

import json
from typing import Any


def document_in(text: Any) -> Any:
    """Return the object or array that a string is the JSON text of, or ``None``."""
    if not isinstance(text, str) or not text.lstrip().startswith(("{", "[")):
        return None
    try:
        document = json.loads(text)
        # The body's own reader has refused halves of surrogate pairs and NUL; here they would
        # come in through a back door.
        written = json.dumps(document, ensure_ascii=False, allow_nan=False)
        written.encode()
    except (ValueError, RecursionError):
        return None
    return None if "\\u0000" in written else document
