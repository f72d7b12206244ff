"""What an SQL statement says of the organization: the tables that it names, and what each is bound to.

Law: a table counts as bound only where a plain conjunct beside it says so (`alias.organization = parameter`); a form
that is not understood counts as unbound. So a statement is taken for good only if it certainly is.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Any, Final, NamedTuple

_PIECE: Final = re.compile(
    r"""(?P<skip>\s+|--[^\n]*|/\*.*?\*/)|(?P<text>'(?:[^']|'')*')|(?P<name>"(?:[^"]|"")*"|[A-Za-z_]\w*)
    |(?P<value>\$\d+|[?])|(?P<number>\d+(?:\.\d+)?)|(?P<sign>::|<=|>=|<>|!=|\|\||:=|->>?|.)""",
    re.VERBOSE | re.DOTALL,
)
_BEGINS: Final = {"SELECT", "WITH", "VALUES"}
_COMBINING: Final = {"UNION", "INTERSECT", "EXCEPT", ";", "LOOP"}
_BEFORE_TABLE: Final = {"FROM", "JOIN", "UPDATE", "INTO", "USING", "ONLY", "LATERAL", "TABLE"}
_ENDS_FROM: Final = {"WHERE", "SET", "GROUP", "ORDER", "LIMIT", "RETURNING", "ON", "FOR", "SELECT", "VALUES"}
_NO_ALIAS: Final = _ENDS_FROM | {
    "JOIN", "LEFT", "RIGHT", "FULL", "CROSS", "INNER", "NATURAL", "USING", "UNION", "OFFSET", "HAVING", "DEFAULT",
}  # fmt: skip
_AFTER_TERM: Final = {
    "", "AND", "GROUP", "ORDER", "LIMIT", "RETURNING", "FOR", "JOIN", "LEFT", "CROSS", "WHERE", "UNION",
}  # fmt: skip

# A comparison of a column called organization with a parameter, with one of an array of them, or with a variable's.
_BOUND: Final = re.compile(
    r"(?<![\w.])(?:\w+\.)?organization\s*=\s*(\$\d+|\?|\(\$\d+\)\[\d+\]|\w+\.organization\b)"
)

# A comparison of it in whatever form: with anything, from either side, in a row of several, by the name alone.
_COMPARED: Final = re.compile(
    r"""(?<!muster\.)\borganization"?(?:\s*,[^()]*\))?\s*(?:::\w+\s*)?\)?\s*(?:[=<>!~@]|(?:NOT|IN|IS|BETWEEN|LIKE)\b)
    |(?:[=<>~@]|\b(?:IN|ANY|ALL))\s*\(?\s*(?:\w+\.)?"?organization\b|\bUSING\s*\([^)]*\borganization\b|\bNATURAL\b""",
    re.VERBOSE | re.IGNORECASE,
)
_TEXT: Final = re.compile(r"'(?:[^']|'')*'")

Binding = tuple[int, int | None]
"""The parameter's number, and the place in it where it is an array; (0, None): a variable of the function; (0, n): the
number n itself."""
Piece = Any  # a word or sign, or the list of those between two parentheses


class Table(NamedTuple):
    """A table where a statement names it; `written`: a row of it is made there."""

    name: str
    alias: str
    bound: Binding | None
    written: bool


class Call(NamedTuple):
    """A call of a function, and what its first argument is."""

    name: str
    bound: Binding | None


def opened(sql: str) -> str:
    """Return the statement with each comparison of an organization made true of every row; what rows are made of stays."""

    def true(found: re.Match[str]) -> str:
        value = found[1]
        return "TRUE" if value.endswith("organization") else f"({value}::bigint IS NOT NULL)"

    return _BOUND.sub(true, sql)


def compares(sql: str) -> bool:
    """Tell whether an organization is compared with anything, in whatever form."""
    return _COMPARED.search(_TEXT.sub("''", sql)) is not None


def weakened(sql: str) -> Iterator[str]:
    """Yield the statement once for each of its comparisons of an organization, without that one."""
    for found in _BOUND.finditer(sql):
        yield f"{sql[: found.start()]}{opened(found[0])}{sql[found.end() :]}"


def tables(sql: str, known: Collection[str]) -> list[Table]:
    """Return each place where one of the known tables is read or written."""
    return [table for level in _levels(_nested(sql)) for table in _tables(level, known)]


def calls(sql: str, known: Collection[str]) -> list[Call]:
    """Return each call of one of the known functions."""
    return [
        Call(piece, _parameter(_until_comma(level[place + 1])))
        for level in _levels(_nested(sql))
        for place, piece in enumerate(level[:-1])
        if isinstance(piece, str) and piece in known and isinstance(level[place + 1], list)
    ]


def _nested(sql: str) -> list[Piece]:
    """Return the pieces of a text, those between parentheses as a list of their own; keywords in capitals."""
    stack: list[list[Piece]] = [[]]
    for found in _PIECE.finditer(sql):
        text = found[0]
        if found.lastgroup == "skip":
            continue
        if text == "(":
            stack.append([])
        elif text == ")":
            inner = stack.pop()
            stack[-1].append(inner)
        elif found.lastgroup == "name":
            stack[-1].append(text.strip('"') if text[0] == '"' else _folded(text))
        else:
            stack[-1].append(text)
    (whole,) = stack
    return whole


