"""Carries out member steps on an ordered set of ids: what a directory does with rows, in ten lines."""

from __future__ import annotations

from collections.abc import Iterable

from muster.scim.errors import NoTarget
from muster.scim.evaluate import element_matches
from muster.scim.members import (
    AddMembers,
    ExpectMembers,
    MemberRef,
    MemberStep,
    RemoveMatching,
    RemoveMembers,
    ReplaceMembers,
)

Members = dict[str, str]


def after(steps: Iterable[MemberStep], members: Members) -> Members:
    """Return the members, ids with their types, after the steps; a type that is not given is User."""
    result = dict(members)
    for step in steps:
        match step:
            case AddMembers():
                result = {**_typed(step.refs), **result}
            case ReplaceMembers():
                result = _typed(step.refs)
            case RemoveMembers():
                result = {one: of for one, of in result.items() if one not in step.ids}
            case RemoveMatching():
                result = {
                    one: of
                    for one, of in result.items()
                    if not element_matches(step.filter, {"value": one, "type": of})
                }
            case ExpectMembers():
                if not result.keys() >= set(step.ids):
                    raise NoTarget("not a member")
    return result


def _typed(refs: Iterable[MemberRef]) -> Members:
    return {ref.value: ref.type or "User" for ref in refs}
