"""Reading a JSON value as the value of an attribute (RFC 7643 §2.3 to §2.5).

Law: what comes out is canonical: names as the schema spells them, each value of its attribute's type, nothing that is
unassigned. A string is never changed. What the dialect tolerates leaves a note; everything else is refused by name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from muster.scim.characteristics import Mutability, Type
from muster.scim.dialect import Dialect, Notes
from muster.scim.elements import check_primary, distinct
from muster.scim.errors import InvalidSyntax, InvalidValue
from muster.scim.formats import check_format
from muster.scim.plain import all_plain, is_plain_text, plain_parts
from muster.scim.schema import Attribute
from muster.scim.size import check_count, check_text
from muster.scim.value import instant

_INT64 = 2**63
_DECIMAL_DIGITS = 100
_NAME_SHOWN = 120
_DECIMAL_EXPONENT = 307
_BASE64 = re.compile(r"[A-Za-z0-9+/]*(={0,2})\Z")
_ZONED = re.compile(r"(?:Z|[+-]\d\d:\d\d)\Z")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_STRING, _REFERENCE, _BOOLEAN, _COMPLEX = Type.STRING, Type.REFERENCE, Type.BOOLEAN, Type.COMPLEX
_BOOLEANS = {"true": True, "false": False}

_EXPECTED = {
    Type.STRING: "a string",
    Type.BOOLEAN: "true or false",
    Type.DECIMAL: "a number",
    Type.INTEGER: "an integer of at most 64 bits, without fraction or exponent",
    Type.DATE_TIME: "a date with a time, such as 2026-11-22T10:00:00Z",
    Type.BINARY: "base64 text",
    Type.REFERENCE: "a URI as a string",
    Type.COMPLEX: "an object",
}


def read_value(
    attribute: Attribute, value: object, dialect: Dialect, notes: Notes, where: str | None = None
) -> object | None:
    """Return a JSON value as the canonical value of `attribute`, or None when it is unassigned (R006 to R022).

    Unassigned are null, [] and {}, and in dialects with `empty_is_unassigned` "" too. `where` is how errors and notes
    name the place, the attribute's path unless given. Raises `InvalidValue` for a value of another type, and
    `InvalidSyntax` for an unknown sub-attribute in the strict dialect and for two that differ in letter case only.
    """
    return Reader(dialect, notes).value(attribute, value, where or attribute.path)


def refuse_twins(names: Mapping[str, object], where: str) -> None:
    """Raise `InvalidSyntax` when two names differ in letter case only (R003)."""
    if len(set(map(str.lower, names))) != len(names):
        raise InvalidSyntax(f"{where}: two names are equal but for their letter case")


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the values of one request: its dialect, and where its notes go."""

    dialect: Dialect
    notes: Notes

    def value(self, attribute: Attribute, value: object, where: str) -> object | None:
        """Return the canonical value of `attribute`, as `read_value` does."""
        if attribute.multi_valued:
            return self._elements(attribute, value, where)
        return self.single(attribute, value, where)

    def single(self, attribute: Attribute, value: object, where: str) -> object | None:
        """Return one canonical value: of a single-valued attribute, or one element of a multi-valued one."""
        if self.is_plain(attribute, value):
            return value
        value = self._unlisted(attribute, value, where)
        if value is None:
            return None
        if attribute.type is not _COMPLEX:
            return self._simple(attribute, value, where)
        plain = self._plain_parts(attribute, value)
        if plain:
            return plain
        read = self.parts(attribute, value, where)
        if read and None in read.values():
            read = {name: part for name, part in read.items() if part is not None}
        if read:
            check_required_parts(attribute, read, where)
        return read or None

    def parts(self, attribute: Attribute, value: object, where: str) -> dict[str, object | None] | None:
        """Return the sub-attributes that a complex value names, None for those that it clears; None for null or "".

        What PATCH merges into the present value (RFC 7644 §3.5.2.3).
        """
        value = self._unlisted(attribute, value, where)
        if isinstance(value, str):
            value = self._bare(attribute, value, where)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise InvalidValue(f"{where}: expected an object")
        refuse_twins(value, where)
        read: dict[str, object | None] = {}
        known = attribute.sub_attributes
        for name, part in value.items():
            sub = known.get(name.lower())
            if sub is None:
                self.unknown(f"{where}.{name}")
            elif sub.mutability is Mutability.READ_ONLY:
                self.notes.add("read_only", f"{where}.{sub.name}")
            elif not sub.multi_valued and self.is_plain(sub, part):
                read[sub.name] = part
            else:
                read[sub.name] = self.value(sub, part, f"{where}.{sub.name}")
        return read

    def is_plain(self, attribute: Attribute, value: object) -> bool:
        """Whether the attribute takes one value as it is: a short cut for what nearly all are, which needs no name."""
        kind = attribute.type
        if type(value) is str:
            return (
                (kind is _STRING or kind is _REFERENCE)
                and is_plain_text(value)
                and self.dialect.formats_unchecked
            )
        return type(value) is bool and kind is _BOOLEAN

    def _plain_parts(self, attribute: Attribute, value: object) -> dict[str, object] | None:
        """Return a complex value that has nothing but plain sub-attributes; None: it has to be looked at."""
        if type(value) is not dict or not self.dialect.formats_unchecked:
            return None
        return {**value} if all_plain(plain_parts(attribute), value) else None

    def unknown(self, where: str) -> None:
        """Note an attribute that no schema knows; raises `InvalidSyntax` when the dialect does not ignore it."""
        shown = printable(where)
        if not self.dialect.unknown_attributes:
            raise InvalidSyntax(
                f"{shown}: no schema of this resource type has this attribute", code="attribute-unknown"
            )
        self.notes.add("unknown_attributes", shown)

    def lone(self, where: str) -> None:
        """Note one value where a list belongs; raises `InvalidValue` when the dialect does not take it so."""
        if not self.dialect.list_from_single:
            raise InvalidValue(f"{where}: expected a list")
        self.notes.add("list_from_single", where)

    def _elements(self, attribute: Attribute, value: object, where: str) -> list[object] | None:
        items = value if isinstance(value, list) else [value]
        check_count(items, where)
        read: list[object] = []
        for position, item in enumerate(items):
            element = self._plain_parts(attribute, item) or self._element(
                attribute, item, f"{where}[{position}]"
            )
            if element is not None:
                read.append(element)
        if len(read) > 1:
            read = distinct(attribute, read)
            check_primary(read, where)
        return read or None

    def _element(self, attribute: Attribute, item: object, where: str) -> object | None:
        if isinstance(item, list):
            raise InvalidValue(f"{where}: expected {_EXPECTED[attribute.type]}, not a list")
        return self.single(attribute, item, where)

    def _unlisted(self, attribute: Attribute, value: object, where: str) -> object:
        if not isinstance(value, list):
            return value
        if not value:
            return None
        if len(value) > 1 or not self.dialect.single_from_list or isinstance(value[0], list):
            raise InvalidValue(f"{where}: expected {_EXPECTED[attribute.type]}, not a list")
        self.notes.add("single_from_list", where)
        return value[0]

    def _bare(self, attribute: Attribute, text: str, where: str) -> dict[str, object] | None:
        if not text and self.dialect.empty_is_unassigned:
            self.notes.add("empty_is_unassigned", where)
            return None
        if not self.dialect.bare_values or attribute.value_attribute is None:
            raise InvalidValue(f"{where}: expected an object, not a string")
        self.notes.add("bare_values", where)
        return {attribute.value_attribute.name: text}

    def _simple(self, attribute: Attribute, value: object, where: str) -> object | None:
        if value == "":
            if attribute.required or (
                attribute.path == "externalId" and not self.dialect.empty_is_unassigned
            ):
                raise InvalidValue(f"{where}: expected a string that is not empty")
            if self.dialect.empty_is_unassigned:
                self.notes.add("empty_is_unassigned", where)
                return None
        if attribute.type is Type.BOOLEAN:
            value = self._boolean(value, where)
        read = _READERS[attribute.type](value)
        if read is None:
            raise InvalidValue(f"{where}: expected {_EXPECTED[attribute.type]}")
        if isinstance(read, str):
            check_text(attribute, read, where)
            _check_storable(read, where)
            if not self.dialect.formats_unchecked:
                check_format(attribute, read, where)
        return read

    def _boolean(self, value: object, where: str) -> object:
        if isinstance(value, str) and self.dialect.string_booleans and value.lower() in _BOOLEANS:
            self.notes.add("string_booleans", where)
            return _BOOLEANS[value.lower()]
        return value


