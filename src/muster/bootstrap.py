"""What everything begins with: the one place that knows which store, which clock, which ids.

Law: what is made here is passed on as arguments; nothing below reads environment, clock or randomness by itself.
"""

from __future__ import annotations

import asyncio
import itertools
import secrets
import time
import uuid
from collections.abc import Callable
from typing import NamedTuple

from muster.directory.connections import create_connection
from muster.directory.console_users import first_invitation
from muster.directory.failures import StoreError
from muster.directory.identifiers import NewKey
from muster.directory.organizations import Refused, create_organization
from muster.directory.ports import Database
from muster.directory.records import Connection
from muster.directory.seal import Keyring
from muster.directory.sealing import require_keys
from muster.directory.world import World
from muster.dns.resolver import DnsResolver
from muster.settings import Settings
from muster.store import sqlite
from muster.store.postgres import database as postgres
from muster.store.postgres.migrate import migrate as migrate_postgres

EXAMPLE_ORGANIZATION = "example"


def now() -> int:
    """Return the time in microseconds since 1970 (UTC)."""
    return time.time_ns() // 1000


def new_id() -> str:
    """Return a new id of a user, group or account: a random UUID."""
    return str(uuid.uuid4())


def request_ids() -> Callable[[], str]:
    """Return a source of request ids, unique over processes and cheap: a random prefix and a counter."""
    prefix, numbers = secrets.token_hex(5), itertools.count(1)
    return lambda: f"{prefix}-{next(numbers):x}"


def world(settings: Settings | None = None) -> World:
    """Return the real outside for the use cases of administration; without settings the DNS is the system's."""
    servers = settings.name_servers if settings is not None else ()
    return World(now, secrets.token_bytes, request_ids(), resolver=DnsResolver(servers))


async def open_database(settings: Settings, *, serving: bool) -> Database:
    """Open the database that the settings name. Raises StoreError.

    On PostgreSQL any number of processes may serve; on an SQLite file `serving` takes the lock that one server has.
    A server has to have every secret key that the database needs.
    """
    database = await _open(settings, Keyring(settings.secret_keys, secrets.token_bytes), serving=serving)
    if serving:
        try:
            await require_keys(database)
        except BaseException:
            await database.close()
            raise
    return database


async def _open(settings: Settings, keyring: Keyring, *, serving: bool) -> Database:
    if settings.on_postgres:
        return await postgres.open_database(settings.database, keyring)
    return sqlite.open_database(settings.database_path, serving=serving, keyring=keyring)


async def migrate(settings: Settings) -> int:
    """Bring the schema to what this program needs; return how many steps that took. Raises StoreError."""
    if settings.on_postgres:
        if not settings.migration_database:
            raise StoreError(
                "name the owner of the tables: --as-owner postgresql://… (MUSTER_MIGRATION_DATABASE)"
            )
        return await migrate_postgres(settings.migration_database, settings.database)
    return sqlite.migrate_file(settings.database_path)


class Prepared(NamedTuple):
    """What was made when a server was started.

    The example's connection with its API key, if it was made now; the address that the console's first operator comes
    by, as long as there is none.
    """

    example: tuple[Connection, NewKey] | None
    invitation: str | None


def prepare(settings: Settings) -> Prepared:
    """Open the database as a server of it (an SQLite file is created or migrated); on an empty one create an example.

    Raises StoreError.
    """
    return asyncio.run(_prepare(settings))


async def _prepare(settings: Settings) -> Prepared:
    database = await open_database(settings, serving=True)
    try:
        if not settings.on_postgres:
            sqlite.claim(settings.database_path)
        secret = await first_invitation(database, world())
        example = None if await database.organizations() else await _example(database)
        return Prepared(example, invitation_address(settings, secret) if secret else None)
    finally:
        await database.close()


async def _example(database: Database) -> tuple[Connection, NewKey] | None:
    try:
        await create_organization(database, world(), EXAMPLE_ORGANIZATION)
    except Refused:
        return None  # another server, started at the same time, was faster
    connection, _, key = await create_connection(
        database, world(), EXAMPLE_ORGANIZATION, "generic", strict=False
    )
    return connection, key


def invitation_address(settings: Settings, secret: str) -> str:
    """Return the address that an invitation to the console is used at."""
    return f"{settings.base}/console/invitation/{secret}"


def scim_base(settings: Settings, connection: Connection) -> str:
    """Return the SCIM base URL of a connection: what an IT admin pastes into the IdP."""
    return f"{settings.base}/scim/{connection.id}/v2"
