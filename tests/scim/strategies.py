"""Hypothesis strategies for what the core works on: documents, resources and bound filters of any resource type.

Law: everything is drawn from the schema, so a custom extension is covered as soon as it is in the SchemaSet. Values
come from small pools, for a filter that never meets an equal value proves nothing; the pools hold what is awkward.

    documents(resource_type)                a document as a store keeps it
    resources(resource_type)                the same with `id`, `meta` and `groups` or `members`
    populations(resource_type)              a list of resources whose identifiers are distinct, as in one connection
    filters(resource_type)                  a bound filter; `known` adds literals by path (ids, versions, instants)
    questions(resource_type)                a population with filters on the same few attributes: most hits for the time
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from decimal import Decimal
from functools import cache, partial
from typing import Any

from hypothesis import strategies as st

from muster.scim.characteristics import Returned, Type
from muster.scim.expression import (
    And,
    Compare,
    Filter,
    Literal,
    Not,
    Operator,
    Or,
    Present,
    ValuePath,
)
from muster.scim.schema import CORE_GROUP, CORE_USER, ENTERPRISE_USER, Attribute, ResourceType
from muster.scim.value import key

Document = dict[str, Any]
Known = Mapping[str, Sequence[Literal]]
Among = Collection[Attribute] | None
Strategy = st.SearchStrategy

STRINGS = (
    "a", "A", "ab", "Abc", "b", "work", "%", "_", "a%b", "\\", '"', "o'malley", "[x] and (y)", "null", "-1", " ", "a b",
    "\u00e5", "A\u030a", "\uff41", "\u03a3", "\u03c3\u03c2", "stra\u00dfe", "\U0001f600", "\uffff", "a" * 300, "a" * 300 + "b",
)  # fmt: skip
NUMBERS: tuple[int | Decimal, ...] = (0, 1, -1, 2, 10, 2**31, 2**53 + 1, 2**63 - 1, -(2**63))
DECIMALS = (
    *NUMBERS,
    Decimal("1.5"),
    Decimal("-0.5"),
    Decimal("1.50"),
    Decimal("1E+3"),
    Decimal("0.1"),
    Decimal("1E-7"),
)
INSTANTS = (
    "2020-01-01T00:00:00Z", "2020-01-01T01:00:00+01:00", "2020-01-01T00:00:00.000001Z", "1969-12-31T23:59:59.5Z",
    "2020-01-01T00:00:00", "0001-01-01T00:00:00Z",
)  # fmt: skip
BINARIES = ("AQID", "aqid", "AQ==", "AQ")
REFERENCES = ("https://example.com/A", "https://example.com/a", "../Users/1", "urn:x")
URNS = (CORE_USER, CORE_GROUP, ENTERPRISE_USER, ENTERPRISE_USER.upper(), "enterprise")
POOLS: Mapping[Type, tuple[Literal, ...]] = {
    Type.STRING: STRINGS,
    Type.BOOLEAN: (True, False),
    Type.INTEGER: NUMBERS,
    Type.DECIMAL: DECIMALS,
    Type.DATE_TIME: INSTANTS,
    Type.BINARY: BINARIES,
    Type.REFERENCE: REFERENCES,
}
ORDERINGS = frozenset({Operator.GT, Operator.GE, Operator.LT, Operator.LE})
SUBSTRINGS = frozenset({Operator.CO, Operator.SW, Operator.EW})
EQUALITIES = frozenset({Operator.EQ, Operator.NE})

# Rows and columns of the store, not part of a document; `password` is never kept.
OUTSIDE = frozenset({"schemas", "id", "meta", "groups", "members", "password"})
IDS = tuple(f"{digit}0000000-0000-4000-8000-00000000000{digit}" for digit in "0123456789abcdef")


def operators(attribute: Attribute) -> frozenset[Operator]:
    """The operators that RFC 7644, Table 3, and R158, R159 leave for the attribute's type."""
    if attribute.type in {Type.BOOLEAN, Type.BINARY} or attribute.path == "meta.version":
        return EQUALITIES
    if attribute.type in {Type.STRING, Type.REFERENCE}:
        return EQUALITIES | ORDERINGS | SUBSTRINGS
    return EQUALITIES | ORDERINGS


def filterable(attribute: Attribute) -> bool:
    """Whether a filter may name the attribute: it is stored, and returned at least on request."""
    derived = {"meta.location", "members.$ref", "members.display", "groups.$ref"}
    return attribute.returned is not Returned.NEVER and not (
        attribute.path in derived or attribute.path.endswith(":manager.displayName")
    )


