"""Parts of an operation, as a bulk request has them: each stands or falls by itself, all commit together."""

from __future__ import annotations

import pytest

from muster.directory.ports import Transaction
from muster.directory.records import Row
from muster.scim.errors import InvalidValue, Uniqueness
from tests.store.scene import Document, Side, user_document


def rows(side: Side, *names: str) -> list[tuple[Row, Document]]:
    """The rows of new users."""
    documents = [user_document(name) for name in names]
    return [(side.row("User", document), document) for document in documents]


def names(side: Side) -> list[str]:
    """The ids that are there, in their order."""
    return side.found("User")


def test_what_a_part_raises_undoes_it_alone(side: Side) -> None:
    """The parts before and after it are committed, with changes that have no gap."""
    one, two, three = rows(side, "one", "two", "three")

    async def operation(transaction: Transaction) -> list[str]:
        await transaction.attempt(lambda: side.insert(transaction, "User", *one))

        async def fails() -> None:
            await side.insert(transaction, "User", *two)
            raise InvalidValue("no")

        with pytest.raises(InvalidValue):
            await transaction.attempt(fails)
        await transaction.attempt(lambda: side.insert(transaction, "User", *three))
        return [one[0].id, three[0].id]

    made = side.write(operation, heavy=True)
    assert names(side) == made
    assert side.query("User").total == 2


def test_a_refusal_of_the_store_undoes_a_part(side: Side) -> None:
    """A name that is taken, in the same operation too: the transaction goes on."""
    one, twin, two = rows(side, "one", "ONE", "two")

    async def operation(transaction: Transaction) -> None:
        await transaction.attempt(lambda: side.insert(transaction, "User", *one))
        with pytest.raises(Uniqueness):
            await transaction.attempt(lambda: side.insert(transaction, "User", *twin))
        assert await transaction.user(twin[0].id) is None
        await transaction.attempt(lambda: side.insert(transaction, "User", *two))

    side.write(operation)
    assert names(side) == [one[0].id, two[0].id]


def test_a_part_returns_what_it_made(side: Side) -> None:
    """Its result comes back, and what it wrote is seen by the next."""
    (one,) = rows(side, "one")

    async def operation(transaction: Transaction) -> bool:
        async def part() -> str:
            await side.insert(transaction, "User", *one)
            return one[0].id

        return await transaction.user(await transaction.attempt(part)) is not None

    assert side.write(operation)


def test_the_whole_can_still_fail(side: Side) -> None:
    """What the operation raises outside of its parts undoes them all."""
    (one,) = rows(side, "one")

    async def operation(transaction: Transaction) -> None:
        await transaction.attempt(lambda: side.insert(transaction, "User", *one))
        raise InvalidValue("no")

    with pytest.raises(InvalidValue):
        side.write(operation)
    assert names(side) == []
