"""`muster serve`: prepare the database, say where things are, run the server."""

from __future__ import annotations

import errno
import os
import signal
import socket
import sys
import tempfile
from typing import Final

import click

from muster.api.surroundings import PREFIX
from muster.bootstrap import prepare, scim_base
from muster.command_line import program, settings_of, unavailable
from muster.directory.failures import StoreError, StoreUnavailable
from muster.directory.secret_keys import secret_key_id
from muster.port import bound
from muster.process import work
from muster.settings import Settings
from muster.telemetry import configure_logging
from muster.workers import Workers

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
    _end_quietly()
    with listening_at(settings) as listener:
        try:
            announce(settings)
        except StoreError as error:
            raise click.ClickException(str(error)) from None
        except StoreUnavailable as error:
            raise unavailable(error) from None
        code = run(settings, listener)
    sys.exit(code)


def _end_quietly() -> None:
    """Until it serves, whoever is told to end has nothing to finish."""
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))


def listening_at(settings: Settings) -> socket.socket:
    """Return a socket that has the address, and has it alone: it listens. Raises click.ClickException."""
    try:
        listener = bound(settings.host, settings.port)
        listener.listen()
    except OSError as error:
        other = "--port (MUSTER_PORT)" if error.errno in _OF_THE_PORT else "--host (MUSTER_HOST)"
        raise click.ClickException(
            f"cannot listen on {settings.host}:{settings.port}: {error.strerror}; choose another {other}."
        ) from None
    return listener


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


def run(settings: Settings, listener: socket.socket) -> int:
    """Serve until told to stop; return the exit code. Settings reach several processes through their environment."""
    configure_logging()
    if settings.workers == 1:
        return work(settings, listener)
    listener.close()  # nobody else has the address; each process has a socket of its own there
    with tempfile.TemporaryDirectory(prefix="muster-") as meeting:
        # The second: where each worker finds what the others counted.
        os.environ.update(settings.environment(), MUSTER_MEETING=meeting)
        return Workers(settings.workers, settings.drain_seconds + settings.drain_timeout).run()
