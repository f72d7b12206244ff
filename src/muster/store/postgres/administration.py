"""The verbs on organizations, connections, credentials and schemas, and the reads that come before a scope is known."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from operator import attrgetter
from typing import Any, Final

import asyncpg
import orjson

from muster.directory.records import (
    CENSUS_DAYS,
    LOCAL_OWNER,
    Census,
    Change,
    Connection,
    Credential,
    Grant,
    Organization,
    Scope,
    Secret,
)
from muster.directory.registers.registers import Registers
from muster.scim.catalog import builtin, with_extensions
from muster.store import rows as records
from muster.store.attributes import check_numbers
from muster.store.postgres import rows, secrets
from muster.store.postgres.connecting import NOBODY
from muster.store.postgres.connecting import Connection as Session
from muster.store.postgres.pool import Pool
from muster.store.postgres.session import PostgresSession
from muster.store.postgres.verbs import Verbs
from muster.store.registers.registers import SqlRegisters

_RENAME: Final = tuple(
    f"UPDATE {table} SET name = $2 WHERE organization = $1"
    for table in ("organization_names", "organizations")
)
_NAME: Final = "INSERT INTO organization_names (name, organization) VALUES ($1, $2)"
_ADD_ORGANIZATION: Final = (
    "INSERT INTO organizations (organization, name, created, schema_version) VALUES ($1, $2, $3, $4)"
)
_ADD_CONNECTION: Final = (
    "INSERT INTO connections (organization, id, owner, provider, strict, created, name, switches)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
)
_NEXT_OWNER: Final = "UPDATE organizations SET owners = owners + 1 WHERE organization = $1 RETURNING owners"
_ADD_CREDENTIAL: Final = (
    "INSERT INTO credentials (organization, id, connection, kind, hash, last_four, created, expires, revoked,"
    " service_account, created_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
)
_REVOKE: Final = "UPDATE credentials SET revoked = coalesce(revoked, $3) WHERE organization = $1 AND id = $2"
_REVOKE_ACCOUNTS: Final = (
    "UPDATE accounts SET revoked_before = $2, changed = $2 WHERE organization = $1 AND revoked_before < $2"
)
_REVOKE_CREDENTIALS: Final = "UPDATE credentials SET revoked = $2 WHERE organization = $1 AND revoked IS NULL"
_ADD_SCHEMA: Final = "INSERT INTO schemas (organization, id, document, created) VALUES ($1, $2, $3, $4)"
_NEW_SCHEMAS: Final = "UPDATE organizations SET schema_version = schema_version + 1 WHERE organization = $1"

_OF_CREDENTIAL: Final = records.CREDENTIAL_COLUMNS.replace("c.", "")
_OF_CONNECTION: Final = records.CONNECTION_COLUMNS.replace("n.", "")
_CREDENTIAL: Final = (
    f"SELECT {_OF_CREDENTIAL} FROM credentials WHERE organization = $1 AND id = $2 FOR NO KEY UPDATE"
)
_CONNECTION: Final = f"SELECT {_OF_CONNECTION} FROM connections WHERE organization = $1 AND id = $2"
_READ: Final = "SELECT * FROM read_as($1, $2, $3, $4, $5) AS t({})"
_CONNECTION_BY_ID: Final = (
    f"SELECT {_OF_CONNECTION} FROM connections WHERE organization = ($3)[1] AND id = ($2)[1]"
)
_CREDENTIALS: Final = (
    f"SELECT {_OF_CREDENTIAL} FROM credentials WHERE organization = ($3)[1] AND connection = ($2)[1]"
    " ORDER BY created, id"
)
_SCHEMAS: Final = "SELECT document FROM schemas WHERE organization = ($3)[1] ORDER BY created, id"
_SCHEMAS_HERE: Final = "SELECT document FROM schemas WHERE organization = $1 ORDER BY created, id"
_ORGANIZATION: Final = (
    f"SELECT {records.ORGANIZATION_COLUMNS} FROM organizations g WHERE g.organization = ($3)[1]"
)
_NUMBER: Final = "SELECT organization FROM organization_names WHERE name = $1"
_GRANT: Final = f"SELECT * FROM grant_now($1, $2) AS t({rows.GRANT})"
_ORGANIZATIONS_BEHIND: Final = f"SELECT * FROM organizations_behind($1, $2) AS t({rows.ORGANIZATION})"
_ALL_ORGANIZATIONS: Final = f"SELECT * FROM organizations_now() AS t({rows.ORGANIZATION})"
_ALL_CONNECTIONS: Final = f"SELECT * FROM connections_now() AS t({rows.CONNECTION})"

_CENSUS: Final = "SELECT * FROM census($1, $2) AS t(sums bigint[], expiring bigint[])"
_OPEN_ALERTS: Final = "SELECT open_alerts()"
_DAY: Final = 24 * 3600 * 1_000_000


class PostgresAdministration:
    """One administrative operation of one organization, within a transaction that somebody else begins and ends."""

    def __init__(self, connection: Session, organization: int) -> None:
        self._connection = connection
        self._organization = organization
        self._verbs = Verbs(connection, Scope(organization, LOCAL_OWNER))
        self.registers: Registers = SqlRegisters(PostgresSession(connection), organization)

    async def add_connection(self, connection: Connection) -> None:
        """Store a new connection."""
        await self._do(_ADD_CONNECTION, *records.connection_values(connection))

    async def next_owner(self) -> int:
        """Return the number that the rows of a new connection will carry."""
        ((owner,),) = await self._do(_NEXT_OWNER)
        return int(owner)

    async def connection(self, id: str) -> Connection | None:
        """Return the connection, or None."""
        found = await self._do(_CONNECTION, id)
        return records.connection(tuple(found[0])) if found else None

    async def add_credential(self, credential: Credential) -> None:
        """Store a new credential."""
        await self._do(_ADD_CREDENTIAL, *records.credential_values(credential))

    async def credential(self, id: str) -> Credential | None:
        """Return the credential, or None, locked."""
        found = await self._do(_CREDENTIAL, id)
        return records.credential(tuple(found[0])) if found else None

    async def revoke_credential(self, id: str, now: int) -> None:
        """Revoke the credential from now on; one that is revoked stays so from its first time."""
        await self._do(_REVOKE, id, now)

    async def revoke_accounts(self, now: int) -> int:
        """Move the epoch of every account to `now`, none backward; return how many moved."""
        return await self._count(_REVOKE_ACCOUNTS, now)

    async def revoke_credentials(self, now: int) -> int:
        """Revoke every credential that is not; return how many."""
        return await self._count(_REVOKE_CREDENTIALS, now)

    async def rename(self, name: str) -> None:
        """Call the organization otherwise. Raises `ValueError` when the name is taken."""
        try:
            for sql in _RENAME:
                await self._do(sql, name)
        except asyncpg.UniqueViolationError as error:
            raise ValueError(f"an organization is called {name} already") from error

    async def add_schema(self, id: str, document: bytes, now: int) -> None:
        """Store a custom schema. Raises `ValueError` when its URN or the number of an attribute is taken."""
        try:
            await self._do(_ADD_SCHEMA, id.lower(), document, now)
        except asyncpg.UniqueViolationError as error:
            raise ValueError(f"the schema {id} is there already") from error
        await self._do(_NEW_SCHEMAS)
        documents = [orjson.loads(one) for (one,) in await self._do(_SCHEMAS_HERE)]
        for resource_type in with_extensions(builtin(), documents).resource_types:
            check_numbers(resource_type)

    async def secrets(self) -> Sequence[Secret]:
        """Return all secrets of the organization that must be readable again, as they are kept, locked."""
        return await secrets.secrets(self._connection, self._organization)

    async def keep_secret(self, secret: Secret) -> None:
        """Put a secret in the place of the one with its purpose; the key that it is sealed under is noted."""
        await secrets.keep_secret(self._connection, self._organization, secret)

    async def record(self, change: Change) -> int:
        """Write the change row and return its sequence number."""
        return await self._verbs.record(change)

    async def _do(self, sql: str, *values: Any) -> list[Any]:
        found: list[Any] = await self._connection.fetch(sql, self._organization, *values)
        return found

    async def _count(self, sql: str, *values: Any) -> int:
        """Run a statement on what may be many rows; return how many it changed."""
        done: str = await self._connection.execute(sql, self._organization, *values)
        return int(done.rpartition(" ")[2])


async def add_organization(
    pool: Pool, organization: Organization, change: Change, kept: Collection[Secret]
) -> None:
    """Store a new organization with its secrets and first change. Raises `ValueError` when the name is taken."""
    number = organization.organization

    async def operation(connection: Session) -> None:
        await connection.fetch(_NAME, organization.name, number)
        values = (organization.name, organization.created, organization.schema_version)
        await connection.fetch(_ADD_ORGANIZATION, number, *values)
        administration = PostgresAdministration(connection, number)
        for secret in kept:
            await administration.keep_secret(secret)
        await administration.record(change)

    try:
        await pool.write(number, operation)
    except asyncpg.UniqueViolationError as error:
        if error.table_name != "organization_names":
            raise
        raise ValueError(f"an organization is called {organization.name} already") from error


async def grant(pool: Pool, organization: int, credential: str) -> Grant | None:
    """Return the credential with its connection and organization, or None: one round trip."""
    found = await pool.read(organization, _GRANT, organization, credential)
    return records.grant(tuple(found[0])) if found else None


async def schemas(pool: Pool, organization: int) -> Sequence[bytes]:
    """Return the custom schema documents of an organization, oldest first."""
    found = await _read(pool, organization, _SCHEMAS, "document bytea")
    return [document for (document,) in found]


async def organization_named(pool: Pool, name: str) -> Organization | None:
    """Return the organization with exactly this name, or None."""
    for (number,) in await pool.read(NOBODY, _NUMBER, name):
        for row in await _read(pool, number, _ORGANIZATION, rows.ORGANIZATION):
            return records.organization(tuple(row))
    return None


async def organizations(pool: Pool) -> Sequence[Organization]:
    """Return all organizations, oldest first."""
    found = [records.organization(tuple(row)) for row in await pool.read(NOBODY, _ALL_ORGANIZATIONS)]
    return sorted(found, key=attrgetter("created", "organization"))


async def organizations_behind(pool: Pool, name: str, limit: int) -> Sequence[Organization]:
    """Return up to `limit` organizations whose names come after one, by name: one round trip."""
    found = await pool.read(NOBODY, _ORGANIZATIONS_BEHIND, name, limit)
    return [records.organization(tuple(row)) for row in found]


async def connections(pool: Pool) -> Sequence[Connection]:
    """Return the connections of all organizations, oldest first."""
    found = [records.connection(tuple(row)) for row in await pool.read(NOBODY, _ALL_CONNECTIONS)]
    return sorted(found, key=attrgetter("created", "id"))


async def connection(pool: Pool, organization: int, id: str) -> Connection | None:
    """Return a connection of an organization, or None."""
    found = await _read(pool, organization, _CONNECTION_BY_ID, rows.CONNECTION, id)
    return records.connection(tuple(found[0])) if found else None


async def credentials(pool: Pool, organization: int, connection: str) -> Sequence[Credential]:
    """Return the credentials of a connection, oldest first."""
    found = await _read(pool, organization, _CREDENTIALS, rows.CREDENTIAL, connection)
    return [records.credential(tuple(row)) for row in found]


async def census(pool: Pool, now: int) -> Census:
    """Return what the whole database holds; `now` in microseconds."""
    ((sums, expiring),) = await pool.read(NOBODY, _CENSUS, now, [days * _DAY for days in CENSUS_DAYS])
    organizations, connections, users, groups, changes = sums
    ((alerts,),) = await pool.read(NOBODY, _OPEN_ALERTS)
    return Census(organizations, connections, users, groups, changes, tuple(expiring), alerts)


async def _read(pool: Pool, organization: int, sql: str, columns: str, *words: str) -> list[Any]:
    statement = _READ.format(columns)
    return await pool.read(organization, statement, organization, sql, [], list(words), [organization])
