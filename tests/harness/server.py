"""The real program, run by tests. Law: what a test starts is gone when the test process is, however that ends."""

import http.client
import json
import os
import re
import signal
import subprocess
import sysconfig
import threading
import time
from pathlib import Path
from typing import Any, Self

from click.testing import CliRunner

from tests.harness.ports import free_port

PROGRAM = Path(sysconfig.get_path("scripts")) / "muster"
START_SECONDS = 30
STOP_SECONDS = 15
START_ATTEMPTS = 3
# Waits for the end of its standard input, which this process holds open, then kills the server's whole group.
GUARD = 'read -r _; kill -s KILL -- "-$1" 2>/dev/null'

_in_process = threading.Lock()


class CommandFailed(Exception):
    """The program ended with an exit code other than 0. Attributes: exit_code, stderr."""

    def __init__(self, arguments: tuple[str, ...], exit_code: int, stderr: str) -> None:
        super().__init__(f"muster {' '.join(arguments)}: exit {exit_code}: {stderr}")
        self.exit_code = exit_code
        self.stderr = stderr


class ServerFailed(Exception):
    """`muster serve` ended, or did not answer in time; the message holds the end of its log."""


Place = Path | str
"""Where a database is: an SQLite file, or a PostgreSQL's address."""


def url_of(database: Place) -> str:
    """The database's address as the program takes it."""
    return database if isinstance(database, str) else f"sqlite:///{database}"


def muster(database: Place | None, *arguments: str, public_url: str | None = None, **env: str) -> Any:
    """Run one command of the program in this process, with --json, and return what it printed, parsed.

    A database that is None is not named: the arguments say what is needed. `env` is added to an environment without
    settings of ours.

    Raises CommandFailed when its exit code is not 0; an exception that escapes the program is raised as it is.
    """
    from muster.cli import main  # noqa: PLC0415 - a broken program must fail the tests that use it, not the harness

    options = ["--json", *([] if database is None else ["--database", url_of(database)])]
    with _in_process:
        result = CliRunner().invoke(main, [*arguments, *options], env=_environment(public_url) | env)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    if result.exit_code != 0:
        raise CommandFailed(arguments, result.exit_code, result.stderr)
    return json.loads(result.stdout) if result.stdout.strip() else None


def _environment(public_url: str | None) -> dict[str, str | None]:
    cleared: dict[str, str | None] = {name: None for name in os.environ if name.startswith("MUSTER_")}
    return cleared | {"MUSTER_PUBLIC_URL": public_url}


class RunningServer:
    """`muster serve` as a subprocess in a process group of its own. One object, one server at a time.

    It listens on 127.0.0.1 alone; `host` is what browsers call it, where that is to be a name.
    """

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.host = host
        self.database: Any = Path()  # a `Place`: the Path or the address that it was started on
        self.log_path = Path()
        self.port = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._guard: subprocess.Popen[bytes] | None = None

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        return f"http://{self.host}:{self.port}"

    @property
    def pid(self) -> int:
        """The id of the process that was started (its workers are its children)."""
        assert self._process is not None, "the server is not running"
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether the started process is still there."""
        return self._process is not None and self._process.poll() is None

    def start(self, database: Place, *, log: Path | None = None, **env: str) -> Self:
        """Serve `database` on a free port, with `env` added to the environment, and wait until it answers.

        It writes to `log`, or beside an SQLite file.

        A server started again keeps its port where it is still free, so that clients stay valid.
        Raises ServerFailed.
        """
        assert not self.running, "the server is running already"
        self.database = database
        self.log_path = log or Path(database).with_name(f"{Path(database).name}.log")
        for attempt in range(START_ATTEMPTS):
            if attempt or not self.port:
                self.port = free_port()
            self._spawn(env)
            if self._answers():
                return self
            self.kill()
            if not re.search(r"address (already )?in use", self.log_tail(), re.IGNORECASE):
                break
        raise ServerFailed(f"muster serve did not start; its log ends:\n{self.log_tail()}")

    def stop(self) -> int:
        """Ask the server to end (SIGTERM) and wait; its exit code. It is killed when it does not comply."""
        return self._end(signal.SIGTERM)

    def kill(self) -> int:
        """SIGKILL for the server and its workers at once, as a power cut would; the exit code."""
        return self._end(signal.SIGKILL)

    def log_tail(self, lines: int = 40) -> str:
        """The last lines that the server wrote to standard output and error."""
        if not self.log_path.exists():
            return "(no log)"
        return "\n".join(self.log_path.read_text(errors="replace").splitlines()[-lines:])

    def _spawn(self, env: dict[str, str]) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("MUSTER_")}
        where = ["--host", "127.0.0.1", "--port", str(self.port), "--database", url_of(self.database)]
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(
                [PROGRAM, "serve", *where],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=kept | {"PYTHONUNBUFFERED": "1", "MUSTER_CHORES_SECONDS": "0"} | self._named() | env,
                start_new_session=True,
            )
        self._guard = subprocess.Popen(
            ["sh", "-c", GUARD, "guard", str(self._process.pid)],
            stdin=subprocess.PIPE,
            start_new_session=True,
        )

    def _named(self) -> dict[str, str]:
        return {} if self.host == "127.0.0.1" else {"MUSTER_PUBLIC_URL": self.origin}

    def _answers(self) -> bool:
        """Wait for the first HTTP answer, of whatever status; False when the process ends or time runs out."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.running:
            try:
                probe = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
                probe.request("GET", "/scim/v2/ServiceProviderConfig")
                probe.getresponse().read()
            except (OSError, http.client.HTTPException):
                time.sleep(0.02)  # nothing to wait on: the port is not open yet
            else:
                return self.running
            finally:
                probe.close()
        return False

    def _end(self, sign: signal.Signals) -> int:
        assert self._process is not None, "the server was never started"
        process, group = self._process, self._process.pid
        if process.poll() is None:
            # A polite end is asked of the parent, which ends its workers; a power cut asks nobody.
            os.kill(group, sign) if sign == signal.SIGTERM else _kill_group(group)
        try:
            code = process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            _kill_group(group)
            code = process.wait(STOP_SECONDS)
        _kill_group(group)
        self._dismiss_guard()
        return code

    def _dismiss_guard(self) -> None:
        guard, self._guard = self._guard, None
        if guard is not None:
            guard.kill()
            guard.communicate()


def _kill_group(group: int) -> None:
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return
