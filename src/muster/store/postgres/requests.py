"""The statements that write the request log on PostgreSQL.

Law: an entry of a change is written by the statement that writes the change, and takes its sequence number from there.
"""

from __future__ import annotations

from typing import Any, Final

from muster.directory.records import LogEntry

_FIELDS: Final = LogEntry._fields
_NUMBERS: Final = {"organization", "time", "duration", "status", "repeated"}
_BYTES: Final = {"notes", "body"}

_RESOURCE: Final = _FIELDS.index("resource") - 1
_USER_AGENT: Final = _FIELDS.index("user_agent") - 1

_INTO: Final = f"INSERT INTO request_log ({', '.join(_FIELDS)})"
LOG: Final = f"{_INTO} VALUES ({', '.join('?' for _ in _FIELDS)})"
"""The statement that an organization and the `log_values` of an entry are the values of."""


def _value(field: str) -> str:
    if field == "sequence":
        return "n.sequence"
    if field in _NUMBERS:
        return "?::bigint"
    return "?::bytea" if field in _BYTES else "?::text"


LOG_CHANGE: Final = f"{_INTO} SELECT {', '.join(map(_value, _FIELDS))} FROM part{{}} n"
"""The same beside a change, whose sequence number the part of this number yields; its values are one fewer."""


def log_values(entry: LogEntry) -> tuple[Any, ...]:
    """Return a log entry as the values of its columns, without the organization; text cannot hold U+0000."""
    return tuple(value.replace("\0", "\\0") if isinstance(value, str) else value for value in entry[1:])


def values_beside_change(entry: LogEntry) -> tuple[Any, ...]:
    """Return the same values without the sequence number."""
    place = _FIELDS.index("sequence") - 1
    values = log_values(entry)
    return (*values[:place], *values[place + 1 :])


def values_of_success(entry: LogEntry) -> tuple[Any, ...]:
    """Return what `write_user` writes of an entry: it is of a user, and of no error."""
    values = log_values(entry)
    return (*values[:_RESOURCE], values[_RESOURCE], values[_USER_AGENT])
