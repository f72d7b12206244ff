"""What a server answers with: SCIM, the management API, the console, the probes, put together over one database.

Law: what is made here is passed on as arguments. Commands that serve nobody do without all of it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

import structlog

from muster import __version__
from muster.api.application import Management, management
from muster.api.surroundings import PREFIX
from muster.bootstrap import new_id, now, open_database, request_ids, scim_base, world
from muster.console.application import Console, console
from muster.console.surroundings import Surroundings as Outside
from muster.directory.failures import StoreError
from muster.directory.passphrase import Passphrases
from muster.directory.ports import Database
from muster.directory.world import World
from muster.endpoint.answer import failure
from muster.endpoint.application import Endpoint
from muster.endpoint.client_address import Proxies
from muster.endpoint.scope import Message, Receive, Scope, Send
from muster.endpoint.surroundings import Surroundings
from muster.scim.errors import NotFound
from muster.service.life import Life
from muster.service.probes import Probes
from muster.service.rounds import Rounds
from muster.settings import Settings
from muster.simulation import OwnSimulation

_log = structlog.get_logger("muster")

_CLOSE: Final = (b"connection", b"close")
_BODILESS: Final = (204, 304)


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

    def __init__(self, settings: Settings, *, meeting: Path | None = None) -> None:
        self._settings = settings
        self._meeting = meeting  # a directory, where there are several workers
        self._database: Database | None = None
        self._endpoint: Endpoint | None = None
        self._management: Management | None = None
        self._console: Console | None = None
        self._probes: Probes | None = None
        self.life = Life()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one HTTP request, or the server's own start and stop."""
        if self.life.draining:
            send = _hanging_up(send)
        if scope.get("http_version") == "1.0" and scope["method"] != "HEAD":
            send = _whole(send)
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
    answer = failure(
        NotFound(
            f"There is nothing at this address; SCIM is under /scim/, the management API under {PREFIX}/."
        )
    )
    headers = [(b"content-type", b"application/scim+json; charset=utf-8")]
    headers.append((b"content-length", b"%d" % len(answer.body)))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})


def _hanging_up(send: Send) -> Send:
    """Let answers say that they are the last ones of their connections: the next request goes where it is expected."""

    async def last(message: Message) -> None:
        if message["type"] == "http.response.start" and _CLOSE not in message["headers"]:
            message["headers"] = [*message["headers"], _CLOSE]
        await send(message)

    return last


def _whole(send: Send) -> Send:
    """Send an answer without a length as one with it: HTTP/1.0 knows no portions (RFC 9112 §6.1)."""
    start: Message = {}
    body = bytearray()

    async def one(message: Message) -> None:
        if message["type"] == "http.response.start":
            start.update(message)
            return
        body.extend(message.get("body", b""))
        if not message.get("more_body"):
            if (
                all(name != b"content-length" for name, _ in start["headers"])
                and start["status"] not in _BODILESS
            ):
                start["headers"] = [*start["headers"], (b"content-length", b"%d" % len(body))]
            await send(start)
            await send({**message, "body": bytes(body)})

    return one
