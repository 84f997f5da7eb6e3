"""The configuration: keys that nobody reads, values that cannot be meant, keys to sign with."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from flask_scim_teams.checks.check import Check
from flask_scim_teams.checks.check import failure
from flask_scim_teams.checks.check import ok
from flask_scim_teams.checks.check import warning
from flask_scim_teams.checks.service import Service
from flask_scim_teams.config import has_keys_of_its_own
from flask_scim_teams.config import known_keys
from flask_scim_teams.config import read_settings
from flask_scim_teams.config import switches
from flask_scim_teams.core.errors import SetupError

_NAMES = "Configuration: names"
_VALUES = "Configuration: values"
_KEYS = "Signing keys"

# How alike a name has to be: to be suggested, and to be taken for one of ours at all.
_SUGGESTED, _OURS = 0.6, 0.85
# A key of random bytes, in whatever spelling, has more kinds of bytes than this.
_KINDS = 10
#: Keys after which a rotation has been forgotten.
_MANY_KEYS = 3


def check_names(service: Service) -> Iterator[Check]:
    """Look for keys that look like the library's and are not."""
    known, found = known_keys(), False
    for key in sorted(set(map(str, service.config)) - known):
        ours = get_close_matches(key.upper(), known, 1, _OURS)
        if not ours and not key.upper().startswith("SCIM_"):
            continue
        found = True
        like = get_close_matches(key.upper(), known, 1, _SUGGESTED)
        yield warning(
            _NAMES,
            f"Nobody reads {key}." + (f" Did you mean {like[0]}?" if like else ""),
            f"Set {like[0]} instead." if like else "Take it out, or call it otherwise.",
        )
    if not found:
        yield ok(_NAMES, "Every SCIM key is known.")


def check_values(service: Service) -> Iterator[Check]:
    """Look for values that are not in force, or cannot be meant."""
    found = False
    for check in _values(service):
        found = True
        yield check
    if not found:
        yield ok(_VALUES, "They are usable, and those in force.")


def _values(service: Service) -> Iterator[Check]:
    config, settings = service.config, service.settings
    for key in sorted(switches()):
        if key in config and not isinstance(config[key], bool):
            yield failure(
                _VALUES,
                f"{key} is of the type {type(config[key]).__name__}: whatever it says, it counts "
                f"as {bool(config[key])}.",
                f"Set {key} to True or False.",
            )
    try:
        in_force = read_settings(config) == settings
    except SetupError:
        # It says what is wrong, and may quote a password with it.
        in_force = False
    if not in_force:
        yield failure(
            _VALUES,
            "The configuration was changed after init_app, and the changes are not in force.",
            "Set all SCIM keys before init_app.",
        )
    if settings.default_count > settings.max_results:
        yield warning(
            _VALUES,
            f"A page has {settings.max_results} resources at most, and "
            f"{settings.default_count} where no number is asked for.",
            "Set SCIM_DEFAULT_COUNT to no more than SCIM_MAX_RESULTS.",
        )


def check_keys(service: Service) -> Iterator[Check]:
    """Look at the signing keys; what they are is never said."""
    keys = service.settings.signing_keys
    found = False
    for words, remedy in _about_keys(keys, own=has_keys_of_its_own(service.config)):
        found = True
        yield warning(_KEYS, words, remedy)
    if not found:
        lengths = sorted({len(key) for key in keys})
        yield ok(_KEYS, f"{len(keys)}, of {' and '.join(map(str, lengths))} bytes.")


def _about_keys(keys: tuple[bytes, ...], *, own: bool) -> Iterator[tuple[str, str]]:
    if not own:
        yield (
            "Tokens are signed with the SECRET_KEY: to change it cuts identity providers off.",
            "Set SCIM_SIGNING_KEYS to the SECRET_KEY, which keeps tokens good, and a new key.",
        )
    if any(len(set(key)) < _KINDS for key in keys):
        yield (
            "A signing key is made of few different bytes, and may be guessed.",
            "Append a random key, rotate the tokens, then drop the old key.",
        )
    if len(set(keys)) < len(keys):
        yield "A signing key is there twice.", "Name it once."
    elif len(keys) > _MANY_KEYS:
        yield (
            f"There are {len(keys)} signing keys: whoever has one of them can sign tokens.",
            "Drop the oldest, once the tokens of their time are rotated.",
        )
