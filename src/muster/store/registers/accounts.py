"""The register of accounts."""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from typing import Any, Final

from muster.directory.records import Connection
from muster.directory.registers.accounts import (
    Account,
    AccountsByName,
    Edge,
    Granted,
    NamePlace,
    Wanted,
)
from muster.store import rows
from muster.store.registers.people import Found, held, listed, searched, there
from muster.store.registers.roles import PERMISSIONS, permissions
from muster.store.rows import CONNECTION_COLUMNS
from muster.store.session import SearchSession

# The document by a look-up for each row of the page, never by a join that could be gone about in another way.
_DOCUMENT: Final = (
    '(SELECT {0}.{1} FROM {2} {0} WHERE {0}.organization = ?{3} AND {0}.id >= a."user" AND {0}.id <= a."user"'
    " ORDER BY {0}.id LIMIT 1)"
)
DOCUMENT: Final = (
    f"{_DOCUMENT.format('u', 'document', 'users', ' AND u.owner = a.owner')},"
    f" {_DOCUMENT.format('t', 'document', 'tombstones', '')}"
)
"""The document of the user of the account `a`: as it is, or else as it was. It binds the organization twice."""

_COLUMNS: Final = (
    'SELECT a.id, a."user", a.owner, a.status, a.revoked_before, a.created, a.changed,'
    f" coalesce({DOCUMENT}), {_DOCUMENT.format('b', 'deleted', 'tombstones', '')},"
    " CASE a.status WHEN 'removed' THEN a.joined END"  # one that lives again has its own place
)
_WHERE: Final = " WHERE a.organization = ?"
_ACCOUNT: Final = f"{_COLUMNS} FROM accounts a{_WHERE}"
_GET: Final = f"{_ACCOUNT} AND a.id = ?"
_OF_USER: Final = f'{_ACCOUNT} AND a."user" = ?'
_CONNECTIONS: Final = (
    f"SELECT {CONNECTION_COLUMNS} FROM connections n WHERE n.organization = ? ORDER BY n.created, n.id"
)
_REVOKE: Final = (
    "UPDATE accounts SET changed = CAST(? AS bigint),"
    " revoked_before = CASE WHEN revoked_before < CAST(? AS bigint) THEN CAST(? AS bigint) ELSE revoked_before END"
    " WHERE organization = ? AND id = ?"
)
_KEYS: Final = "SELECT name_key, external_id FROM users WHERE organization = ? AND owner = ? AND id = ?"
_CALLED_SO: Final = (
    "SELECT t.id, t.deleted FROM tombstones t WHERE t.organization = ? AND t.owner IN ({}) AND t.{} = ?"
    " AND t.kind = 'User'"
)
_CANDIDATES: Final = " WHERE a.status = 'removed' AND a.joined IS NULL ORDER BY f.deleted DESC, a.id LIMIT ?"
_MOST_CALLED_SO: Final = 100  # of the tombstones that are looked at
_PARK: Final = "UPDATE accounts SET \"user\" = 'joining ' || id WHERE organization = ? AND id = ?"
_GIVE: Final = (
    'UPDATE accounts SET "user" = ?, owner = ?, status = ?, joined = CAST(? AS text), changed = CAST(? AS bigint),'
    " revoked_before = CASE WHEN revoked_before < CAST(? AS bigint) THEN CAST(? AS bigint) ELSE revoked_before END"
    " WHERE organization = ? AND id = ?"
)
# The roles that an alert keeps for somebody who is not in them any more: until it is decided, or for good.
_KEPT: Final = (
    " FROM held h WHERE h.organization = ? AND h.\"user\" = ? AND h.role <> ''"
    " AND coalesce(h.decision, 'rejected') = 'rejected'"
)
# By the request alone, whose changes are few: those of a group may be many.
_BROUGHT: Final = (
    "(SELECT min(c.sequence + 0) FROM changes c WHERE c.organization = ? AND c.resource_type = 'Group'"
    " AND c.request = m.request AND c.resource || '' = m.group_id)"
)

