"""The filter as a tree whose leaves are attributes of a schema (RFC 7644 §3.4.2.2).

Law: a node is bound: it holds `Attribute`s, never names, and literals already turned into comparison keys, so that the
evaluator and every store compare the same keys. `str(node)` is a filter that parses to an equal node.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from muster.scim.schema import Attribute

Literal = str | int | Decimal | bool | None
Key = str | int | float


class Operator(StrEnum):
    """The comparison operators."""

    EQ = "eq"
    NE = "ne"
    CO = "co"
    SW = "sw"
    EW = "ew"
    GT = "gt"
    GE = "ge"
    LT = "lt"
    LE = "le"


def print_literal(value: Literal) -> str:
    """Return the literal as it stands in a filter: a JSON value."""
    if isinstance(value, Decimal):
        return str(value)
    return json.dumps(value, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Compare:
    """`path op literal`. `key` is the literal's comparison key for `attribute`; None stands for the literal `null`.

    At the top level `attribute` is a simple attribute or a sub-attribute (a bare complex attribute was resolved to its
    `value`). Inside a `ValuePath` it is a sub-attribute of that value path's attribute.
    """

    attribute: Attribute
    operator: Operator
    literal: Literal
    key: Key | None

    def __str__(self) -> str:
        return f"{self.attribute.path} {self.operator} {print_literal(self.literal)}"


@dataclass(frozen=True, slots=True)
class Present:
    """`path pr`: the attribute has a non-empty value."""

    attribute: Attribute

    def __str__(self) -> str:
        return f"{self.attribute.path} pr"


@dataclass(frozen=True, slots=True)
class Constant:
    """A comparison the resource has no part in: with an attribute of another type, in a query over all types (R140)."""

    value: bool


@dataclass(frozen=True, slots=True)
class Not:
    """`not (operand)`."""

    operand: Filter

    def __str__(self) -> str:
        return f"not ({self.operand})"


@dataclass(frozen=True, slots=True)
class And:
    """`a and b and …`: two operands or more."""

    operands: tuple[Filter, ...]

    def __str__(self) -> str:
        return " and ".join(f"({o})" if isinstance(o, Or | And) else str(o) for o in self.operands)


@dataclass(frozen=True, slots=True)
class Or:
    """`a or b or …`: two operands or more."""

    operands: tuple[Filter, ...]

    def __str__(self) -> str:
        return " or ".join(f"({o})" if isinstance(o, Or) else str(o) for o in self.operands)


@dataclass(frozen=True, slots=True)
class ValuePath:
    """`attribute[filter]`: one and the same element satisfies the whole inner filter (R152)."""

    attribute: Attribute
    filter: Filter

    def __str__(self) -> str:
        return f"{self.attribute.path}[{print_inner(self.filter)}]"


Filter = Compare | Present | Constant | Not | And | Or | ValuePath


@dataclass(frozen=True, slots=True)
class Path:
    """The target of a PATCH operation (RFC 7644 §3.5.2): `attribute` or `attribute[filter]`, each maybe with a `sub`.

    `attribute` is a top-level attribute; `extension` alone (attribute None) means the whole extension object.
    """

    attribute: Attribute | None
    filter: Filter | None = None
    sub: Attribute | None = None
    extension: str | None = None


def print_inner(node: Filter) -> str:
    """Return the filter between a value path's brackets, where sub-attributes stand without their parent's name.

    The elements of a simple multi-valued attribute are called `value` there: `tags[value eq "red"]`.
    """
    match node:
        case Compare():
            return f"{_inner_name(node.attribute)} {node.operator} {print_literal(node.literal)}"
        case Present():
            return f"{_inner_name(node.attribute)} pr"
        case Not():
            return f"not ({print_inner(node.operand)})"
        case And():
            return " and ".join(_grouped(o, And | Or) for o in node.operands)
        case Or():
            return " or ".join(_grouped(o, Or) for o in node.operands)
        case _:
            return str(node)


def _inner_name(attribute: Attribute) -> str:
    return attribute.name if attribute.parent is not None else "value"


def _grouped(node: Filter, inner: object) -> str:
    text = print_inner(node)
    return f"({text})" if isinstance(node, inner) else text  # type: ignore[arg-type]
