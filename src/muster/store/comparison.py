"""One comparison in SQL: an expression that holds a comparison key, an operator, and a literal's key.

Law: the answer is that of Python on the same two keys; only `=`, `<`, `instr` and `substr` are used, never LIKE,
LOWER or a collation, so `%` and `_` mean themselves. Values are bound, never part of the text. What differs between
the databases is in `Values` and its subclass, nowhere else.
"""

from __future__ import annotations

import math
from typing import ClassVar, Final

from muster.directory.records import Scope
from muster.scim.expression import Key, Operator

_INT64: Final = 2**63
_LAST: Final = "\U0010ffff"
_BEFORE_SURROGATES: Final = "\ud7ff"
_AFTER_SURROGATES: Final = "\ue000"

SIGNS: Final = {
    Operator.EQ: "=",
    Operator.NE: "<>",
    Operator.GT: ">",
    Operator.GE: ">=",
    Operator.LT: "<",
    Operator.LE: "<=",
}

TRUE: Final = "TRUE"
FALSE: Final = "FALSE"


class Values:
    """The values of a statement by the names its text uses; organization `:o` and owner `:w` are always there.

    `plus` before a column keeps its index out of use. Each database is told how to go about a statement, by the words
    that it understands, so that nothing depends on what it knows or guesses of its rows.
    """

    plus: ClassVar[str] = "+"
    index_has_all: ClassVar[bool] = True
    """Whether a column's index holds all that is compared, so that looking through it spares the rows themselves."""

    def __init__(self, scope: Scope) -> None:
        self.bound: dict[str, Key | None] = {"o": scope.organization, "w": scope.owner}

    def bind(self, value: Key) -> str:
        """Keep a value; return the name that stands for it in the text."""
        name = f"p{len(self.bound)}"
        self.bound[name] = storable(value)
        return f":{name}"

    def among(self, what: str, statement: str) -> str:
        """Return the condition that a value, or a pair, is one of those that a statement finds, which runs once."""
        return f"{what} IN ({statement})"

    def exists(self, statement: str) -> str:
        """Return the condition that a statement finds anything for the row at hand."""
        return f"EXISTS ({statement})"

    def same(self, column: str, value: str) -> str:
        """Return the condition that a column has a value, for a statement that is led by this column's index."""
        return f"{column} = {value}"

    def led(self, statement: str, by: str) -> str:  # noqa: ARG002 - SQLite finds that index by itself
        """Return the statement so that the index of a column finds its rows."""
        return statement

    def beside(self, table: str, name: str, column: str, value: str, test: str = TRUE) -> str:
        """Return the join with the rows of the scope's table in which a column has a value: a look-up for each row."""
        scope = f"{name}.organization = :o AND {name}.owner = :w"
        return f"CROSS JOIN {table} {name} ON {scope} AND {name}.{column} = {value} AND {test}"

    def compare(self, expression: str, operator: Operator, key: Key) -> str:
        """Return the condition `expression operator key`; `expression` is never NULL."""
        sign = SIGNS.get(operator)
        if sign is not None:
            return f"{expression} {sign} {self.bind(key)}"
        text = str(key)
        if not text:
            return TRUE
        match operator:
            case Operator.SW:
                return _starts(expression, text, self)
            case Operator.EW:
                return f"substr({expression}, -{len(text)}) = {self.bind(text)}"
            case _:
                return f"instr({expression}, {self.bind(text)}) > 0"


def storable(value: Key) -> Key:
    """Return a number so that SQLite can hold it: beyond 64 bits as a float, as `value.number` stores them."""
    if isinstance(value, int) and not -_INT64 <= value < _INT64:
        try:
            return float(value)
        except OverflowError:
            return math.inf if value > 0 else -math.inf
    return value


def compare(expression: str, operator: Operator, key: Key, values: Values) -> str:
    """Return the condition `expression operator key`; `expression` is never NULL."""
    return values.compare(expression, operator, key)


def _starts(expression: str, prefix: str, values: Values) -> str:
    """Return `sw` as a range, which an index serves: from the prefix to the first text behind all that have it."""
    lower = f"{expression} >= {values.bind(prefix)}"
    end = behind(prefix)
    return f"{lower} AND {expression} < {values.bind(end)}" if end else lower


def behind(prefix: str) -> str:
    """Return the first text behind all that start with `prefix`, in code point order; "" when there is none."""
    stem = prefix.rstrip(_LAST)
    if not stem:
        return ""
    last = stem[-1]
    return stem[:-1] + (_AFTER_SURROGATES if last == _BEFORE_SURROGATES else chr(ord(last) + 1))
