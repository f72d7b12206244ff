"""One PATCH operation, understood: what is done to which attribute, with a value that was read (RFC 7644 §3.5.2).

Law: nothing in it is a string path, and its value is canonical; whether it can be done is known only with a document.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum

from muster.scim.errors import ScimError
from muster.scim.expression import Path


class Kind(StrEnum):
    """The word in `op`."""

    ADD = "add"
    REPLACE = "replace"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation on one attribute, or (a remove without attribute in its path) on a whole extension.

    `where` is the path as the client wrote it. `value` is canonical and None where it unassigns; for a single complex
    value, and an `add` to one element, it holds the sub-attributes named, None for those cleared; for a readOnly
    attribute it is as sent. `listed` marks a remove of nothing but the elements in `value`.
    """

    number: int
    kind: Kind
    path: Path
    where: str
    value: object = None
    listed: bool = False


@contextmanager
def numbered(number: int) -> Iterator[None]:
    """Put the number of the operation, from 1, before the detail of an error raised inside."""
    try:
        yield
    except ScimError as error:
        raise type(error)(f"operation {number}: {error.detail}", code=error.code) from None
