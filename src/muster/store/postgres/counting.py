"""A connection to PostgreSQL that counts what it is asked to run.

Law: counting adds no round trip and no task; whatever is not a statement is the connection's own.
"""

from __future__ import annotations

from typing import Any


class CountingConnection:
    """A connection as one piece of work sees it; `statements` is how many that piece has run."""

    __slots__ = ("_connection", "statements")

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self.statements = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def execute(self, *args: Any, **options: Any) -> Any:
        """Run a statement, or several without values."""
        self.statements += 1
        return self._connection.execute(*args, **options)

    def executemany(self, *args: Any, **options: Any) -> Any:
        """Run a statement with each of several rows of values."""
        self.statements += 1
        return self._connection.executemany(*args, **options)

    def fetch(self, *args: Any, **options: Any) -> Any:
        """Run a statement for its rows."""
        self.statements += 1
        return self._connection.fetch(*args, **options)

    def fetchrow(self, *args: Any, **options: Any) -> Any:
        """Run a statement for its first row."""
        self.statements += 1
        return self._connection.fetchrow(*args, **options)

    def fetchval(self, *args: Any, **options: Any) -> Any:
        """Run a statement for its first value."""
        self.statements += 1
        return self._connection.fetchval(*args, **options)
