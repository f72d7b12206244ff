"""Secrets that must be readable again, as each store keeps them, and what it notes of their keys."""

import asyncio
from collections.abc import Collection
from pathlib import Path

import asyncpg
import pytest

from muster.bootstrap import world
from muster.directory.organizations import Refused
from muster.directory.ports import Administration
from muster.directory.records import Organization, Secret
from muster.directory.rotate import rotate_secret_key
from muster.directory.seal import CURSOR_KEY, Keyring, NotOpened, key_of, readable
from muster.directory.secret_keys import secret_key_id
from muster.store.connection import connect
from muster.store.lock import ServerLock
from muster.store.migrate import migrate as migrate_file
from muster.store.migrate import migrations as file_steps
from muster.store.postgres.connecting import NOBODY
from muster.store.postgres.connecting import Connection as Session
from muster.store.postgres.database import PostgresDatabase, open_database
from muster.store.postgres.migrate import migrate, migrations
from muster.store.sqlite import open_database as open_file
from tests.harness.inside import rows
from tests.harness.postgres import OWNER, Cluster
from tests.store.scene import NOW, Scene, change
from tests.store.test_administration import administer, furnished, grant

OLD, NEW = Keyring([bytes(32)], bytes), Keyring([bytes([1]) * 32], bytes)
OLD_ID, NEW_ID = secret_key_id(bytes(32)), secret_key_id(bytes([1]) * 32)
LOOKS = 5000
VALUE = b"thirty-two bytes for the cursors"


def sealed(keyring: Keyring, organization: int) -> Secret:
    """A cursor key, sealed."""
    return Secret(CURSOR_KEY, keyring.keep(VALUE, organization, CURSOR_KEY))


def keep(scene: Scene, organization: int, keyring: Keyring) -> None:
    """Seal the cursor key of an organization."""
    secret = sealed(keyring, organization)
    administer(scene, organization, lambda administration: administration.keep_secret(secret))


def kept(scene: Scene, organization: int) -> bytes:
    """The cursor key as authentication reads it."""
    found = grant(scene, organization)
    assert found is not None
    (secret,) = administer(scene, organization, lambda administration: administration.secrets())
    assert secret == Secret(CURSOR_KEY, found.cursor_key)
    return found.cursor_key


def test_an_organization_has_a_readable_key_of_its_own(scene: Scene) -> None:
    """Made by the store where nothing else is given."""
    first, second = kept(scene, furnished(scene)), kept(scene, furnished(scene))
    assert key_of(first) is key_of(second) is None
    assert len(first) == len(second) == 1 + 32
    assert first != second
    assert scene.run(scene.database.secret_keys()) == set()


def test_an_organization_can_begin_with_a_sealed_key(scene: Scene) -> None:
    """Its key's id is noted with it; nothing readable is left."""
    organization = 0xA0A0A0A0A0
    made = Organization(organization, "Acme", NOW, 0, nested=False)
    secret = sealed(NEW, organization)
    scene.run(scene.database.add_organization(made, change("o"), [secret]))
    assert administer(scene, organization, lambda administration: administration.secrets()) == [secret]
    assert scene.run(scene.database.secret_keys()) == {NEW_ID}


def test_a_key_is_noted_until_nothing_is_sealed_under_it(scene: Scene) -> None:
    """Counting anew forgets what is needed no more, and only that."""
    first, second = furnished(scene), furnished(scene)
    for organization in (first, second):
        keep(scene, organization, OLD)
    keep(scene, first, NEW)
    database = scene.database
    assert scene.run(database.secret_keys()) == {OLD_ID, NEW_ID}
    assert scene.run(database.settle_secret_keys()) == {OLD_ID, NEW_ID}
    keep(scene, second, NEW)
    assert scene.run(database.secret_keys()) == {OLD_ID, NEW_ID}
    assert scene.run(database.settle_secret_keys()) == {NEW_ID}
    assert scene.run(database.secret_keys()) == {NEW_ID}
    assert NEW.open(kept(scene, first), first, CURSOR_KEY) == VALUE


def test_what_was_not_committed_notes_no_key(scene: Scene) -> None:
    """The secret and its key's id stand or fall together."""
    organization = furnished(scene)
    before = kept(scene, organization)

    async def operation(administration: Administration) -> None:
        await administration.keep_secret(sealed(NEW, organization))
        raise KeyError("no")

    with pytest.raises(KeyError):
        administer(scene, organization, operation)
    assert kept(scene, organization) == before
    assert scene.run(scene.database.secret_keys()) == set()


def test_a_sealed_secret_of_another_organization_does_not_open(scene: Scene) -> None:
    """However it came to be there."""
    organization, other = furnished(scene), furnished(scene)
    foreign = sealed(NEW, other)
    administer(scene, organization, lambda administration: administration.keep_secret(foreign))
    with pytest.raises(NotOpened, match=CURSOR_KEY):
        NEW.open(kept(scene, organization), organization, CURSOR_KEY)


