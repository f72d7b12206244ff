"""The members of a group: read from a body, and as the steps that a PATCH does with them (RFC 7643 §4.2).

Law: nothing here needs the members that the group has; a step says what to do with rows, and costs what it names.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from muster.scim.errors import InvalidValue, PayloadTooLarge
from muster.scim.expression import Compare, Filter, Operator, Or
from muster.scim.limits import MAX_MEMBER_VALUES, MAX_NAME_CHARACTERS
from muster.scim.read import Reader, refuse_twins

MEMBERS = "members"
_TYPES = {"user": "User", "group": "Group"}
_KNOWN = frozenset({"value", "type", "display", "$ref"})


@dataclass(frozen=True, slots=True)
class MemberRef:
    """A member as a client names it: the id as sent, and the resource type if given (`User` or `Group`)."""

    value: str
    type: str | None = None


@dataclass(frozen=True, slots=True)
class AddMembers:
    """Make these members; those that are ones already stay (R215)."""

    refs: tuple[MemberRef, ...]


@dataclass(frozen=True, slots=True)
class RemoveMembers:
    """Remove the members with these ids; an id that is not a member's is no error (R221)."""

    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RemoveMatching:
    """Remove the members that the filter, bound to the sub-attributes of `members`, matches."""

    filter: Filter


@dataclass(frozen=True, slots=True)
class ReplaceMembers:
    """Make these, and no others, the members (R202)."""

    refs: tuple[MemberRef, ...]


@dataclass(frozen=True, slots=True)
class ExpectMembers:
    """Change nothing; raise NoTarget when one of these ids is not a member's (R227)."""

    ids: tuple[str, ...]


MemberStep = AddMembers | RemoveMembers | RemoveMatching | ReplaceMembers | ExpectMembers


def read_members(value: object, reader: Reader, where: str = MEMBERS) -> tuple[MemberRef, ...]:
    """Return the members that a JSON value lists, in order, each id once; null and [] list none.

    `$ref` and `display` are ours to say and left aside (R082, R083). Raises `InvalidValue` for a member without an id
    or of another type than User and Group, `PayloadTooLarge` above MAX_MEMBER_VALUES.
    """
    if value is None:
        return ()
    items = value if isinstance(value, list) else [value]
    check_count(len(items))
    found: dict[str, MemberRef] = {}
    for position, item in enumerate(items):
        if item is None or item == {}:
            continue
        ref = _read_member(item, reader, where, position)
        found.setdefault(ref.value, ref)
    return tuple(found.values())


def check_count(count: int) -> None:
    """Raise `PayloadTooLarge` for more member values than one request may have (R231)."""
    if count > MAX_MEMBER_VALUES:
        raise PayloadTooLarge(f"{MEMBERS}: at most {MAX_MEMBER_VALUES} values in one request")


def _read_member(item: object, reader: Reader, where: str, position: int) -> MemberRef:
    place = f"{where}[{position}]"
    if isinstance(item, str) and reader.dialect.bare_values:
        reader.notes.add("bare_values", where)
        return MemberRef(_id(item, place))
    if not isinstance(item, dict):
        raise InvalidValue(f'{place}: expected an object with the id of a member as its "value"')
    if not _KNOWN.issuperset(item):
        item = _canonical(item, reader, where, place)
    return MemberRef(_id(item.get("value"), place), _type(item.get("type"), place))


def _canonical(item: dict[str, object], reader: Reader, where: str, place: str) -> dict[str, object]:
    refuse_twins(item, place)
    for name in item:
        if name.lower() not in _KNOWN:
            reader.unknown(f"{where}.{name}")
    return {name.lower(): part for name, part in item.items()}


def _id(value: object, place: str) -> str:
    if not isinstance(value, str) or not value or len(value) > MAX_NAME_CHARACTERS:
        raise InvalidValue(
            f"{place}.value: expected the id of a member, 1 to {MAX_NAME_CHARACTERS} characters"
        )
    if not value.isprintable():
        raise InvalidValue(f"{place}.value: expected the id of a member, not control characters")
    return value


def _type(value: object, place: str) -> str | None:
    if value is None or value == "":
        return None
    known = _TYPES.get(value.lower()) if isinstance(value, str) else None
    if known is None:
        raise InvalidValue(f"{place}.type: expected User or Group")
    return known


def named_ids(condition: Filter) -> tuple[str, ...] | None:
    """Return the ids that `value eq "…"`, or an `or` of those, names; None for any other filter."""
    operands = condition.operands if isinstance(condition, Or) else (condition,)
    ids: dict[str, None] = {}
    for operand in operands:
        if not isinstance(operand, Compare) or operand.operator is not Operator.EQ:
            return None
        if operand.attribute.name != "value" or not isinstance(operand.literal, str):
            return None
        ids[operand.literal] = None
    return tuple(ids)


def merged_steps(steps: Iterable[MemberStep]) -> tuple[MemberStep, ...]:
    """Return steps that do the same with as few as possible: neighbours that add, or remove by id, become one.

    Raises `PayloadTooLarge` when all of them together name more than MAX_MEMBER_VALUES members.
    """
    merged: list[MemberStep] = []
    refs: dict[str, MemberRef] = {}
    ids: dict[str, None] = {}
    count = 0

    def flush() -> None:
        if refs:
            merged.append(AddMembers(tuple(refs.values())))
        if ids:
            merged.append(RemoveMembers(tuple(ids)))
        refs.clear()
        ids.clear()

    for step in steps:
        count += _size(step)
        match step:
            case AddMembers():
                if ids:
                    flush()
                for ref in step.refs:
                    refs.setdefault(ref.value, ref)
            case RemoveMembers():
                if refs:
                    flush()
                ids.update(dict.fromkeys(step.ids))
            case _:
                flush()
                merged.append(step)
    flush()
    check_count(count)
    return tuple(merged)


def _size(step: MemberStep) -> int:
    match step:
        case AddMembers() | ReplaceMembers():
            return len(step.refs)
        case RemoveMembers() | ExpectMembers():
            return len(step.ids)
        case RemoveMatching():
            return 1
