"""The platform's own management keys in copies and backups: they move, but never to where they would open more."""

import asyncio
from pathlib import Path

import apsw
import pytest

from muster.bootstrap import world as outside
from muster.directory.api_keys import create_api_key, live_key
from muster.directory.failures import StoreError
from muster.directory.identifiers import PLATFORM
from muster.directory.lifetime import SHORTEST
from muster.directory.revoke import revoke_everything
from muster.store.copy.into_postgres import PostgresTarget
from muster.store.copy.snapshot import back_up
from muster.store.postgres.database import open_database as open_postgres
from muster.store.sqlite import migrate_file
from muster.store.sqlite import open_database as open_file
from tests.store.everything import MANAGED, fill
from tests.store.postgres.agreement import ask, of_file, of_postgres
from tests.store.postgres.copying import copied
from tests.store.scene import NOW

OF_PLATFORM = ("credential_uses", "idempotency", "api_keys")
REVOKE = "UPDATE api_keys SET revoked = ? WHERE organization = 0"


@pytest.fixture
def keyed(source: Path) -> Path:
    """A file with everything in it, a management key of the platform too, and what belongs to that."""
    file = apsw.Connection(str(source))
    for table, columns, values in MANAGED:
        if table in OF_PLATFORM:
            names = ", ".join(("organization", *columns.split()))
            places = ", ".join("?" for _ in values)
            file.execute(f"INSERT INTO {table} ({names}) VALUES (0, {places})", values)
    file.close()
    return source


def new_key(url: str) -> str:
    """A management key of the platform, made in a PostgreSQL."""

    async def work() -> str:
        database = await open_postgres(url)
        try:
            _, made = await create_api_key(database, outside(), PLATFORM, "mine", ["read"], SHORTEST)
            return made.api_key
        finally:
            await database.close()

    return asyncio.run(work())


def opens(url: str, key: str) -> bool:
    """Whether a management key opens anything in a PostgreSQL."""

    async def work() -> bool:
        database = await open_postgres(url)
        try:
            return await live_key(database, outside().clock(), key) is not None
        finally:
            await database.close()

    return asyncio.run(work())


def test_the_platforms_rows_arrive_and_come_back(keyed: Path, url: str, root: str, tmp_path: Path) -> None:
    """From a file into a PostgreSQL, and from there into a file; a key that was there stays as it is."""
    result = copied(keyed, url)
    expected = of_file(keyed)
    assert of_postgres(root, keyed) == expected
    assert result.organizations == 2
    assert result.rows == {name: len(rows) for name, rows in expected.items() if rows}
    back_up(url, tmp_path / "back.db", lambda _done, _total: None)
    assert of_file(tmp_path / "back.db") == expected
    for name in OF_PLATFORM:
        assert any(row[0] == PLATFORM for row in expected[name])


def test_a_key_that_is_there_stays(keyed: Path, url: str, root: str) -> None:
    """An operator may have made one before the copy."""
    mine = new_key(url)
    copied(keyed, url)
    assert opens(url, mine)
    assert of_file(keyed)["api_keys"] < of_postgres(root, keyed)["api_keys"]


def test_they_do_not_open_what_they_did_not_open_before(
    keyed: Path, url: str, root: str, tmp_path: Path
) -> None:
    """Into a database with other organizations nothing is copied until they are revoked; then all of it is."""
    fill(tmp_path / "other.db", seed=1)
    copied(tmp_path / "other.db", url)
    before = of_postgres(root, keyed)
    with pytest.raises(StoreError, match="muster api-key revoke"):
        copied(keyed, url)
    assert of_postgres(root, keyed) == before
    file = apsw.Connection(str(keyed))
    file.execute(REVOKE, (NOW,))
    file.close()
    assert copied(keyed, url).organizations == 2
    assert of_file(keyed)["api_keys"] < of_postgres(root, keyed)["api_keys"]


