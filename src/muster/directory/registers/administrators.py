"""The register of administrators: who has the permission that an organization's administrators have."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol


class Administrators(Protocol):
    """Users with an active account and a permission: by a role, by a group inside of it, or by a role that is kept."""

    async def is_last(self, permission: str, user: str) -> bool:
        """Tell whether the user is one, and nobody else is."""

    async def are_there(self, permission: str) -> bool:
        """Tell whether there is one."""

    async def among(
        self, permission: str, role: str, owner: int, members: Collection[str]
    ) -> Sequence[tuple[str, str]]:
        """Return who of these users, and of those in these groups, was one by this role: each user with the account.

        All are of one owner.
        """
