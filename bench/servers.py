"""Our own servers as they are measured, each on a free port of 127.0.0.1 and alone while it is measured."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from bench.cluster import postgresql
from bench.processes import Endpoint, free_port, process, run

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = str(Path(sys.executable).parent / "muster")


@contextlib.contextmanager
def muster(folder: Path) -> Iterator[Endpoint]:
    """`muster serve` on a fresh file in `folder`."""
    with _serving(folder, f"sqlite:///{folder / 'muster.db'}") as endpoint:
        yield endpoint


@contextlib.contextmanager
def muster_postgresql(folder: Path) -> Iterator[Endpoint]:
    """`muster serve` on a fresh PostgreSQL, whose processes count as the server's."""
    with postgresql() as database:
        run([PROGRAM, "migrate", "--database", database.url, "--as-owner", database.owner_url])
        with _serving(folder, database.url, database.pid) as endpoint:
            yield endpoint


@contextlib.contextmanager
def constant(folder: Path) -> Iterator[Endpoint]:
    """The limit: our HTTP server with a constant body."""
    port = free_port()
    command = [sys.executable, "-m", "bench.constant", str(port)]
    with process(command, folder, port, {"PYTHONPATH": str(ROOT)}) as started:
        yield Endpoint(f"http://127.0.0.1:{port}", "constant", (started.pid,))


@contextlib.contextmanager
def _serving(folder: Path, database: str, *more: int) -> Iterator[Endpoint]:
    """The program on a database, durable, one worker, with one generic connection; `more` are processes of its own."""
    port = free_port()
    environment = {"MUSTER_DATABASE": database, "MUSTER_PORT": str(port), "MUSTER_HOST": "127.0.0.1"}
    with process([PROGRAM, "serve"], folder, port, environment) as started:
        common = ["--json", "--database", database]
        run([PROGRAM, "organization", "create", "bench", *common])
        options = ["--organization", "bench", "--provider", "generic"]
        made = json.loads(run([PROGRAM, "connection", "create", *options, *common]))
        base_url = f"http://127.0.0.1:{port}/scim/{made['id']}/v2"
        yield Endpoint(base_url, made["api_key"], (started.pid, *more))
