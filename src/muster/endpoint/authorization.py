"""What a request proves itself with: the Authorization header, read as one of the two schemes that are offered.

Law: whatever is not a well-formed proof is refused like one that opens nothing: what was wrong with it is not told.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Sequence
from typing import Final, NamedTuple

from muster.directory.records import CredentialKind
from muster.endpoint.answer import Unauthorized
from muster.scim.errors import InvalidSyntax

_BASIC: Final = 'Basic realm="SCIM", charset="UTF-8"'
_NOTHING: Final = f'Bearer realm="SCIM", {_BASIC}'
_INVALID: Final = f'Bearer realm="SCIM", error="invalid_token", {_BASIC}'
_LONGEST_PAIR: Final = 1024  # characters of base 64

_MISSING: Final = (
    "Send the connection's API key as `Authorization: Bearer mst_…`, or a service account's key as"
    " `Authorization: Basic` with the base 64 of `key id:secret`."
)
_REFUSED: Final = "The credential is not valid for this address: it is mistyped, expired or revoked."


class Proof(NamedTuple):
    """An API key, or `key id:secret` of a service account, as it was sent."""

    text: str
    kind: CredentialKind


def proof_of(authorizations: Sequence[bytes]) -> Proof:
    """Return what a request proves itself with (RFC 6750 §2.1, RFC 7617 §2). Raises Unauthorized, InvalidSyntax."""
    if not authorizations:
        raise Unauthorized(_MISSING, _NOTHING, code="key-missing")
    if len(authorizations) > 1:
        raise InvalidSyntax(
            "Send one Authorization header; the request has several.", code="authorization-twice"
        )
    scheme, _, rest = authorizations[0].decode("latin-1").partition(" ")
    match scheme.lower():
        case "bearer":
            return Proof(rest.strip(), "api_key")
        case "basic":
            return Proof(_pair(rest.strip()), "service_account_key")
    raise refused()


def refused() -> Unauthorized:
    """Return the refusal of a proof that opens nothing, whatever the reason (RFC 6750 §3, RFC 7617 §2)."""
    return Unauthorized(_REFUSED, _INVALID)


def _pair(text: str) -> str:
    if len(text) > _LONGEST_PAIR:
        raise refused()
    try:
        return b64decode(text, validate=True).decode("utf-8")
    except ValueError:
        raise refused() from None
