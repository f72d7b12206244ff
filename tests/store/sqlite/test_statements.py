"""How many statements an operation costs: a constant number, whatever the sizes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from muster.directory.ports import Transaction
from muster.directory.records import Kind
from muster.scim.keys import entries
from muster.store.sqlite import SqliteDatabase
from tests.store.scene import NOW, Document, Side, change, log_entry, new_id, user_document
from tests.store.sqlite.conftest import Trace

FULL = user_document(
    "ada",
    title="Dr",
    emails=[{"value": f"{number}@x", "type": "work"} for number in range(20)],
    roles=[{"value": f"role {number}"} for number in range(20)],
)


def test_a_retrieve_is_one_statement(own: Side, sqlite: SqliteDatabase) -> None:
    """With groups and the manager's name in it."""
    ada = own.user("ada")
    own.group("Staff", {ada: "User"})
    for id in (ada, new_id()):
        assert len(Trace().of(sqlite.reader, lambda i=id: own.run(own.store.user(i)))) == 1  # type: ignore[misc]
        assert len(Trace().of(sqlite.reader, lambda i=id: own.run(own.store.group(i)))) == 1  # type: ignore[misc]


@pytest.mark.parametrize(
    "text", ['userName eq "ada"', 'externalId eq "1"', 'id eq "{id}"', 'userName eq "none"']
)
def test_equality_on_a_unique_attribute_is_one_statement(
    own: Side, sqlite: SqliteDatabase, text: str
) -> None:
    """On the event loop, without a reader's thread."""
    ada = own.user("ada", externalId="1")
    plan = own.plan("User", text.format(id=ada), with_groups=True)
    assert len(Trace().of(sqlite.reader, lambda: own.run(own.store.query(plan)))) == 1


def test_a_group_looked_up_with_its_members_is_two_statements(own: Side, sqlite: SqliteDatabase) -> None:
    """One for it and one for them; without them, one."""
    own.group("Staff", {own.user(f"user {number}"): "User" for number in range(30)})
    for wanted, number in ((True, 2), (False, 1)):
        plan = own.plan("Group", 'displayName eq "staff"', with_members=wanted)
        assert len(Trace().of(sqlite.reader, lambda p=plan: own.run(own.store.query(p)))) == number  # type: ignore[misc]


def test_a_create_is_seven_statements(own: Side, sqlite: SqliteDatabase) -> None:
    """Row, entries, counter, account, log, sequence, change: for a small user and a large one."""
    for document in (user_document("grace"), FULL):
        create = creating(own, document)
        assert len(Trace().of(sqlite.writing, lambda operation=create: own.write(operation))) == 7  # type: ignore[misc]


def creating(own: Side, document: Document) -> Callable[[Transaction], Coroutine[Any, Any, None]]:
    """What a create does."""
    row = own.row("User", document)

    async def operation(transaction: Transaction) -> None:
        await transaction.insert("User", row, entries(own.type("User"), document))
        await transaction.add_account(new_id(), row.id, True, NOW)
        await transaction.log(log_entry(own.scope.organization))
        await transaction.record(change(row.id))

    return operation


def test_a_change_of_a_user_is_as_many_statements_as_it_has_parts(own: Side, sqlite: SqliteDatabase) -> None:
    """Read, row, entries out, entries in, sequence, change."""
    ada = own.add("User", FULL)
    after = {**FULL, "title": "Prof", "emails": FULL["emails"][:5]}
    assert len(Trace().of(sqlite.writing, lambda: own.change("User", ada, FULL, after))) == 6


@pytest.mark.parametrize("number", [1, 256])
def test_a_member_change_is_a_constant_number_of_statements(
    own: Side, sqlite: SqliteDatabase, number: int
) -> None:
    """One member or as many as Okta sends at once, into a group that has others."""
    staff = own.group("Staff", {own.user(f"other {n}"): "User" for n in range(10)})

    async def add_users(transaction: Transaction) -> dict[str, Kind]:
        rows = [own.row("User", user_document(f"user {n}")) for n in range(number)]
        for row in rows:
            await own.insert(transaction, "User", row, user_document(row.id))
        return {row.id: "User" for row in rows}

    members = own.write(add_users, heavy=True)

    async def add(transaction: Transaction) -> None:
        assert len(await transaction.kinds(members)) == number
        assert len(await transaction.add_members(staff, members, NOW, "r")) == number
        await transaction.touch_group(staff, NOW)
        await transaction.record(change(staff))

    async def remove(transaction: Transaction) -> None:
        assert len(await transaction.remove_members(staff, list(members))) == number
        await transaction.touch_group(staff, NOW)
        await transaction.record(change(staff))

    assert len(Trace().of(sqlite.writing, lambda: own.write(add))) == 7
    assert len(Trace().of(sqlite.writing, lambda: own.write(remove))) == 6


def test_reads_of_the_log_are_written_in_one_go(own: Side, sqlite: SqliteDatabase) -> None:
    """However many there are, one statement and one commit."""

    async def log() -> None:
        for number in range(100):
            sqlite.log(lambda n=number: log_entry(own.scope.organization, str(n)), refused=False)  # type: ignore[misc]
        await sqlite._log.flush()

    before = sqlite.writer.commits
    assert len(Trace().of(sqlite.writing, lambda: own.run(log()))) == 1
    assert sqlite.writer.commits == before + 1


def test_many_creates_are_prepared_once(own: Side, sqlite: SqliteDatabase) -> None:
    """The hot statements stay prepared; none is prepared anew for its values."""

    async def create(number: int) -> None:
        document = user_document(f"user {number}", title="x")
        row = own.row("User", document)
        await own.store.write(lambda transaction: own.insert(transaction, "User", row, document))

    async def many(numbers: range) -> None:
        await asyncio.gather(*map(create, numbers))

    own.run(many(range(5)))
    before = sqlite.writing.cache_stats()["misses"]
    own.run(many(range(5, 30)))
    assert sqlite.writing.cache_stats()["misses"] == before