_KEYWORDS: Final = (
    _COMBINING | _BEFORE_TABLE | _NO_ALIAS | {"AND", "OR", "NOT", "AS", "OF", "INSERT", "DELETE", "WITH"}
)


def _folded(name: str) -> str:
    return name.upper() if name.upper() in _KEYWORDS else name.lower()


def _levels(pieces: list[Piece]) -> Iterator[list[Piece]]:
    """Yield each query by itself: its pieces, what is between parentheses left as lists."""
    level: list[Piece] = []
    for place, piece in enumerate(pieces):
        if isinstance(piece, list):
            yield from _levels(piece)
            joined = place and pieces[place - 1] in ("FROM", "JOIN") and isinstance(piece[0], str)
            level.extend(piece if joined and piece[0] not in _BEGINS else [piece])
        elif piece in _COMBINING:
            yield level
            level = []
        else:
            level.append(piece)
    yield level


def _tables(level: list[Piece], known: Collection[str]) -> Iterator[Table]:
    places = list(_named(level, known))
    for place in places:
        name = str(level[place])
        if level[place - 1] == "INTO":
            yield Table(name, name, _written(level, place), written=True)
        else:
            alias = _alias(level, place)
            yield Table(name, alias, _compared(level, alias, alone=len(places) == 1), written=False)


def _named(level: list[Piece], known: Collection[str]) -> Iterator[int]:
    """Yield where a query names a table: behind FROM, JOIN and the like, or behind a comma in a FROM."""
    listing = False
    for place, piece in enumerate(level):
        before = level[place - 1] if place else ""
        if before == ".":
            before = level[place - 3] if place > 2 else ""
        if not isinstance(piece, str):
            continue
        if piece in {"FROM", "USING", "UPDATE"}:
            listing = True
        elif piece in _ENDS_FROM:
            listing = False
        follows = isinstance(before, str) and (before in _BEFORE_TABLE or (before == "," and listing))
        if piece in known and follows:
            yield place


def _alias(level: list[Piece], place: int) -> str:
    rest = level[place + 1 : place + 3]
    if rest and rest[0] == "AS":
        rest = rest[1:]
    named = rest and isinstance(rest[0], str) and rest[0].isidentifier() and rest[0] not in _NO_ALIAS
    return str(rest[0] if named else level[place])


def _compared(level: list[Piece], alias: str, *, alone: bool) -> Binding | None:
    """Return what a conjunct of the query binds the table to."""
    if "OR" in level:
        return None
    for place, piece in enumerate(level):
        if piece != "organization" or level[place + 1 : place + 2] != ["="]:
            continue
        qualified = level[place - 1] == "."
        start = place - 2 if qualified else place
        if (level[start] == alias if qualified else alone) and _restricts(level, start, alias):
            bound, end = _operand(level, place + 2)
            after = level[end] if end < len(level) else ""
            if bound is not None and isinstance(after, str) and after in _AFTER_TERM:
                return bound
    return None


def _restricts(level: list[Piece], start: int, alias: str) -> bool:
    """Tell whether what starts there is a conjunct that a row of the table has to meet to be in the answer."""
    places = [place for place in range(start) if level[place] in ("WHERE", "ON")]
    if not places or level[start - 1] not in ("WHERE", "ON", "AND") or "case" in level[places[-1] : start]:
        return False
    outer = [piece for piece in level if piece in ("LEFT", "RIGHT", "FULL")]
    if level[places[-1]] == "WHERE" or not outer:
        return True
    # An outer join keeps rows of the other side that do not meet its condition.
    return set(outer) == {"LEFT"} and level[places[-1] - 1] == alias


def _operand(level: list[Piece], place: int) -> tuple[Binding | None, int]:
    """Return the parameter at a place, or the variable, and where it ends."""
    size = 4 if isinstance(level[place], list) else 1  # `($3)[1]`: a list, a bracket, a number, a bracket
    if level[place + 1 : place + 3] == [".", "organization"]:
        size = 3
    return _parameter(level[place : place + size]), place + size


def _parameter(pieces: list[Piece]) -> Binding | None:
    """Return what `$1`, `$1::bigint` or `($3)[1]` is; None: anything else."""
    match pieces:
        case [str(value), *cast] if cast in ([], ["::", "bigint"]) and value[0] == "$":
            return int(value[1:]), None
        case [[str(value)], "[", str(place), "]"] if value[0] == "$":
            return int(value[1:]), int(place)
        case [_, ".", "organization"]:
            return 0, None
        case [str(value)] if value.isdecimal():
            return 0, int(value)
        case _:
            return None


def _written(level: list[Piece], place: int) -> Binding | None:
    """Return what a new row's organization is bound to."""
    columns, values = level[place + 1], level[place + 2 :]
    if not isinstance(columns, list) or "organization" not in columns or "," not in columns:
        return None
    number = [piece for piece in columns if piece != ","].index("organization")
    if values[:1] == ["VALUES"]:
        values = values[1]
    elif values[:1] == ["SELECT"]:
        values = values[1:]
    for _ in range(number):
        values = values[values.index(",") + 1 :]
    return _parameter(_until_comma(values))


def _until_comma(pieces: list[Piece]) -> list[Piece]:
    return pieces[: pieces.index(",")] if "," in pieces else pieces
