"""What the console's error pages say: plain pages, which show nothing of a layout or of anybody."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from flask_scim_teams.admin.translation import N_
from flask_scim_teams.admin.translation import _

_TITLES = {
    400: N_("Bad request"),
    403: N_("Not allowed"),
    404: N_("Not found"),
    405: N_("Not possible here"),
    413: N_("Too large"),
    500: N_("Something went wrong"),
}
#: In place of Werkzeug's, which are in English alone.
_WORDS = {
    400: N_("The request cannot be understood. Nothing was changed."),
    404: N_("There is no such page."),
    405: N_("This page does not take such a request. Nothing was changed."),
    413: N_("The form holds more than this service takes. Nothing was changed."),
    500: N_("The service failed. Its own log has the reason."),
}
_FORGED = N_(
    "This form is not from this console, or too old. Nothing was changed. Go back, load the page "
    "again, and send it once more."
)


def refuse(error: HTTPException) -> ResponseReturnValue:
    """Return the page of an error, or the response that was raised in its place."""
    if error.response is not None or (error.code or 500) < 400:
        # abort(response), and redirects that were raised.
        return error
    code = error.code or 500
    title = _(_TITLES[code]) if code in _TITLES else error.name
    if isinstance(error, CSRFError):
        words = _(_FORGED)
    elif error.description == type(error).description and code in _WORDS:
        words = _(_WORDS[code])
    else:
        words = error.description or error.name
    return render_template("scim_admin/error.html", title=title, words=words), code
