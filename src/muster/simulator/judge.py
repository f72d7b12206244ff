"""What the server has, held against what it was sent.

Law: whatever was acknowledged must be there when it is read back, as it was sent. A server may add attributes; it may
lose or alter none that it was sent, and keep no element of a list that was replaced.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from muster.scim.errors import ERROR_URN
from muster.scim.message import LIST_RESPONSE, PATCH_OP

_NOT_KEPT: Final = frozenset({"id", "schemas", "meta", "password", "groups", "members"})
_SHOWN: Final = 120


def lost(sent: Mapping[str, Any], kept: Mapping[str, Any], *, more: bool = False) -> Iterator[str]:
    """Yield a line for each attribute of a resource that was sent and is not there, or is not what was sent.

    `more`: its lists may have elements that were not sent.
    """
    for name, value in sent.items():
        held = _get(kept, name)
        if name not in _NOT_KEPT:
            yield from _differences(value, held, name)
            if (
                isinstance(value, list)
                and isinstance(held, list)
                and value
                and len(held) > len(value)
                and not more
            ):
                yield f"{name}: {len(value)} were sent, {len(held)} are there: {_short(held)}"


def _differences(sent: Any, kept: Any, path: str) -> Iterator[str]:
    if sent is None or sent in ("", []):
        if kept not in (None, "", [], {}):
            yield f"{path}: was cleared, and is {_short(kept)}"
    elif isinstance(sent, Mapping) and isinstance(kept, Mapping):
        separator = ":" if path.startswith("urn:") and path.endswith(":User") else "."
        for name, value in sent.items():
            yield from _differences(value, _get(kept, name), f"{path}{separator}{name}")
    elif isinstance(sent, list) and isinstance(kept, list):
        yield from _elements(sent, kept, path)
    elif type(sent) is not type(kept) or sent != kept:
        yield f"{path}: {_short(sent)} was sent, {'nothing' if kept is None else _short(kept)} is there"


def _elements(sent: list[Any], kept: list[Any], path: str) -> Iterator[str]:
    for element in sent:
        if not any(not list(_differences(element, other, path)) for other in kept):
            yield f"{path}: {_short(element)} was sent and is not among {_short(kept)}"


def misshapen_resource(body: Any, urn: str, id: str) -> Iterator[str]:
    """Yield what is wrong with the shape of a resource; `id` is the one it has to have, if it is known."""
    if not isinstance(body, Mapping):
        yield "the answer has no resource; an IdP that waits for one marks this as failed"
        return
    found = body.get("id")
    if not isinstance(found, str) or not found:
        yield f"id: {_short(found)} is no id; it has to be a string that is not empty"
    elif id and found != id:
        yield f"id: {found} in place of {id}; IdPs keep ids for ever"
    if urn not in schemas(body):
        yield f"schemas: {_short(body.get('schemas'))} lacks {urn}"
    elif PATCH_OP in schemas(body):
        yield "schemas: lists the message that was sent, not what the resource is"
    if "password" in body:
        yield "password: is in the answer; it must never be returned (RFC 7643 §7)"
    if not isinstance(body.get("active", True), bool):
        yield f"active: {_short(body['active'])} is no boolean"


def misshapen_list(body: Any) -> Iterator[str]:
    """Yield what is wrong with the shape of a list (RFC 7644 §3.4.2)."""
    if not isinstance(body, Mapping) or LIST_RESPONSE not in schemas(body):
        yield f"the answer is no list: its schemas lack {LIST_RESPONSE}"
        return
    for name in ("totalResults", "startIndex", "itemsPerPage"):
        number = body.get(name, 0)
        if not isinstance(number, int) or isinstance(number, bool):
            yield f"{name}: {_short(number)} is no number"
    if not isinstance(body.get("Resources", []), list):
        yield "Resources: is no list"


def schemas(body: Any) -> list[Any]:
    """Return the schemas that an answer lists; nothing where it lists none."""
    listed = body.get("schemas") if isinstance(body, Mapping) else None
    return listed if isinstance(listed, list) else []


def is_scim_error(body: Any) -> bool:
    """Tell whether an answer is a SCIM Error that says something (RFC 7644 §3.12)."""
    return ERROR_URN in schemas(body) and bool(body.get("detail"))


def resources(body: Any) -> list[Mapping[str, Any]]:
    """Return the resources of a list that was answered; nothing where it is none."""
    listed = body.get("Resources") if isinstance(body, Mapping) else None
    return [each for each in listed if isinstance(each, Mapping)] if isinstance(listed, list) else []


def member_ids(body: Any) -> set[str] | None:
    """Return the ids of a group's members; None where the answer does not tell."""
    members = body.get("members", []) if isinstance(body, Mapping) else None
    if not isinstance(members, list):
        return set() if isinstance(body, Mapping) and members is None else None
    return {str(member["value"]) for member in members if isinstance(member, Mapping) and "value" in member}


def _get(resource: Mapping[str, Any], name: str) -> Any:
    if name in resource:
        return resource[name]
    lower = name.lower()  # attribute names have no letter case (RFC 7643 §2.1)
    return next((value for each, value in resource.items() if each.lower() == lower), None)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
