"""The template of the console's catalogue of messages: ``make messages`` writes it."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import write_po

ROOT = Path(__file__).resolve().parents[2]
ADMIN = ROOT / "flask_scim_teams" / "admin"
TEMPLATE = ADMIN / "translations" / "messages.pot"
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]


def template() -> bytes:
    """Return the template as it ought to be."""
    catalogue = Catalog(project="flask-scim-teams", charset="utf-8", fuzzy=False)
    found = extract_from_dir(
        str(ADMIN), METHODS, keywords={"_": None, "N_": None}, comment_tags=("Translators:",)
    )
    for name, _, message, comments, context in found:
        catalogue.add(message, None, [(name, 0)], auto_comments=comments, context=context)
    written = BytesIO()
    # Without lines, dates and versions: it changes where a message does, and nowhere else.
    write_po(
        written, catalogue, omit_header=True, sort_output=True, include_lineno=False, width=100
    )
    return HEADER + written.getvalue()


HEADER = b"""# Texts of the admin console of flask-scim-teams.
msgid ""
msgstr ""
"Project-Id-Version: flask-scim-teams\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""


def main() -> None:
    """Write the template."""
    TEMPLATE.parent.mkdir(exist_ok=True)
    TEMPLATE.write_bytes(template())


if __name__ == "__main__":
    main()
