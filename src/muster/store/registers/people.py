"""Which people are asked for: found by an index of users, in every source that is looked at.

Law: the sources are numbers of ours, and stand in the text; whatever was sent is bound.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple, TypeVar

from muster.directory.registers.accounts import NamePlace, Wanted
from muster.directory.registers.roles import Place
from muster.store.attributes import attribute_number
from muster.store.session import SearchSession

T = TypeVar("T")

_NOWHERE: Final = "(-1, '')"  # a source that there is not
_EMAIL: Final = attribute_number("User", "emails.value")
_OF: Final = (
    "SELECT {0}.id, {0}.owner, {0}.name_key FROM {1} {0} WHERE {0}.organization = ? AND {0}.owner IN ({2})"
)
BEHIND: Final = "{0}.organization = ? AND {0}.owner = w.column1 AND {0}.id > w.column2"
"""The rows of a source behind its place among `places`."""

_NAMED: Final = " AND {0}.name_key >= ? AND {0}.name_key < ?"
_CALLED: Final = (
    " AND {0}.name_key >= ? AND {0}.name_key <= ?"  # as a range: one index has it, and PostgreSQL knows
)
_REACHED: Final = (
    " AND u.row IN (SELECT k.resource FROM attribute_keys k"
    " WHERE k.organization = ? AND k.owner IN ({}) AND k.attribute = ? AND k.key = ?)"
)

_AHEAD: Final = (
    "u.organization = ? AND u.owner = w.column1 AND u.name_key >= ? AND (u.name_key, u.owner) > (?, ?)"
)


class Found(NamedTuple):
    """A statement, or a part of one, with the values that it binds."""

    sql: str
    values: Sequence[Any]


_ANY: Final = Found("", ())


def places(owners: Sequence[int], after: Place | None) -> Found:
    """Return sources as the rows of a table, each with the id that a list goes on behind, after a place in it."""
    first = Place(min(owners), "") if after is None else after
    rows = [f"({owner:d}, '')" for owner in sorted(owners) if owner > first.owner]
    if first.owner in owners:
        return Found(", ".join([f"VALUES ({first.owner:d}, CAST(? AS text))", *rows]), [first.id])
    return Found(f"VALUES {', '.join(rows or [_NOWHERE])}", [])


def rounded(values: Sequence[T]) -> list[T]:
    """Return values with the last repeated until they are a power of two: so there are few texts to be kept planned."""
    missing = (1 << (len(values) - 1).bit_length()) - len(values)
    return [*values, *[values[-1]] * missing]


def marks(values: Sequence[Any]) -> str:
    """Return a question mark for each value, as they stand in a statement's IN."""
    return ", ".join("?" for _ in values)


def listed(numbers: Sequence[int]) -> str:
    """Return numbers as they stand in a statement's IN."""
    return ", ".join(f"{number:d}" for number in numbers) or "NULL"


def rows_of(numbers: Sequence[int]) -> Found:
    """Return numbers as the rows of a table."""
    return Found(f"VALUES {', '.join(f'({number:d})' for number in numbers)}", ())


def searched(wanted: Wanted, session: SearchSession, organization: int) -> Found | None:
    """Return the statement of who has the name and the address that are wanted: ids, owners and keys of names.

    None: neither is wanted. A name alone may be that of somebody who is gone.
    """
    if not wanted.name and not wanted.whole_name and not wanted.email:
        return None
    owners = listed(wanted.owners)
    named, bound = _named(wanted, session)
    bounds = [organization, *bound]
    sql, values = _OF.format("u", "users", owners) + named.format("u"), [*bounds]
    if wanted.email:
        sql += _REACHED.format(owners)
        values += [organization, _EMAIL, session.key(wanted.email)]
    else:
        sql += f" UNION ALL {_OF.format('t', 'tombstones', owners)}{named.format('t')}"
        values += bounds
    return Found(sql, values)


def there(
    owners: Sequence[int], after: NamePlace, among: int, session: SearchSession, organization: int
) -> Found:
    """Return the statement of the next users of all sources in the order of names: ids, owners and keys of names."""
    key = session.stored_key(after.key)
    first = session.foremost("users", "u", _AHEAD, "u.name_key")
    sql = (
        f"SELECT u.id, u.owner, u.name_key FROM ({rows_of(owners).sql}) w {first}"
        " ORDER BY u.name_key, u.owner LIMIT ?"
    )
    return Found(sql, (organization, key, key, after.owner, among, among))


def held(owners: Sequence[int], session: SearchSession, organization: int) -> Found:
    """Return the statement of the users whose accounts are held, in so many words: they have an index of their own."""
    each = session.beside("accounts", "h", "owner", "w.column1", owner=None, test=" AND h.status = 'held'")
    return Found(f'SELECT h."user" AS id FROM ({rows_of(owners).sql}) w {each}', (organization,))


def _named(wanted: Wanted, session: SearchSession) -> Found:
    """Return the conditions on the name, with `{0}` for what its table is called."""
    named = Found(_NAMED, (session.key(wanted.name), session.behind(wanted.name))) if wanted.name else _ANY
    if not wanted.whole_name:
        return named
    key = session.key(wanted.whole_name)
    return Found(named.sql + _CALLED, (*named.values, key, key))
