"""The words of filters and paths (RFC 7644 §3.4.2.2, Figure 1): text in, one token after the other out.

Law: reading is linear in the text, which is measured before it is read; a complaint names the character it is about
and what was expected there, and of the text at most one word of 40 characters. Only the space separates.

    filter and path tokens = word / JSON string / "(" / ")" / "[" / "]"

A word is everything between those: attribute names with their URN, operators, numbers, true, false and null.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from enum import Enum, auto
from typing import NamedTuple, NoReturn

from muster.scim.expression import Literal
from muster.scim.limits import MAX_FILTER_BYTES

_WORD_SHOWN = 40
_VALUE_WANTED = "a value: a string in double quotes, a number, true, false or null"

# Each alternative begins with characters of its own and gives none back, so a match is linear.
_TOKEN = re.compile(
    r' *+(?:(?P<word>[^\s()\[\]"\x00-\x1f\x7f]++)|(?P<string>"(?:[^"\\\x00-\x1f]++|\\.)*+")|(?P<mark>[()\[\]]))'
)
_SIMPLE = re.compile(
    r'([^\s()\[\]"\x00-\x1f\x7f]++) (eq|ne|co|sw|ew|gt|ge|lt|le) ("[^"\\\x00-\x1f]*+")\Z', re.IGNORECASE
)
_NUMBER = re.compile(r"(-?(?:0|[1-9][0-9]*+))((?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?)\Z")
_CONSTANTS: dict[str, bool | None] = {"true": True, "false": False, "null": None}


class Malformed(Exception):
    """The text cannot be understood. The parsers turn it into the error of the message they read."""

    def __init__(self, position: int | None, detail: str) -> None:
        super().__init__(f"{detail}." if position is None else f"Character {position}: {detail}.")


class Kind(Enum):
    """What a token is."""

    WORD = auto()
    STRING = auto()
    MARK = auto()
    END = auto()


class Token(NamedTuple):
    """A token: its text as it stands, the number of its first character (from 1), and whether a space precedes it."""

    kind: Kind
    text: str
    position: int
    spaced: bool

    def is_mark(self, mark: str) -> bool:
        """Whether the token is this bracket or parenthesis."""
        return self.kind is Kind.MARK and self.text == mark

    def is_word(self, word: str) -> bool:
        """Whether the token is this word (lower case) in any letter case."""
        return self.kind is Kind.WORD and self.text.lower() == word

    def expected(self, what: str) -> NoReturn:
        """Raise `Malformed`: something else was expected in this token's place."""
        raise Malformed(self.position, f"expected {what}")


class Tokens:
    """The tokens of one text, read as they are asked for; `head` is the next one. Where none can be: `Malformed`."""

    __slots__ = ("_at", "_text", "head")

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self.head = self._read()

    def take(self) -> Token:
        """Return the next token and go past it."""
        token = self.head
        if token.kind is not Kind.END:
            self.head = self._read()
        return token

    def expect_mark(self, mark: str) -> Token:
        """Go past this bracket or parenthesis; raise `Malformed` when it is not there."""
        if not self.head.is_mark(mark):
            self.head.expected(f'"{mark}"')
        return self.take()

    def expect_end(self, or_else: str) -> None:
        """Raise `Malformed` unless the text ends here; `or_else` says what else could have followed."""
        if self.head.kind is not Kind.END:
            self.head.expected(f"{or_else} or the end")

    def _read(self) -> Token:
        match = _TOKEN.match(self._text, self._at)
        if match is None:
            return self._end()
        name = match.lastgroup
        start = match.start(name)  # type: ignore[arg-type]  # each alternative of the pattern is a named group
        token = Token(_KINDS[name], match[name], start + 1, start > self._at)  # type: ignore[index]
        self._at = match.end()
        return token

    def _end(self) -> Token:
        rest = self._text[self._at :]
        position = self._at + len(rest) - len(rest.lstrip(" ")) + 1
        if position <= len(self._text):
            if self._text[position - 1] == '"':
                raise Malformed(position, "this string has no closing quote, or a control character inside")
            raise Malformed(
                position, "a space is the only white space, and control characters are not allowed"
            )
        return Token(Kind.END, "", position, spaced=True)


_KINDS = {"word": Kind.WORD, "string": Kind.STRING, "mark": Kind.MARK}


def simple_comparison(text: str) -> tuple[Token, Token, Token] | None:
    """Return the tokens of a text that is one comparison with a string without escapes, the shape of most; else None.

    A short cut: `Tokens` gives the same three.
    """
    match = _SIMPLE.match(text)
    if match is None:
        return None
    name, operator, value = match.groups()
    after = len(name) + 2
    return (
        Token(Kind.WORD, name, 1, spaced=False),
        Token(Kind.WORD, operator, after, spaced=True),
        Token(Kind.STRING, value, after + 3, spaced=True),
    )


def check_length(text: str) -> None:
    """Raise `Malformed` for a text over the limit in UTF-8 bytes, or with half a surrogate pair in it (R147, R168)."""
    try:
        size = len(text) if text.isascii() or len(text) > MAX_FILTER_BYTES else len(text.encode())
    except UnicodeEncodeError as error:
        raise Malformed(error.start + 1, "half of a surrogate pair is not a character") from None
    if size > MAX_FILTER_BYTES:
        raise Malformed(None, f"Longer than {MAX_FILTER_BYTES} bytes")


def shown(word: str) -> str:
    """Return a word of the input as it may stand in a complaint: quoted, printable, at most 40 characters of it."""
    cut = word if len(word) <= _WORD_SHOWN else word[:_WORD_SHOWN] + "…"
    return '"' + "".join(c if c.isprintable() else "?" for c in cut) + '"'


def literal(token: Token) -> Literal:
    """Return the value of a comparison: a JSON string, number, true, false or null, as JSON writes them (R147).

    Numbers come as int, or as Decimal where they have a fraction, an exponent or more than 64 bits. Raises
    `Malformed` for anything else, such as text without quotes, and for half of a surrogate pair.
    """
    if token.kind is Kind.STRING:
        return _string(token)
    if token.kind is Kind.WORD and token.text in _CONSTANTS:
        return _CONSTANTS[token.text]
    match = _NUMBER.match(token.text) if token.kind is Kind.WORD else None
    if match is None:
        token.expected(_VALUE_WANTED)
    return _number(token, *match.groups())


def _string(token: Token) -> str:
    if "\\" not in token.text:
        return token.text[1:-1]
    try:
        value: str = json.loads(token.text)
        value.encode()
    except UnicodeEncodeError:
        raise Malformed(token.position, "half of a surrogate pair is not a character") from None
    except ValueError:
        raise Malformed(token.position, "this string has an escape that JSON does not know") from None
    return value


def _number(token: Token, whole: str, rest: str) -> int | Decimal:
    try:
        value = Decimal(token.text)
        if abs(float(value)) == float("inf"):
            raise OverflowError
    except (ArithmeticError, ValueError):
        raise Malformed(token.position, "this number is too large") from None
    return value if rest or abs(value) >= 2**63 else int(whole)
