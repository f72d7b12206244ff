"""Reading on from where a page ended, whatever has come and gone since (RFC 9865).

Law: a page begins behind the sort keys of the last row before it, found through the index that serves the order; so it
costs what the first page costs, and a row that stays where it is stands on exactly one page.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final

import apsw

from muster.scim.errors import InvalidCursor
from muster.store.connection import fetch
from muster.store.order import Part, Statement

OF_ANOTHER_STORE: Final = "The cursor is from before the database was moved; begin anew without a cursor."


def page_behind(
    connection: apsw.Connection, parts: Sequence[Part], limit: int, after: bytes | None
) -> tuple[list[int], bytes | None]:
    """Return up to `limit` row numbers behind a position, and the position of the last one when more follow."""
    if not limit:
        return [], None
    first, place = _read(after) if after is not None else (0, None)
    found: list[tuple[int, tuple[Any, ...]]] = []
    for number, statement in _statements(parts, first, place):
        values = {**statement.values, "limit": limit + 1 - len(found)}
        found += [(number, row) for row in fetch(connection, f"{statement.sql} LIMIT :limit", values)]
        if len(found) > limit:
            break
    numbers = [row[0] for _, row in found[:limit]]
    return numbers, _position(*found[limit - 1]) if len(found) > limit else None


def _statements(
    parts: Sequence[Part], first: int, place: Sequence[Any] | None
) -> Iterator[tuple[int, Statement]]:
    """Yield the statements that lead on from a place in one of the parts, each with its part's number."""
    for number in range(first, len(parts)):
        for statement in parts[number].behind(place if number == first else None):
            yield number, statement


def _position(part: int, row: tuple[Any, ...]) -> bytes:
    return json.dumps([part, *row[1:]]).encode()


def _read(position: bytes) -> tuple[int, list[Any]]:
    part, *place = json.loads(position)
    if not isinstance(part, int):
        raise InvalidCursor(OF_ANOTHER_STORE)
    return part, place
