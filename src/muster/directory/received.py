"""Which attributes a connection really sends: the paths that are found in a sample of its users' documents.

Law: pure; every path is one that a mapping takes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

import orjson

from muster.directory.mapping import MappingError, Source, checked
from muster.scim.schema import ResourceType

_FIELD: Final = "username"  # any field will do to see whether a path can be mapped
_LONGEST_EXAMPLE: Final = 60
_MOST: Final = 200


class Received(NamedTuple):
    """A path, how many users of the sample have a value there, and one of those values, cut."""

    path: str
    users: int
    example: str


def received_paths(documents: Iterable[Mapping[str, Any]], resource_type: ResourceType) -> list[Received]:
    """Return the paths with values in users' documents, in the order of the alphabet."""
    counted: Counter[str] = Counter()
    examples: dict[str, str] = {}
    for document in documents:
        found = dict(
            reversed([*_values(document)])
        )  # of several at a path the first is the one that is mapped
        counted.update(found.keys())
        examples = found | examples
    usable = [path for path in sorted(counted, key=str.lower)[:_MOST] if _can_be_mapped(path, resource_type)]
    return [Received(path, counted[path], examples[path][:_LONGEST_EXAMPLE]) for path in usable]


def _values(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in document.items():
        if name.lower().startswith("urn:"):
            if isinstance(value, dict):
                yield from ((f"{name}:{path}", text) for path, text in _values(value))
        elif isinstance(value, list):
            for element in value:
                yield from _of_element(name, element)
        elif isinstance(value, dict):
            yield from _below(name, value)
        else:
            yield from _text(name, value)


def _of_element(name: str, element: Any) -> Iterator[tuple[str, str]]:
    if not isinstance(element, dict):
        yield from _text(name, element)
        return
    kind = element.get("type")
    if isinstance(kind, str) and kind:
        chosen = f"{name}[type eq {orjson.dumps(kind).decode()}]"
        yield from _below(chosen, {key: value for key, value in element.items() if key != "type"})
    yield from _below(name, element)


def _below(path: str, value: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, one in value.items():
        if not isinstance(one, list | dict):
            yield from _text(f"{path}.{name}", one)


def _text(path: str, value: Any) -> Iterator[tuple[str, str]]:
    if value not in (None, ""):
        yield path, str(value).lower() if isinstance(value, bool) else str(value)


def _can_be_mapped(path: str, resource_type: ResourceType) -> bool:
    try:
        checked([Source(_FIELD, path)], resource_type)
    except MappingError:
        return False
    return True
