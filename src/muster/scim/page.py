"""What a query asks for, and the envelope of what it is answered with (RFC 7644 §3.4.2, §3.4.3).

Law: the parameters of a GET and the members of a SearchRequest become one and the same `Query`; texts that
need a schema to be understood (filter, sortBy, attribute names) stay texts here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from muster.scim.errors import InvalidCount, InvalidFilter, InvalidSyntax, InvalidValue
from muster.scim.limits import DEFAULT_PAGE, MAX_PAGE
from muster.scim.message import LIST_RESPONSE, SEARCH_REQUEST

# Known parameters by lower-case name: Microsoft's tests send `startindex`.
_PARAMETERS: Final = {
    name.lower(): name
    for name in (
        "filter",
        "sortBy",
        "sortOrder",
        "startIndex",
        "count",
        "cursor",
        "attributes",
        "excludedAttributes",
    )
}
T = TypeVar("T")

_TEXTS: Final = ("filter", "sortBy", "sortOrder", "cursor")
_INTEGER = re.compile(r"-?[0-9]+\Z", re.ASCII)
_MAX_DIGITS = 18  # any such number fits the 64 bits of a store's integer
_MAX_INTEGER = 10**_MAX_DIGITS


@dataclass(frozen=True, slots=True)
class Query:
    """One query. `start_index` counts from 1; `count` is 0 to MAX_PAGE resources.

    `filter` and `sort_by` are None when not asked for; `attributes` and `excluded` are names as they were
    sent, empty when not asked for. `cursor` is None for paging by index, "" for the first page by cursor (RFC 9865).
    """

    filter: str | None = None
    sort_by: str | None = None
    descending: bool = False
    start_index: int = 1
    count: int = DEFAULT_PAGE
    attributes: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    cursor: str | None = None

    @classmethod
    def from_parameters(cls, parameters: Iterable[tuple[str, str]]) -> Query:
        """Return the query of a URL's percent-decoded parameters; unknown ones are ignored (R138).

        Raises InvalidSyntax when a known one is repeated (R139) or startIndex stands beside a cursor (R306),
        InvalidFilter for an empty filter, InvalidCount for a count that goes with no cursor, and InvalidValue for
        another number or sort order that is none.
        """
        given: dict[str, str] = {}
        for name, value in parameters:
            known = _PARAMETERS.get(name.lower())
            if known in given:
                raise InvalidSyntax(f"the parameter {known} was given more than once")
            if known is not None:
                given[known] = value
        return _query(
            given,
            _numbers(given, _parsed_integer),
            {name: given.get(name, "").split(",") for name in ("attributes", "excludedAttributes")},
        )

    @classmethod
    def from_search(cls, body: object) -> Query:
        """Return the query of a SearchRequest, the parsed body of POST `.search`; unknown members are nothing.

        A member that is null counts as absent. Raises InvalidSyntax when the body is no SearchRequest (R191)
        or names a member twice, InvalidValue for a value of the wrong type, and as `from_parameters` does.
        """
        given = _search_members(body)
        return _query(
            {name: _string(name, given[name]) for name in _TEXTS if name in given},
            _numbers(given, _integer),
            {name: _strings(name, given.get(name, [])) for name in ("attributes", "excludedAttributes")},
        )


def list_response(resources: Sequence[Any], total: int, start_index: int = 1) -> dict[str, Any]:
    """Return a ListResponse (R136, R137): `resources` are a page of `total`, beginning at `start_index`."""
    return {
        "schemas": [LIST_RESPONSE],
        "totalResults": total,
        "startIndex": start_index,
        "itemsPerPage": len(resources),
        "Resources": list(resources),
    }


def _query(texts: Mapping[str, str], numbers: Mapping[str, int], names: Mapping[str, Sequence[str]]) -> Query:
    filter_ = texts.get("filter")
    if filter_ is not None and not filter_.strip():
        raise InvalidFilter("the filter is empty; leave it out to find everything")
    sort_by = texts.get("sortBy", "").strip() or None
    descending = _descending(texts.get("sortOrder"))
    return Query(
        filter=filter_,
        sort_by=sort_by,
        descending=descending and sort_by is not None,
        start_index=max(1, numbers.get("startIndex", 1)),
        count=min(max(0, numbers.get("count", DEFAULT_PAGE)), MAX_PAGE),
        cursor=texts.get("cursor"),
        attributes=_trimmed(names["attributes"]),
        excluded=_trimmed(names["excludedAttributes"]),
    )


def _numbers(given: Mapping[str, T], read: Callable[[str, T], int]) -> dict[str, int]:
    """Return startIndex and count where they are given; with a cursor the one is refused, the other checked (R306)."""
    if "cursor" not in given:
        return {name: read(name, given[name]) for name in ("startIndex", "count") if name in given}
    if "startIndex" in given:
        raise InvalidSyntax("startIndex and cursor exclude each other; give one of them")
    return {"count": _page_size(given["count"], read)} if "count" in given else {}


def _page_size(given: T, read: Callable[[str, T], int]) -> int:
    try:
        count = read("count", given)
    except InvalidValue as error:
        raise InvalidCount(error.detail) from None
    if not 0 <= count <= MAX_PAGE:
        raise InvalidCount(f"count must be 0 to {MAX_PAGE} with a cursor")
    return count


def _trimmed(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(name for name in map(str.strip, names) if name)


def _descending(order: str | None) -> bool:
    word = (order or "ascending").strip().lower()
    if word not in {"ascending", "descending"}:
        raise InvalidValue("sortOrder must be ascending or descending")
    return word == "descending"


def _parsed_integer(name: str, text: str) -> int:
    if not _INTEGER.match(text):
        raise InvalidValue(f"{name} must be an integer")
    if len(text.lstrip("-")) > _MAX_DIGITS:
        raise InvalidValue(f"{name} must be an integer of at most {_MAX_DIGITS} digits")
    return int(text)


def _search_members(body: object) -> dict[str, object]:
    """Return the known members that have a value, by their name in the RFC."""
    if not isinstance(body, Mapping):
        raise InvalidSyntax("the body must be a JSON object, a SearchRequest")
    given: dict[str, object] = {}
    for name, value in body.items():
        known = _PARAMETERS.get(name.lower(), "schemas" if name.lower() == "schemas" else None)
        if known in given:
            raise InvalidSyntax(f"the member {known} was given more than once")
        if known is not None:
            given[known] = value
    _check_schemas(given.get("schemas"))
    return {name: value for name, value in given.items() if value is not None}


def _check_schemas(schemas: object) -> None:
    urns = schemas if isinstance(schemas, list) else []
    if {urn.lower() if isinstance(urn, str) else None for urn in urns} != {SEARCH_REQUEST.lower()}:
        raise InvalidSyntax(f"schemas must be [{SEARCH_REQUEST}]", code="schemas-wrong")


def _string(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise InvalidValue(f"{name} must be a string")
    return value


def _integer(name: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidValue(f"{name} must be an integer")
    if abs(value) >= _MAX_INTEGER:
        raise InvalidValue(f"{name} must be an integer of at most {_MAX_DIGITS} digits")
    return value


def _strings(name: str, value: object) -> Sequence[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise InvalidValue(f"{name} must be a list of attribute names")
    return value
