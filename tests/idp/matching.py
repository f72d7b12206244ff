"""Compare an answer with what a conversation file expects of it.

The law of this module: an expectation is a subset. Objects may hold more than is expected; arrays hold exactly as many
elements, in any order, because the values of a multi-valued attribute are unordered (RFC 7643 section 2.4). Numbers,
booleans and strings never equal one another, so `"False"` is not `false`. An object whose keys all begin with `$` and
are listed in `MATCHERS` asks a question instead of naming a value.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final


class _Missing:
    def __repr__(self) -> str:
        return "nothing"


MISSING: Final = _Missing()
UNASSIGNED: Final[tuple[Any, ...]] = (MISSING, None, "", [])
TYPES: Final[Mapping[str, type]] = {
    "string": str,
    "integer": int,
    "boolean": bool,
    "array": list,
    "object": dict,
}


def differences(expected: Any, actual: Any, at: str = "") -> Iterator[str]:
    """Yield one line for each place where `actual` is not what `expected` asks; `at` is the JSON pointer so far."""
    if _is_question(expected):
        for name, operand in expected.items():
            if not MATCHERS[name](operand, actual):
                yield f"{at or '/'}: wanted {name} {operand!r}, got {actual!r}"
    elif isinstance(expected, dict):
        yield from _object_differences(expected, actual, at)
    elif isinstance(expected, list):
        yield from _array_differences(expected, actual, at)
    elif type(expected) is not type(actual) or expected != actual:
        yield f"{at or '/'}: wanted {expected!r}, got {actual!r}"


def matches(expected: Any, actual: Any) -> bool:
    """Tell whether nothing differs."""
    return next(differences(expected, actual), None) is None


def find(document: Any, pointer: str) -> list[Any]:
    """Return the values that a JSON pointer (RFC 6901, with `*` for each element) names in `document`."""
    found = [document]
    for part in (step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]):
        found = [value for parent in found for value in _children(parent, part)]
    return found


def _children(parent: Any, part: str) -> list[Any]:
    if isinstance(parent, dict):
        return [parent[part]] if part in parent else []
    if isinstance(parent, list) and part == "*":
        return list(parent)
    if isinstance(parent, list) and part.isdigit() and int(part) < len(parent):
        return [parent[int(part)]]
    return []


def _is_question(expected: Any) -> bool:
    return isinstance(expected, dict) and bool(expected) and expected.keys() <= MATCHERS.keys()


def _object_differences(expected: dict[str, Any], actual: Any, at: str) -> Iterator[str]:
    if not isinstance(actual, dict):
        yield f"{at or '/'}: wanted an object, got {actual!r}"
        return
    for key, value in expected.items():
        yield from differences(value, actual.get(key, MISSING), f"{at}/{key}")


def _array_differences(expected: list[Any], actual: Any, at: str) -> Iterator[str]:
    if not isinstance(actual, list) or len(actual) != len(expected):
        yield f"{at or '/'}: wanted {len(expected)} element(s) {expected!r}, got {actual!r}"
        return
    rest = list(actual)
    for value in expected:
        position = next((i for i, element in enumerate(rest) if matches(value, element)), None)
        if position is None:
            yield f"{at or '/'}: no element is {value!r}, got {actual!r}"
        else:
            del rest[position]


def _contains(operand: Any, actual: Any) -> bool:
    wanted = operand if isinstance(operand, list) else [operand]
    return isinstance(actual, list) and all(any(matches(w, a) for a in actual) for w in wanted)


def _is_type(operand: Any, actual: Any) -> bool:
    if operand == "integer" and isinstance(actual, bool):
        return False
    return isinstance(actual, TYPES[operand])


def _is_disjoint(operand: Any, actual: Any) -> bool:
    taken = {element["id"] for element in operand}
    return isinstance(actual, list) and all(element["id"] not in taken for element in actual)


MATCHERS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "$absent": lambda operand, actual: (actual is MISSING) is operand,
    "$unassigned": lambda operand, actual: (actual in UNASSIGNED) is operand,
    "$type": _is_type,
    "$like": lambda operand, actual: isinstance(actual, str) and re.search(operand, actual) is not None,
    "$not": lambda operand, actual: not matches(operand, actual),
    "$any": lambda operand, actual: any(matches(choice, actual) for choice in operand),
    "$length": lambda operand, actual: isinstance(actual, list | str) and len(actual) == operand,
    "$min": lambda operand, actual: isinstance(actual, int) and actual >= operand,
    "$contains": _contains,
    "$disjoint": _is_disjoint,
}
