"""The data of one scope on PostgreSQL, opened for one request.

Law: a hot read is one round trip, which also finds out whether the grant that the store was opened with still holds:
nothing is read behind a revocation, and no request waits twice. Once found, it is not asked again: what the request has
done since (it may have moved the epoch itself) is not to be done a second time.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from typing import Any, Final, TypeVar

import asyncpg

from muster.directory import ports
from muster.directory.measure import Work
from muster.directory.records import (
    Kind,
    Member,
    Page,
    QueryPlan,
    Scope,
    Stored,
    StoredGroup,
    StoredUser,
)
from muster.store import columns
from muster.store.member_list import ID_LENGTH, MemberList
from muster.store.postgres import rows
from muster.store.postgres.brief import BriefTransaction, Longer, Misremembered
from muster.store.postgres.connecting import Connection
from muster.store.postgres.pool import Pool
from muster.store.postgres.query import LONGEST, Query, Read, known
from muster.store.postgres.recall import Recall
from muster.store.postgres.transaction import PostgresTransaction
from muster.store.postgres.values import cut, word

T = TypeVar("T")

_CONFIRM: Final = "SELECT enter($1, $2)"
_USER: Final = f"SELECT * FROM user_by($1, $2, $3, $4, $5, $6, $7) AS t({rows.USER})"
_GROUP: Final = f"SELECT * FROM group_by_key($1, $2, $3, $4, $5, $6) AS t({rows.GROUP})"
_MEMBERS: Final = f"SELECT * FROM members_of($1, $2, $3, $4, $5) AS t({rows.MEMBER})"
_COMPACT: Final = "SELECT * FROM read_as($1, $2, $3, $4, $5, $6) AS t(same boolean, members text)"
_COMPACT_MEMBERS: Final = f"""SELECT bool_and(length(m.member) = {ID_LENGTH}),
    string_agg(left(m.kind, 1) || m.member, '' ORDER BY m.row) FROM members m
  WHERE m.organization = ($3)[1] AND m.owner = ($3)[2] AND m.group_id = ($2)[1]"""
_NAMES: Final = "SELECT * FROM read_as($1, $2, $3, $4, $5, $6) AS t(name text)"
_VERIFIED: Final = (
    "SELECT d.name FROM domains d"
    " WHERE d.organization = ($3)[1] AND d.name = ANY($2) AND d.verified IS NOT NULL"
)
_PLACES: Final = ("id", "name_key", "external_id")


class PostgresStore:
    """The data of one scope.

    `epoch` is the organization's access epoch that the grant was read at; None: there is nothing to find out.
    `recall` is what the process remembers of users.
    """

    __slots__ = ("_epoch", "_nested", "_pool", "_recall", "_scope")

    def __init__(
        self, pool: Pool, recall: Recall, scope: Scope, *, nested: bool, epoch: int | None = None
    ) -> None:
        self._pool = pool
        self._recall = recall
        self._scope = scope
        self._nested = nested
        self._epoch = epoch

    @property
    def depth(self) -> int:
        """Return which groups a user has, as `groups_of` is told: 2 with those that are reached through others."""
        return 2 if self._nested else 1

    async def confirm(self) -> None:
        """Make sure that the grant still holds: a round trip, unless a read has found it so. Raises `AccessChanged`."""
        if self._epoch is not None:
            await self._read(_CONFIRM)

    async def user(self, id: str, *, with_groups: bool = True) -> StoredUser | None:
        """Return the user, or None: one round trip."""
        return await self._user("id", word(id), with_groups=with_groups)

    async def group(self, id: str) -> StoredGroup | None:
        """Return the group, or None: one round trip."""
        return await self._group("id", word(id))

    async def members(self, group: str, *, display: bool) -> Sequence[Member]:
        """Return the direct members of a group in the order they came; without names in little room."""
        if not display:
            values: tuple[list[bytes], list[str], list[int]] = ([], [word(group)], [*self._scope])
            ((same, text),) = await self._read(_COMPACT, _COMPACT_MEMBERS, *values)
            if same:
                return MemberList(text)
        found = await self._read(_MEMBERS, self._scope.owner, word(group), display)
        return [rows.member(row) for row in found]

    async def verified(self, domains: Collection[str]) -> Collection[str]:
        """Return which of these domains, in A-labels, the organization has verified: one round trip."""
        words = [word(name) for name in domains]
        found = await self._read(_NAMES, _VERIFIED, [], words, [self._scope.organization])
        return {name for (name,) in found}

    async def query(self, plan: QueryPlan) -> Page:
        """Answer a query in one round trip."""
        kind: Kind = "User" if plan.resource_type.name == "User" else "Group"
        unique = columns.fixed(kind, plan.filter)
        if unique is not None and not plan.with_members and not plan.cursor:
            return await self._look_up(kind, *unique, plan)
        query = Query(plan, self._scope, nested=self._nested)
        return query.page(await self._answer(query.read()))

    async def write(self, operation: ports.Work[T], *, heavy: bool = False, single: bool = False) -> T:
        """Run one operation in a transaction and return its result once it is committed and synced.

        A `single` one is tried without locks first, and in as few round trips as it has reads, and one.
        """
        if single:
            with suppress(Longer):
                return await self._briefly(operation)
        return await self._in_transaction(operation, heavy=heavy)

    async def done(self, about: str | None, sql: str, *values: Any) -> None:
        """Run a statement that is a transaction of its own; its first values are organization and access epoch.

        `about` is the id of the user that it finds at a version, if it does.
        """
        organization, epoch = self._scope.organization, self._epoch
        try:
            await self._pool.call(self._scope, about, sql, organization, epoch, *values)
        except asyncpg.IntegrityConstraintViolationError:
            self._epoch = None  # the first thing that the statement did was to find it so
            raise
        self._epoch = None

    async def _briefly(self, operation: ports.Work[T]) -> T:
        with suppress(Misremembered):
            return await self._tried_with(operation, self._remembered)
        return await self._tried_with(operation, self._forgotten)

    async def _tried_with(self, operation: ports.Work[T], recall: Callable[[str], StoredUser | None]) -> T:
        result = await BriefTransaction(self, self._scope, recall).carry_out(operation)
        if isinstance(result, StoredUser):
            self._recall.keep(self._scope, result)
        return result

    def _remembered(self, id: str) -> StoredUser | None:
        return self._recall.user(self._scope, id)

    def _forgotten(self, id: str) -> None:
        """Remember nothing of a user, and say so."""
        self._recall.forget(self._scope, id)

    async def _in_transaction(self, operation: ports.Work[T], *, heavy: bool) -> T:
        deleted: set[str] = set()

        async def work(connection: Connection) -> T:
            self._epoch = None  # the transaction has begun behind it
            transaction = PostgresTransaction(connection, self._scope)
            result = await operation(transaction)
            await transaction.flush()
            deleted.update(transaction.deleted)
            return result

        result = await self._pool.write(self._scope.organization, work, alone=heavy, epoch=self._epoch)
        for id in deleted:
            self._recall.forget(self._scope, id)
        return result

    async def _look_up(self, kind: Kind, column: str, value: str, plan: QueryPlan) -> Page:
        key = word(value) if column == "id" else cut(value).key
        found: Stored | None
        if kind == "User":
            found = await self._user(column, key, with_groups=plan.with_groups)
        else:
            found = await self._group(column, key)
        return known([] if found is None else [found], plan, {})

    async def _user(self, column: str, key: str | bytes, *, with_groups: bool) -> StoredUser | None:
        groups = self.depth if with_groups else 0
        found = await self._read(_USER, self._scope.owner, *_placed(column, key), groups)
        if not found:
            return None
        user = rows.user(found[0])
        if with_groups:
            self._recall.keep(self._scope, user)
        return user

    async def _group(self, column: str, key: str | bytes) -> StoredGroup | None:
        found = await self._read(_GROUP, self._scope.owner, *_placed(column, key))
        return rows.group(found[0]) if found else None

    async def _read(self, sql: str, *values: Any) -> list[Any]:
        """Run a statement whose first values are the organization and the access epoch it is read behind."""
        return await self._ask("read", sql, self._scope.organization, self._epoch, *values)

    async def _answer(self, read: Read) -> list[Any]:
        """Run a query's statement, with a plan that is kept unless its text is too long for that."""
        if len(read.placed.sql) <= LONGEST:
            return (await self._ask("query", *read.kept(self._epoch)))[1:]
        return await self._ask("query", *read.once(self._epoch))

    async def _ask(self, work: Work, sql: str, *values: Any) -> list[Any]:
        """Run a statement that enters the organization behind the access epoch, which is then found to hold."""
        found = await self._pool.read(self._scope.organization, sql, *values, work=work)
        self._epoch = None
        return found


def _placed(column: str, key: str | bytes) -> tuple[Any, ...]:
    return tuple(key if column == place else None for place in _PLACES)
