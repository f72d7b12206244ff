"""What the store says to PostgreSQL: every statement, heard where it leaves, and changed on its way if a test wants that.

Law: nothing is sent by a way that is not heard; those that are not are refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Final, NamedTuple
from unittest.mock import patch

import asyncpg

_BEGUN: Final = re.compile(r"BEGIN[A-Z ]*; SELECT (?:begin_write|enter)\((\d+), ")
_ENDED: Final = re.compile(r"(COMMIT|ROLLBACK)$")
_READ_AS: Final = re.compile(r"SELECT \* FROM read_as\(\$1, (?:\$2, (?=.*\$6\)))?")
_ENTERS: Final = re.compile(
    r"SELECT NULL[NUL, ]* FROM \(VALUES [^\n]*\) v\nCROSS JOIN enter\(\(\$3\)\[1\], \$4\)\n"
)


class Said(NamedTuple):
    """A statement with its values, and the organization whose transaction it stands in (None: in none)."""

    sql: str
    values: tuple[Any, ...]
    organization: int | None

    @property
    def inner(self) -> Said | None:
        """The statement that this one has `read_as` carry out, which enters the organization first."""
        place = _place(self.sql)
        if place is None:
            return None
        return Said(self.values[place], self.values[place + 1 :], self.values[0])


def _place(sql: str) -> int | None:
    """Where among its values a call of `read_as` has the statement: behind the organization, and behind an access epoch."""
    found = _READ_AS.match(sql)
    return found and (2 if found[0].endswith("$2, ") else 1)


class Ear:
    """Hears what a pool that is opened within `listening` says; `change` is what becomes of a statement's text."""

    def __init__(self) -> None:
        self.said: list[Said] = []
        self.change: Callable[[str], str] = str

    def sent(self, connection: Any, sql: str, values: tuple[Any, ...]) -> tuple[str, tuple[Any, ...]]:
        """Note a statement of a connection; what is to be sent in its place."""
        place = _place(sql)
        if place is not None:
            values = (*values[:place], self.change(values[place]), *values[place + 1 :])
        sql = self.change(sql)
        begun = _BEGUN.match(sql)
        if begun or _ENDED.match(sql):
            connection.organization = int(begun[1]) if begun else None
        entered = values[2][0] if _ENTERS.match(sql) else connection.organization
        self.said.append(Said(sql, values, entered))
        return sql, values


@contextmanager
def listening() -> Iterator[Ear]:
    """Listen to every pool that is opened meanwhile, for as long as that lives."""
    ear = Ear()

    class Heard(asyncpg.Connection):  # type: ignore[misc]
        """A connection of such a pool."""

        __slots__ = ("organization",)

        def __init__(self, *given: Any, **more: Any) -> None:
            super().__init__(*given, **more)
            self.organization: int | None = None

        async def execute(self, query: str, *args: Any, **more: Any) -> Any:
            query, args = ear.sent(self, query, args)
            return await super().execute(query, *args, **more)

        async def executemany(self, command: str, args: Any, **more: Any) -> Any:
            rows = list(args)
            for row in rows:
                query, _ = ear.sent(self, command, tuple(row))
            return await super().executemany(query, rows, **more)

        async def fetch(self, query: str, *args: Any, **more: Any) -> Any:
            query, args = ear.sent(self, query, args)
            return await super().fetch(query, *args, **more)

        async def fetchrow(self, query: str, *args: Any, **more: Any) -> Any:
            query, args = ear.sent(self, query, args)
            return await super().fetchrow(query, *args, **more)

        async def fetchval(self, query: str, *args: Any, **more: Any) -> Any:
            query, args = ear.sent(self, query, args)
            return await super().fetchval(query, *args, **more)

        async def _unheard(self, *_: Any, **__: Any) -> Any:
            raise NotImplementedError("this way to PostgreSQL is not heard: let `listening` know of it")

        prepare = fetchmany = copy_from_table = copy_from_query = copy_to_table = copy_records_to_table = (
            _unheard
        )
        cursor = transaction = _unheard

    with patch.object(asyncpg, "create_pool", partial(asyncpg.create_pool, connection_class=Heard)):
        yield ear
