"""Lists that come in pages: by links that are followed unchanged, and by tokens."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any

from flask_scim_teams.connectors.api import Answer
from flask_scim_teams.connectors.api import Api
from flask_scim_teams.connectors.api import Purpose
from flask_scim_teams.core.directory import DirectoryError


def by_link(
    api: Api,
    path: str,
    purpose: Purpose,
    link_of: Callable[[Answer], Any],
    *,
    params: Mapping[str, str] | None = None,
    bearer: str | None = None,
) -> Iterator[Any]:
    """Yield the documents of a list, page by page.

    :param link_of: returns the URL of the next page that an answer names, or nothing.
    :raises DirectoryError: as :meth:`Api.get`; also if the walk comes to where it was.
    """
    link, given, seen = path, params, set[str]()
    while True:
        answer = api.get(link, purpose, params=given, bearer=bearer)
        yield answer.document
        following = link_of(answer)
        if not following:
            return
        link, given = str(following), None
        _check_progress(api, purpose, link, seen)


def by_token(
    api: Api,
    path: str,
    purpose: Purpose,
    *,
    params: Mapping[str, str],
    sent_as: str,
    named: str,
) -> Iterator[Any]:
    """Yield the documents of a list, page by page.

    :param sent_as: the parameter that asks for the page of a token.
    :param named: the member of a page that names the token of the next one.
    :raises DirectoryError: as :func:`by_link`.
    """
    given, seen = dict(params), set[str]()
    while True:
        document = api.get(path, purpose, params=given).document
        yield document
        token = document.get(named) if isinstance(document, Mapping) else None
        if not token:
            return
        given[sent_as] = str(token)
        _check_progress(api, purpose, str(token), seen)


def _check_progress(api: Api, purpose: Purpose, place: str, seen: set[str]) -> None:
    """Refuse a list without an end."""
    if place in seen or len(seen) >= api.manners.max_pages:
        raise DirectoryError(f"{api.name}: the pages of {purpose.words} have no end.")
    seen.add(place)
