"""One process that serves: the application behind uvicorn, on a socket that is bound already.

Law: whatever ends it, it was ready to be ended from its first moment on.
"""

from __future__ import annotations

import asyncio
import gc
import signal
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import structlog
import uvicorn
import uvloop

from muster.drain import Drain
from muster.front import Application
from muster.service.life import Life
from muster.settings import Settings
from muster.wire import IDLE_SECONDS, Wire

FAILED: Final = 1
"""The exit code of a process that could not begin to serve, or whose workers did not end as they were told."""

_log = structlog.get_logger("muster")


class Process(uvicorn.Server):
    """Uvicorn, which hears of its end from a `Drain` alone."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals as they are."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to serve; what is there by then is never looked through for garbage again.

        It is most of what a process holds, and to look through it takes as long as a hundred requests.
        """
        await super().startup(sockets)
        gc.collect()
        gc.freeze()

    def end(self) -> None:
        """Close the port, answer what has been accepted, end."""
        self.should_exit = True

    def cut(self) -> int:
        """Hang up on whoever is connected; return how many that were."""
        connections = list(self.server_state.connections)
        for connection in connections:
            connection.transport.abort()
        return len(connections)


def work(settings: Settings, listener: socket.socket, meeting: Path | None = None) -> int:
    """Serve on a bound socket until told to stop; return the exit code.

    `meeting` is a directory in which the processes of one server find what the others counted.
    """
    application = Application(settings, meeting=meeting)
    server = Process(configured(application))
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_serve(server, application.life, settings, listener))
    except SystemExit:  # as uvicorn ends where the application could not start, which has said why
        return FAILED
    except OSError as error:
        _log.error("cannot listen", reason=str(error))
        return FAILED
    finally:
        _be_left_alone()
    return 0 if server.started else FAILED


def _be_left_alone() -> None:
    """Hear no further signal: there is nothing more that one could end."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)


def configured(application: Callable[..., Awaitable[None]]) -> uvicorn.Config:
    """Return how uvicorn serves an application; its log lines go where all libraries' go.

    Forwarding headers are nothing to it: whom they are believed from is ours to decide.
    """
    return uvicorn.Config(
        application,
        http=Wire,
        ws="none",
        lifespan="on",
        interface="asgi3",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        reset_contextvars=True,
        timeout_keep_alive=IDLE_SECONDS,
    )


async def _serve(server: Process, life: Life, settings: Settings, listener: socket.socket) -> None:
    drain = Drain(life, settings.drain_seconds, settings.drain_timeout, stop=server.end, cut=server.cut)
    drain.install(asyncio.get_running_loop())
    await server.serve(sockets=[listener])
