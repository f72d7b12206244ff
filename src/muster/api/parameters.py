"""Which query parameters each operation takes, as the description says; any other one is refused by its name.

Law: no parameter is ignored: one that is mistyped would otherwise widen what is answered, or what is done.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from muster.api.problem import INVALID_PARAMETER, Fault, Problem

Takes = Mapping[str, bool]
"""The names of an operation's query parameters, and whether each may come more than once."""

_LONGEST_SHOWN = 64


def taken(operation: Mapping[str, Any]) -> Takes:
    """Return the query parameters of a described operation."""
    every = operation.get("parameters", ())
    return {one["name"]: _is_list(one["schema"]) for one in every if one["in"] == "query"}


def check_query(takes: Takes, query: bytes) -> None:
    """Raise Problem, naming each, where a query has a parameter that is not known, or has one twice."""
    counts = Counter(name for name, _ in parse_qsl(query.decode("latin-1"), keep_blank_values=True))
    faults = [
        Fault(
            None, name[:_LONGEST_SHOWN], "There is no such parameter" if name not in takes else "Send it once"
        )
        for name, count in counts.items()
        if name not in takes or (count > 1 and not takes[name])
    ]
    if faults:
        first = faults[0]
        raise Problem(INVALID_PARAMETER, f"{first.parameter}: {first.detail}", faults)


def _is_list(schema: Mapping[str, Any]) -> bool:
    return any(one.get("type") == "array" for one in (schema, *schema.get("anyOf", ())))
