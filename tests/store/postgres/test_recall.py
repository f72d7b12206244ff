"""What a process remembers of users: a bound, one scope apart from another, and nothing after a deletion."""

import asyncio

from orjson import loads

from muster.directory.ports import Transaction
from muster.directory.records import GroupOf, Scope, StoredUser
from muster.store.postgres.database import PostgresDatabase
from muster.store.postgres.recall import Recall
from tests.store.postgres.test_brief import modifying
from tests.store.scene import Document, Scene, user_document

HERE = Scope(1, 1)


def stored(id: str, size: int = 100, groups: tuple[GroupOf, ...] = ()) -> StoredUser:
    """A user whose document has so many bytes."""
    return StoredUser(1, id, 1, 0, 0, b"x" * size, groups)


def test_the_least_recently_used_goes_first() -> None:
    """By number; asking for one is using it, and so is keeping it again."""
    recall = Recall(users=3)
    for id in ("ada", "grace", "joan"):
        recall.keep(HERE, stored(id))
    recall.user(HERE, "ada")
    recall.keep(HERE, stored("grace"))
    recall.keep(HERE, stored("mary"))
    assert [id for id in ("ada", "grace", "joan", "mary") if recall.user(HERE, id)] == [
        "ada",
        "grace",
        "mary",
    ]
    assert len(recall) == 3


def test_no_more_bytes_are_kept_than_allowed() -> None:
    """Of documents and of groups; who is kept again counts once, who is too heavy for all of it is not kept."""
    recall = Recall(weight=1000)
    for id in ("ada", "ada", "grace", "joan"):
        recall.keep(HERE, stored(id, 400))
    assert (len(recall), recall.weight) == (2, 800)
    recall.keep(HERE, stored("mary", 400, (GroupOf("g", "n" * 300, direct=True),)))
    assert (len(recall), recall.user(HERE, "joan")) == (1, None)
    recall.keep(HERE, stored("rose", 1001))
    assert recall.user(HERE, "rose") is None
    assert recall.user(HERE, "mary") is not None
    recall.forget(HERE, "mary")
    recall.forget(HERE, "mary")
    assert (len(recall), recall.weight) == (0, 0)


def test_one_id_in_two_organizations_is_two_users(postgres: PostgresDatabase, runner: asyncio.Runner) -> None:
    """Of two organizations: each user is changed by what it was itself."""
    scene = Scene(postgres, runner)
    sides = [scene.side(), scene.side()]
    for number, side in enumerate(sides):
        side.add("User", user_document("ada", title=f"{number}"), "same")
        side.run(side.store.user("same"))

    def longer(after: Document, before: Document) -> None:
        after["title"] = before["title"] + "!"

    for side in sides:
        side.run(side.store.write(modifying(side, "same", longer), single=True))
    found = [side.run(side.store.user("same")) for side in sides]
    assert [loads(user.document)["title"] for user in found if user] == ["0!", "1!"]


def test_who_is_deleted_is_forgotten(postgres: PostgresDatabase, runner: asyncio.Runner) -> None:
    """At once where this process deletes; where another has, as soon as the user is asked for."""
    side = Scene(postgres, runner).side()
    recall = Recall()
    postgres._recall = recall
    store = postgres.store(side.scope, nested=True)
    ada, grace = side.user("ada"), side.user("grace")
    for id in (ada, grace):
        side.run(store.user(id))
    assert len(recall) == 2
    side.run(store.write(lambda transaction: transaction.delete("User", ada, (), side.now)))
    assert recall.user(side.scope, ada) is None
    side.delete("User", grace, user_document("grace"))

    async def gone(transaction: Transaction) -> StoredUser | None:
        return await transaction.user(grace, with_groups=True)

    assert side.run(store.write(gone, single=True)) is None
    assert len(recall) == 0


def test_another_than_the_remembered_user_is_not_written_by_it(
    postgres: PostgresDatabase, runner: asyncio.Runner
) -> None:
    """An operation that reads one user and writes another one is begun anew, in a transaction."""
    side = Scene(postgres, runner).side()
    ada, grace = side.user("ada", title="0"), side.user("grace", title="0")
    side.run(side.store.user(ada))
    attempts: list[str] = []

    async def operation(transaction: Transaction) -> None:
        attempts.append(type(transaction).__name__)
        await transaction.user(ada, with_groups=True)
        await modifying(side, grace, lambda after, _: after.update(title="1"))(transaction)

    side.run(side.store.write(operation, single=True))
    assert attempts == ["BriefTransaction", "PostgresTransaction"]