def test_counting_waits_for_who_is_sealing(postgres: PostgresDatabase, runner: asyncio.Runner) -> None:
    """A key that is noted already is not forgotten while another transaction seals under it."""
    scene = Scene(postgres, runner)
    first, second = furnished(scene), furnished(scene)
    keep(scene, first, OLD)
    keep(scene, first, NEW)  # OLD is noted, and nothing is under it

    async def both() -> set[str]:
        sealing = asyncio.Event()

        async def operation(administration: Administration) -> None:
            await administration.keep_secret(sealed(OLD, second))
            sealing.set()
            await waiting(postgres)

        async def count() -> set[str]:
            await sealing.wait()
            return set(await postgres.settle_secret_keys())

        _, found = await asyncio.gather(postgres.administer(second, operation), count())
        return found

    assert runner.run(both()) == {OLD_ID, NEW_ID}


async def waiting(database: PostgresDatabase) -> None:
    """Return when another connection waits for a lock of this database's."""
    sql = "SELECT count(*) FROM pg_locks WHERE NOT granted"
    for _ in range(LOOKS):
        if (await database.pool.read(NOBODY, sql))[0][0]:
            return
    raise AssertionError("nobody waits")


def test_a_program_that_knows_nothing_of_it_works_while_nothing_is_sealed(
    postgres: PostgresDatabase, runner: asyncio.Runner
) -> None:
    """What the release before reads from PostgreSQL; an organization that it makes is in `furnished`."""
    scene = Scene(postgres, runner)
    organization = furnished(scene)
    columns = (
        "a bigint, b text, c text, d bytea, e text, f bigint, g bigint, h bigint, i bigint, j text, k bigint, l text,"
        " m boolean, n bigint, o bigint, p bigint, q bigint, r text, s bigint, t bigint, u boolean, cursor_key bytea"
    )
    ((*_, cursor_key),) = runner.run(
        postgres.pool.read(organization, f"SELECT * FROM grant_of($1, $2) AS t({columns})", organization, "k")
    )
    assert b"\0" + cursor_key == kept(scene, organization)


@pytest.mark.parametrize("columns", ["cursor_key = NULL", "cursor_key_sealed = '\\x01'"])
def test_a_cursor_key_is_in_one_of_two_columns(
    postgres: PostgresDatabase, runner: asyncio.Runner, columns: str
) -> None:
    """Neither in none nor in both."""
    organization = Scene(postgres, runner).organization()

    async def operation(session: Session) -> None:
        await session.execute(f"UPDATE organizations SET {columns}")

    with pytest.raises(asyncpg.CheckViolationError):
        runner.run(postgres.pool.write(organization, operation))


MAKE = "INSERT INTO organizations (organization, name, created) VALUES (7, 'old', 0)"
KEY_OF_OLD = "SELECT cursor_key FROM organizations WHERE organization = 7"


def test_an_older_file_keeps_its_cursor_keys(path: Path, runner: asyncio.Runner) -> None:
    """Brought up to date, what was readable is the same secret, and can be sealed."""
    file = connect(path)
    migrate_file(file, ServerLock(path), locked=False, steps=[s for s in file_steps() if s.number < 4])
    file.execute(MAKE)
    file.close()
    ((before,),) = rows(path, KEY_OF_OLD)
    scene = Scene(open_file(path, serving=True), runner)
    assert_kept(scene, before)
    runner.run(scene.database.close())


def test_an_older_postgres_keeps_its_cursor_keys(cluster: Cluster, runner: asyncio.Runner) -> None:
    """The same there."""
    name = cluster.new_database()
    owner, url = cluster.url(name, OWNER), cluster.url(name)
    runner.run(migrate(owner, url, [step for step in migrations() if step.number < 4]))
    rows(url, MAKE)
    rows(url, "INSERT INTO organization_names VALUES ('old', 7)")
    ((before,),) = rows(url, KEY_OF_OLD)
    runner.run(migrate(owner, url))
    scene = Scene(runner.run(open_database(url)), runner)
    assert_kept(scene, before)
    runner.run(scene.database.close())


def assert_kept(scene: Scene, before: bytes) -> None:
    """Organization 7 has this cursor key, readable; sealing it works."""
    (secret,) = administer(scene, 7, lambda administration: administration.secrets())
    assert secret == Secret(CURSOR_KEY, readable(before))
    keep(scene, 7, NEW)
    assert scene.run(scene.database.secret_keys()) == {NEW_ID}


@pytest.mark.parametrize("times", [1, 9])
def test_a_rotation_goes_on_while_others_seal_under_the_old_key(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    """What came in meanwhile is sealed anew; where it does not end, that is said, and nothing is called done."""
    database, left = scene.database, iter(range(times))
    monkeypatch.setattr(database, "keyring", Keyring([bytes([1]) * 32, bytes(32)], bytes))
    settle = database.settle_secret_keys
    furnished(scene)

    async def settle_late() -> Collection[str]:
        number = next(left, None)
        if number is not None:
            organization = Organization(0xB000000000 + number, f"late {number}", NOW, 0, nested=False)
            await database.add_organization(
                organization, change("o"), [sealed(OLD, organization.organization)]
            )
        return await settle()

    monkeypatch.setattr(database, "settle_secret_keys", settle_late)
    if times == 1:
        assert scene.run(rotate_secret_key(database, world())) == (NEW_ID, 2, 2)
        return
    with pytest.raises(Refused, match=OLD_ID):
        scene.run(rotate_secret_key(database, world()))
    assert scene.run(database.secret_keys()) == {OLD_ID, NEW_ID}
