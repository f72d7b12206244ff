"""The register of what is held: accounts that keep what the IdP took away until an alert is decided."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Literal, NamedTuple, Protocol

Decision = Literal["approved", "rejected"]


class Held(NamedTuple):
    """An account of an alert; `roles` are those it keeps though its user is in them no more; `gone`: that was deleted.

    `waiting`: it keeps something that nobody has decided on. `document` is the user's, also of one that was deleted.
    """

    account: str
    user: str
    status: str
    since: int
    decision: Decision | None
    roles: tuple[str, ...]
    gone: bool
    waiting: bool
    document: bytes | None


class Settled(NamedTuple):
    """What an account was and is, where a decision changed it."""

    account: str
    before: str
    after: str


class HeldRegister(Protocol):
    """What is held in one organization."""

    async def hold(self, alert: str, owner: int, user: str, roles: Collection[str], now: int) -> None:
        """Keep the account of a user with these roles in view of an alert; what is kept already stays."""

    async def release(self, role: str, users: Collection[str]) -> None:
        """Keep a role for these users no more: they were in it again since, and have left it again."""

    async def among(self, owners: Sequence[int]) -> Collection[int]:
        """Return which of these connections, one at least, have an account that is held; all by their rows' number."""

    async def forget(self, user: str) -> None:
        """Forget what the account of a user keeps or kept: the user is there anew."""

    async def alert_of(self, user: str) -> str | None:
        """Return the alert that the account of a user is held for."""

    async def list(self, alert: str, after: str, limit: int, *, waiting: bool = False) -> Sequence[Held]:
        """Return up to `limit` accounts of an alert behind a user's id, in the order of those."""

    async def get(self, alert: str, account: str) -> Held | None:
        """Return an account of an alert, or None."""

    async def decisions(self, alert: str) -> Collection[Decision]:
        """Return which decisions were made on the accounts of an alert."""

    async def settle(self, alert: str, held: Held, decision: Decision, now: int) -> Settled | None:
        """Decide on an account of an alert; return what it was and is, None where it stays what it is.

        Approved: it ends as the IdP has said, its sessions too, unless the IdP has said otherwise since. Rejected: it
        stays, and is active.
        """
