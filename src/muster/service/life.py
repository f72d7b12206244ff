"""Where a server is in its life: taking requests, or on its way out."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Life:
    """One process's state; `draining` once it has been asked to end, and never again false."""

    draining: bool = False
