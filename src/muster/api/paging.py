"""Lists in parts: a cursor names the keys of the last row that was answered, and the next part begins behind them.

Law: a cursor is opaque to whoever has it and grants nothing: it is only a place in one list, and one that does not fit
the list it is sent with is refused. A part costs the same wherever it stands.
"""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Final, TypeVar

import orjson
from fastapi import Depends, Query

from muster.api.models import Page
from muster.api.problem import INVALID_CURSOR, Problem

R = TypeVar("R")
S = TypeVar("S")

MOST: Final = 200
_USUAL: Final = 50
_LONGEST: Final = 4096  # characters; a cursor of ours is never longer
_WIDEST: Final = 2**63


class Place:
    """Where a list is asked to begin, and how many rows of it are asked for."""

    def __init__(self, limit: int, cursor: str | None) -> None:
        self.limit = limit
        self._cursor = cursor

    def after(self, name: str, *types: type) -> tuple[Any, ...] | None:
        """Return the sort keys that the part begins behind, of these types; None: the list's beginning.

        `name` says which list it is, with all that narrows it. Raises Problem: the cursor is not one of this list.
        """
        if self._cursor is None:
            return None
        keys = _read(self._cursor, name)
        if keys is None or [type(key) for key in keys] != list(types) or not all(map(_fits, keys)):
            raise Problem(INVALID_CURSOR, "Send the cursor that this very list has answered, or none.")
        return tuple(keys)

    def page(
        self, name: str, rows: Sequence[R], keys: Callable[[R], Sequence[object]], shown: Callable[[R], S]
    ) -> Page[S]:
        """Return the part of a list from up to one row more than `limit`; `keys` are a row's sort keys."""
        kept = rows[: self.limit]
        more = len(rows) > self.limit
        return Page(items=[shown(row) for row in kept], next=_text(name, keys(kept[-1])) if more else None)


def place(
    limit: Annotated[
        int, Query(ge=1, le=MOST, description="How many items the answer has at most.")
    ] = _USUAL,
    cursor: Annotated[
        str | None,
        Query(max_length=_LONGEST, description="`next` of the part before; without it the list begins anew."),
    ] = None,
) -> Place:
    """Return the place in a list that a request asks for."""
    return Place(limit, cursor)


Paging = Annotated[Place, Depends(place)]
"""The parameter of every route that answers a list."""


def _text(name: str, keys: Sequence[object]) -> str:
    return urlsafe_b64encode(orjson.dumps([name, *keys])).rstrip(b"=").decode()


def _read(text: str, name: str) -> list[Any] | None:
    """Return the sort keys of a cursor, or None when it is not one of that list."""
    try:
        content = orjson.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, binascii.Error):
        return None
    if not isinstance(content, list) or not content or content[0] != name:
        return None
    return content[1:]


def _fits(key: object) -> bool:
    """Whether a database takes the key as it is: no number beyond 64 bits, no text with U+0000."""
    return -_WIDEST <= key < _WIDEST if isinstance(key, int) else "\0" not in str(key)
