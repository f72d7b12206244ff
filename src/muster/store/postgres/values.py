"""What PostgreSQL compares with what: keys as bytes, words as text, numbers as they are.

Law: an expression on a key column is one that row-level security lets an index serve (`=`, `<`, `>=` on bytea are
leakproof); where a key was cut, the answer is that of the whole one, which stands in the column beside it.
"""

from __future__ import annotations

import re
import struct
from hashlib import sha256
from typing import ClassVar, Final, NamedTuple

from muster.scim.expression import Key, Operator
from muster.store.comparison import FALSE, SIGNS, TRUE, Values, behind, storable

LONGEST: Final = 300
"""Bytes of a key that an index row holds; of a longer one these many and a digest of 32."""

WHOLE: Final = {"key": "whole", "name_key": "name_whole", "external_id": "external_whole"}
"""The columns of keys, and where the whole of a cut one is."""

_LEADING: Final = {
    "id",
    "name_key",
    "external_id",
}  # columns with an index of their own that leads to one row

_KINDS: Final = (bytes, str, int)
_NAME: Final = re.compile(r"(?<![:\w]):([a-z]\d*)\b")
_SIGN_BIT: Final = 1 << 63
_EVERY_BIT: Final = (1 << 64) - 1
_MIDDLE: Final = 1 << 15
_NUMBER: Final = struct.Struct(">QH")
_ABOVE: Final = {Operator.GT, Operator.GE}


class Cut(NamedTuple):
    """A key as it is stored: what the index has, and the whole of it where that was cut."""

    key: bytes
    whole: bytes | None


def cut(key: Key) -> Cut:
    """Return a comparison key as the columns hold it."""
    return cut_bytes(number_bytes(key) if isinstance(key, int | float) else text_bytes(key))


def cut_bytes(data: bytes) -> Cut:
    """Return a comparison key, given as bytes, as the columns hold it."""
    if len(data) <= LONGEST:
        return Cut(data, None)
    return Cut(data[:LONGEST] + sha256(data).digest(), data)


def text_bytes(text: str) -> bytes:
    """Return a text as bytes, which order as its code points do."""
    return text.encode("utf-8", "surrogatepass")


def number_bytes(number: float) -> bytes:
    """Return a number as ten bytes that order as numbers do, whole ones beyond 2^53 exactly."""
    value = storable(number)
    nearest = float(value) + 0.0  # -0.0 is 0.0
    rest = value - int(nearest) if isinstance(value, int) else 0
    (bits,) = struct.unpack(">Q", struct.pack(">d", nearest))
    ordered = bits ^ (_EVERY_BIT if bits & _SIGN_BIT else _SIGN_BIT)
    return _NUMBER.pack(ordered, int(rest) + _MIDDLE)


def number_of(data: bytes) -> float | None:
    """Return the number that `number_bytes` makes these bytes of, an int wherever 64 bits hold it; None: no number."""
    if len(data) != _NUMBER.size:
        return None
    ordered, rest = _NUMBER.unpack(data)
    bits = ordered ^ (_SIGN_BIT if ordered & _SIGN_BIT else _EVERY_BIT)
    (value,) = struct.unpack(">d", struct.pack(">Q", bits))
    if value.is_integer() and -_SIGN_BIT <= (whole := int(value) + rest - _MIDDLE) < _SIGN_BIT:
        value = whole
    return value if number_bytes(value) == data else None


