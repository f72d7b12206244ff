"""The account's life: it follows the user, and what it opened dies in the same transaction (design law 8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from muster.directory.ports import Transaction


async def follow_active(
    transaction: Transaction, user: str, before: Mapping[str, Any], after: Mapping[str, Any], now: int
) -> None:
    """Move the account when `active` was given another value: deactivation revokes, reactivation revives nothing old.

    A user whose `active` was removed says nothing about its account, which stays as it is.
    """
    active = after.get("active")
    if active is None or active == before.get("active"):
        return
    await transaction.set_account(user, "active" if active else "inactive", now, revoke=not active)


async def remove_account(transaction: Transaction, user: str, now: int) -> None:
    """Mark the account of a deleted user as removed and revoke all it had; it is kept for its history."""
    await transaction.set_account(user, "removed", now, revoke=True)
