"""The errors of the protocol, one class per `scimType` (RFC 7644 §3.12, Table 9).

Law: a request that cannot be carried out raises exactly one of these; any other exception is a bug of ours.
The detail says what was expected and, where it can, which attribute or position is meant; it never repeats a secret.
Each has a code, which does not change and is explained in the error catalogue; that of its class unless it is raised
with one of its own.
"""

from __future__ import annotations

from typing import ClassVar

ERROR_URN = "urn:ietf:params:scim:api:messages:2.0:Error"
_TAKEN = {"userName": "user-name-taken", "displayName": "group-name-taken", "externalId": "external-id-taken"}


class ScimError(Exception):
    """A refusal that the client is told about: `status` by HTTP, `scim_type` the RFC's word for it or None."""

    status: ClassVar[int] = 400
    scim_type: ClassVar[str | None] = None
    code: str = "request-invalid"

    def __init__(self, detail: str, *, code: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        if code is not None:
            self.code = code

    def body(self) -> dict[str, object]:
        """Return the SCIM Error message (RFC 7644 §3.12); `status` is a string by the RFC, the code ends the detail."""
        message: dict[str, object] = {"schemas": [ERROR_URN], "status": str(self.status)}
        if self.scim_type:
            message["scimType"] = self.scim_type
        message["detail"] = f"{self.detail} [{self.code}]"
        return message


class InvalidFilter(ScimError):
    """The filter is malformed, or compares in a way the attribute does not allow."""

    scim_type = "invalidFilter"
    code = "filter-invalid"


class TooMany(ScimError):
    """The filter yields more results than the server is willing to work on."""

    scim_type = "tooMany"
    code = "too-many-results"


class Uniqueness(ScimError):
    """Another resource of the same connection has that value already."""

    status = 409
    scim_type = "uniqueness"
    code = "user-name-taken"

    @classmethod
    def of(cls, attribute: str, resource_type: str) -> Uniqueness:
        """Return the refusal of a value that another resource of this type has in a unique attribute."""
        detail = f"{attribute} is taken by another {resource_type.lower()} of this connection."
        return cls(detail, code=_TAKEN[attribute])


class Conflict(ScimError):
    """Operations of a bulk request name each other in a circle that cannot be resolved (RFC 7644 §3.7.1)."""

    status = 409
    code = "bulk-circle"


class InvalidCursor(ScimError):
    """The cursor is not one that this query was answered with (RFC 9865 §2.1)."""

    scim_type = "invalidCursor"
    code = "cursor-invalid"


class ExpiredCursor(ScimError):
    """The cursor was good once, and is too old now (RFC 9865 §2.1)."""

    scim_type = "expiredCursor"
    code = "cursor-expired"


class InvalidCount(ScimError):
    """The count of a query with a cursor is no page's size (RFC 9865 §2.1)."""

    scim_type = "invalidCount"
    code = "count-invalid"


class Mutability(ScimError):
    """The change is not compatible with the attribute's mutability."""

    scim_type = "mutability"
    code = "attribute-read-only"


class InvalidSyntax(ScimError):
    """The body's structure is not that of the message expected."""

    scim_type = "invalidSyntax"
    code = "message-invalid"


class InvalidPath(ScimError):
    """The path of a PATCH operation is malformed or names no attribute."""

    scim_type = "invalidPath"
    code = "path-invalid"


class NoTarget(ScimError):
    """The path of a PATCH operation selects nothing."""

    scim_type = "noTarget"
    code = "target-missing"


class InvalidValue(ScimError):
    """A value is missing, or not of the attribute's type."""

    scim_type = "invalidValue"
    code = "value-invalid"


class InvalidSchema(InvalidValue):
    """A custom schema is none that can be held."""

    code = "schema-invalid"


class InvalidVersion(ScimError):
    """The protocol version in the path is not supported (`invalidVers`)."""

    scim_type = "invalidVers"
    code = "protocol-version"


class Sensitive(ScimError):
    """The request carries sensitive information in its URI (erratum 6893: status 403)."""

    status = 403
    scim_type = "sensitive"
    code = "sensitive-address"


class NotFound(ScimError):
    """No such resource, or none that this credential may know of."""

    status = 404
    code = "address-unknown"


class GroupsSwitchedOff(NotFound):
    """The connection does not manage groups."""

    code = "groups-off"

    def __init__(self) -> None:
        super().__init__(
            "Group management is switched off for this connection, so there are no groups here. Switch it on in Muster,"
            " or group push off in the IdP."
        )


class Forbidden(ScimError):
    """The operation is understood and refused."""

    status = 403
    code = "operation-forbidden"


class PreconditionFailed(ScimError):
    """The resource's version is not the one that `If-Match` names (RFC 7644 §3.14)."""

    status = 412
    code = "version-moved"


class PayloadTooLarge(ScimError):
    """The body or the number of its parts is over a limit."""

    status = 413
    code = "request-too-large"


class NotImplementedHere(ScimError):
    """A part of the protocol that this server does not offer."""

    status = 501
    code = "not-offered"
