"""A grant that was read once writes nothing once what it is made of has changed: in its own batch, and by any statement."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import apsw
import pytest

from muster.directory.credentials import LONGEST_LIFE, create_credential, revoke_credential
from muster.directory.expiry import warn_of_expiry
from muster.directory.failures import AccessChanged
from muster.directory.ports import Store, Transaction
from muster.directory.records import Scope
from muster.scim.catalog import builtin
from muster.store.connection import fetch
from muster.store.sqlite import SqliteDatabase
from tests.store.managed import HOUR, Managed
from tests.store.scene import Scene, Side, change, log_entry, new_id, user_document

UNWATCHED = {
    "credentials": {"organization", "last_four", "created", "created_by", "warned"},
    "connections": {"organization", "created", "users", "groups"},
}
OF_ORGANIZATIONS = {
    "schema_version": "schema_version + 1",
    "cursor_key": "randomblob(32)",
    "cursor_key_sealed": "randomblob(48), cursor_key = NULL",
    "disabled": "1",
    "enforced": "1",
    "redacted": "'[\"title\"]'",
    "administrators": "'admin'",
}


class Opened(Managed):
    """A connection whose grant was read."""

    database: SqliteDatabase

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self.scene = scene

    def epoch(self, connection: apsw.Connection | None = None) -> int:
        """The organization's access epoch, as a connection sees it."""
        sql = "SELECT access_epoch FROM organizations WHERE organization = ?"
        ((epoch,),) = fetch(connection or self.database.reader, sql, (self.organization,))
        return int(epoch)

    def store(self) -> Store:
        """What a request would be opened with now."""
        grant = self.run(self.database.grant(self.organization, self.credential.id))
        assert grant is not None
        assert grant.epoch == self.epoch()
        return self.database.open(grant)

    def moves(self, sql: str) -> int:
        """By how much another process's statement moves the epoch; it is undone."""
        other = apsw.Connection(self.database.reader.filename)
        other.execute(f"BEGIN IMMEDIATE; {sql}")
        try:
            return self.epoch(other) - self.epoch()
        finally:
            other.close()


@pytest.fixture
def opened(sqlite: SqliteDatabase, runner: asyncio.Runner) -> Opened:
    """A connection with its first API key."""
    return Opened(Scene(sqlite, runner))


async def recording(transaction: Transaction) -> None:
    """An operation with a change."""
    await transaction.record(change(new_id()))


@pytest.mark.parametrize("heavy", [False, True], ids=["on the loop", "on the thread"])
def test_a_write_that_waits_behind_the_revocation(opened: Opened, *, heavy: bool) -> None:
    """Both may be in one batch: the revocation stands, and so does what another connection writes."""
    store, other = opened.store(), opened.scene.side()

    async def logging(transaction: Transaction) -> None:
        await transaction.log(log_entry(opened.organization))

    async def together() -> list[Any]:
        revocation = revoke_credential(
            opened.database, opened.world, opened.organization, opened.credential.id
        )
        writes = (
            store.write(recording, heavy=heavy),
            store.write(logging, heavy=heavy),
            other.store.write(recording, heavy=heavy),
        )
        return [*await asyncio.gather(revocation, *writes, return_exceptions=True)]

    done, *refused, others = opened.run(together())
    assert (done, others) == (None, None)
    assert [type(one) for one in refused] == [AccessChanged, AccessChanged]
    assert [operation for operation, *_ in opened.changes()][-1] == "revoke"
    assert not opened.opens(opened.key)


def test_a_request_that_has_written_goes_on(opened: Opened) -> None:
    """What was done is not to be done twice; a store that has done nothing yet does nothing."""
    writing, refused, later = (opened.store() for _ in range(3))
    opened.run(writing.write(recording))

    async def failing(transaction: Transaction) -> None:
        raise ValueError

    with pytest.raises(ValueError):
        opened.run(refused.write(failing))
    opened.run(revoke_credential(opened.database, opened.world, opened.organization, opened.credential.id))
    opened.run(writing.write(recording))
    for store in (refused, later):
        with pytest.raises(AccessChanged):
            opened.run(store.write(recording))


@pytest.mark.parametrize("table", UNWATCHED)
def test_every_column_but_what_opens_nothing_moves_the_epoch(opened: Opened, table: str) -> None:
    """So that a switch that is added later is not forgotten; and the row's end."""
    columns = [row[1] for row in opened.database.reader.execute(f"PRAGMA table_info({table})")]
    moving = {name for name in columns if opened.moves(f"UPDATE {table} SET {name} = {name}")}
    assert moving == set(columns) - UNWATCHED[table]
    assert opened.moves(f"DELETE FROM {table}") == 1


def test_an_organizations_own_columns_move_the_epoch(opened: Opened) -> None:
    """Where they change: settling it as it is moves nothing."""
    for column, value in OF_ORGANIZATIONS.items():
        assert opened.moves(f"UPDATE organizations SET {column} = {value}") == 1, column
        assert opened.moves(f"UPDATE organizations SET {column} = {column}") == 0, column


def test_what_happens_every_day_moves_nothing(opened: Opened) -> None:
    """Users, groups in groups, changes, a new key, warnings: what was read before goes on to hold."""
    store = opened.store()
    scope = Scope(opened.organization, opened.connection.owner)
    side = Side(opened.scene, scope, opened.store(), builtin())
    ada = side.user("ada")
    side.group("outer", {side.group("inner", {ada: "User"}): "Group"})
    side.delete("User", ada, user_document("ada"))
    opened.run(create_credential(opened.database, opened.world, opened.connection))
    nearly = replace(opened.world, clock=lambda: opened.now + LONGEST_LIFE - HOUR)
    assert opened.run(warn_of_expiry(opened.database, nearly)) == 2
    opened.run(store.write(recording))
