"""A grant that was read once opens nothing once anything that it is made of has changed, by whichever process."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

import pytest

from muster.bootstrap import world as outside
from muster.directory.authenticate import Authenticator
from muster.directory.connections import create_connection
from muster.directory.credentials import LONGEST_LIFE, create_credential, revoke_credential, rotate_credential
from muster.directory.expiry import warn_of_expiry
from muster.directory.failures import AccessChanged
from muster.directory.identifiers import NewKey
from muster.directory.lifetime import OVERLAP
from muster.directory.organizations import create_organization
from muster.directory.ports import Transaction
from muster.directory.records import Connection, Credential, Scope
from muster.directory.registers.uses import NotedUse
from muster.directory.schemas import add_schema
from muster.store.postgres.connecting import Connection as Session
from muster.store.postgres.database import PostgresDatabase
from tests.conformance.bodies import SCHEMA, attribute
from tests.store.scene import Scene, Side, log_entry

COUNTERS = {"organization", "created", "users", "groups"}
COLUMNS = """SELECT a.attname FROM pg_attribute a WHERE a.attrelid = 'muster.connections'::regclass
  AND a.attnum > 0 AND NOT a.attisdropped"""
WATCHED = """SELECT a.attname FROM pg_trigger t, unnest(t.tgattr) n, pg_attribute a
  WHERE t.tgrelid = 'muster.connections'::regclass AND t.tgname = 'moves_access'
  AND a.attrelid = t.tgrelid AND a.attnum = n"""


class Opened:
    """A connection with a key that one server has used; `administer` is another process."""

    def __init__(self, database: PostgresDatabase, runner: asyncio.Runner) -> None:
        self.database, self.run = database, runner.run
        self.run(create_organization(database, outside(), "acme"))
        self.connection: Connection
        self.credential: Credential
        self.key: NewKey
        self.connection, self.credential, self.key = self.run(
            create_connection(database, outside(), "acme", "okta", strict=False)
        )
        self.authenticator = Authenticator(database, outside().clock)
        access = self.run(self.authenticator.access(self.key.api_key))
        assert access is not None
        self.first = access.store

    @property
    def known(self) -> tuple[int, str]:
        """The credential's organization and id."""
        return self.connection.organization, self.credential.id

    def kept(self) -> Any:
        """The store of a later request, opened with what is kept of the first one's grant."""
        access = self.run(self.authenticator.access(self.key.api_key))
        assert access is not None
        return access.store

    def sql(self, statement: str) -> None:
        """Have the other process run a statement in the organization."""

        async def work(session: Session) -> None:
            await session.execute(statement)

        self.run(self.database.pool.write(self.connection.organization, work))


@pytest.fixture
def opened(postgres: PostgresDatabase, runner: asyncio.Runner) -> Opened:
    """A connection whose grant is known to a server."""
    return Opened(postgres, runner)


async def nothing(_: Transaction) -> None:
    """An operation that must not begin."""
    raise AssertionError("begun behind a grant that does not hold")


def verbs(side: Side) -> list[Callable[[Any], Coroutine[Any, Any, Any]]]:
    """Every verb of a store."""
    plans = [side.plan("User", text) for text in ('userName eq "a"', 'title eq "b"', None)]
    return [
        lambda store: store.confirm(),
        lambda store: store.user("x"),
        lambda store: store.group("x"),
        lambda store: store.members("x", display=True),
        lambda store: store.members("x", display=False),
        *(lambda store, plan=plan: store.query(plan) for plan in plans),
        lambda store: store.write(nothing),
        lambda store: store.write(nothing, heavy=True),
    ]


def a_schema() -> dict[str, Any]:
    """A custom schema."""
    document = {"schemas": [SCHEMA], "id": "urn:example:shade", "name": "Shade", "description": "A colour."}
    return document | {"resourceType": "User", "attributes": [attribute("shade", type="string")]}


