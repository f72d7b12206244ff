"""Putting the parts together: the one place that knows which store, which clock, which ids.

Law: what is made here is passed on as arguments; nothing below reads environment, clock or randomness by itself.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import secrets
import time
import uuid
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import structlog

from muster import __version__
from muster.api.application import Management, management
from muster.api.surroundings import PREFIX
from muster.console.application import Console, console
from muster.console.surroundings import Surroundings as Outside
from muster.directory.connections import create_connection
from muster.directory.console_users import first_invitation
from muster.directory.failures import StoreError
from muster.directory.identifiers import NewKey
from muster.directory.organizations import Refused, create_organization
from muster.directory.passphrase import Passphrases
from muster.directory.ports import Database
from muster.directory.records import Connection
from muster.directory.seal import Keyring
from muster.directory.sealing import require_keys
from muster.directory.world import World
from muster.dns.resolver import DnsResolver
from muster.drain import Drain
from muster.endpoint.answer import failure
from muster.endpoint.application import Endpoint
from muster.endpoint.client_address import Proxies
from muster.endpoint.scope import Receive, Scope, Send
from muster.endpoint.surroundings import Surroundings
from muster.guard import die_with_parent
from muster.scim.errors import NotFound
from muster.service.life import Life
from muster.service.probes import Probes
from muster.service.rounds import Rounds
from muster.settings import Settings
from muster.simulation import OwnSimulation
from muster.store import sqlite
from muster.store.postgres import database as postgres
from muster.store.postgres.migrate import migrate as migrate_postgres
from muster.telemetry import configure_logging

EXAMPLE_ORGANIZATION = "example"

_log = structlog.get_logger("muster")


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


def endpoint(database: Database, settings: Settings) -> Endpoint:
    """Return the SCIM endpoint over an open database."""
    proxies = Proxies(settings.proxies)
    surroundings = Surroundings(now, new_id, request_ids(), settings.base, settings.most_in_flight, proxies)
    return Endpoint(database, surroundings)


def pages(
    database: Database, outside: World, settings: Settings, ending: Callable[[], bool] = lambda: False
) -> Console:
    """Return the console over an open database; `ending` tells that the server is on its way out."""
    client = Proxies(settings.proxies).client
    base = partial(scim_base, settings)
    simulation = OwnSimulation(settings.loopback)
    return console(Outside(database, outside, settings.base, base, client, Passphrases(), simulation, ending))


class Application:
    """The whole ASGI application of one worker: opens the database when the server starts, closes it when it stops."""

    def __init__(self, settings: Settings, *, worker: bool = False, meeting: Path | None = None) -> None:
        self._settings = settings
        self._worker = worker
        self._meeting = meeting  # a directory, where there are several workers
        self._database: Database | None = None
        self._endpoint: Endpoint | None = None
        self._management: Management | None = None
        self._console: Console | None = None
        self._probes: Probes | None = None
        self.life = Life()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one HTTP request, or the server's own start and stop."""
        if scope["type"] == "http" and self._endpoint is not None and self._probes is not None:
            path = scope["path"]
            if path.startswith("/scim"):
                await self._endpoint(scope, receive, send)
            elif self._management is not None and path.startswith(f"{PREFIX}/"):
                await self._management(scope, receive, send)
            elif self._console is not None and self._console.knows(path):
                await self._console(scope, receive, send)
            elif self._probes.knows(path):
                await self._probes.answer(scope["method"], path, send)
            else:
                await _nothing_here(send)
        elif scope["type"] == "lifespan":
            await self._live(receive, send)

    def _ending(self) -> bool:
        return self.life.draining

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            self._database = await open_database(self._settings, serving=True)
        except Exception as error:  # noqa: BLE001 - whatever it is, the server must not start, and say why
            _log.error("cannot start", reason=str(error), exc_info=not isinstance(error, StoreError))
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            return
        outside = world(self._settings)
        self._endpoint = endpoint(self._database, self._settings)
        client = Proxies(self._settings.proxies).client
        self._management = management(self._database, outside, self._settings.base, client, self._ending)
        rounds = Rounds(self._database, outside, self._settings.chores_seconds)
        counted = (self._endpoint.measures, rounds.measures)
        self._probes = Probes(self._database, counted, self.life, now, self._meeting)
        self._console = pages(self._database, outside, self._settings, self._ending)
        self._probes.begin()
        rounds.begin()
        if self._worker:
            Drain(self.life, self._settings.drain_seconds).install(asyncio.get_running_loop())
        _log.info("started", version=__version__, process=os.getpid())
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._console.end()
        await rounds.end()
        self._probes.end()
        await self._database.close()
        _log.info("stopped", process=os.getpid())
        await send({"type": "lifespan.shutdown.complete"})


async def _nothing_here(send: Send) -> None:
    answer = failure(NotFound("There is nothing at this address; SCIM is under /scim/."))
    headers = [(b"content-type", b"application/scim+json; charset=utf-8")]
    headers.append((b"content-length", b"%d" % len(answer.body)))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})


def application() -> Application:
    """Return the application of a worker process; its settings come through the environment from `muster serve`."""
    configure_logging()
    worker = bool(os.environ.get("MUSTER_WORKER"))
    if worker:
        die_with_parent()
    meeting = os.environ.get("MUSTER_MEETING")
    return Application(Settings(), worker=worker, meeting=Path(meeting) if meeting else None)
