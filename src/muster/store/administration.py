"""The verbs on organizations, connections, credentials and schemas, and the reads that come before a scope is known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import apsw
import orjson

from muster.directory.records import (
    CENSUS_DAYS,
    Census,
    Change,
    Connection,
    Credential,
    Grant,
    Organization,
    Secret,
)
from muster.directory.registers.registers import Registers
from muster.scim.catalog import builtin, with_extensions
from muster.store import rows, secrets
from muster.store.attributes import check_numbers
from muster.store.connection import fetch
from muster.store.registers.registers import SqlRegisters
from muster.store.rows import CONNECTION_COLUMNS, CREDENTIAL_COLUMNS, GRANT_COLUMNS, ORGANIZATION_COLUMNS
from muster.store.session import SqliteSession
from muster.store.transaction import record

_ADD_ORGANIZATION: Final = """INSERT INTO organizations (organization, name, created, schema_version)
  VALUES (?, ?, ?, ?)"""
_RENAME: Final = "UPDATE organizations SET name = ?2 WHERE organization = ?1"
_ADD_CONNECTION: Final = """INSERT INTO connections (organization, id, owner, provider, strict, created, name, switches)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?)"""
_NEXT_OWNER: Final = "UPDATE organizations SET owners = owners + 1 WHERE organization = ? RETURNING owners"
_ADD_CREDENTIAL: Final = """INSERT INTO credentials (organization, id, connection, kind, hash, last_four, created,
    expires, revoked, service_account, created_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
_REVOKE: Final = (
    """UPDATE credentials SET revoked = coalesce(revoked, ?3) WHERE organization = ?1 AND id = ?2"""
)
_REVOKE_ACCOUNTS: Final = (
    "UPDATE accounts SET revoked_before = ?2, changed = ?2 WHERE organization = ?1 AND revoked_before < ?2"
)
_REVOKE_CREDENTIALS: Final = "UPDATE credentials SET revoked = ?2 WHERE organization = ?1 AND revoked IS NULL"
_ADD_SCHEMA: Final = "INSERT INTO schemas (organization, id, document, created) VALUES (?, ?, ?, ?)"
_NEW_SCHEMAS: Final = "UPDATE organizations SET schema_version = schema_version + 1 WHERE organization = ?"

_CONNECTION: Final = f"SELECT {CONNECTION_COLUMNS} FROM connections n WHERE n.organization = ? AND n.id = ?"
_CONNECTIONS: Final = f"SELECT {CONNECTION_COLUMNS} FROM connections n ORDER BY n.created, n.id"
_CREDENTIAL: Final = f"SELECT {CREDENTIAL_COLUMNS} FROM credentials c WHERE c.organization = ? AND c.id = ?"
_CREDENTIALS: Final = (
    f"SELECT {CREDENTIAL_COLUMNS} FROM credentials c WHERE c.organization = ? AND c.connection = ?"
    " ORDER BY c.created, c.id"
)
_ORGANIZATIONS: Final = f"SELECT {ORGANIZATION_COLUMNS} FROM organizations g"
_GRANT: Final = (
    f"SELECT {GRANT_COLUMNS} FROM credentials c"
    " JOIN connections n ON n.organization = c.organization AND n.id = c.connection"
    " JOIN organizations g ON g.organization = c.organization WHERE c.organization = ? AND c.id = ?"
)
_SCHEMAS: Final = "SELECT document FROM schemas WHERE organization = ? ORDER BY created, id"

_DAY: Final = 24 * 3600 * 1_000_000  # microseconds
_TOTALS: Final = """SELECT (SELECT count(*) FROM organizations), count(*),
  ifnull(sum(users), 0), ifnull(sum(groups), 0),
  (SELECT ifnull(sum(sequence), 0) FROM organizations) FROM connections"""
_OPEN_ALERTS: Final = "SELECT count(*) FROM alerts WHERE closed IS NULL"
_EXPIRING: Final = (
    "SELECT count(*) FROM credentials"
    " WHERE revoked IS NULL AND overlap IS NULL AND expires > :now AND expires <= :until"
)


class SqliteAdministration:
    """One administrative operation of one organization, within a transaction that somebody else begins and ends."""

    __slots__ = ("_connection", "_organization", "registers")

    def __init__(self, connection: apsw.Connection, organization: int) -> None:
        self._connection = connection
        self._organization = organization
        self.registers: Registers = SqlRegisters(SqliteSession(connection), organization)

    async def add_connection(self, connection: Connection) -> None:
        """Store a new connection."""
        values = rows.connection_values(connection)
        self._connection.execute(_ADD_CONNECTION, (self._organization, *values))

    async def next_owner(self) -> int:
        """Return the number that the rows of a new connection will carry."""
        ((owner,),) = fetch(self._connection, _NEXT_OWNER, (self._organization,))
        return int(owner)

    async def connection(self, id: str) -> Connection | None:
        """Return the connection, or None."""
        return connection(self._connection, self._organization, id)

    async def add_credential(self, credential: Credential) -> None:
        """Store a new credential."""
        values = rows.credential_values(credential)
        self._connection.execute(_ADD_CREDENTIAL, (self._organization, *values))

    async def credential(self, id: str) -> Credential | None:
        """Return the credential, or None."""
        found = fetch(self._connection, _CREDENTIAL, (self._organization, id))
        return rows.credential(found[0]) if found else None

    async def revoke_credential(self, id: str, now: int) -> None:
        """Revoke the credential from now on; one that is revoked stays so from its first time."""
        self._connection.execute(_REVOKE, (self._organization, id, now))

    async def revoke_accounts(self, now: int) -> int:
        """Move the epoch of every account to `now`, none backward; return how many moved."""
        self._connection.execute(_REVOKE_ACCOUNTS, (self._organization, now))
        return self._connection.changes()

    async def revoke_credentials(self, now: int) -> int:
        """Revoke every credential that is not; return how many."""
        self._connection.execute(_REVOKE_CREDENTIALS, (self._organization, now))
        return self._connection.changes()

    async def rename(self, name: str) -> None:
        """Call the organization otherwise. Raises `ValueError` when the name is taken."""
        try:
            self._connection.execute(_RENAME, (self._organization, name))
        except apsw.ConstraintError as error:
            raise ValueError(f"an organization is called {name} already") from error

    async def add_schema(self, id: str, document: bytes, now: int) -> None:
        """Store a custom schema. Raises `ValueError` when its URN or the number of an attribute is taken."""
        try:
            self._connection.execute(_ADD_SCHEMA, (self._organization, id.lower(), document, now))
        except apsw.ConstraintError as error:
            raise ValueError(f"the schema {id} is there already") from error
        self._connection.execute(_NEW_SCHEMAS, (self._organization,))
        documents = [orjson.loads(one) for one in schemas(self._connection, self._organization)]
        for resource_type in with_extensions(builtin(), documents).resource_types:
            check_numbers(resource_type)

    async def secrets(self) -> Sequence[Secret]:
        """Return all secrets of the organization that must be readable again, as they are kept."""
        return secrets.secrets(self._connection, self._organization)

    async def keep_secret(self, secret: Secret) -> None:
        """Put a secret in the place of the one with its purpose; the key that it is sealed under is noted."""
        secrets.keep_secret(self._connection, self._organization, secret)

    async def record(self, change: Change) -> int:
        """Write the change row and return its sequence number."""
        return record(self._connection, self._organization, change)


def add_organization(connection: apsw.Connection, organization: Organization) -> None:
    """Store a new organization. Raises `ValueError` when the name is taken."""
    values = (organization.organization, organization.name, organization.created, organization.schema_version)
    try:
        connection.execute(_ADD_ORGANIZATION, values)
    except apsw.ConstraintError as error:
        if "organizations.name" not in str(error):
            raise
        raise ValueError(f"an organization is called {organization.name} already") from error


def grant(reader: apsw.Connection, organization: int, credential: str) -> Grant | None:
    """Return the credential with its connection and organization, or None."""
    found = fetch(reader, _GRANT, (organization, credential))
    return rows.grant(found[0]) if found else None


def schemas(reader: apsw.Connection, organization: int) -> Sequence[bytes]:
    """Return the custom schema documents of an organization, oldest first."""
    return [document for (document,) in fetch(reader, _SCHEMAS, (organization,))]


def organization_named(reader: apsw.Connection, name: str) -> Organization | None:
    """Return the organization with exactly this name, or None."""
    found = fetch(reader, f"{_ORGANIZATIONS} WHERE g.name = ?", (name,))
    return rows.organization(found[0]) if found else None


def organizations(reader: apsw.Connection) -> Sequence[Organization]:
    """Return all organizations, oldest first."""
    found = fetch(reader, f"{_ORGANIZATIONS} ORDER BY g.created, g.organization")
    return [rows.organization(row) for row in found]


def organizations_behind(reader: apsw.Connection, name: str, limit: int) -> Sequence[Organization]:
    """Return up to `limit` organizations whose names come after one, by name."""
    found = fetch(reader, f"{_ORGANIZATIONS} WHERE g.name > ? ORDER BY g.name LIMIT ?", (name, limit))
    return [rows.organization(row) for row in found]


def connections(reader: apsw.Connection) -> Sequence[Connection]:
    """Return the connections of all organizations, oldest first."""
    return [rows.connection(row) for row in fetch(reader, _CONNECTIONS)]


def connection(reader: apsw.Connection, organization: int, id: str) -> Connection | None:
    """Return a connection of an organization, or None."""
    found = fetch(reader, _CONNECTION, (organization, id))
    return rows.connection(found[0]) if found else None


def credentials(reader: apsw.Connection, organization: int, connection: str) -> Sequence[Credential]:
    """Return the credentials of a connection, oldest first."""
    return [rows.credential(row) for row in fetch(reader, _CREDENTIALS, (organization, connection))]


def census(connection: apsw.Connection, now: int) -> Census:
    """Return what the whole file holds; `now` in microseconds."""
    ((organizations, connections, users, groups, changes),) = fetch(connection, _TOTALS)
    expiring = [
        fetch(connection, _EXPIRING, {"now": now, "until": now + days * _DAY})[0][0] for days in CENSUS_DAYS
    ]
    ((alerts,),) = fetch(connection, _OPEN_ALERTS)
    return Census(organizations, connections, users, groups, changes, tuple(expiring), alerts)
