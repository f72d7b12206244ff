"""Statements that wait until they can go together: each becomes a part of one WITH, in one round trip.

Law: a part needs nothing of another part and yields nothing, but for the sequence number that a change and its entry of
the request log take from the part that counts; that one is done after those of the connection. Values are bound, never
part of the text.
"""

from __future__ import annotations

from typing import Any, Final

_PLACE: Final = "?"


class Parts:
    """Parts of one statement, with their values numbered through."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._values: list[Any] = []

    def __bool__(self) -> bool:
        return bool(self._parts)

    def place(self, sql: str, values: tuple[Any, ...]) -> str:
        """Return a text with each `?` as the number of its value, which is kept."""
        first, *rest = sql.split(_PLACE)
        if len(rest) != len(values):
            raise ValueError(f"{len(rest)} places, {len(values)} values")
        text = first
        for value, piece in zip(values, rest, strict=True):
            self._values.append(value)
            text += f"${len(self._values)}{piece}"
        return text

    def add(self, sql: str, *values: Any) -> None:
        """Keep a part."""
        self._parts.append(self.place(sql, values))

    def take(self, last: str, *values: Any) -> tuple[str, list[Any]]:
        """Return all parts before a last statement, with their values, and keep none."""
        ending = self.place(last, values)
        named = ", ".join(f"part{number} AS ({part})" for number, part in enumerate(self._parts))
        taken = (f"WITH {named} {ending}" if named else ending), self._values
        self._parts, self._values = [], []
        return taken