_BEFORE_ALL: Final = NamePlace(b"", -1, "")


class SqlAccounts:
    """The accounts of one organization."""

    def __init__(self, session: SearchSession, organization: int) -> None:
        self._session = session
        self._organization = organization

    async def get(self, id: str) -> Account | None:
        """Return the account, or None."""
        found = await self._accounts(_GET, id)
        return found[0] if found else None

    async def of_user(self, user: str) -> Account | None:
        """Return the account of a user, or None."""
        found = await self._accounts(_OF_USER, user)
        return found[0] if found else None

    async def list(self, wanted: Wanted, after: str | None, limit: int) -> builtins.list[Account]:
        """Return up to `limit` accounts behind an id, in the order of ids."""
        people = searched(wanted, self._session, self._organization)
        if people is None and wanted.status == "held":
            people = held(wanted.owners, self._session, self._organization)
        source = f"accounts a{_WHERE}"
        values: builtins.list[Any] = [self._organization]
        if people is not None:
            beside = self._session.beside("accounts", "a", '"user"', "f.id", owner=None)
            source, values = f"({people.sql}) f {beside} WHERE TRUE", [*people.values, self._organization]
        sql = f"{_COLUMNS} FROM {source} AND a.id > ? AND a.owner IN ({listed(wanted.owners)})"
        values.append(after or "")
        if wanted.status:
            sql += " AND a.status = ?"
            values.append(wanted.status)
        return await self._read(f"{sql} ORDER BY a.id LIMIT ?", *values, limit)

    async def by_name(
        self, wanted: Wanted, after: NamePlace | None, limit: int, among: int
    ) -> AccountsByName:
        """Return up to `limit` accounts of users who are there, behind a place, of the next `among` users."""
        place, session, number = after or _BEFORE_ALL, self._session, self._organization
        searching = searched(wanted, session, number)
        people = searching or there(wanted.owners, place, among, session, number)
        beside = session.beside("accounts", "a", '"user"', "f.id", owner=None)
        sql = (
            f"{_COLUMNS}, f.name_key FROM ({people.sql}) f {beside}"
            f" WHERE a.owner IN ({listed(wanted.owners)}) AND (f.name_key, f.owner, f.id) > (?, ?, ?)"
        )
        behind = (session.stored_key(place.key), place.owner, place.user)
        values = [number, number, number, *people.values, number, *behind]
        if wanted.status:
            sql += " AND a.status = ?"
            values.append(wanted.status)
        found = await session.fetch(f"{sql} ORDER BY f.name_key, f.owner, f.id LIMIT ?", *values, limit)
        last = await self._last(people, among) if wanted.status and not searching else None
        return AccountsByName([_with_place(row) for row in found], last)

    async def _last(self, people: Found, among: int) -> NamePlace | None:
        """Return where the last of so many people stands; None: there are not so many."""
        sql = f"SELECT f.name_key, f.owner, f.id FROM ({people.sql}) f ORDER BY f.name_key, f.owner LIMIT 1 OFFSET ?"
        found = await self._session.fetch(sql, *people.values, among - 1)
        return _name_place(*found[0]) if found else None

    async def connections(self) -> builtins.list[Connection]:
        """Return every connection of the organization."""
        found = await self._session.fetch(_CONNECTIONS, self._organization)
        return [rows.connection(row) for row in found]

    async def revoke(self, id: str, now: int) -> bool:
        """Move the account's `revoked_before` to `now`, never backward."""
        return await self._session.execute(_REVOKE, now, now, now, self._organization, id) > 0

    async def candidates(self, account: Account, owners: Sequence[int], limit: int) -> builtins.list[Account]:
        """Return up to `limit` ended accounts whose deleted users were called as the account's user is."""
        keys = await self._session.fetch(_KEYS, self._organization, account.owner, account.user)
        if not keys:
            return []
        by_name, by_external_id = (
            _CALLED_SO.format(listed(owners), name) for name in ("name_key", "external_id")
        )
        called_so = f"{by_name} UNION {by_external_id} ORDER BY deleted DESC LIMIT {_MOST_CALLED_SO}"
        beside = self._session.beside("accounts", "a", '"user"', "f.id", owner=None)
        name, external_id = keys[0]
        values = (self._organization, name, self._organization, external_id, self._organization)
        return await self._read(f"{_COLUMNS} FROM ({called_so}) f {beside}{_CANDIDATES}", *values, limit)

    async def exchange(self, later: Account, former: Account, now: int) -> None:
        """Give each of two accounts the user of the other with its status; revoke all that either had."""
        number = self._organization
        await self._session.execute(_PARK, number, later.id)
        for one, other, joined in ((former, later, None), (later, former, former.id)):
            given = (other.user, other.owner, other.status, joined, now, now, now)
            await self._session.execute(_GIVE, *given, number, one.id)

    async def memberships(self, account: Account) -> builtins.list[Edge]:
        """Return every membership on the way from the user to all groups that it is in."""
        sql = (
            f"{self._above()} SELECT m.member, m.group_id, m.created, m.request, {_BROUGHT}, NULL"
            " FROM (SELECT CAST(? AS text) AS id UNION ALL SELECT b.id FROM above b) p"
            f" {self._session.beside('members', 'm', 'member', 'p.id')}"
            f' UNION ALL SELECT h."user", h.role, h.time, NULL, NULL, h.alert{_KEPT}'
        )
        number, user, scope = self._organization, account.user, (self._organization, account.owner)
        values = (*self._upward(account), number, user, *scope, number, user)
        edges = [Edge(*row) for row in await self._session.fetch(sql, *values)]
        return sorted(edges, key=lambda edge: (edge.group, edge.member, edge.since))

    async def granted(self, account: Account) -> builtins.list[Granted]:
        """Return all roles that the user has, with their permissions."""
        sql = (
            f"{self._above()} SELECT g.id, g.document, {PERMISSIONS} FROM above b"
            f" {self._session.beside('groups', 'g', 'id', 'b.id')} ORDER BY g.id"
        )
        number, scope = self._organization, (self._organization, account.owner)
        found = await self._session.fetch(sql, *self._upward(account), number, *scope)
        return [Granted(role, document, permissions(names)) for role, document, names in found]

    def _above(self) -> str:
        """Return what begins a statement on the groups that a user is in, or keeps, however deep: `above`, by id."""
        return (
            "WITH RECURSIVE above (id) AS (SELECT m.group_id FROM members m"
            f" WHERE m.organization = ? AND m.owner = ? AND m.member = ? UNION SELECT h.role{_KEPT}"
            f" UNION SELECT m.group_id FROM above b {self._session.beside('members', 'm', 'member', 'b.id')})"
        )

    def _upward(self, account: Account) -> tuple[int | str, ...]:
        """Return what that binds."""
        number, user, scope = self._organization, account.user, (self._organization, account.owner)
        return (*scope, user, number, user, *scope)

    async def _accounts(self, sql: str, id: str) -> builtins.list[Account]:
        return await self._read(sql, self._organization, id)

    async def _read(self, sql: str, *values: int | str) -> builtins.list[Account]:
        found = await self._session.fetch(sql, *[self._organization] * 3, *values)
        return [Account(*row) for row in found]


def _with_place(row: tuple[Any, ...]) -> tuple[Account, NamePlace]:
    account = Account(*row[:-1])
    return account, _name_place(row[-1], account.owner, account.user)


def _name_place(key: str | bytes, owner: int, user: str) -> NamePlace:
    return NamePlace(key if isinstance(key, bytes) else key.encode(), owner, user)
