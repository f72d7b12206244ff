"""Retrieve one user or group (RFC 7644 §3.4.1)."""

from __future__ import annotations

from collections.abc import Sequence

from muster.directory.access import Access
from muster.directory.adoption import adoptable_user
from muster.directory.modify import not_found
from muster.directory.records import Member, StoredGroup, StoredUser

DISPLAY_LIMIT = 1_000
"""Above this many members their `display` is left out of the answer."""


async def retrieve_user(access: Access, id: str, *, with_groups: bool) -> StoredUser:
    """Return the user. Raises NotFound."""
    stored = await access.store.user(id, with_groups=with_groups)
    if stored is None:
        stored = await adoptable_user(access, id, with_groups=with_groups)
    if stored is None:
        raise not_found("User", id)
    return stored


async def retrieve_group(access: Access, id: str) -> StoredGroup:
    """Return the group without its members. Raises NotFound."""
    stored = await access.store.group(id)
    if stored is None:
        raise not_found("Group", id)
    return stored


async def members_of(access: Access, group: StoredGroup) -> Sequence[Member]:
    """Return the group's direct members."""
    if not group.members:
        return ()
    return await access.store.members(group.id, display=group.members <= DISPLAY_LIMIT)
