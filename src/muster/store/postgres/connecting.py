"""Single connections to PostgreSQL: how they are set up, and what is said when there is none.

Law: what holds for whatever is done on a connection is set when it is made; an organization never is.
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlsplit

import asyncpg

from muster.directory.failures import StoreError

SCHEMA: Final = "muster"
NOBODY: Final = 0  # the organization of what is asked before one is known, or for all of them
PATIENCE: Final = 10.0  # seconds to wait for a connection
SETTINGS: Final = {
    "application_name": "muster",
    "search_path": SCHEMA,
    "statement_timeout": "10000",
    "lock_timeout": "5000",
    "idle_in_transaction_session_timeout": "60000",
    # Whoever is gone without a word holds what they hold for a minute, whatever they were about to send.
    "tcp_keepalives_idle": "30",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
    "synchronous_commit": "on",
    "max_parallel_workers_per_gather": "0",
    "jit": "off",
    # Each text is written so that one way is right, whatever its values and whatever is known of the rows (see
    # `PostgresValues`): it is planned once. A whole table is never the shorter way, every index leading with the
    # organization. Indexes of another height cost the same, or their height would decide what the order should. What a
    # condition looks up in is hashed up to millions of rows, or it would be read again for each row.
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "cpu_operator_cost": "0.0001",
    "hash_mem_multiplier": "64",
}

Connection = Any
"""asyncpg has no types of its own: a connection, or the pool's stand-in for one."""


def shown(url: str) -> str:
    """Return a database's address without its password."""
    parts = urlsplit(url)
    if parts.password is None:
        return url
    return url.replace(f":{parts.password}@", ":…@", 1)


async def connect(url: str) -> Connection:
    """Open a single connection. Raises `StoreError` with one line that says what to do."""
    try:
        return await asyncpg.connect(url, server_settings=SETTINGS, timeout=PATIENCE)
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, ValueError) as error:
        raise StoreError(explain(url, error)) from error


async def disconnect(connection: Connection) -> None:
    """Close a single connection, whatever has become of it."""
    try:
        await connection.close(timeout=PATIENCE)
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        connection.terminate()


def explain(url: str, error: Exception) -> str:
    """Return one line that says why there is no connection, and what to do."""
    reason = " ".join(str(error).split()) or type(error).__name__
    return f"cannot connect to {shown(url)}: {reason}; check the address, and that PostgreSQL (14 or newer) is running"
