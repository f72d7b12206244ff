"""The steps of a schema: numbered SQL files that say which programs can work with what they leave.

Law: a step's number says in which order it comes, its first line what it needs: `-- compatible: N` lets a program that
knows the schema up to N go on with it. A step that does not say so needs a program that knows the step itself.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple

_COMPATIBLE: Final = re.compile(r"-- compatible: (\d+)\n")


class Migration(NamedTuple):
    """One step of the schema: its number, from 1, what it needs of a program, and its statements."""

    number: int
    compatible: int
    sql: str


@cache
def steps_of(store: str) -> Sequence[Migration]:
    """Return all steps of a store's schema ("sqlite" or "postgres") that this program knows, in order."""
    folder = files("muster.store") / "sql" / store / "migrations"
    return sorted(
        _step(int(file.name[:4]), file.read_text("utf-8"))
        for file in folder.iterdir()
        if file.name.endswith(".sql")
    )


def _step(number: int, sql: str) -> Migration:
    said = _COMPATIBLE.match(sql)
    return Migration(number, int(said[1]) if said else number, sql)
