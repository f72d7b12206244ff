"""Paths of PATCH operations: text in, the attribute they mean out (RFC 7644 §3.5.2, Figure 7).

Law: a path means one attribute of the resource type, or is refused: `InvalidPath` for the path, `InvalidFilter` for
what stands between its brackets. No array index, no JSON pointer, no space but between the brackets (R212).

    PATH = name / name "[" FILTER "]" ["." sub] / URN of an extension
"""

from __future__ import annotations

import re
from typing import Final

from muster.scim.binding import Binder, is_list
from muster.scim.dialect import Dialect, Notes
from muster.scim.errors import InvalidFilter, InvalidPath
from muster.scim.expression import Filter, Path
from muster.scim.filter import FilterParser
from muster.scim.grammar import Kind, Malformed, Token, Tokens, check_length, shown
from muster.scim.names import Names
from muster.scim.schema import Attribute, ResourceType

_INDEX: Final = re.compile(r"\[ *-?[0-9]+ *\]")


def parse_path(text: str, resource_type: ResourceType, dialect: Dialect, notes: Notes | None = None) -> Path:
    """Return the path `text` bound to the attributes of `resource_type`.

    Tolerances used are added to `notes`. Raises InvalidPath, and InvalidFilter for a filter between the brackets that
    is malformed or compares in a way the attribute does not allow.
    """
    try:
        check_length(text)
        return _path(text, Tokens(text), Names(resource_type, dialect, notes))
    except Malformed as error:
        raise InvalidPath(f"The path cannot be used. {error}") from None


def _path(text: str, tokens: Tokens, names: Names) -> Path:
    name = tokens.take()
    if name.kind is not Kind.WORD or text.startswith(" "):
        name.expected("the name of an attribute")
    if not tokens.head.is_mark("["):
        _expect_end(text, tokens, '"["')
        return _plain(name, names)
    attribute = _list_attribute(name, names)
    inner = _between_brackets(text, tokens, names, attribute)
    sub = _sub(tokens, attribute)
    _expect_end(text, tokens, '"." and a sub-attribute' if sub is None else "")
    return Path(attribute, inner, sub)


def _plain(name: Token, names: Names) -> Path:
    found = names.find(name.text)
    if found is None:
        raise Malformed(name.position, f"{shown(name.text)} is not an attribute that this resource type has")
    return Path(found.attribute, sub=found.sub, extension=found.extension.id if found.extension else None)


def _list_attribute(name: Token, names: Names) -> Attribute:
    path = _plain(name, names)
    if path.attribute is None or path.sub is not None or not is_list(path.attribute):
        raise Malformed(name.position, "only a multi-valued attribute can have brackets")
    return path.attribute


def _between_brackets(text: str, tokens: Tokens, names: Names, attribute: Attribute) -> Filter:
    opening = tokens.head
    if opening.spaced or _INDEX.match(text, opening.position - 1):
        opening.expected("no space here, and a filter between the brackets: elements are not numbered")
    try:
        return FilterParser(tokens, Binder(names)).bracketed(attribute)
    except Malformed as error:
        raise InvalidFilter(f"The filter in the path cannot be used. {error}") from None


def _sub(tokens: Tokens, attribute: Attribute) -> Attribute | None:
    token = tokens.head
    if token.kind is not Kind.WORD or token.spaced or not token.text.startswith("."):
        return None
    sub = attribute.sub(tokens.take().text[1:])
    if sub is None:
        raise Malformed(token.position, f"{shown(token.text[1:])} is not a sub-attribute of {attribute.path}")
    return sub


def _expect_end(text: str, tokens: Tokens, or_else: str) -> None:
    if tokens.head.kind is not Kind.END or text.endswith(" "):
        tokens.head.expected(f"{or_else} or the end" if or_else else "the end")
