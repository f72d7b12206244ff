"""What a PATCH operation on a group's `members` means, as steps on rows (RFC 7644 §3.5.2, RFC 7643 §4.2).

Law: a member is its id; it can be added and removed, never altered (R081). A remove that lists members removes those
and never all (R223).
"""

from __future__ import annotations

from collections.abc import Iterable

from muster.scim.errors import InvalidValue
from muster.scim.errors import Mutability as NotMutable
from muster.scim.expression import Filter, Path
from muster.scim.members import (
    AddMembers,
    ExpectMembers,
    MemberStep,
    RemoveMatching,
    RemoveMembers,
    ReplaceMembers,
    named_ids,
    read_members,
)
from muster.scim.operation import Kind
from muster.scim.read import Reader


def member_steps(kind: Kind, path: Path, where: str, value: object, reader: Reader) -> Iterable[MemberStep]:
    """Return the steps of one operation whose path begins with `members`; `value` is None when there is none.

    Raises `InvalidValue` for a value that names no members, `Mutability` for a change of a member.
    """
    if path.sub is not None:
        return _sub_steps(kind, path, where, value)
    if path.filter is not None:
        return _filter_steps(kind, path.filter, where, value, reader)
    if kind is Kind.REMOVE:
        return _remove_steps(where, value, reader)
    if kind is Kind.REPLACE and isinstance(value, str):
        raise InvalidValue(f"{where}: expected a list of objects, not a string")
    refs = read_members(value, reader, where)
    return (ReplaceMembers(refs),) if kind is Kind.REPLACE else (AddMembers(refs),)


def _remove_steps(where: str, value: object, reader: Reader) -> Iterable[MemberStep]:
    if value is None:
        return (ReplaceMembers(()),)
    if not reader.dialect.remove_listed_values:
        raise InvalidValue(f"{where}: a remove has no value; select what to remove by a filter in the path")
    reader.notes.add("remove_listed_values", where)
    return (RemoveMembers(tuple(ref.value for ref in read_members(value, reader, where))),)


def _sub_steps(kind: Kind, path: Path, where: str, value: object) -> Iterable[MemberStep]:
    named = named_ids(path.filter) if path.filter is not None else None
    if (
        kind is Kind.REMOVE
        or path.sub is None
        or path.sub.name != "value"
        or named is None
        or named != (value,)
    ):
        raise NotMutable(f"{where}: a member cannot be changed, only added and removed")
    return (ExpectMembers(named),)


def _filter_steps(
    kind: Kind, condition: Filter, where: str, value: object, reader: Reader
) -> Iterable[MemberStep]:
    named = named_ids(condition)
    refs = () if kind is Kind.REMOVE or value == {} else read_members(value, reader, where)
    if not refs:
        if kind is Kind.ADD:
            return ()
        return (RemoveMatching(condition),) if named is None else (RemoveMembers(named),)
    if named is None or named != tuple(ref.value for ref in refs):
        raise NotMutable(f"{where}: a member cannot be changed, only added and removed")
    if kind is Kind.ADD and reader.dialect.create_missing_element:
        reader.notes.add("create_missing_element", where)
        return (AddMembers(refs),)
    return (ExpectMembers(named),)
