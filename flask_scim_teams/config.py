"""Configuration: every key the library reads, read once when the extension meets its app."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import fields
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from flask_scim_teams.connectors.settings import DirectorySettings
from flask_scim_teams.connectors.settings import read_directories
from flask_scim_teams.core.errors import SetupError

#: Shortest signing key, in bytes.
MINIMUM_KEY = 32
# A hundred years: what is subtracted from the present instant has to leave a date.
_MAX_DAYS = 36_500


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """How often requests may come, as the ``limits`` library writes it: ``100/second``.

    :param token: requests of one token; ``None`` for any number, as in ``failed``.
    :param failed: refused credentials from one address.
    :param storage: URL of what they are counted in.
    :param explicit: whether the host asked for any of it.
    """

    token: str | None
    failed: str | None
    storage: str
    explicit: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuth:
    """Where access tokens are given out.

    :param token_path: path of the token endpoint in the app.
    :param token_url: the same as the outside world sees it.
    :param issuer: what the authorization server calls itself: the URL above the endpoint's.
    :param issuer_path: the path of that in the app.
    :param lifetime: how long an access token is good.
    :param internal_hosts: hosts inside the network that clients' keys may be fetched from.
    """

    token_path: str
    token_url: str
    issuer: str
    issuer_path: str
    lifetime: timedelta
    internal_hosts: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The configuration in force; see the documentation of the keys for their meaning."""

    url_prefix: str
    base_url: str | None
    signing_keys: tuple[bytes, ...]
    max_body_bytes: int
    max_tokens: int
    max_results: int
    default_count: int
    bulk_max_operations: int
    cursor_timeout: timedelta | None
    announce_cursors: bool
    strict: bool
    group_patch_body: bool
    public_discovery: bool
    documentation_uri: str | None
    log: bool
    log_reads: bool
    log_retention: timedelta
    rates: Rates
    oauth: OAuth | None
    directories: Mapping[str, DirectorySettings]


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
        max_tokens=_positive(config, "SCIM_MAX_TOKENS", 10),
        max_results=_positive(config, "SCIM_MAX_RESULTS", 200),
        default_count=_positive(config, "SCIM_DEFAULT_COUNT", 100),
        bulk_max_operations=_positive(config, "SCIM_BULK_MAX_OPERATIONS", 1_000),
        cursor_timeout=_seconds(config, "SCIM_CURSOR_TIMEOUT"),
        announce_cursors=bool(config.get("SCIM_ANNOUNCE_CURSORS", True)),
        strict=bool(config.get("SCIM_STRICT", False)),
        group_patch_body=bool(config.get("SCIM_GROUP_PATCH_BODY", False)),
        public_discovery=bool(config.get("SCIM_PUBLIC_DISCOVERY", False)),
        documentation_uri=config.get("SCIM_DOCUMENTATION_URI"),
        log=bool(config.get("SCIM_LOG", True)),
        log_reads=bool(config.get("SCIM_LOG_READS", False)),
        log_retention=_days(config, "SCIM_LOG_RETENTION", 180),
        rates=_rates(config),
        oauth=_oauth(config, prefix.rstrip("/")),
        directories=read_directories(config.get("SCIM_DIRECTORIES")),
    )


class _Asked(dict[str, Any]):
    """A configuration that remembers what it was asked for."""

    def __init__(self) -> None:
        super().__init__(SECRET_KEY="-" * MINIMUM_KEY)
        self.keys_asked_for: set[str] = set()

    def get(self, key: str, default: Any = None) -> Any:
        self.keys_asked_for.add(key)
        return super().get(key, default)


def known_keys() -> frozenset[str]:
    """Return the names of the library's own keys, those above."""
    # Found by reading: a list of them could leave one out.
    asked = _Asked()
    read_settings(asked)
    return frozenset(key for key in asked.keys_asked_for if key.startswith("SCIM_"))


def switches() -> frozenset[str]:
    """Return the names of those keys that are on or off."""
    flags = {f"SCIM_{one.name.upper()}" for one in fields(Settings) if one.type == "bool"}
    return known_keys() & (flags | {"SCIM_OAUTH"})


def has_keys_of_its_own(config: Mapping[str, Any]) -> bool:
    """Whether tokens are signed by other keys than sessions are."""
    return config.get("SCIM_SIGNING_KEYS") is not None


def _rates(config: Mapping[str, Any]) -> Rates:
    names = ("SCIM_RATE_LIMIT", "SCIM_RATE_LIMIT_FAILED", "SCIM_RATE_LIMIT_STORAGE")
    defaults = ("100/second", "20/second", "memory://")
    values = [config.get(name, default) for name, default in zip(names, defaults, strict=True)]
    for name, value in zip(names, values, strict=True):
        if not isinstance(value, str) and (value is not None or name == names[2]):
            raise SetupError(f"{name} has to be text, not {value!r}.")
    token, failed, storage = values
    explicit = any(name in config for name in names)
    return Rates(token=token, failed=failed, storage=storage, explicit=explicit)


def _oauth(config: Mapping[str, Any], prefix: str) -> OAuth | None:
    path = config.get("SCIM_OAUTH_TOKEN_PATH", "/scim/oauth/token")
    if not isinstance(path, str) or not re.fullmatch(r"(/[A-Za-z0-9._~-]+){2,}", path):
        raise SetupError(
            f"SCIM_OAUTH_TOKEN_PATH has to be a path such as /scim/oauth/token, not {path!r}."
        )
    lifetime = _positive(config, "SCIM_OAUTH_TOKEN_LIFETIME", 60 * 60)
    if not 5 * 60 <= lifetime <= 6 * 60 * 60:
        raise SetupError("SCIM_OAUTH_TOKEN_LIFETIME has to be from 300 to 21600 seconds.")
    internal = config.get("SCIM_OAUTH_JWKS_INTERNAL_HOSTS", ())
    if isinstance(internal, str) or not all(isinstance(one, str) for one in internal):
        raise SetupError("SCIM_OAUTH_JWKS_INTERNAL_HOSTS has to be a list of host names.")
    if not config.get("SCIM_OAUTH"):
        return None
    base = _base_url(config.get("SCIM_BASE_URL"))
    if base is None:
        # Else it would be what the client says: an assertion made for another server would do.
        raise SetupError(
            "SCIM_OAUTH needs SCIM_BASE_URL: clients sign for whom their assertions are meant."
        )
    url = urlsplit(base)
    if url.scheme != "https" and url.hostname not in ("localhost", "127.0.0.1", "::1"):
        raise SetupError("SCIM_OAUTH needs a SCIM_BASE_URL of https.")
    root = base.removesuffix(prefix) if base.endswith(prefix) else f"{url.scheme}://{url.netloc}"
    above = path.rpartition("/")[0]
    return OAuth(
        token_path=path,
        token_url=root + path,
        issuer=root + above,
        issuer_path=above,
        lifetime=timedelta(seconds=lifetime),
        internal_hosts=frozenset(one.lower() for one in internal),
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


def _days(config: Mapping[str, Any], name: str, default: int) -> timedelta:
    days = _positive(config, name, default)
    if days > _MAX_DAYS:
        raise SetupError(f"{name} has to be {_MAX_DAYS} days at the most, not {days}.")
    return timedelta(days=days)


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
