"""Whose a user or group is, and how it goes over: from the local ones to a connection that adopts, and back (law 6).

Law: id, account and history stay; each is told of in a change of its own; a local user that may not be adopted does not
exist for a connection, and one that may stands against a new one with its name.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

from muster.directory.access import Access, Request
from muster.directory.document import Document, dump, load
from muster.directory.ports import Transaction
from muster.directory.records import (
    LOCAL_OWNER,
    Actor,
    Change,
    Operation,
    Page,
    QueryPlan,
    Stored,
    StoredUser,
)
from muster.scim.errors import Mutability, Uniqueness
from muster.scim.expression import And, Compare, Filter, Operator, ValuePath
from muster.scim.keys import entries
from muster.scim.schema import ResourceType
from muster.scim.value import fold

_TELLING = frozenset({"id", "userName", "externalId", "emails", "emails.value"})
"""Attributes that say who somebody is: by these an IdP looks for whom it has not written yet."""


class Written(NamedTuple):
    """A user that is about to be written, and whether it was a local one until this request."""

    user: StoredUser
    adopted: bool


async def user_to_write(
    transaction: Transaction, request: Request, id: str, *, with_groups: bool = False
) -> Written | None:
    """Return the user; a local one is the connection's from here on, where it adopts. Raises Uniqueness."""
    stored, adopted = await transaction.user(id, with_groups=with_groups), False
    if stored is None and await adopt(transaction, request, [id]):
        stored, adopted = await transaction.user(id, with_groups=with_groups), True
    return None if stored is None else Written(stored, adopted)


def refuse_another(before: Document, after: Document) -> None:
    """Raise Mutability when who is adopted would be called otherwise at once: it might be somebody else.

    userName stays in this request, and the e-mail that it is reached by, where it has one. A later request may change
    both, as those of any user.
    """
    had = _reached_by(before)
    renamed = fold(before["userName"]) != fold(after["userName"])
    if renamed or (had and not _reached_by(after) <= had):
        raise Mutability(
            f"{'userName' if renamed else 'emails'}: this request takes over a local user, who keeps userName and"
            " primary and work e-mail in it. Send those that a look-up shows; a later request may change them.",
            code="adopted-as-another",
        )


def _reached_by(document: Document) -> set[str]:
    """Return the keys of the addresses that are primary, for work, or for nothing in particular."""
    return {
        fold(email["value"])
        for email in document.get("emails", ())
        if email.get("value") and (email.get("primary") or fold(email.get("type", "work")) == "work")
    }


async def adopt(transaction: Transaction, request: Request, ids: Collection[str]) -> Collection[str]:
    """Take over those of these ids that are local users, where the connection adopts; return them. Raises Uniqueness.

    They leave the local groups: from here on the IdP says which groups they are in.
    """
    access = request.access
    if not access.switches.adopt:
        return ()
    found = await transaction.local_users(ids)
    for stored in found:
        groups = await transaction.leave(stored.id, LOCAL_OWNER, request.now)
        before = {"connection": None, **({"groups": [*groups]} if groups else {})}
        after = {"connection": access.connection.id}
        change = transfer(request.now, request.actor, "User", stored, before, after)
        await take_over(transaction, access.schemas.user, stored, LOCAL_OWNER, change)
    return [stored.id for stored in found]


async def take_over(
    transaction: Transaction, resource_type: ResourceType, stored: Stored, owner: int, change: Change
) -> None:
    """Bring a resource of another owner into the transaction's scope, with this change. Raises Uniqueness."""
    kept = entries(resource_type, load(resource_type, stored.document))
    await transaction.take_over("User" if resource_type.name == "User" else "Group", stored.id, owner, kept)
    await transaction.record(change)


def transfer(
    now: int, actor: Actor, kind: str, stored: Stored, before: dict[str, Any], after: dict[str, Any]
) -> Change:
    """Return the change that tells whose a resource was, and whose it is; `connection` null: it is a local one."""
    return Change(now, actor, Operation.ADOPT, kind, stored.id, stored.version, dump(before), dump(after))


async def refuse_local_name(transaction: Transaction, request: Request, name_key: str) -> None:
    """Raise Uniqueness for the name of a local user that the connection finds, and may adopt."""
    if request.access.switches.adopt and await transaction.is_local_name(name_key):
        raise Uniqueness(
            "userName is that of a local user, whom this connection adopts: look it up by userName, and PUT or PATCH"
            " what is found; it keeps its id and its account.",
            code="user-adoptable",
        )


async def adoptable(access: Access, plan: QueryPlan, page: Page) -> Page:
    """Return the page of a query that found nothing, asked of the local users: where the connection adopts them.

    Only where the filter says who is looked for, as IdPs match: they are not listed otherwise.
    """
    local = access.adoptable
    if (
        local is None
        or page.total
        or plan.cursor
        or plan.resource_type.name != "User"
        or not _tells(plan.filter)
    ):
        return page
    return await local.query(plan)


async def adoptable_user(access: Access, id: str, *, with_groups: bool) -> StoredUser | None:
    """Return a local user, where the connection adopts."""
    return await access.adoptable.user(id, with_groups=with_groups) if access.adoptable is not None else None


def _tells(node: Filter | None) -> bool:
    """Whether a filter fixes an attribute that says who somebody is."""
    match node:
        case Compare():
            return node.operator is Operator.EQ and node.key is not None and node.attribute.path in _TELLING
        case And():
            return any(map(_tells, node.operands))
        case ValuePath():
            return _tells(node.filter)
    return False
