"""The register of requests that may come again: what was answered to each, sealed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Noted:
    """A request that may come again; while it is being answered it has neither `status` nor `answer`.

    `digest` stands for its Idempotency-Key, `request` for what it asks; `created`: when it began to be answered.
    """

    api_key: str
    digest: str
    request: bytes
    created: int
    status: int | None = None
    answer: bytes | None = None


class Idempotency(Protocol):
    """The noted requests of one organization's management keys, or of the platform's."""

    async def add(self, noted: Noted) -> bool:
        """Note a request; return whether none is noted with its key and digest yet."""

    async def get(self, api_key: str, digest: str) -> Noted | None:
        """Return what is noted, or None."""

    async def renew(self, noted: Noted, before: Noted) -> bool:
        """Put a request into the place of one; return whether that one was still as it was seen."""

    async def keep(self, noted: Noted) -> bool:
        """Store what was answered; return whether the request is still the one that is noted."""

    async def remove(self, noted: Noted) -> bool:
        """Forget a request that is being answered; return whether it was still noted."""

    async def older(self, than: int) -> int:
        """Return how many are noted that began before then."""

    async def prune(self, older: int) -> int:
        """Forget those that began before then; return how many."""