CHANGES: dict[str, Callable[[Opened], Any]] = {
    "revoked": lambda it: it.run(revoke_credential(it.database, outside(), *it.known)),
    "rotated with an overlap": lambda it: it.run(
        rotate_credential(it.database, outside(), *it.known, OVERLAP.longest)
    ),
    "rotated": lambda it: it.run(rotate_credential(it.database, outside(), *it.known)),
    "a schema": lambda it: it.run(add_schema(it.database, outside(), it.connection.organization, a_schema())),
    "strict": lambda it: it.sql("UPDATE connections SET strict = NOT strict"),
    "deleted": lambda it: it.sql("DELETE FROM credentials"),
    "first group in a group": lambda it: it.sql("UPDATE organizations SET nested_members = 1"),
    "cursor key": lambda it: it.sql("UPDATE organizations SET cursor_key = sha256('x')"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_no_verb_works_behind_a_change(opened: Opened, change: str) -> None:
    """Neither reads nor writes; a refused one leaves its store as unconfirmed as it was."""
    before = [opened.kept() for _ in verbs(_side(opened))]
    CHANGES[change](opened)
    for store, verb in zip(before, verbs(_side(opened)), strict=True):
        for _ in range(2):
            with pytest.raises(AccessChanged):
                opened.run(verb(store))


def _side(opened: Opened) -> Side:
    scene = Scene(opened.database, asyncio.Runner())
    scope = Scope(opened.connection.organization, opened.connection.owner)
    return Side(scene, scope, opened.first, opened.run(_schemas(opened)))


async def _schemas(opened: Opened) -> Any:
    access = await opened.authenticator.access(opened.key.api_key)
    assert access is not None
    return access.schemas


def test_what_is_read_anew_is_what_holds_then(opened: Opened) -> None:
    """After a change the key opens what it opens now: nothing, or the same with the change in it."""
    opened.run(add_schema(opened.database, outside(), opened.connection.organization, a_schema()))
    access = opened.run(opened.authenticator.access(opened.key.api_key, anew=True))
    assert access is not None
    assert "urn:example:shade" in access.schemas.user.extensions
    opened.run(access.store.confirm())
    opened.run(revoke_credential(opened.database, outside(), *opened.known))
    assert opened.run(opened.authenticator.access(opened.key.api_key, anew=True)) is None
    assert opened.run(opened.authenticator.access(opened.key.api_key)) is None


def test_a_request_that_has_begun_goes_on(opened: Opened) -> None:
    """What was found to hold is not asked again: neither after a read, nor after a write that moves the epoch itself."""

    async def nest(transaction: Transaction) -> None:
        await transaction.log(log_entry(opened.connection.organization))
        transaction._nested += 1  # type: ignore[attr-defined]

    reading, writing, later = opened.kept(), opened.kept(), opened.kept()
    opened.run(reading.user("x"))
    opened.run(writing.write(nest))
    for store in (reading, writing):
        assert opened.run(store.user("x")) is None
        opened.run(store.confirm())
    with pytest.raises(AccessChanged):
        opened.run(later.confirm())


def test_what_happens_every_day_moves_nothing(opened: Opened) -> None:
    """Users that are counted, changes, a new key, uses, warnings: what was read before goes on to hold."""
    store = opened.kept()
    opened.sql("UPDATE connections SET users = users + 1, groups = groups + 1")
    opened.sql("UPDATE organizations SET sequence = sequence + 1")
    opened.run(create_credential(opened.database, outside(), opened.connection))
    organization, credential = opened.known
    use = NotedUse(organization, opened.connection.id, credential, 1, None, None, 200)
    opened.database._log.uses.add(use)
    opened.run(opened.database._log.flush())
    nearly = outside().clock() + LONGEST_LIFE - 3600 * 1_000_000
    assert opened.run(warn_of_expiry(opened.database, replace(outside(), clock=lambda: nearly))) == 2
    opened.run(store.confirm())
    assert opened.run(store.user("nobody")) is None


def test_every_column_of_a_connection_moves_the_epoch_but_its_counters(
    opened: Opened, postgres: PostgresDatabase, runner: asyncio.Runner
) -> None:
    """So that a switch that is added later is not forgotten."""

    async def names(sql: str) -> set[str]:
        return {name for (name,) in await postgres.pool.read(0, sql)}

    assert runner.run(names(WATCHED)) == runner.run(names(COLUMNS)) - COUNTERS
