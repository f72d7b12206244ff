"""The entries of requests that opened nothing, by what they say of themselves.

Law: what stands in an address or a key is a claim, and told as one; of the key nothing but its public id is kept, and
of the address nothing but the path.
"""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Iterator
from typing import Final, NamedTuple

from muster.directory.identifiers import KEY_LIKE, MANAGEMENT_KEY, key_id, organization_of
from muster.directory.records import LogEntry
from muster.directory.refusals import UNTOLD
from muster.endpoint.exchange import user_agent_of
from muster.endpoint.redact import redacted_target
from muster.endpoint.scope import Headers, Scope, raw_path, shown_method
from muster.scim.errors import ScimError

_LONGEST_PATH: Final = 1000  # characters
_TOO_EARLY: Final = (429, 500, 503)
"""Answers that say nothing about who asks."""


class Claim(NamedTuple):
    """Where a request says that it belongs, and what it failed by there."""

    organization: int
    connection: str
    credential: str | None
    code: str


def claims(path: bytes, authorizations: tuple[bytes, ...], error: ScimError) -> Iterator[Claim]:
    """Yield the organization that the address names, and that of the key where it is another.

    A key that is good is told of to its own organization, whatever the address.
    """
    connection = _connection_in(path)
    addressed = organization_of(connection) if connection else None
    credential = _credential_in(authorizations)
    of_key = organization_of(credential) if credential else None
    code = diagnose(authorizations) if error.code == UNTOLD and credential is None else error.code
    foreign = of_key is not None and of_key != addressed
    if addressed is not None and foreign:
        yield Claim(addressed, connection, None, code="key-of-another-organization")
    elif addressed is not None:
        yield Claim(addressed, connection, credential, code)
    if of_key is not None and foreign:
        yield Claim(of_key, "", credential, code)


def diagnose(authorizations: tuple[bytes, ...]) -> str:
    """Return the code of what is wrong with the form of a proof that names no credential."""
    sent = b" ".join(authorizations).decode("latin-1").split()
    if not sent or KEY_LIKE.match(sent[0]):
        return "bearer-missing"
    if [word.lower() for word in sent[:2]] == ["bearer", "bearer"]:
        return "bearer-twice"
    if sent[-1].startswith(MANAGEMENT_KEY):
        return "key-of-management"
    return "key-malformed"


def closed_entries(
    scope: Scope, request_id: str, now: int, address: str | None, error: ScimError
) -> Iterator[LogEntry]:
    """Yield the entries of a request that was refused before it was known whose it is."""
    if error.status in _TOO_EARLY:
        return
    headers = Headers.read(scope["headers"])
    path = raw_path(scope)
    for claim in claims(path, headers.authorizations, error):
        yield LogEntry(
            claim.organization,
            claim.connection,
            claim.credential,
            request_id,
            now,
            0,
            shown_method(scope["method"]),
            redacted_target(path, b"")[:_LONGEST_PATH],
            error.status,
            error.scim_type,
            error.detail,
            None,
            None,
            address=address,
            code=claim.code,
            user_agent=user_agent_of(headers),
        )


def _connection_in(path: bytes) -> str:
    """Return what stands where an address has the id of a connection, or ""."""
    parts = [part for part in path.decode("latin-1").split("/") if part]
    return parts[1] if len(parts) > 1 and organization_of(parts[1]) is not None else ""


def _credential_in(authorizations: tuple[bytes, ...]) -> str | None:
    """Return the public id in a well-formed key, or the user id of HTTP Basic where it is one."""
    if len(authorizations) != 1:
        return None
    scheme, _, rest = authorizations[0].decode("latin-1").partition(" ")
    if scheme.lower() == "basic":
        name = _decoded(rest).partition(":")[0]
        return name if organization_of(name) is not None else None
    return key_id(rest.strip())


def _decoded(text: str) -> str:
    try:
        return b64decode(text.strip(), validate=True).decode("latin-1")
    except (binascii.Error, ValueError):
        return ""