# --- values, documents, resources -------------------------------------------------------------------------------------


@cache
def values(attribute: Attribute) -> Strategy[Any]:
    """One value of a single-valued attribute, or one element of a multi-valued one."""
    if attribute.type is Type.STRING and not (attribute.required or attribute.multi_valued):
        return st.sampled_from((*STRINGS, ""))
    if attribute.type is not Type.COMPLEX:
        return st.sampled_from(POOLS[attribute.type])
    kept = [sub for sub in attribute.sub_attributes.values() if sub.returned is not Returned.NEVER]
    return st.fixed_dictionaries({}, optional={sub.name: stored(sub) for sub in kept}).filter(bool)


@cache
def stored(attribute: Attribute) -> Strategy[Any]:
    """The whole stored value of an attribute: no empty list, no element twice, one primary at most."""
    if not attribute.multi_valued:
        return values(attribute)
    return st.lists(values(attribute), min_size=1, max_size=3).map(_distinct).map(_one_primary)


def _distinct(elements: list[Any]) -> list[Any]:
    return [element for position, element in enumerate(elements) if element not in elements[:position]]


def _one_primary(elements: list[Any]) -> list[Any]:
    found = False
    for element in elements:
        if isinstance(element, dict) and element.get("primary") is True:
            element["primary"] = not found
            found = True
    return elements


@st.composite
def documents(draw: st.DrawFn, resource_type: ResourceType, among: Among = None) -> Document:
    """A document as a store keeps it: canonical names, `schemas` true, nothing empty but strings."""
    document = _object(draw, _kept(resource_type.attributes, OUTSIDE, among))
    schemas = [resource_type.schema.id]
    for schema in resource_type.extensions.values():
        data = _object(draw, _kept(schema.attributes, frozenset(), among))
        if data:
            document[schema.id] = data
            schemas.append(schema.id)
    return {"schemas": schemas, **document}


def _kept(attributes: Mapping[str, Attribute], without: frozenset[str], among: Among) -> list[Attribute]:
    return [
        a
        for a in attributes.values()
        if a.name not in without
        and a.returned is not Returned.NEVER
        and (a.required or among is None or a in among)
    ]


def _object(draw: st.DrawFn, kept: list[Attribute]) -> Document:
    return {a.name: draw(stored(a)) for a in kept if a.required or draw(st.booleans())}


@st.composite
def resources(
    draw: st.DrawFn, resource_type: ResourceType, among: Among = None, identifier: str | None = None
) -> Document:
    """A document with `id`, `meta` and, as they come, `groups` (User) or `members` (Group)."""
    resource: Document = {
        "id": identifier or draw(st.sampled_from(IDS)),
        **draw(documents(resource_type, among)),
    }
    created, modified = draw(st.sampled_from(INSTANTS)), draw(st.sampled_from(INSTANTS))
    version = f'W/"{draw(st.integers(1, 12))}"'
    resource["meta"] = {
        "resourceType": resource_type.name, "created": created, "lastModified": modified, "version": version,
    }  # fmt: skip
    related, types = (
        ("groups", ("direct", "indirect")) if resource_type.name == "User" else ("members", ("User", "Group"))
    )
    ids = draw(st.lists(st.sampled_from(IDS), max_size=3, unique=True))
    if ids:
        resource[related] = [{"value": one, "type": draw(st.sampled_from(types))} for one in ids]
    return resource


@st.composite
def populations(
    draw: st.DrawFn, resource_type: ResourceType, among: Among = None, max_size: int = 6
) -> list[Document]:
    """Resources of one connection: ids, and what must be unique there, differ by comparison key."""
    size = draw(st.integers(0, max_size))
    found = [draw(resources(resource_type, among, IDS[number])) for number in range(size)]
    for name in ("userName", "displayName" if resource_type.name == "Group" else "", "externalId"):
        attribute = resource_type.attribute(name)
        if attribute is not None:
            _make_unique(attribute, found)
    return found


def _make_unique(attribute: Attribute, found: list[Document]) -> None:
    seen: set[object] = set()
    for number, resource in enumerate(found):
        if attribute.name not in resource:
            continue
        if key(attribute, resource[attribute.name]) in seen:
            resource[attribute.name] = f"{resource[attribute.name]}{number}"
        seen.add(key(attribute, resource[attribute.name]))


