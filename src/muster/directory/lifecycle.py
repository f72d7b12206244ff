"""The account's life: it follows the user, and what it opened dies in the same transaction (design law 8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from muster.directory.ports import Transaction


async def follow_active(
    transaction: Transaction, user: str, before: Mapping[str, Any], after: Mapping[str, Any], now: int
) -> None:
    """Move the account when `active` changed: deactivation revokes at once, reactivation revives nothing old."""
    was, is_now = before.get("active") is not False, after.get("active") is not False
    if was and not is_now:
        await transaction.set_account(user, "inactive", now, revoke=True)
    elif is_now and not was:
        await transaction.set_account(user, "active", now, revoke=False)


async def remove_account(transaction: Transaction, user: str, now: int) -> None:
    """Mark the account of a deleted user as removed and revoke all it had; it is kept for its history."""
    await transaction.set_account(user, "removed", now, revoke=True)
