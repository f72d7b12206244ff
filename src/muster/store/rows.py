"""From rows of SQL to the directory's records."""

from __future__ import annotations

from typing import Any

import orjson

from muster.directory.records import (
    Connection,
    Credential,
    Grant,
    GroupOf,
    Kind,
    Organization,
    Secret,
    Stored,
    StoredGroup,
    StoredUser,
)
from muster.directory.seal import key_of, readable

Sql = tuple[Any, ...]

_NO_GROUPS = "[]"

CREDENTIAL_COLUMNS = (
    "c.organization, c.id, c.connection, c.hash, c.last_four, c.created, c.expires, c.revoked,"
    " c.kind, c.service_account, c.created_by, c.overlap"
)
CONNECTION_COLUMNS = (
    "n.organization, n.id, n.owner, n.provider, n.strict, n.created, n.users, n.groups,"
    " n.name, n.state, n.switches, n.mapping, n.deleted"
)
ORGANIZATION_COLUMNS = (
    "g.organization, g.name, g.created, g.schema_version, g.nested_members > 0,"
    " g.disabled, g.enforced, g.log_days, g.redacted, g.administrators"
)
GRANT_COLUMNS = (
    f"{CREDENTIAL_COLUMNS}, {CONNECTION_COLUMNS}, {ORGANIZATION_COLUMNS},"
    " g.access_epoch, g.cursor_key, g.cursor_key_sealed"
)
_CREDENTIAL, _CONNECTION = 12, 13


def user(row: Sql) -> StoredUser:
    """Return the user of a row with the columns of `statements.user_columns`."""
    number, id, version, created, modified, document, groups, manager = row
    return StoredUser(
        number,
        id,
        version,
        created,
        modified,
        document,
        groups_of(groups) if groups and groups != _NO_GROUPS else (),
        manager if isinstance(manager, str) else None,
        manager is not None,
    )


def groups_of(groups: str) -> tuple[GroupOf, ...]:
    """Return the groups of a user from their JSON: [[id, display, direct], …]."""
    return tuple(GroupOf(id, display or "", direct == 1) for id, display, direct in orjson.loads(groups))


def group(row: Sql) -> StoredGroup:
    """Return the group of a row with the columns of `statements.GROUP_COLUMNS`."""
    return StoredGroup(*row)


def stored(kind: Kind, row: Sql) -> Stored:
    """Return the user or group of a row."""
    return user(row) if kind == "User" else group(row)


def credential(row: Sql) -> Credential:
    """Return the credential of a row with `CREDENTIAL_COLUMNS`."""
    return Credential(*row)


def connection(row: Sql) -> Connection:
    """Return the connection of a row with `CONNECTION_COLUMNS`."""
    organization, id, owner, provider, strict, *others = row
    return Connection(organization, id, owner, provider, bool(strict), *others)


def connection_values(connection: Connection) -> Sql:
    """Return what is stored of a new connection behind its organization."""
    own = (connection.id, connection.owner, connection.provider, connection.strict, connection.created)
    return (*own, connection.name, connection.switches)


def credential_values(credential: Credential) -> Sql:
    """Return what is stored of a new credential behind its organization."""
    return (
        credential.id,
        credential.connection,
        credential.kind,
        credential.hash,
        credential.last_four,
        credential.created,
        credential.expires,
        credential.revoked,
        credential.service_account,
        credential.created_by,
    )


def organization(row: Sql) -> Organization:
    """Return the organization of a row with `ORGANIZATION_COLUMNS`."""
    number, name, created, schema_version, nested, disabled, enforced, *others = row
    return Organization(
        number, name, created, schema_version, bool(nested), disabled, bool(enforced), *others
    )


def grant(row: Sql) -> Grant:
    """Return the grant of a row with `GRANT_COLUMNS`."""
    *rest, epoch, cursor_key, cursor_key_sealed = row
    second = _CREDENTIAL + _CONNECTION
    return Grant(
        credential(tuple(rest[:_CREDENTIAL])),
        connection(tuple(rest[_CREDENTIAL:second])),
        organization(tuple(rest[second:])),
        kept(cursor_key, cursor_key_sealed),
        epoch,
    )


def kept(secret: bytes | None, sealed: bytes | None) -> bytes:
    """Return a secret as it is kept from its two columns, one of which is NULL."""
    return readable(secret or b"") if sealed is None else sealed


def stored_secret(secret: Secret) -> tuple[bytes | None, bytes | None]:
    """Return the values of a secret's two columns."""
    return (secret.kept[1:], None) if key_of(secret.kept) is None else (None, secret.kept)
