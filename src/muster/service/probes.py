"""`/healthz`, `/readyz` and `/metrics`: what orchestrators, load balancers and Prometheus ask.

Law: no credential is asked for and nothing about a customer is told; a probe never takes from the readers or the
writer more than one small read, however often it is asked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from time import monotonic
from typing import Any, Final, NamedTuple

import orjson
from prometheus_client import CONTENT_TYPE_LATEST

from muster.directory.failures import StoreUnavailable
from muster.directory.measure import ChoreMeasures, Measures, RequestMeasures
from muster.directory.ports import Clock, Database
from muster.directory.records import Census
from muster.service.exposition import Counted, exposition
from muster.service.gathering import Gathering
from muster.service.life import Life

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

PATIENCE: Final = 2.0  # seconds in which the database has to answer
CENSUS_AGE: Final = 10.0  # seconds that a count of the whole database is good for

_ALLOWED: Final = "GET, HEAD"
_JSON: Final = "application/json"


class Reply(NamedTuple):
    """What a probe answers."""

    status: int
    body: bytes
    media_type: str = _JSON


class Probes:
    """The probes of one worker; `directory` is where the workers of a server with several meet."""

    def __init__(
        self,
        database: Database,
        counted: tuple[RequestMeasures, ChoreMeasures],
        life: Life,
        clock: Clock,
        directory: Path | None = None,
    ) -> None:
        self._database = database
        self._requests, self._chores = counted
        self._gathering = Gathering(directory, self._own) if directory is not None else None
        self._life = life
        self._clock = clock
        self._census: Census | None = None
        self._counted_at = -CENSUS_AGE
        self._counting = asyncio.Lock()
        self._by_path: dict[str, Callable[[], Awaitable[Reply]]] = {
            "/healthz": self.healthz,
            "/readyz": self.readyz,
            "/metrics": self.metrics,
        }

    def _own(self) -> Measures:
        return Measures(self._requests, self._database.measures(), self._chores)

    def begin(self) -> None:
        """Let the other workers of this server, if it has any, see what is counted here; on the event loop."""
        if self._gathering is not None:
            self._gathering.begin()

    def end(self) -> None:
        """Let them see it a last time."""
        if self._gathering is not None:
            self._gathering.end()

    def knows(self, path: str) -> bool:
        """Tell whether a path is one of the probes."""
        return path in self._by_path

    async def answer(self, method: str, path: str, send: Send) -> None:
        """Answer a request for one of the probes; GET and HEAD only."""
        if method in {"GET", "HEAD"}:
            reply = await self._by_path[path]()
        else:
            reply = _reply(405, "refused", f"This address takes {_ALLOWED}.")
        headers = [
            (b"content-type", reply.media_type.encode()),
            (b"content-length", b"%d" % len(reply.body)),
            (b"cache-control", b"no-store"),
            (b"allow", _ALLOWED.encode()),
        ]
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if method == "HEAD" else reply.body})

    async def healthz(self) -> Reply:
        """200 as long as this process can answer at all; restart it when it does not."""
        return _reply(200, "alive")

    async def readyz(self) -> Reply:
        """200 when requests may be sent here: the database answers, its schema is for us, and we are not ending."""
        if self._life.draining:
            return _reply(503, "draining", "This server was asked to end; send requests to another one.")
        try:
            await asyncio.wait_for(self._database.check(), PATIENCE)
        except (StoreUnavailable, TimeoutError):
            return _reply(
                503,
                "unavailable",
                "The database does not answer, or this program cannot work with its schema.",
            )
        return _reply(200, "ready")

    async def metrics(self) -> Reply:
        """All metrics in Prometheus' text format."""
        census = await self._take_census()
        measures = self._gathering.total() if self._gathering else self._own()
        counted = Counted(measures, census, draining=self._life.draining)
        # What the system says of one process would change with whichever worker is asked.
        return Reply(200, exposition(counted, process=self._gathering is None), CONTENT_TYPE_LATEST)

    async def _take_census(self) -> Census | None:
        """Count the database, once for all who ask within some seconds; None when it does not answer."""
        async with self._counting:
            if monotonic() - self._counted_at >= CENSUS_AGE:
                try:
                    self._census = await asyncio.wait_for(self._database.census(self._clock()), PATIENCE)
                except (StoreUnavailable, TimeoutError):
                    self._census = None
                self._counted_at = monotonic()
            return self._census


def _reply(status: int, state: str, detail: str | None = None) -> Reply:
    body = {"status": state} if detail is None else {"status": state, "detail": detail}
    return Reply(status, orjson.dumps(body))
