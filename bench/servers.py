"""The servers that are measured, started for one run on a free port of 127.0.0.1 and ended after it.

Law: only processes started here are ended, by their process group; each server is alone while it is measured.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

from bench import install

START_SECONDS = 30
ROOT = Path(__file__).resolve().parent.parent


class NotStarted(Exception):
    """A server ended or stayed silent; the message says what it printed last."""


@dataclass(frozen=True)
class Endpoint:
    """A running server: where it is, what it is authenticated with, and its process."""

    base_url: str
    api_key: str
    pid: int


@contextlib.contextmanager
def muster(folder: Path) -> Iterator[Endpoint]:
    """`muster serve` on a fresh database in `folder`, durable, one worker, with one generic connection."""
    port, database = _free_port(), f"sqlite:///{folder / 'muster.db'}"
    program = str(Path(sys.executable).parent / "muster")
    environment = {"MUSTER_DATABASE": database, "MUSTER_PORT": str(port), "MUSTER_HOST": "127.0.0.1"}
    with _process([program, "serve"], folder, port, environment) as process:
        common = ["--json", "--database", database]
        _run_program([program, "organization", "create", "bench", *common])
        options = ["--organization", "bench", "--provider", "generic"]
        made = json.loads(_run_program([program, "connection", "create", *options, *common]))
        base_url = f"http://127.0.0.1:{port}/scim/{made['id']}/v2"
        yield Endpoint(base_url, made["api_key"], process.pid)


@contextlib.contextmanager
def scim2_server(folder: Path, cache: Path) -> Iterator[Endpoint]:
    """scim2-server, in memory, under uvicorn with uvloop and httptools."""
    python = install.python_peer(cache)
    port, key = _free_port(), secrets.token_hex(16)
    command = [str(python), str(install.PEERS / "scim2_app.py"), str(port)]
    with _process(command, folder, port, {"BENCH_API_KEY": key}) as process:
        yield Endpoint(f"http://127.0.0.1:{port}/v2", key, process.pid)


@contextlib.contextmanager
def scimmy(folder: Path, cache: Path) -> Iterator[Endpoint]:
    """SCIMMY with scimmy-routers, in memory, with indexed look-ups."""
    installed = install.node_peer(cache)
    port, key = _free_port(), secrets.token_hex(16)
    command = ["node", str(installed / "server.mjs"), str(port)]
    environment = {"BENCH_API_KEY": key, "NODE_ENV": "production"}
    with _process(command, folder, port, environment) as process:
        yield Endpoint(f"http://127.0.0.1:{port}/v2", key, process.pid)


@contextlib.contextmanager
def constant(folder: Path) -> Iterator[Endpoint]:
    """The limit: our HTTP server with a constant body."""
    port = _free_port()
    command = [sys.executable, "-m", "bench.constant", str(port)]
    with _process(command, folder, port, {"PYTHONPATH": str(ROOT)}) as process:
        yield Endpoint(f"http://127.0.0.1:{port}", "constant", process.pid)


@contextlib.contextmanager
def _process(
    command: list[str], folder: Path, port: int, environment: dict[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    """The command in its own process group until the block is left; it must answer first."""
    log = folder / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, **environment},
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        _wait(process, port, log)
        yield process
    finally:
        _end(process)


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Return when anything is answered over HTTP; NotStarted when the process ends or time is up."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        connection = HTTPConnection("127.0.0.1", port, timeout=2)
        with contextlib.suppress(OSError):
            connection.request("GET", "/")
            connection.getresponse().read()
            return
        connection.close()
        time.sleep(0.05)
    raise NotStarted(log.read_text(errors="replace").strip()[-400:] or "it does not answer")


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the process group that was started: politely, then for certain."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, sign)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
            return


def _free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _run_program(command: list[str]) -> str:
    """What a command printed; NotStarted when it fails."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=START_SECONDS, check=False)
    if done.returncode:
        message = f"{' '.join(command[1:4])}: {done.stderr.strip()[-300:]}"
        raise NotStarted(message)
    return done.stdout
