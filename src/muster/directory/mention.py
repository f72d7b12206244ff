"""Whether what was kept of a request says something of a person.

Law: a person is meant where a value is one of their names, or a filter compares with it; not where the same word is a
name in JSON, or one of the protocol's own. What cannot be read may say anything.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote, quote_plus, unquote_plus

from muster.scim.value import fold

# What these hold are words of the protocol, which somebody may be called as: `replace`, `userName`, `work`.
_WORDS: Final = frozenset({"op", "path", "schemas", "method", "type"})


class Person:
    """Who a request may be about: an id, and what they are called by."""

    def __init__(self, id: str, document: Mapping[str, Any]) -> None:
        self.id = id
        self.names = frozenset(_names(document))
        self._keys = frozenset(map(fold, self.names))
        self._quoted = tuple({fold(literal) for name in self.names for literal in _literals(name)})

    def in_bodies(self) -> Sequence[str]:
        """Return the texts of which a body that says something has at least one, as sent or in lower case."""
        literals = [literal for name in self._forms() for literal in _literals(name)]
        return [*dict.fromkeys([self.id, *literals, *map(_inside, literals)])]

    def in_targets(self) -> Sequence[str]:
        """Return the texts of which a target that says something has at least one."""
        quoted = [f'"{name}"' for name in self._forms()]
        forms = (
            form
            for text in quoted
            for form in (quote(text, safe=""), quote(text, safe="@"), quote_plus(text))
        )
        return [*dict.fromkeys([self.id, *forms])]

    def is_in_target(self, target: str) -> bool:
        """Whether a path and query names the person."""
        return self._is_compared(unquote_plus(target))

    def is_in_body(self, body: bytes) -> bool:
        """Whether a body names the person."""
        try:
            sent = json.loads(body, object_pairs_hook=_Pairs)
        except (ValueError, RecursionError):
            return True
        return any(
            self._is_compared(text) or (name not in _WORDS and fold(text) in self._keys)
            for name, text in _strings(sent)
        )

    def _forms(self) -> Collection[str]:
        return dict.fromkeys(form for name in self.names for form in (name, name.lower()))

    def _is_compared(self, text: str) -> bool:
        """Whether the id stands in a text, or one of the names in quotes."""
        if self.id in text:
            return True
        folded = fold(text) if '"' in text else ""
        return any(quoted in folded for quoted in self._quoted)


class _Pairs(tuple[tuple[str, Any], ...]):
    """The names and values of an object, those that stand there twice too."""

    __slots__ = ()


def _strings(value: Any) -> Iterator[tuple[str, str]]:
    """Yield each text in a JSON value with the name of what holds it, in lower case; names too, as held by `path`."""
    rest = [("", value)]
    while rest:
        name, value = rest.pop()
        if isinstance(value, str):
            yield name, value
        elif isinstance(value, _Pairs):
            rest += [("path", inner) for inner, _ in value]
            rest += [(inner.lower(), one) for inner, one in value]
        elif isinstance(value, list):
            rest += [(name, one) for one in value]


def _names(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a person is called by, in a stored document."""
    called = [document.get(name) for name in ("userName", "externalId", "displayName")]
    called += [email.get("value") for email in document.get("emails", ())]
    return (name for name in called if isinstance(name, str) and name)


def _literals(name: str) -> Sequence[str]:
    """Return how a name stands in JSON, and in a filter."""
    return [*dict.fromkeys((f'"{name}"', json.dumps(name, ensure_ascii=False), json.dumps(name)))]


def _inside(literal: str) -> str:
    """Return how a literal stands inside of another."""
    return json.dumps(literal, ensure_ascii=False)[1:-1]
