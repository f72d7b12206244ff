"""A database with organizations, connections and their resources, written through the store's own verbs."""

from __future__ import annotations

import asyncio
import itertools
import uuid
from collections.abc import Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from muster.directory.ports import Administration, Store, Transaction
from muster.directory.records import (
    Actor,
    Change,
    Connection,
    Kind,
    LogEntry,
    Operation,
    Organization,
    Page,
    QueryPlan,
    Row,
    Scope,
    Stored,
)
from muster.directory.rows import entry_difference, new_row, next_row
from muster.scim.catalog import builtin
from muster.scim.dialect import DEFAULT
from muster.scim.expression import Filter
from muster.scim.filter import parse_filter
from muster.scim.keys import entries
from muster.scim.path import parse_path
from muster.scim.schema import CORE_GROUP, CORE_USER, ResourceType, SchemaSet
from muster.store.postgres.database import PostgresDatabase
from muster.store.sqlite import SqliteDatabase

T = TypeVar("T")

NOW = 1_700_000_000_000_000
ACTOR = Actor("connection", "credential", "request")

Document = dict[str, Any]


def new_id() -> str:
    """A new id of a resource."""
    return str(uuid.uuid4())


def user_document(name: str, /, **more: Any) -> Document:
    """A small user."""
    return {"schemas": [CORE_USER], "userName": name, **more}


def group_document(name: str, **more: Any) -> Document:
    """A small group."""
    return {"schemas": [CORE_GROUP], "displayName": name, **more}


def change(resource: str, operation: Operation = Operation.CREATE, version: int | None = 1) -> Change:
    """A change row about a resource."""
    return Change(NOW, ACTOR, operation, "User", resource, version, None, b"{}")


def log_entry(organization: int, request: str = "r", status: int = 200, time: int = NOW) -> LogEntry:
    """A request log's entry."""
    return LogEntry(
        organization, "c", None, request, time, 5, "GET", "/Users", status, None, None, None, None
    )


@dataclass
class Scene:
    """A database under test, and the event loop to ask it on."""

    database: SqliteDatabase | PostgresDatabase
    runner: asyncio.Runner
    numbers: Iterable[int] = field(default_factory=lambda: itertools.count(0xA000000000))

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine to its end."""
        return self.runner.run(coroutine)

    def organization(self, name: str | None = None) -> int:
        """A new organization."""
        number = next(iter(self.numbers))
        organization = Organization(number, name or f"organization {number}", NOW, 0, nested=False)
        self.run(self.database.add_organization(organization, change(str(number))))
        return number

    def side(
        self, organization: int | None = None, *, nested: bool = True, schemas: SchemaSet | None = None
    ) -> Side:
        """A new connection, in a new organization unless one is given."""
        number = self.organization() if organization is None else organization

        async def operation(administration: Administration) -> int:
            owner = await administration.next_owner()
            await administration.add_connection(
                Connection(number, f"c{owner}", owner, "okta", strict=False, created=NOW)
            )
            return owner

        owner = self.run(self.database.administer(number, operation))
        scope = Scope(number, owner)
        return Side(self, scope, self.database.store(scope, nested=nested), schemas or builtin())


@dataclass
class Side:
    """One connection's side of the database."""

    scene: Scene
    scope: Scope
    store: Store
    schemas: SchemaSet
    now: int = NOW

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine to its end."""
        return self.scene.run(coroutine)

    def write(self, operation: Callable[[Transaction], Coroutine[Any, Any, T]], *, heavy: bool = False) -> T:
        """Run one operation in a transaction."""
        return self.run(self.store.write(operation, heavy=heavy))

    def type(self, kind: Kind) -> ResourceType:
        """The resource type of a kind."""
        return self.schemas.resource_type(kind)

    def row(self, kind: Kind, document: Mapping[str, Any], id: str | None = None, **more: Any) -> Row:
        """The row of a new resource; each is created a microsecond after the one before."""
        self.now += 1
        return new_row(self.type(kind), id or new_id(), document, self.now)._replace(**more)

    async def insert(
        self, transaction: Transaction, kind: Kind, row: Row, document: Mapping[str, Any]
    ) -> None:
        """Store a resource with its account and change, within an operation."""
        await transaction.insert(kind, row, entries(self.type(kind), document))
        if kind == "User":
            await transaction.add_account(new_id(), row.id, row.active is not False, self.now)
        await transaction.record(change(row.id))

    def add(self, kind: Kind, document: Mapping[str, Any], id: str | None = None, **more: Any) -> str:
        """Store a new resource; its id."""
        row = self.row(kind, document, id, **more)
        self.write(lambda transaction: self.insert(transaction, kind, row, document))
        return row.id

    def user(self, name: str, **more: Any) -> str:
        """Store a new user; its id."""
        return self.add("User", user_document(name, **more))

    def group(self, name: str, members: Mapping[str, Kind] | None = None, **more: Any) -> str:
        """Store a new group with its members; its id."""
        id = self.add("Group", group_document(name, **more))
        if members:
            self.join(id, members)
        return id

    def join(self, group: str, members: Mapping[str, Kind]) -> list[str]:
        """Add members to a group; those that are new."""
        return list(self.write(lambda transaction: transaction.add_members(group, members, self.now, "r")))

    def change(self, kind: Kind, id: str, before: Document, after: Document) -> None:
        """Store a resource anew."""

        async def operation(transaction: Transaction) -> None:
            stored: Stored | None = await (transaction.user(id) if kind == "User" else transaction.group(id))
            assert stored is not None
            row = next_row(self.type(kind), stored, after, self.now)
            difference = entry_difference(self.type(kind), before, after)
            await transaction.update(kind, row, difference.removed, difference.added)
            await transaction.record(change(id, Operation.MODIFY, row.version))

        self.write(operation)

    def delete(self, kind: Kind, id: str, document: Document) -> list[str]:
        """Delete a resource; the groups it was in."""
        row_entries = entries(self.type(kind), document)

        async def operation(transaction: Transaction) -> list[str]:
            groups = await transaction.delete(kind, id, row_entries, self.now)
            if kind == "User":
                await transaction.set_account(id, "removed", self.now, revoke=True)
            await transaction.record(change(id, Operation.DELETE, None))
            return list(groups)

        return self.write(operation)

    def parse(self, kind: Kind, text: str) -> Filter:
        """A bound filter."""
        return parse_filter(text, self.type(kind), DEFAULT)

    def plan(
        self, kind: Kind, filter: Filter | str | None = None, sort: str | None = None, **more: Any
    ) -> QueryPlan:
        """A query of the first 1,000, in the order of creation unless said otherwise."""
        bound = self.parse(kind, filter) if isinstance(filter, str) else filter
        path = parse_path(sort, self.type(kind), DEFAULT) if sort else None
        attribute = (path.sub or path.attribute) if path else None
        plan = QueryPlan(self.type(kind), bound, attribute, False, 0, 1000, False, False)
        return plan._replace(**more)

    def query(
        self, kind: Kind, filter: Filter | str | None = None, sort: str | None = None, **more: Any
    ) -> Page:
        """Ask a query."""
        return self.run(self.store.query(self.plan(kind, filter, sort, **more)))

    def found(
        self, kind: Kind, filter: Filter | str | None = None, sort: str | None = None, **more: Any
    ) -> list[str]:
        """The ids that a query answers, in order."""
        return [resource.id for resource in self.query(kind, filter, sort, **more).resources]
