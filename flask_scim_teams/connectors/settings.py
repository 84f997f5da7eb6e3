"""What a directory connector has to be told, read from configuration. Needs no extra."""

from __future__ import annotations

import json
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path
from typing import Any
from typing import Literal
from urllib.parse import urlsplit

from flask_scim_teams.core.errors import SetupError

#: Hosts that may be asked without TLS, if it is said so.
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

# What every directory may say beside what its provider needs.
_COMMON = ("provider", "tenant", "people", "link", "leavers", "max_leavers", "allow_http")


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectorySettings:
    """One entry of ``SCIM_DIRECTORIES``; the documentation says what each key means.

    :param options: what belongs to the provider, secrets among it.
    """

    name: str
    provider: str
    tenant: str = ""
    people: Literal["all", "members"] = "all"
    link: Literal["username", "external_id", "never"] = "username"
    leavers: Literal["deactivate", "delete", "keep"] = "deactivate"
    max_leavers: int = 20
    allow_http: bool = False
    options: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class _Keys:
    """What a provider needs, may be told, and what of it is a URL; secrets may be in files."""

    required: Sequence[str]
    secrets: Sequence[str]
    defaults: Mapping[str, str] = field(default_factory=dict)
    urls: Sequence[str] = ()
    choices: Mapping[str, Sequence[str]] = field(default_factory=dict)


_PROVIDERS = {
    "entra": _Keys(
        ("tenant_id", "client_id"),
        ("client_secret",),
        {
            "service_principal_id": "",
            "graph_url": "https://graph.microsoft.com",
            "login_url": "https://login.microsoftonline.com",
        },
        urls=("graph_url", "login_url"),
    ),
    "google": _Keys(
        ("admin",),
        ("service_account",),
        {"customer": "my_customer", "directory_url": "https://admin.googleapis.com"},
        urls=("directory_url",),
    ),
    "okta": _Keys(("url",), ("api_token",), urls=("url",)),
    "keycloak": _Keys(("url", "realm", "client_id"), ("client_secret",), urls=("url",)),
    "auth0": _Keys(
        ("url", "client_id"),
        ("client_secret",),
        {"audience": "", "groups": "roles"},
        urls=("url",),
        choices={"groups": ("roles", "organizations")},
    ),
}

_CHOICES = {
    "people": ("all", "members"),
    "link": ("username", "external_id", "never"),
    "leavers": ("deactivate", "delete", "keep"),
}


def read_directories(given: Any) -> Mapping[str, DirectorySettings]:
    """Return the directories of a configuration, by name.

    :param given: the value of ``SCIM_DIRECTORIES``.
    :raises SetupError: if one cannot be used, saying which, why, and what would do.
    """
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise SetupError(
            "SCIM_DIRECTORIES has to be a dictionary of directories by name, such as "
            '{"google": {"admin": ...}}.'
        )
    return {str(name): _directory(str(name), entry) for name, entry in given.items()}


def _directory(name: str, entry: Any) -> DirectorySettings:
    where = f"SCIM_DIRECTORIES[{name!r}]"
    if not name or not name.isprintable() or len(name) > 64:
        raise SetupError(f"{where}: a directory has a name of 1 to 64 characters.")
    if not isinstance(entry, Mapping):
        raise SetupError(f"{where} has to be a dictionary.")
    provider = entry.get("provider", name)
    keys = _PROVIDERS.get(provider) if isinstance(provider, str) else None
    if keys is None:
        raise SetupError(
            f"{where}: the provider has to be one of {', '.join(_PROVIDERS)}, not {provider!r:.80}."
        )
    files = [f"{secret}_file" for secret in keys.secrets]
    known = {*_COMMON, *keys.required, *keys.secrets, *files, *keys.defaults}
    unknown = sorted(str(key) for key in entry if key not in known)
    if unknown:
        raise SetupError(
            f"{where}: {provider} knows no {unknown[0]!r:.80}, but {', '.join(sorted(known))}."
        )
    options = dict(keys.defaults)
    for key in (*keys.required, *keys.defaults):
        if key in entry or key in keys.required:
            options[key] = _text(where, key, entry.get(key))
    for key in keys.secrets:
        options[key] = _secret(where, key, entry)
    allow_http = entry.get("allow_http", False)
    if not isinstance(allow_http, bool):
        raise SetupError(f"{where}: allow_http has to be True or False.")
    for key in keys.urls:
        _check_url(f"{where}: {key}", options[key], allow_http=allow_http)
    for key, choices in keys.choices.items():
        _check_choice(f"{where}: {key}", options[key], choices)
    common = {key: entry[key] for key in _CHOICES if key in entry}
    for key, value in common.items():
        _check_choice(f"{where}: {key}", value, _CHOICES[key])
    tenant = entry.get("tenant", "")
    if not isinstance(tenant, str):
        raise SetupError(f"{where}: tenant has to be text.")
    return DirectorySettings(
        name=name,
        provider=str(provider),
        tenant=tenant,
        max_leavers=_percent(where, entry.get("max_leavers", 20)),
        allow_http=allow_http,
        options=options,
        **common,
    )


def _text(where: str, key: str, value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise SetupError(f"{where}: {key} is needed, as text.")
    return value.strip()


def _secret(where: str, key: str, entry: Mapping[str, Any]) -> str:
    """Return a secret, from the configuration or the file that it names."""
    given, file = entry.get(key), entry.get(f"{key}_file")
    if (given is None) == (file is None):
        raise SetupError(f"{where}: either {key} or {key}_file is needed.")
    if file is not None:
        try:
            given = Path(file).read_text(encoding="utf-8").strip()
        except (OSError, TypeError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else "not a file of text"
            raise SetupError(f"{where}: {key}_file cannot be read: {reason}.") from None
    if isinstance(given, Mapping):
        # An environment variable that holds JSON arrives as what it says.
        given = json.dumps(dict(given))
    if not isinstance(given, str) or not given:
        raise SetupError(f"{where}: {key} has to be text.")
    if key == "service_account":
        _check_service_account(where, given)
    return given


def _check_service_account(where: str, text: str) -> None:
    try:
        document = json.loads(text)
    except ValueError:
        document = None
    wanted = ("client_email", "private_key", "token_uri")
    if not isinstance(document, dict) or not all(
        isinstance(document.get(key), str) for key in wanted
    ):
        raise SetupError(
            f"{where}: service_account has to be the JSON key of a service account, with "
            f"{', '.join(wanted)}; its path goes into service_account_file."
        )


def _check_url(where: str, value: str, *, allow_http: bool) -> None:
    try:
        url = urlsplit(value)
        port = url.port
    except ValueError:
        raise SetupError(f"{where} is no URL.") from None
    local = allow_http and url.scheme == "http" and url.hostname in LOOPBACK
    if not (url.scheme == "https" or local) or not url.hostname or port == 0:
        raise SetupError(f"{where} has to begin with https:// and a host.")
    if url.username is not None or url.query or url.fragment:
        raise SetupError(f"{where} carries no user name, query or fragment.")


def _check_choice(where: str, value: Any, choices: Sequence[str]) -> None:
    if value not in choices:
        raise SetupError(f"{where} has to be one of {', '.join(choices)}, not {value!r:.80}.")


def _percent(where: str, value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 100:
        raise SetupError(f"{where}: max_leavers is a percentage, a whole number from 0 to 100.")
    return value