# --- filters --------------------------------------------------------------------------------------------------------------


def subs(attribute: Attribute) -> list[Attribute]:
    """The attribute if it is simple, else its sub-attributes: what may stand on the left of an operator."""
    if attribute.type is not Type.COMPLEX:
        return [attribute]
    return [sub for sub in attribute.sub_attributes.values() if filterable(sub)]


def literals(attribute: Attribute, known: Sequence[Literal] = ()) -> Strategy[Literal]:
    """A literal that fits the attribute: from the pool, free text, or one of those known to occur."""
    pool = st.sampled_from(URNS if attribute.path == "schemas" else POOLS[attribute.type])
    more: list[Strategy[Literal]] = [pool, pool]
    if known:
        more.append(st.sampled_from(list(known)))
    if attribute.type is Type.STRING:
        more.append(st.just(""))
        more.append(st.text(st.characters(codec="utf-8"), max_size=4))
    return st.one_of(more)


@cache
def leaves(attribute: Attribute, known: tuple[Literal, ...] = ()) -> Strategy[Filter]:
    """A comparison with the simple attribute, or its presence."""
    compare = partial(_compare, attribute)
    compared = st.builds(compare, st.sampled_from(sorted(operators(attribute))), literals(attribute, known))
    null = st.builds(compare, st.sampled_from(sorted(EQUALITIES)), st.none())
    return st.one_of(compared, compared, compared, null, st.just(Present(attribute)))


def _compare(attribute: Attribute, operator: Operator, literal: Literal) -> Compare:
    return Compare(attribute, operator, literal, None if literal is None else key(attribute, literal))


@st.composite
def filters(
    draw: st.DrawFn,
    resource_type: ResourceType,
    known: Known | None = None,
    *,
    stored_only: bool = False,
    among: Among = None,
) -> Filter:
    """A bound filter of any shape.

    `known` has literals by path that occur (ids, versions); with `stored_only` no filter names what stands outside the
    document; `among` restricts it to some top-level attributes.
    """
    outside = OUTSIDE - {"schemas"} if stored_only else frozenset()
    top = [
        a
        for a in resource_type.every_attribute()
        if a.returned is not Returned.NEVER and a.path not in outside and (among is None or a in among)
    ]
    return _tree(draw, lambda: _leaf(draw, draw(st.sampled_from(top)), known or {}), 3)


def _tree(draw: st.DrawFn, leaf: Callable[[], Filter], depth: int) -> Filter:
    kind = draw(st.sampled_from(("leaf", "leaf", "not", "and", "or"))) if depth else "leaf"
    if kind == "leaf":
        return leaf()
    if kind == "not":
        return Not(_tree(draw, leaf, depth - 1))
    operands = tuple(_tree(draw, leaf, depth - 1) for _ in range(draw(st.integers(2, 3))))
    return And(operands) if kind == "and" else Or(operands)


def _leaf(draw: st.DrawFn, attribute: Attribute, known: Known) -> Filter:
    kind = draw(st.sampled_from(("whole", "sub", "sub", "brackets")))
    if kind == "brackets" and attribute.multi_valued:
        return ValuePath(attribute, _tree(draw, lambda: _comparison(draw, attribute, known), 2))
    if kind == "whole" and attribute.type is Type.COMPLEX:
        return Present(attribute)
    return _comparison(draw, attribute, known)


def _comparison(draw: st.DrawFn, attribute: Attribute, known: Known) -> Filter:
    simple = draw(st.sampled_from(subs(attribute)))
    return draw(leaves(simple, tuple(known.get(simple.path, ()))))


@st.composite
def questions(
    draw: st.DrawFn,
    resource_type: ResourceType,
    known: Known | None = None,
    *,
    stored_only: bool = False,
    asked: int = 10,
) -> tuple[list[Document], list[Filter]]:
    """A population and `asked` filters on it. Both stay with a few attributes, so that filters find some and not all."""
    outside = OUTSIDE if stored_only else frozenset()
    every = [
        a
        for a in resource_type.every_attribute()
        if a.returned is not Returned.NEVER and a.path not in outside
    ]
    among = draw(st.lists(st.sampled_from(every), min_size=2, max_size=5, unique=True))
    filter_ = filters(resource_type, known, stored_only=stored_only, among=among)
    return draw(populations(resource_type, among)), [draw(filter_) for _ in range(asked)]
