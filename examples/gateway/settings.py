"""Settings come from the environment; what must outlive the process is in the instance folder."""

from __future__ import annotations

import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import make_url

VARIABLES = {
    "GATEWAY_DATABASE_URL": "SQLALCHEMY_DATABASE_URI",
    "GATEWAY_SECRET_KEY": "SECRET_KEY",
    "GATEWAY_BASE_URL": "BASE_URL",
    "GATEWAY_UPSTREAM": "UPSTREAM",
    "GATEWAY_UPSTREAM_KEY": "UPSTREAM_KEY",
}


def instance_path() -> str | None:
    """Return the instance folder the environment asks for; None leaves the choice to Flask."""
    path = os.environ.get("GATEWAY_INSTANCE_PATH")
    return str(Path(path).absolute()) if path else None


def from_environment() -> dict[str, str]:
    """Return the configuration keys whose environment variables are set and not empty."""
    return {
        key: value for variable, key in VARIABLES.items() if (value := os.environ.get(variable))
    }


def complete(app: Flask) -> None:
    """Fill in what nobody configured, and refuse what cannot work.

    :raises ValueError: when a URL is not an ``http`` or ``https`` URL.
    """
    config = app.config
    if not config.get("SQLALCHEMY_DATABASE_URI"):
        config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{_folder(app) / 'gateway.sqlite3'}"
    if not config["SECRET_KEY"]:
        config["SECRET_KEY"] = kept_secret(_folder(app) / "secret_key")
    for variable in ("GATEWAY_BASE_URL", "GATEWAY_UPSTREAM"):
        key = VARIABLES[variable]
        url = config.setdefault(key, None) or ""
        config[key] = url.rstrip("/") or None
        if url and not url.startswith(("http://", "https://")):
            raise ValueError(f"{variable} must start with http:// or https://, not {url!r}")
    config.setdefault("UPSTREAM_KEY", None)
    config.setdefault("SSO", {})
    config["SESSION_COOKIE_SAMESITE"] = "Lax"
    config["SESSION_COOKIE_SECURE"] = (config["BASE_URL"] or "").startswith("https://")
    if config["BASE_URL"]:
        config.setdefault("SCIM_BASE_URL", config["BASE_URL"] + "/scim/v2")
    _tune_database(config)


def _tune_database(config: dict[str, Any]) -> None:
    options = dict(config.get("SQLALCHEMY_ENGINE_OPTIONS") or {})
    if make_url(config["SQLALCHEMY_DATABASE_URI"]).get_backend_name() == "sqlite":
        # Workers share one file: wait for each other's writes longer than the usual five seconds.
        options["connect_args"] = {"timeout": 30} | options.get("connect_args", {})
    else:
        options.setdefault("pool_pre_ping", True)
    config["SQLALCHEMY_ENGINE_OPTIONS"] = options


def _folder(app: Flask) -> Path:
    folder = Path(app.instance_path)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def kept_secret(path: Path) -> str:
    """Return the secret in the file, made on first use.

    Several processes may start at once. Each writes a file of its own (``mkstemp``: ``O_EXCL``,
    mode 0600) and links it to the final name, which only the first can do: nobody reads half a
    secret.
    """
    with suppress(FileNotFoundError):
        return path.read_text(encoding="ascii").strip()
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(32) + "\n")
        with suppress(FileExistsError):
            path.hardlink_to(draft)
    finally:
        Path(draft).unlink()
    return path.read_text(encoding="ascii").strip()