def check_required_parts(attribute: Attribute, value: Mapping[str, object], where: str) -> None:
    """Raise `InvalidValue` when a complex value lacks a sub-attribute that its schema requires (R041)."""
    for name in _required_parts(attribute):
        if value.get(name) in (None, ""):
            raise InvalidValue(f"{where}.{name}: a value is required", code="attribute-required")


@lru_cache(maxsize=1024)
def _required_parts(attribute: Attribute) -> tuple[str, ...]:
    subs = attribute.sub_attributes.values()
    return tuple(sub.name for sub in subs if sub.required and sub.mutability is not Mutability.READ_ONLY)


def printable(text: str) -> str:
    """Return a name that a client made up as it may stand in an error or a note: printable, at most 120 characters."""
    cut = text if len(text) <= _NAME_SHOWN else text[:_NAME_SHOWN] + "…"
    return "".join(c if c.isprintable() else "?" for c in cut)


def _check_storable(text: str, where: str) -> None:
    if ("\x00" in text) if text.isascii() else _UNSTORABLE.search(text):
        raise InvalidValue(f"{where}: a NUL character or half of a surrogate pair cannot be stored")


def _text(value: object) -> object | None:
    return value if isinstance(value, str) else None


def _truth(value: object) -> object | None:
    return value if isinstance(value, bool) else None


def _integer(value: object) -> object | None:
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if -_INT64 <= value < _INT64 else None


def _decimal(value: object) -> object | None:
    if isinstance(value, float):
        value = Decimal(repr(value))
    if not isinstance(value, Decimal):
        return _integer(value)
    if not value.is_finite() or len(value.as_tuple().digits) > _DECIMAL_DIGITS:
        return None
    return value if not value or abs(value.adjusted()) <= _DECIMAL_EXPONENT else None


def _date_time(value: object) -> object | None:
    if not isinstance(value, str):
        return None
    try:
        instant(value)
    except (ValueError, OverflowError):
        return None
    return value if _ZONED.search(value) else value + "Z"


def _binary(value: object) -> object | None:
    match = _BASE64.match(value) if isinstance(value, str) else None
    if match is None:
        return None
    size, padding = len(match[0]), len(match[1])
    complete = size % 4 == 0 if padding else size % 4 != 1
    return value if complete else None


_READERS: Mapping[Type, Callable[[object], object | None]] = {
    Type.STRING: _text,
    Type.REFERENCE: _text,
    Type.BOOLEAN: _truth,
    Type.INTEGER: _integer,
    Type.DECIMAL: _decimal,
    Type.DATE_TIME: _date_time,
    Type.BINARY: _binary,
}
