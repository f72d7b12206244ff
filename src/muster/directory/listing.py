"""Lists that are read in parts, read to their end: for who wants all of it at once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeVar

from muster.directory.registers.api_keys import Position

R = TypeVar("R")

_PART: Final = 200


async def whole_list(
    part: Callable[[Position | None, int], Awaitable[Sequence[R]]], position: Callable[[R], tuple[int, str]]
) -> Sequence[R]:
    """Return all rows of a list; `part` returns up to so many behind a position, which `position` tells of a row."""
    found: list[R] = []
    after: Position | None = None
    while rows := await part(after, _PART):
        found += rows
        after = Position(*position(found[-1]))
    return found
