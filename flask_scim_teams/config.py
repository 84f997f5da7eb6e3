"""Configuration: every key the library reads, read once when the extension meets its app."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask_scim_teams.core.errors import SetupError

#: Shortest signing key, in bytes.
MINIMUM_KEY = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The configuration in force; see the documentation of the keys for their meaning."""

    url_prefix: str
    base_url: str | None
    signing_keys: tuple[bytes, ...]
    max_body_bytes: int
    max_results: int
    default_count: int
    bulk_max_operations: int
    cursor_timeout: timedelta | None
    announce_cursors: bool
    strict: bool
    group_patch_body: bool
    public_discovery: bool
    documentation_uri: str | None


def read_settings(config: Mapping[str, Any]) -> Settings:
    """Return the settings in an app's configuration.

    :raises SetupError: if a value cannot be used, saying which and why.
    """
    prefix = config.get("SCIM_URL_PREFIX", "/scim/v2")
    if not isinstance(prefix, str) or not re.fullmatch(r"(/[^/?#]+)+/?", prefix):
        raise SetupError(f"SCIM_URL_PREFIX has to be a path such as /scim/v2, not {prefix!r}.")
    return Settings(
        url_prefix=prefix.rstrip("/"),
        base_url=_base_url(config.get("SCIM_BASE_URL")),
        signing_keys=_signing_keys(config),
        max_body_bytes=_positive(config, "SCIM_MAX_BODY_BYTES", 5 * 1024 * 1024),
        max_results=_positive(config, "SCIM_MAX_RESULTS", 200),
        default_count=_positive(config, "SCIM_DEFAULT_COUNT", 100),
        bulk_max_operations=_positive(config, "SCIM_BULK_MAX_OPERATIONS", 1_000),
        cursor_timeout=_seconds(config, "SCIM_CURSOR_TIMEOUT"),
        announce_cursors=bool(config.get("SCIM_ANNOUNCE_CURSORS", True)),
        strict=bool(config.get("SCIM_STRICT", False)),
        group_patch_body=bool(config.get("SCIM_GROUP_PATCH_BODY", False)),
        public_discovery=bool(config.get("SCIM_PUBLIC_DISCOVERY", False)),
        documentation_uri=config.get("SCIM_DOCUMENTATION_URI"),
    )


def _base_url(value: Any) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or not re.fullmatch(r"https?://[^/?#\s]+[^?#\s]*", value):
        raise SetupError(f"SCIM_BASE_URL has to be an absolute URL without query, not {value!r}.")
    return value.rstrip("/")


def _positive(config: Mapping[str, Any], name: str, default: int) -> int:
    value = config.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise SetupError(f"{name} has to be a positive whole number, not {value!r}.")
    return value


def _seconds(config: Mapping[str, Any], name: str) -> timedelta | None:
    return None if config.get(name) is None else timedelta(seconds=_positive(config, name, 1))


def _signing_keys(config: Mapping[str, Any]) -> tuple[bytes, ...]:
    """Return the keys, oldest first: SCIM_SIGNING_KEYS, or Flask's own."""
    given = config.get("SCIM_SIGNING_KEYS")
    name = "SCIM_SIGNING_KEYS"
    if given is None:
        name = "SECRET_KEY"
        # Flask names its fallbacks from the newest to the oldest.
        older = reversed(config.get("SECRET_KEY_FALLBACKS") or ())
        given = [*older, config.get("SECRET_KEY")]
    if isinstance(given, str | bytes):
        given = [given]
    if not isinstance(given, list | tuple):
        raise SetupError(f"{name} has to be a list of keys, oldest first.")
    keys = [key.encode() if isinstance(key, str) else key for key in given]
    if not keys or keys[-1] is None:
        raise SetupError(
            "Tokens are signed: set SCIM_SIGNING_KEYS (or SECRET_KEY) before init_app, for "
            "instance to the output of: python -c 'import secrets; print(secrets.token_hex(32))'"
        )
    for key in keys:
        if not isinstance(key, bytes) or len(key) < MINIMUM_KEY:
            raise SetupError(f"{name}: each key needs {MINIMUM_KEY} bytes at least.")
    return tuple(keys)
