"""Starting a server for one run and ending it after.

Law: only processes started here are ended, by their process group, and they end when this process does, however
that ends.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

START_SECONDS = 30
# Waits for the end of its standard input, which this process holds open, then kills the group.
GUARD = 'read -r _; kill -s KILL -- "-$1" 2>/dev/null'


class NotStarted(Exception):
    """A server ended or stayed silent; the message says what it printed last."""


@dataclass(frozen=True)
class Endpoint:
    """A running server: where it is, what it is authenticated with, and the roots of its process trees."""

    base_url: str
    api_key: str
    pids: tuple[int, ...]


@contextlib.contextmanager
def process(
    command: list[str], folder: Path, port: int, environment: dict[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    """The command in its own process group until the block is left; it must answer first. NotStarted."""
    log = folder / "server.log"
    with log.open("wb") as output:
        started = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    guard = ["sh", "-c", GUARD, "guard", str(started.pid)]
    with subprocess.Popen(guard, stdin=subprocess.PIPE, start_new_session=True) as watching:
        try:
            _wait(started, port, log)
            yield started
        finally:
            _end(started)
            watching.kill()


def run(command: list[str], environment: dict[str, str] | None = None) -> str:
    """What a command printed; NotStarted when it fails."""
    done = subprocess.run(
        command,
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        timeout=START_SECONDS,
        check=False,
    )
    if done.returncode:
        message = f"{' '.join(command[1:4])}: {done.stderr.strip()[-300:]}"
        raise NotStarted(message)
    return done.stdout


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(started: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Return when anything is answered over HTTP; NotStarted when the process ends or time is up."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and started.poll() is None:
        connection = HTTPConnection("127.0.0.1", port, timeout=2)
        with contextlib.suppress(OSError):
            connection.request("GET", "/")
            connection.getresponse().read()
            return
        connection.close()
        time.sleep(0.05)
    raise NotStarted(log.read_text(errors="replace").strip()[-400:] or "it does not answer")


def _end(started: subprocess.Popen[bytes]) -> None:
    """End the process group that was started: politely, then for certain."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(started.pid, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        started.wait(10)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(started.pid, signal.SIGKILL)
    started.wait()
