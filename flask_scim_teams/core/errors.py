"""Refusals a SCIM client can be told, one class per scimType (RFC 7644 section 3.12).

Every error here describes what the *peer* did or asked for. Mistakes of the host application
(a wrong mapping, a missing key) are :class:`SetupError` and never reach a client.
"""

from __future__ import annotations

from typing import ClassVar


class SetupError(Exception):
    """The host application is set up wrongly; the message says what to change."""


class ScimError(Exception):
    """A request is refused.

    :param detail: one sentence for the IdP administrator who will read it.
    :param attribute: the attribute or parameter at fault, where there is one.
    """

    status: ClassVar[int] = 500
    scim_type: ClassVar[str | None] = None

    def __init__(self, detail: str, *, attribute: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.attribute = attribute


class BadRequest(ScimError):
    """The request is wrong in a way no scimType names."""

    status = 400


class InvalidFilter(BadRequest):
    """The filter cannot be parsed, or asks what cannot be answered. It is never widened."""

    scim_type = "invalidFilter"


class TooMany(BadRequest):
    """The request yields or holds more than the server is willing to process."""

    scim_type = "tooMany"


class Mutability(BadRequest):
    """The change is at odds with the attribute's mutability."""

    scim_type = "mutability"


class InvalidSyntax(BadRequest):
    """The body is not JSON, or not of the message's shape."""

    scim_type = "invalidSyntax"


class InvalidPath(BadRequest):
    """A path is malformed or names no attribute of the resource type."""

    scim_type = "invalidPath"


class NoTarget(BadRequest):
    """A PATCH operation has no path where it needs one, or its path selects nothing."""

    scim_type = "noTarget"


class InvalidValue(BadRequest):
    """A required value is missing, or a value does not fit its attribute."""

    scim_type = "invalidValue"


class InvalidVersion(BadRequest):
    """The SCIM protocol version in the URI is not supported."""

    scim_type = "invalidVers"


class Sensitive(ScimError):
    """The request would put sensitive data into a URI."""

    status = 403
    scim_type = "sensitive"


class InvalidCursor(BadRequest):
    """A cursor is not one of ours, or belongs to another query (RFC 9865 section 2.1)."""

    scim_type = "invalidCursor"


class ExpiredCursor(BadRequest):
    """A cursor was used later than the service provider promises."""

    scim_type = "expiredCursor"


class InvalidCount(BadRequest):
    """The count is not that of the query the cursor came from."""

    scim_type = "invalidCount"


class Unauthorized(ScimError):
    """The credential is missing (``presented`` false) or not good (RFC 6750 section 3)."""

    status = 401

    def __init__(self, detail: str, *, presented: bool) -> None:
        super().__init__(detail)
        self.presented = presented


class Forbidden(ScimError):
    """The caller is known but may not do this.

    :param scope: the scope that is missing, as RFC 6750 section 3.1 wants it named.
    """

    status = 403

    def __init__(self, detail: str, *, scope: str | None = None) -> None:
        super().__init__(detail)
        self.scope = scope


class NotFound(ScimError):
    """There is no such resource, or none that this caller may know of."""

    status = 404


class MethodNotAllowed(ScimError):
    """The endpoint exists but does not take this method."""

    status = 405

    def __init__(self, detail: str, *, allowed: tuple[str, ...] = ()) -> None:
        super().__init__(detail)
        self.allowed = allowed


class Uniqueness(ScimError):
    """A value that must be unique is already in use."""

    status = 409
    scim_type = "uniqueness"


class ResourceInUse(ScimError):
    """The host's own data still refer to the resource."""

    status = 409


class UnmetReference(ScimError):
    """A bulk operation refers to one that failed (RFC 7644 section 3.7.1)."""

    status = 409


class PreconditionFailed(ScimError):
    """If-Match names another version than the stored one (RFC 7644 section 3.14)."""

    status = 412


class PayloadTooLarge(ScimError):
    """The body is over the configured limit."""

    status = 413


class UnsupportedMediaType(ScimError):
    """The body is neither ``application/scim+json`` nor ``application/json``."""

    status = 415


class TooManyRequests(ScimError):
    """The token, or the address, came more often than it may.

    :param retry_after: seconds.
    """

    status = 429

    def __init__(self, detail: str, *, retry_after: int) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class NotImplementedByProvider(ScimError):
    """An operation of the specification that this provider does not offer."""

    status = 501


class Unavailable(ScimError):
    """The write kept losing races; nothing was stored and the same request may be sent again.

    :param retry_after: seconds.
    """

    status = 503

    def __init__(self, detail: str, *, retry_after: int = 1) -> None:
        super().__init__(detail)
        self.retry_after = retry_after
