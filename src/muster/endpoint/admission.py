"""How many requests of one organization may be under way at once, so that a noisy one does not starve the others."""

from __future__ import annotations

from muster.endpoint.answer import TooManyRequests

_LIMITED = frozenset({"GET", "POST"})
"""Modifications and deletions are never turned away: a deactivation may be among them."""


class Admission:
    """Counts the requests under way per organization."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._under_way: dict[int, int] = {}

    def enter(self, organization: int, method: str) -> None:
        """Let a request in, which is to `leave` when it is done. Raises TooManyRequests."""
        under_way = self._under_way.get(organization, 0)
        if under_way >= self._most and method in _LIMITED:
            raise TooManyRequests(f"{self._most} requests of this organization are under way; wait a second.")
        self._under_way[organization] = under_way + 1

    def leave(self, organization: int) -> None:
        """Count a request out; an organization with none under way is forgotten."""
        under_way = self._under_way[organization] - 1
        if under_way:
            self._under_way[organization] = under_way
        else:
            del self._under_way[organization]
