"""Sphinx settings. Built with -W: a warning fails the build."""

from __future__ import annotations

from importlib import metadata

project = "flask-scim-teams"
author = "The flask-scim-teams authors"
copyright = f"2026 {author}"
release = metadata.version("flask-scim-teams")
version = ".".join(release.split(".")[:2])

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.extlinks",
]
extlinks = {
    "rfc-section": ("https://datatracker.ietf.org/doc/html/rfc%s", "RFC %s"),
}
exclude_patterns = ["_build"]
default_role = "any"
nitpicky = False

autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"

html_theme = "furo"
html_title = f"flask-scim-teams {release}"
html_copy_source = False
html_show_sphinx = False
