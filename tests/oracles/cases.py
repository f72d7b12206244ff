"""The vectors as values: cases, outcomes, and the rules by which two resources count as equal.

Law of comparison: absent = null = [] (RFC 7643 section 2.5); `primary` false = absent (2.4); the order of a
multi-valued attribute says nothing; members and managers compare by their value, dates as instants, numbers by value.
"""

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent.parent / "vectors"
EXTENSION = "urn:ietf:params:scim:schemas:extension:vectors:2.0:User"
UNCOMPARED = {"id", "meta", "password", "groups", "schemas"}

Case = dict[str, Any]
Outcome = dict[str, Any]


def load(name: str) -> dict[str, Any]:
    """One of the data files: filters, patch or wrong."""
    document: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
    return document


def extension_schema() -> dict[str, Any]:
    """The RFC 7643 schema document that the cases need."""
    document: dict[str, Any] = load("filters")["schemas"][0]
    return document


def outcomes(case: Case, *, lenient: bool) -> Iterator[Outcome]:
    """Every outcome that passes: the expected, the defensible, and in default mode the lenient one."""
    yield case["expect"]
    yield from case.get("alternatives", [])
    if lenient and "lenient" in case:
        yield case["lenient"]


def renamed(value: Any, names: Mapping[str, str]) -> Any:
    """The JSON value with every id of the data replaced by the one on the server."""
    text = json.dumps(value)
    for here, there in names.items():
        text = text.replace(here, there)
    return json.loads(text)


def storable(resource: dict[str, Any]) -> dict[str, Any]:
    """A resource of the data as a client may send it: without what the server sets."""
    kept = {key: value for key, value in resource.items() if key not in {"id", "meta", "groups"}}
    if EXTENSION in kept:
        kept[EXTENSION] = {key: value for key, value in kept[EXTENSION].items() if key != "serial"}
    return kept


def view(resource: Mapping[str, Any]) -> Any:
    """What is compared of a resource."""
    return _normal({key: value for key, value in resource.items() if key not in UNCOMPARED}, "")


def same_resource(expected: Mapping[str, Any], got: Mapping[str, Any]) -> bool:
    """Equal under the law of comparison; `schemas` has at least the expected URNs."""
    urns = [{urn.lower() for urn in resource.get("schemas", [])} for resource in (expected, got)]
    return bool(view(expected) == view(got)) and urns[0] <= urns[1]


def is_error(outcome: Outcome, status: int, body: Any) -> bool:
    """Whether the answer is the error that the outcome allows."""
    if "error" not in outcome or outcome["error"]["status"] != status:
        return False
    allowed = outcome["error"]["scimType"]
    return not allowed or (isinstance(body, dict) and body.get("scimType") in allowed)


def difference(expected: Mapping[str, Any], got: Mapping[str, Any]) -> str:
    """The attributes that differ, for the reader of a failure."""
    want, have = view(expected), view(got)
    keys = sorted(set(want) | set(have))
    return json.dumps({key: [want.get(key), have.get(key)] for key in keys if want.get(key) != have.get(key)})


def _normal(value: Any, key: str) -> Any:
    """A value in the form in which equality is Python's."""
    if isinstance(value, dict):
        return _normal_object(value, key)
    if isinstance(value, list):
        elements = [_normal(element, key) for element in value if element is not None]
        return sorted(elements, key=lambda element: json.dumps(element, sort_keys=True))
    if key == "startDate" and isinstance(value, str):
        return _instant(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    return value


def _normal_object(value: dict[str, Any], key: str) -> dict[str, Any]:
    if key in {"members", "manager"}:
        value = {name: part for name, part in value.items() if name == "value"}
    normal = {name: _normal(part, name) for name, part in value.items()}
    return {
        name: part
        for name, part in normal.items()
        if part not in (None, [], {}) and not (name == "primary" and part is False)
    }


def _instant(text: str) -> float | str:
    """Seconds since 1970, or the text itself when it is no date."""
    try:
        return dt.datetime.fromisoformat(text).timestamp()
    except ValueError:
        return text
