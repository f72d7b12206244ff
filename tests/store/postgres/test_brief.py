"""A user is written without locks and in one round trip; where that cannot be, in a transaction, and nothing is lost."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from orjson import loads

from muster.directory.ports import Transaction
from muster.directory.records import StoredUser
from muster.directory.rows import entry_difference, next_row
from muster.scim.errors import Uniqueness
from muster.scim.schema import ENTERPRISE_USER
from muster.store.postgres import brief
from muster.store.postgres.brief import BriefTransaction
from muster.store.postgres.database import PostgresDatabase
from tests.store.postgres.agreement import disagreements
from tests.store.scene import NOW, Document, Scene, Side, change, log_entry, user_document


@pytest.fixture
def side(postgres: PostgresDatabase, runner: asyncio.Runner) -> Side:
    """One connection of one organization."""
    return Scene(postgres, runner).side()


async def update(
    side: Side, transaction: Transaction, stored: StoredUser, before: Document, after: Document
) -> None:
    """Store a user anew, with its change row."""
    row = next_row(side.type("User"), stored, after, side.now)
    removed, added = entry_difference(side.type("User"), before, after)
    await transaction.update("User", row, removed, added)
    await transaction.record(change(stored.id))


def modifying(side: Side, id: str, step: Callable[[Document, Document], None]) -> Any:
    """An operation that reads a user and changes it by what it was."""

    async def operation(transaction: Transaction) -> StoredUser | None:
        stored = await transaction.user(id, with_groups=True)
        assert stored is not None
        before = loads(stored.document)
        after = {**before}
        step(after, before)
        await transaction.log(log_entry(side.scope.organization))
        await update(side, transaction, stored, before, after)
        return stored

    return operation


def counting(after: Document, before: Document) -> None:
    """One more."""
    after["title"] = str(int(before["title"]) + 1)


def test_no_update_is_lost(side: Side) -> None:
    """Dozens at once, each by what the one before it left; one change row for each, without gaps."""
    ada = side.user("ada", title="0")

    async def all_at_once() -> None:
        one = modifying(side, ada, counting)
        await asyncio.gather(*(side.store.write(one, single=True) for _ in range(40)))

    side.run(all_at_once())
    stored = side.run(side.store.user(ada))
    assert stored is not None
    assert (loads(stored.document)["title"], stored.version) == ("40", 41)


def test_a_user_that_moves_meanwhile_is_changed_in_a_transaction(side: Side) -> None:
    """The first attempt does nothing; the second one sees what came between."""
    ada = side.user("ada", title="0")
    attempts = 0

    async def interrupted(transaction: Transaction) -> None:
        nonlocal attempts
        attempts += 1
        operation = modifying(side, ada, counting)
        if attempts == 1:
            assert isinstance(transaction, BriefTransaction)
            await transaction.user(ada)
            await side.store.write(operation, single=True)
            stale = await side.store.user(ada)
            assert stale is not None
            document = loads(stale.document)
            await update(
                side, transaction, stale._replace(version=1), document, {**document, "title": "lost"}
            )
            return
        await operation(transaction)

    side.run(side.store.write(interrupted, single=True))
    stored = side.run(side.store.user(ada))
    assert stored is not None
    assert (attempts, loads(stored.document)["title"], stored.version) == (2, "2", 3)


def test_what_cannot_be_brief_is_begun_anew(side: Side) -> None:
    """A group, a second user, a savepoint, a second entry of the log: all of it in one transaction."""
    staff = side.group("Staff")
    attempts: list[str] = []

    async def operation(transaction: Transaction) -> None:
        attempts.append(type(transaction).__name__)
        await transaction.log(log_entry(side.scope.organization, "first"))
        await transaction.log(log_entry(side.scope.organization, "second"))
        for name in ("ada", "grace"):
            document = user_document(name)
            await side.insert(transaction, "User", side.row("User", document), document)
        await transaction.touch_group(staff, NOW)
        await transaction.record(change("x"))

    side.run(side.store.write(operation, single=True))
    assert attempts == ["BriefTransaction", "PostgresTransaction"]
    assert side.query("User").total == 2


def test_a_taken_name_is_refused_by_name(side: Side) -> None:
    """As in a transaction, and nothing of the operation stays."""
    side.user("ada", externalId="1")
    for document, word in (
        (user_document("ADA"), "userName"),
        (user_document("g", externalId="1"), "externalId"),
    ):

        async def create(transaction: Transaction, document: Document = document) -> None:
            await side.insert(transaction, "User", side.row("User", document), document)

        with pytest.raises(Uniqueness, match=word):
            side.run(side.store.write(create, single=True))
    assert side.query("User").total == 1


def test_what_is_written_briefly_agrees_with_itself(side: Side, postgres: PostgresDatabase) -> None:
    """Rows, keys, accounts and counters, after creating, changing, deactivating and giving a manager."""
    boss = side.user("boss", displayName="Boss")
    document = user_document("ada", title="Dr", emails=[{"value": "a@x", "type": "work"}])
    row = side.row("User", document)

    async def create(transaction: Transaction) -> None:
        await side.insert(transaction, "User", row, document)

    def leave(after: Document, _: Document) -> None:
        after.update({"active": False, "emails": [], ENTERPRISE_USER: {"manager": {"value": boss}}})

    async def deactivate(transaction: Transaction) -> None:
        await modifying(side, row.id, leave)(transaction)
        await transaction.set_account(row.id, "inactive", NOW + 5, revoke=True)

    for operation in (create, deactivate):
        side.run(side.store.write(operation, single=True))
    assert side.query("User", 'emails.value eq "a@x"').total == 0
    assert side.query("User", "active eq false").total == 1
    url = postgres.pool.url.replace("muster@", "postgres@")
    assert [one for one in disagreements(url) if "members" not in one] == []


def test_the_statement_has_as_many_parameters_as_there_are_values() -> None:
    """Counted by hand in one place, and here."""
    parts = (brief._NO_USER, brief._NO_ACCOUNT, brief._NO_ENTRY, brief._NO_CHANGE, brief._READ)
    assert sum(map(len, parts)) + len(("organization", "epoch", "owner")) == brief._PARAMETERS
    behind = brief._PARAMETERS + len(brief._SAME), brief._PARAMETERS + len(brief._SAME) + len(("locked",))
    assert all(f"${number}" in brief._WRITE for number in behind)
    assert f"${behind[-1] + 1}" not in brief._WRITE
