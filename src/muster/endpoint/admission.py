"""How many requests of one organization may be under way at once, so that a noisy one does not starve the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from muster.endpoint.answer import TooManyRequests

_LIMITED = frozenset({"GET", "POST"})
"""Modifications and deletions are never turned away: a deactivation may be among them."""


class Admission:
    """Counts the requests under way per organization."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._under_way: Counter[int] = Counter()

    @contextmanager
    def entered(self, organization: int, method: str) -> Iterator[None]:
        """Let a request in while it lasts. Raises TooManyRequests."""
        under_way = self._under_way
        if under_way[organization] >= self._most and method in _LIMITED:
            raise TooManyRequests(f"{self._most} requests of this organization are under way; wait a second.")
        under_way[organization] += 1
        try:
            yield
        finally:
            under_way[organization] -= 1
            if not under_way[organization]:
                del under_way[organization]
