"""`muster serve`: prepare the database, say where things are, run the server."""

from __future__ import annotations

import errno
import math
import os
import socket
import tempfile
from typing import Any, Final

import click
from granian.constants import HTTPModes, Interfaces, Loops
from granian.server.mp import MPServer

from muster.api.surroundings import PREFIX
from muster.bootstrap import prepare, scim_base
from muster.command_line import program, settings_of, unavailable
from muster.directory.failures import StoreError, StoreUnavailable
from muster.directory.secret_keys import secret_key_id
from muster.settings import Settings

_OF_THE_PORT: Final = (errno.EADDRINUSE, errno.EACCES)


@click.command()
@click.option("--host", metavar="ADDRESS", help="The address to listen on (MUSTER_HOST; 127.0.0.1).")
@click.option("--port", type=click.IntRange(1, 65535), help="The port to listen on (MUSTER_PORT; 8080).")
@click.option(
    "--database", metavar="URL", help="sqlite:///path or postgresql://user@host/name (MUSTER_DATABASE)."
)
@click.option("--workers", type=int, help="Server processes, on PostgreSQL (MUSTER_WORKERS; 1).")
@click.option(
    "--public-url", metavar="URL", help="The address that the world knows us by (MUSTER_PUBLIC_URL)."
)
def serve(
    host: str | None, port: int | None, database: str | None, workers: int | None, public_url: str | None
) -> None:
    """Serve SCIM from one SQLite file, which is created if need be, or from a PostgreSQL database."""
    settings = settings_of(host=host, port=port, database=database, workers=workers, public_url=public_url)
    check_address(settings)
    try:
        announce(settings)
    except StoreError as error:
        raise click.ClickException(str(error)) from None
    except StoreUnavailable as error:
        raise unavailable(error) from None
    run(settings)


class Server(MPServer):
    """Granian, whose workers hear of a second SIGTERM too: they then close the port without further notice."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._process = os.getpid()

    def signal_handler_interrupt(self, *args: Any, **kwargs: Any) -> None:
        """Begin to end on the first signal; on a second one tell the workers not to wait."""
        if os.getpid() != self._process:
            os._exit(
                0
            )  # a worker that has been forked and not yet its own handlers: there is nothing to finish
        if self.interrupt_signal:
            for worker in self.wrks:
                worker.terminate()  # type: ignore[no-untyped-call]
        super().signal_handler_interrupt(*args, **kwargs)  # type: ignore[no-untyped-call]


def check_address(settings: Settings) -> None:
    """Make sure that the address can be bound, so that a taken port is one clear line. Raises click.ClickException."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            other = "--port (MUSTER_PORT)" if error.errno in _OF_THE_PORT else "--host (MUSTER_HOST)"
            raise click.ClickException(
                f"cannot listen on {settings.host}:{settings.port}: {error.strerror}; choose another {other}."
            ) from None


def announce(settings: Settings) -> None:
    """Prepare the database and print where things are; the API key only when it has just been made."""
    prepared = prepare(settings)
    click.echo(f"Muster serves {settings.database_shown} on {settings.base}")
    click.echo(_secrets_kept(settings))
    if prepared.invitation is not None:
        click.echo(f"The console has no operator yet; become one, once, within 7 days: {prepared.invitation}")
    if prepared.example is None:
        click.echo(f"Connections and their SCIM base URLs: {program()} connection list")
        return
    connection, key = prepared.example
    base = scim_base(settings, connection)
    click.echo(f"""
An example organization with one connection is ready. The API key is shown this once:

  SCIM base URL  {base}
  API key        {key.api_key}

Try it:

  curl -H 'Authorization: Bearer {key.api_key}' {base}/Users

The management API is described at {settings.base}{PREFIX}/docs; its first key:

  {program()} api-key create NAME --scope write
""")


def _secrets_kept(settings: Settings) -> str:
    """Return the line that says how secrets that must be readable again are kept."""
    if not settings.secret_keys:
        return (
            "Secrets are kept readable, which does for a trial; before others rely on it, set MUSTER_SECRET_KEY to"
            f" what this prints: {program()} secret-key create"
        )
    return f"New secrets are sealed under the secret key {secret_key_id(settings.secret_keys[0])}"


def run(settings: Settings) -> None:
    """Serve until told to stop. The settings reach the worker process through its environment."""
    os.environ.update(settings.environment())
    os.environ["MUSTER_WORKER"] = "1"
    with tempfile.TemporaryDirectory(prefix="muster-") as meeting:
        if settings.workers > 1:
            os.environ["MUSTER_MEETING"] = meeting  # where each worker finds what the others counted
        _server(settings).serve()


def _server(settings: Settings) -> Server:
    return Server(
        "muster.front:application",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        http=HTTPModes.http1,
        loop=Loops.uvloop,
        websockets=False,
        workers=settings.workers,
        factory=True,
        log_access=False,
        log_level="warning",
        workers_kill_timeout=math.ceil(settings.drain_seconds) + settings.drain_timeout,
    )
