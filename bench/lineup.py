"""Who is measured: each server's name, and where it keeps what it has acknowledged.

Law: like is compared with like. Ours on a store meets the peers on that store; a peer that keeps nothing meets ours
on SQLite, which has to be ahead of it all the same.
"""

from __future__ import annotations

from enum import StrEnum

OURS = "muster"
OURS_POSTGRESQL = "muster-postgresql"
LIMIT = "limit"


class Store(StrEnum):
    """Where a server keeps its data."""

    MEMORY = "in memory"
    SQLITE = "on SQLite"
    POSTGRESQL = "on PostgreSQL"


PEERS = {
    "scim2-server": Store.MEMORY,
    "scimmy": Store.MEMORY,
    "django-scim2": Store.SQLITE,
    "django-scim2-postgresql": Store.POSTGRESQL,
    "polis": Store.POSTGRESQL,
}
RIVALS = {OURS: (Store.MEMORY, Store.SQLITE), OURS_POSTGRESQL: (Store.POSTGRESQL,)}
