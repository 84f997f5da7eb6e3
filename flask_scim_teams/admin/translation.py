"""The console's words, in the language of whoever reads them where Flask-Babel is in use."""

from __future__ import annotations

from importlib import import_module

from flask import current_app


def _(text: str, **values: object) -> str:
    """Return a text in the reader's language, or as it stands.

    :param values: what stands in the text as ``%(name)s``. They are not escaped: a template does
        that with the whole.
    """
    if "babel" in current_app.extensions:
        # By name: Flask-Babel is the host's choice and no dependency.
        text = import_module("flask_babel").gettext(text)
    return text % values if values else text


def N_(text: str) -> str:  # noqa: N802 - the name by which Babel finds texts that are translated later
    """Return the text as it is: it is translated where it is shown."""
    return text
