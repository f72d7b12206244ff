"""`muster demo`: the two-minute tour. A server of its own in a temporary directory, and three IdPs that fill it.

Law: nothing of it is anywhere else, and nothing stays when it ends, however that happens.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import FrameType
from typing import Final, NoReturn

import click
import httpx2

from muster.bootstrap import prepare, scim_base, world
from muster.command_line import carry_out, program, settings_of
from muster.directory.connections import create_connection
from muster.directory.organizations import create_organization
from muster.directory.ports import Database
from muster.directory.records import Provider
from muster.guard import die_with_parent
from muster.serve import listening_at, run
from muster.settings import Settings
from muster.simulate import conversation, show_failure
from muster.simulator.options import FAULTS, Options, target
from muster.simulator.script import PROVIDERS

ORGANIZATION: Final = "demo"
_CONNECTIONS: Final[tuple[Provider, ...]] = ("okta", "entra", "jumpcloud")
_USERS: Final = 12
_FIRST_STEPS: Final = """
Watch it in the console:

  1. Open this address, and choose a name and a passphrase; it works once:
     {invitation}
  2. Open the organization "demo". Its three connections fill, and tell how they are.
  3. In one of them: People, with their roles and why; Requests, with what was refused and why; Simulation, to play
     once more.
"""
_SECONDS_TO_START: Final = 30.0
_SECONDS_TO_END: Final = 15.0
_SECONDS_BETWEEN_LOOKS: Final = 0.05


@click.command()
@click.option(
    "--once", is_flag=True, help="End when the simulated IdPs have, with exit code 1 if a step failed."
)
@click.option(
    "--rate",
    type=float,
    default=40.0,
    show_default=True,
    metavar="NUMBER",
    help="Requests in a second at most.",
)
def demo(once: bool, rate: float) -> None:
    """Serve a temporary organization, let simulated IdPs fill it, and keep it to look around until Ctrl-C."""
    signal.signal(signal.SIGTERM, _end)  # so that the directory is removed then too
    with tempfile.TemporaryDirectory(prefix="muster-demo-") as folder:
        settings = _settings(Path(folder))
        connections = carry_out(settings, lambda database: _seed(database, settings), create=True)
        invitation = prepare(settings).invitation
        with _served(settings, Path(folder) / "server.log") as server:
            click.echo(
                f"Muster serves {settings.database_shown} on {settings.base}, and forgets it at the end"
            )
            if invitation is not None and not once:
                click.echo(_FIRST_STEPS.format(invitation=invitation))
            passed = _tour(connections, rate)
            if not once:
                _stay(settings, connections, server)
        if once and not passed:
            raise click.exceptions.Exit(1)


def _end(_signal: int, _frame: FrameType | None) -> NoReturn:
    sys.exit(0)


def _settings(folder: Path) -> Settings:
    """Return settings for a server of this machine alone, whatever the environment says for another."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    place = f"sqlite:///{folder / 'muster.db'}"
    return settings_of(host="127.0.0.1", port=port, database=place, workers=1, public_url="")


async def _seed(database: Database, settings: Settings) -> dict[Provider, tuple[str, str]]:
    """Make the organization; return for each provider the base URL of its connection, and its API key."""
    await create_organization(database, world(), ORGANIZATION)
    made = {}
    for provider in _CONNECTIONS:
        connection, _, key = await create_connection(database, world(), ORGANIZATION, provider, strict=False)
        made[provider] = scim_base(settings, connection), key.api_key
    return made


@contextmanager
def _served(settings: Settings, log: Path) -> Iterator[BaseProcess]:
    """Serve in a process of its own while the block runs; its log goes to a file. Raises click.ClickException."""
    server = multiprocessing.get_context("spawn").Process(target=_serve, args=(settings, log))
    server.start()
    try:
        _wait(settings, server, log)
        yield server
    finally:
        server.terminate()
        server.join(_SECONDS_TO_END)
        server.kill()
        server.join()


def _serve(settings: Settings, log: Path) -> None:
    die_with_parent()
    os.setpgrp()  # Ctrl-C is for the demo alone, which then ends this
    with log.open("ab") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    with listening_at(settings) as listener:
        run(settings, listener)


def _wait(settings: Settings, server: BaseProcess, log: Path) -> None:
    deadline = time.monotonic() + _SECONDS_TO_START
    while time.monotonic() < deadline and server.is_alive():
        try:
            if httpx2.get(f"{settings.base}/readyz", trust_env=False).is_success:
                return
        except httpx2.TransportError:
            pass  # the port is not open yet
        time.sleep(_SECONDS_BETWEEN_LOOKS)
    said = log.read_text("utf-8", "replace").splitlines()[-1:] if log.exists() else []
    raise click.ClickException(f"the demo's server did not start: {' '.join(said) or 'it said nothing'}")


def _tour(connections: dict[Provider, tuple[str, str]], rate: float) -> bool:
    """Let each provider play, with every fault; tell whether all steps passed."""
    verdicts = []
    for seed, (provider, (base, key)) in enumerate(connections.items(), 1):
        options = Options(users=_USERS, rate=rate, seed=seed, faults=frozenset(FAULTS))
        tally = conversation(replace(target(base, key=key), here=True), provider, options, show_failure)
        click.echo(f"{PROVIDERS[provider].label}: {tally}")
        verdicts.append(tally.verdict)
    return set(verdicts) == {"passed"}


def _stay(settings: Settings, connections: dict[Provider, tuple[str, str]], server: BaseProcess) -> None:
    base, key = connections["okta"]
    click.echo(f"""
It is still being served, on {settings.base}, to look around in. Play another round, in a second terminal:

  {program()} simulate okta --url {base} --key {key} --verbose

Ctrl-C ends it, and nothing of it stays.""")
    try:
        server.join()
    except KeyboardInterrupt:
        click.echo()
        return
    raise click.ClickException("the demo's server has ended by itself")
