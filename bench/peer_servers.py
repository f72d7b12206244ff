"""The peers as they are measured, each from its own folder of the cache, with one API key as Bearer."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterator
from pathlib import Path

from bench import install
from bench.cluster import postgresql
from bench.processes import Endpoint, free_port, process, run

DJANGO_THREADS = 4  # of 1, 2, 4 and 8 the quickest


@contextlib.contextmanager
def scim2_server(folder: Path, cache: Path) -> Iterator[Endpoint]:
    """scim2-server, in memory, under uvicorn with uvloop and httptools."""
    python, port = install.python_peer(cache, "scim2") / "python", free_port()
    command = [str(python), str(install.PEERS / "scim2_app.py"), str(port)]
    with _answering(command, folder, port) as endpoint:
        yield endpoint


@contextlib.contextmanager
def scimmy(folder: Path, cache: Path) -> Iterator[Endpoint]:
    """SCIMMY with scimmy-routers, in memory, with indexed look-ups."""
    port = free_port()
    command = ["node", str(install.node_peer(cache, "scimmy") / "server.mjs"), str(port)]
    with _answering(command, folder, port, NODE_ENV="production") as endpoint:
        yield endpoint


@contextlib.contextmanager
def django_scim2(folder: Path, cache: Path) -> Iterator[Endpoint]:
    """django-scim2 on a fresh file in `folder`."""
    with _django(folder, cache, str(folder / "django.db")) as endpoint:
        yield endpoint


@contextlib.contextmanager
def django_scim2_postgresql(folder: Path, cache: Path) -> Iterator[Endpoint]:
    """django-scim2 on a fresh PostgreSQL, whose processes count as the server's."""
    install.python_peer(cache, "django")
    with postgresql() as database, _django(folder, cache, database.owner_url, database.pid) as endpoint:
        yield endpoint


@contextlib.contextmanager
def polis(folder: Path, cache: Path) -> Iterator[Endpoint]:
    """Polis' library on a fresh PostgreSQL, whose processes count as the server's."""
    script, port = install.node_peer(cache, "polis") / "server.mjs", free_port()
    with postgresql() as database:
        more = {"NODE_ENV": "production", "BENCH_DATABASE": database.owner_url}
        with _answering(["node", str(script), str(port)], folder, port, database.pid, **more) as endpoint:
            yield endpoint


@contextlib.contextmanager
def _django(folder: Path, cache: Path, place: str, *processes: int) -> Iterator[Endpoint]:
    """django-scim2 under gunicorn: one worker of threads, since its other workers do not keep connections alive."""
    programs, port = install.python_peer(cache, "django"), free_port()
    environment = {
        "BENCH_DATABASE": place,
        "DJANGO_SETTINGS_MODULE": "django_people.settings",
        "PYTHONPATH": str(install.PEERS),
    }
    run([str(programs / "django-admin"), "migrate", "--run-syncdb"], {**environment, "BENCH_API_KEY": "none"})
    options = ["--bind", f"127.0.0.1:{port}", "--worker-class", "gthread", "--threads", str(DJANGO_THREADS)]
    command = [str(programs / "gunicorn"), *options, "--keep-alive", "75", "--no-control-socket"]
    command.append("django_people.wsgi")
    with _answering(command, folder, port, *processes, **environment) as endpoint:
        yield endpoint


@contextlib.contextmanager
def _answering(
    command: list[str], folder: Path, port: int, *processes: int, **environment: str
) -> Iterator[Endpoint]:
    """The command with a new key in its environment; `processes` are of the server too."""
    key = secrets.token_hex(16)
    with process(command, folder, port, {"BENCH_API_KEY": key, **environment}) as started:
        yield Endpoint(f"http://127.0.0.1:{port}/v2", key, (started.pid, *processes))
