"""``flask scim openapi``: the description of the endpoints."""

from __future__ import annotations

import json
from importlib import metadata

import click
from flask.cli import with_appcontext

from flask_scim_teams.config import Settings
from flask_scim_teams.core.resource_types import ResourceTypes


def openapi_command(types: ResourceTypes, settings: Settings, *, me: bool) -> click.Command:
    """Return the command that prints what these types and settings make of the endpoints.

    :param me: whether ``/Me`` is offered.
    """

    @click.command("openapi")
    @click.option(
        "--indent",
        type=click.IntRange(0, 16),
        help="Spaces a level; all on one line if not given.",
    )
    @with_appcontext
    def openapi(indent: int | None) -> None:
        """Print the OpenAPI 3.1 description of the endpoints as JSON."""
        try:
            # What it is made with is an extra, so that no application has to carry it.
            from flask_scim_teams.openapi.description import description
        except ModuleNotFoundError as error:
            if error.name != "apispec":
                raise
            raise click.ClickException(
                "This needs the extra openapi: pip install 'flask-scim-teams[openapi]'."
            ) from None
        described = description(
            types,
            url=settings.base_url or settings.url_prefix,
            max_results=settings.max_results,
            version=metadata.version("flask-scim-teams"),
            me=me,
            public_discovery=settings.public_discovery,
        )
        click.echo(json.dumps(described, indent=indent))

    return openapi