LATE = outside().clock() + 3600 * 1_000_000
PEOPLE = {
    "console_users": (
        "id name folded role passphrase created created_by", ("u", "Ada", "ada-0", "operator", "$argon2id$", NOW, "me"),
        "disabled = 1", "muster console-user disable",
    ),
    "invitations": (
        "id hash role created created_by expires", ("i", b"h" * 32, "operator", NOW, "me", LATE),
        "revoked = 1", "muster console-user revoke-invitation",
    ),
    "sessions": (
        "id hash console_user created seen expires", ("s", b"h" * 32, "u", NOW, NOW, LATE),
        "ended = 1", "muster console-user disable",
    ),
}  # fmt: skip
"""What of the platform's opens every organization beside its keys: a row, how it ends, and the command that ends it."""


@pytest.mark.parametrize("table", PEOPLE)
def test_nobody_operates_what_they_did_not_before(
    table: str, source: Path, url: str, root: str, tmp_path: Path
) -> None:
    """Operators of the source, those invited and those signed in, come into no database with other organizations."""
    columns, values, ends, command = PEOPLE[table]
    names, places = ", ".join(("organization", *columns.split())), ", ".join("?" for _ in values)
    file = apsw.Connection(str(source))
    file.execute(f"INSERT INTO {table} ({names}) VALUES (0, {places})", values)
    if table == "console_users":
        file.execute("INSERT INTO console_names VALUES ('ada-0', 0)")
    fill(tmp_path / "other.db", seed=1)
    copied(tmp_path / "other.db", url)
    before = of_postgres(root, source)
    with pytest.raises(StoreError, match=command):
        copied(source, url)
    assert of_postgres(root, source) == before
    file.execute(f"UPDATE {table} SET {ends} WHERE organization = 0")
    file.close()
    assert copied(source, url).organizations == 2


def test_no_key_opens_anything_before_the_end(
    keyed: Path, url: str, root: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Management keys, of organizations too, and setup links are copied in the last transaction."""
    write = PostgresTarget.write
    doors = " UNION ALL ".join(f"SELECT 1 FROM {name}" for name in ("credentials", "api_keys", "setup_links"))
    seen: set[int] = set()

    async def watched(*arguments: object) -> None:
        await write(*arguments)  # type: ignore[arg-type]
        seen.add(len(await asyncio.to_thread(ask, root, doors)))

    monkeypatch.setattr(PostgresTarget, "write", watched)
    copied(keyed, url)
    assert seen == {0}
    assert len(ask(root, doors)) == 4 + 2 + 1


def test_giving_a_copy_up_leaves_the_keys_that_were_there(
    keyed: Path, url: str, root: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What an unfinished copy has written is removed, and nothing else."""
    mine = new_key(url)

    async def stops(*_: object) -> None:
        raise StoreError("stop")

    with monkeypatch.context() as patched:
        patched.setattr(PostgresTarget, "add", stops)
        with pytest.raises(StoreError, match="stop"):
            copied(keyed, url)
    migrate_file(tmp_path / "empty.db")
    copied(tmp_path / "empty.db", url, anew=True)
    assert opens(url, mine)
    assert len(ask(root, "SELECT 1 FROM api_keys")) == 1


def test_a_restore_that_revokes_credentials_revokes_management_keys(tmp_path: Path) -> None:
    """Those of the platform and of each organization; without being told to, none."""
    fill(tmp_path / "muster.db")

    async def work() -> tuple[int, int, int, bool]:
        database = open_file(tmp_path / "muster.db", serving=True)
        try:
            _, made = await create_api_key(database, outside(), PLATFORM, "mine", ["read"], SHORTEST)
            kept = await revoke_everything(database, outside(), credentials=False)
            first = await revoke_everything(database, outside(), credentials=True)
            again = await revoke_everything(database, outside(), credentials=True)
            dead = await live_key(database, outside().clock(), made.api_key) is None
            return kept.api_keys, first.api_keys, again.api_keys, dead
        finally:
            await database.close()

    assert asyncio.run(work()) == (0, 2, 0, True)
