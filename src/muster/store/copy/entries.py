"""Index entries on their way into an SQLite file, which keeps numbers as numbers and complex attributes by their parts.

Law: which attributes have numbers is known from the organization's schemas; what none of them has stays bytes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Final, NamedTuple, Self

import orjson

from muster.directory.failures import StoreError
from muster.scim.catalog import builtin, with_extensions
from muster.scim.characteristics import Type
from muster.store.attributes import attribute_number
from muster.store.copy.from_postgres import DAMAGED
from muster.store.copy.tables import ENTRIES, Row
from muster.store.postgres.values import number_of

_NUMERIC: Final = frozenset({Type.BOOLEAN, Type.DATE_TIME, Type.INTEGER, Type.DECIMAL})
_ATTRIBUTE: Final = ENTRIES.place("attribute")
_KEY: Final = ENTRIES.place("key")
_RESOURCE: Final = ENTRIES.place("resource")


class Attributes(NamedTuple):
    """The numbers of the attributes of an organization's schemas that are not texts: with numeric keys, with parts."""

    numeric: Collection[int]
    complex: Collection[int]

    @classmethod
    def of(cls, documents: Iterable[bytes]) -> Self:
        """Return those of the built-in schemas and of custom ones."""
        numeric: set[int] = set()
        whole: set[int] = set()
        schemas = with_extensions(builtin(), [orjson.loads(document) for document in documents])
        for type_ in schemas.resource_types:
            for top in type_.every_attribute():
                for attribute in (top, *top.sub_attributes.values()):
                    number = attribute_number(type_.name, attribute.path)
                    if attribute.type in _NUMERIC:
                        numeric.add(number)
                    elif attribute.type is Type.COMPLEX:
                        whole.add(number)
        return cls(numeric, whole)

    def kept(self, rows: Sequence[Row]) -> Sequence[Row]:
        """Return the entries without those of complex attributes, which say no more than those of their parts."""
        return [row for row in rows if row[_ATTRIBUTE] not in self.complex]

    def written(self, row: Row) -> Row:
        """Return an entry as a file holds it. Raises `StoreError`: its key is not what it was made of."""
        attribute, key = row[_ATTRIBUTE], row[_KEY]
        if attribute in self.numeric:
            key = number_of(key)
        elif key.startswith(DAMAGED):
            key = None
        if key is None:
            raise StoreError(f"an index entry of row {row[_RESOURCE]}, attribute {attribute}, is damaged")
        return (*row[:_KEY], key, *row[_KEY + 1 :])
