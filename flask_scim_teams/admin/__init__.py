"""The admin console as a Flask blueprint."""

from __future__ import annotations

from flask_scim_teams.admin.blueprint import admin_blueprint

__all__ = ["admin_blueprint"]