def word(text: str) -> str:
    """Return a text for a column of ids, which never hold U+0000; what has it is no id."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")


def after(prefix: bytes) -> bytes:
    """Return the first bytes behind all that start with `prefix`; b"" when there are none."""
    stem = prefix.rstrip(b"\xff")
    return stem[:-1] + bytes([stem[-1] + 1]) if stem else b""


class Placed(NamedTuple):
    """A statement with positions instead of names, and its values: keys, words, numbers."""

    sql: str
    keys: list[bytes]
    words: list[str]
    numbers: list[int]


class PostgresValues(Values):
    """The values of a statement, and how PostgreSQL is told to go about it.

    Without statistics, or for an organization that is newer than they are, it takes every range for a single row, and
    of two plans that cost the same anyone. `OFFSET 0` keeps a statement by itself, so that it is evaluated where it
    stands and joined in no other order. `IS TRUE` keeps a list from becoming a join: it is read once and hashed. And of
    two indexes that seem equally good it takes the one that yields the order asked for, if the column is not bound to a
    single value: hence `ORDER BY` what is looked for, between a value and itself.
    """

    plus: ClassVar[str] = ""
    index_has_all: ClassVar[bool] = False  # of a long value it has the beginning

    def keep(self, value: bytes | str | int) -> str:
        """Keep a value as it is; return the name that stands for it in the text."""
        name = f"p{len(self.bound)}"
        self.bound[name] = value  # type: ignore[assignment]
        return f":{name}"

    def bind(self, value: Key) -> str:
        """Keep a number or a word; return the name that stands for it in the text."""
        return self.keep(int(value) if isinstance(value, int | float) else word(value))

    def compare(self, expression: str, operator: Operator, key: Key) -> str:
        """Return the condition `expression operator key`; `expression` is never NULL."""
        table, _, column = expression.rpartition(".")
        if column not in WHOLE:
            return self._compare_word(expression, operator, str(key))
        if operator is Operator.EQ and column in _LEADING:
            return self.same(expression, self.keep(cut(key).key))
        return self._compare_key(expression, f"{table}.{WHOLE[column]}", operator, key)

    def among(self, what: str, statement: str) -> str:
        """Return the condition that a value, or a pair, is one of those that a statement finds: in a hash of them."""
        if not what.startswith("("):  # of an array PostgreSQL does not guess that it is too long for a hash
            statement = f"SELECT unnest(ARRAY({statement}))"
        return f"(({what} IN ({statement})) IS TRUE)"

    def exists(self, statement: str) -> str:
        """Return the condition that a statement finds anything for the row at hand."""
        return f"EXISTS ({statement} OFFSET 0)"

    def same(self, column: str, value: str) -> str:
        """Return the condition that a column has a value, as a range."""
        return f"{column} >= {value} AND {column} <= {value}"

    def led(self, statement: str, by: str) -> str:
        """Return the statement so that the index of a column finds its rows."""
        return f"SELECT * FROM ({statement} ORDER BY {by} OFFSET 0) l"

    def beside(self, table: str, name: str, column: str, value: str, test: str = TRUE) -> str:
        """Return the join with the rows of the scope's table in which a column has a value: a look-up for each row."""
        where = f"{name}.organization = :o AND {name}.owner = :w AND {self.same(f'{name}.{column}', value)} AND {test}"
        rows = f"SELECT {name}.* FROM {table} {name} WHERE {where} ORDER BY {name}.{column} OFFSET 0"
        return f"CROSS JOIN LATERAL ({rows}) {name}"

    def placed(self, sql: str) -> Placed:
        """Return the statement as `read_as` takes it."""
        lists: tuple[list[bytes], list[str], list[int]] = ([], [], [])
        places: dict[str, str] = {}
        for name, value in self.bound.items():
            kind = _KINDS.index(type(value))
            lists[kind].append(value)  # type: ignore[arg-type]
            places[name] = f"(${kind + 1})[{len(lists[kind])}]"
        return Placed(_NAME.sub(lambda found: places[found[1]], sql), *lists)

    def _compare_key(self, column: str, whole: str, operator: Operator, key: Key) -> str:
        stored = cut(key)
        if operator in (Operator.EQ, Operator.NE):
            return f"{column} {SIGNS[operator]} {self.keep(stored.key)}"
        data = stored.whole or stored.key
        if operator in SIGNS:
            return self._order(column, whole, operator, data)
        if not data:
            return TRUE
        full = f"coalesce({whole}, {column})"
        match operator:
            case Operator.SW:
                return self._starts(column, full, data)
            case Operator.EW:
                size = len(data)
                return f"substr({full}, greatest(length({full}) - {size - 1}, 1)) = {self.keep(data)}"
            case _:
                return f"position({self.keep(data)} IN {full}) > 0"

    def _order(self, column: str, whole: str, operator: Operator, data: bytes) -> str:
        """Return an ordering: on the column alone where the literal is not longer than what the column holds."""
        sign = SIGNS[operator]
        if len(data) <= LONGEST:
            return f"{column} {sign} {self.keep(data)}"
        exact = f"coalesce({whole}, {column}) {sign} {self.keep(data)}"
        start = data[:LONGEST]
        if operator in _ABOVE:
            return f"({column} >= {self.keep(start)} AND {exact})"
        end = after(start)
        return f"({column} < {self.keep(end)} AND {exact})" if end else exact

    def _starts(self, column: str, full: str, data: bytes) -> str:
        start = data[:LONGEST]
        end = after(start)
        test = f"{column} >= {self.keep(start)}" + (f" AND {column} < {self.keep(end)}" if end else "")
        if len(data) <= LONGEST:
            return f"({test})"
        return f"({test} AND substr({full}, 1, {len(data)}) = {self.keep(data)})"

    def _compare_word(self, expression: str, operator: Operator, text: str) -> str:
        """Return a comparison with text that holds no U+0000; a literal may, and is compared as if it were held."""
        stem, nul, _ = text.partition("\0")
        if operator in SIGNS:
            if not nul:
                return self._signed(expression, operator, self.keep(text))
            return self._beside(expression, operator, stem)
        if nul:
            return FALSE
        match operator:
            case _ if not text:
                return TRUE
            case Operator.SW:
                end = behind(text)
                lower = f"{expression} >= {self.keep(text)}"
                return f"{lower} AND {expression} < {self.keep(end)}" if end else lower
            case Operator.EW:
                return f"right({expression}, {len(text)}) = {self.keep(text)}"
            case _:
                return f"position({self.keep(text)} IN {expression}) > 0"

    def _signed(self, expression: str, operator: Operator, value: str) -> str:
        if operator is Operator.EQ and expression.rpartition(".")[2] in _LEADING:
            return self.same(expression, value)
        return f"{expression} {SIGNS[operator]} {value}"

    def _beside(self, expression: str, operator: Operator, stem: str) -> str:
        """Return a comparison with `stem` and a U+0000 behind it: nothing is equal, and only what is longer is more."""
        match operator:
            case Operator.EQ:
                return FALSE
            case Operator.NE:
                return TRUE
            case Operator.GT | Operator.GE:
                return f"{expression} > {self.keep(stem)}"
            case _:
                return f"{expression} <= {self.keep(stem)}"
