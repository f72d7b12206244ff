"""The register of local accounts: those that no connection has brought."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol


class LocalAccount(NamedTuple):
    """An account of a local user; `created` in microseconds since 1970."""

    id: str
    user: str
    user_name: str
    status: str
    created: int


class LocalAccounts(Protocol):
    """The local accounts of one organization."""

    async def list(self, after: str, limit: int) -> Sequence[LocalAccount]:
        """Return up to `limit` accounts whose users have ids behind one, in the order of those."""
