"""Index entries on their way into an SQLite file, which keeps numbers as numbers and complex attributes by their parts.

Law: which attribute holds what is known from the organization's schemas; an entry of none of them is an error.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Final, NamedTuple, Self

import orjson

from muster.directory.failures import StoreError
from muster.scim.catalog import builtin, with_extensions
from muster.scim.characteristics import Type
from muster.store.attributes import attribute_number
from muster.store.copy.tables import ENTRIES, Row
from muster.store.postgres.values import number_of

_NUMERIC: Final = frozenset({Type.BOOLEAN, Type.DATE_TIME, Type.INTEGER, Type.DECIMAL})
_ATTRIBUTE: Final = ENTRIES.place("attribute")
_KEY: Final = ENTRIES.place("key")


class Attributes(NamedTuple):
    """The numbers of the attributes that an organization knows: with numeric keys, with text, with parts."""

    numeric: Collection[int]
    textual: Collection[int]
    complex: Collection[int]

    @classmethod
    def of(cls, documents: Iterable[bytes]) -> Self:
        """Return those of the built-in schemas and of custom ones."""
        known: tuple[set[int], set[int], set[int]] = (set(), set(), set())
        schemas = with_extensions(builtin(), [orjson.loads(document) for document in documents])
        for type_ in schemas.resource_types:
            for top in type_.every_attribute():
                for attribute in (top, *top.sub_attributes.values()):
                    place = 0 if attribute.type in _NUMERIC else 2 if attribute.type is Type.COMPLEX else 1
                    known[place].add(attribute_number(type_.name, attribute.path))
        return cls(*known)

    def kept(self, rows: Sequence[Row]) -> Sequence[Row]:
        """Return the entries without those of complex attributes, which say no more than those of their parts."""
        return [row for row in rows if row[_ATTRIBUTE] not in self.complex]

    def written(self, row: Row) -> Row:
        """Return an entry as a file holds it. Raises `StoreError`: no schema has its attribute, or its key is none."""
        attribute, key = row[_ATTRIBUTE], row[_KEY]
        if attribute in self.textual:
            return row
        number = number_of(key) if attribute in self.numeric else None
        if number is None:
            raise StoreError(f"the index entry {key.hex()} of the attribute {attribute} cannot be read")
        return (*row[:_KEY], number, *row[_KEY + 1 :])
