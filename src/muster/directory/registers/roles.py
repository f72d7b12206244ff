"""The register of roles, which are groups as the platform sees them, and of the permissions that are given to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from muster.directory.records import Kind


class Role(NamedTuple):
    """A group of any source with its permissions in order; `members` counts the direct ones."""

    id: str
    owner: int
    version: int
    created: int
    last_modified: int
    members: int
    document: bytes
    permissions: tuple[str, ...]


class RoleMember(NamedTuple):
    """A direct member of a role, with its own document, since when and by which request; `place` is that in a list."""

    id: str
    kind: Kind
    since: int
    request: str
    document: bytes | None
    place: str


class MembersNamed(NamedTuple):
    """Members that a name was looked for with; `last` is the last user that was looked at, None: all were."""

    members: Sequence[RoleMember]
    last: str | None


class Permission(NamedTuple):
    """A permission that some role has, and how many have it."""

    name: str
    roles: int


class Place(NamedTuple):
    """Where a page of a list over all sources begins: behind this id of this source."""

    owner: int
    id: str


class Roles(Protocol):
    """The roles of one organization."""

    async def get(self, id: str, owners: Sequence[int]) -> Role | None:
        """Return the role that one of the sources has, or None."""

    async def hold(self, role: Role) -> bool:
        """Let nobody delete the role before this transaction has ended; return whether it is there."""

    async def list(self, owners: Sequence[int], after: Place | None, limit: int) -> Sequence[Role]:
        """Return up to `limit` roles of the sources behind a place, in the order of sources and ids.

        The sources are one, or all that there are.
        """

    async def named(
        self, owners: Sequence[int], name: str, after: Place | None, limit: int
    ) -> Sequence[Role]:
        """Return up to `limit` roles of the sources behind one of them, in the order of names, whatever the source.

        `name` is what the comparison key of displayName begins with; "": all of them.
        """

    async def members(self, role: Role, after: str | None, limit: int) -> Sequence[RoleMember]:
        """Return up to `limit` direct members behind a place, in an order that stays."""

    async def members_named(
        self, role: Role, name: str, after: str | None, limit: int, among: int
    ) -> MembersNamed:
        """Return up to `limit` direct members whose userName's key begins so, in the order of names, behind a user.

        At most `among` users of the role's source that are called so are looked at.
        """

    async def permissions(self, after: str | None, limit: int) -> Sequence[Permission]:
        """Return up to `limit` permissions behind a name, in the order of names."""

    async def allow(self, role: str, permission: str, now: int, by: str) -> None:
        """Give a role a permission that it does not have."""

    async def disallow(self, role: str, permission: str) -> None:
        """Take a permission from a role."""
