"""Canaille as the identity provider that people sign in with.

Its tokens tell a person's groups by name alone, and not at all if there are none. So that a group
that is renamed stays the same team, and who left the last group leaves the team, Canaille's SCIM
service is asked instead: of it, every client may know all.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote_plus

from flask_scim_teams.connectors.access_tokens import AccessTokens
from flask_scim_teams.connectors.api import AT_SIGN_IN
from flask_scim_teams.connectors.api import Api
from flask_scim_teams.connectors.api import Purpose
from flask_scim_teams.connectors.api import segment
from flask_scim_teams.connectors.reading import id_of
from flask_scim_teams.connectors.reading import listed
from flask_scim_teams.core.directory import DirectoryError
from flask_scim_teams.core.directory import DirectoryGroup
from flask_scim_teams.sso import Provider
from flask_scim_teams.sso import oidc

NAME = "Canaille"
PURPOSE = Purpose("the groups of a person", "the grant client_credentials to the client")


class Basic:
    """A client's id and secret, as a header has them (RFC 6749 section 2.3.1)."""

    def __init__(self, client_id: str, client_secret: str) -> None:
        pair = f"{quote_plus(client_id)}:{quote_plus(client_secret)}"
        self._header = f"Basic {b64encode(pair.encode()).decode()}"

    def headers(self) -> Mapping[str, str]:
        """Return the header."""
        return {"Authorization": self._header}

    def renew(self) -> bool:
        """There is no other secret."""
        return False


class CanailleGroups:
    """The groups of people, from Canaille's SCIM service.

    :param url: of Canaille.
    """

    def __init__(
        self, url: str, client_id: str, client_secret: str, *, plain_http: bool = False
    ) -> None:
        self._endpoint = Api(
            NAME,
            url,
            credential=Basic(client_id, client_secret),
            plain_http=plain_http,
            manners=AT_SIGN_IN,
        )
        form = {"grant_type": "client_credentials"}
        tokens = AccessTokens(self._endpoint, "/oauth/token", lambda: form, PURPOSE.permission)
        self._api = Api(
            NAME, f"{url}/scim/v2", credential=tokens, plain_http=plain_http, manners=AT_SIGN_IN
        )

    def close(self) -> None:
        """Close the connections to Canaille."""
        self._api.close()
        self._endpoint.close()

    def groups_of(self, person: str, *, token: str | None = None) -> list[DirectoryGroup]:
        """Return the groups of a person.

        :param person: id of the user, which the claim ``sub`` has to be.
        :param token: is not used: what a person may see there is not all.
        :raises DirectoryError: if they cannot be known.
        """
        user = self._api.get(f"/Users/{segment(person, 'a user')}", PURPOSE).document
        if not isinstance(user, Mapping) or user.get("id") != person:
            raise DirectoryError(f"{NAME} answers with another user than it was asked for.")
        # Left out where there are none (RFC 7643 section 2.5).
        groups = listed(user.get("groups") or [], None, NAME)
        ids = [id_of(one, NAME, "value") for one in groups]
        return [
            DirectoryGroup(id, str(one.get("display") or id))
            for id, one in zip(ids, groups, strict=True)
        ]


def canaille(
    *,
    issuer: str,
    client_id: str,
    client_secret: str,
    name: str = "canaille",
    allow_localhost: bool = False,
    **settings: Any,
) -> Provider:
    """Return Canaille, configured with ``SUB = "{{ user.id }}"`` in its ``USERINFO_MAPPING``."""
    given: dict[str, Any] = {
        "label": NAME,
        "groups_claim": None,
        "groups_from": CanailleGroups(issuer, client_id, client_secret, plain_http=allow_localhost),
    }
    return oidc(
        name=name,
        issuer=issuer,
        client_id=client_id,
        client_secret=client_secret,
        allow_localhost=allow_localhost,
        **given | settings,
    )
