"""How long what opens something may live, or live on: written as `36h`, `2w` or `90d`, within bounds.

Law: the schema holds the same bounds (design law 7).
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from muster.directory.organizations import Refused

_SECOND: Final = 1_000_000  # microseconds
_UNITS: Final = {
    "s": _SECOND, "m": 60 * _SECOND, "h": 3600 * _SECOND, "d": 86_400 * _SECOND, "w": 7 * 86_400 * _SECOND,
}  # fmt: skip
WRITTEN: Final = "([0-9]{1,9})([smhdw])"
"""What a written lifetime looks like."""

SHORTEST: Final = _UNITS["h"]
LONGEST: Final = 365 * _UNITS["d"]


class Bounds(NamedTuple):
    """The shortest and the longest time that may be asked for, in microseconds, and what is said beyond."""

    shortest: int
    longest: int
    saying: str

    def check(self, life: int) -> int:
        """Return the time. Raises Refused: it is too short or too long."""
        if not self.shortest <= life <= self.longest:
            raise Refused(self.saying)
        return life


LIFE: Final = Bounds(SHORTEST, LONGEST, "A lifetime is from one hour to 365 days, written as 12h or 90d.")
OVERLAP: Final = Bounds(
    _SECOND,
    7 * _UNITS["d"],
    "An overlap is at most 7 days, written as 12h or 2d; without it the old key ends at once.",
)
LINK_LIFE: Final = Bounds(
    SHORTEST, 30 * _UNITS["d"], "A setup link lives from one hour to 30 days, written as 12h or 7d."
)


def lifetime(text: str, bounds: Bounds = LIFE) -> int:
    """Return a time in microseconds. Raises Refused: it is not written as one, too short or too long."""
    written = re.fullmatch(WRITTEN, text)
    return bounds.check(int(written[1]) * _UNITS[written[2]] if written else 0)
