"""How long what opens something may live: written as `36h` or `90d`, between one hour and 365 days.

Law: the schema holds the same bounds (design law 7).
"""

from __future__ import annotations

import re
from typing import Final

from muster.directory.organizations import Refused

_SECOND: Final = 1_000_000  # microseconds
_UNITS: Final = {"s": _SECOND, "m": 60 * _SECOND, "h": 3600 * _SECOND, "d": 86_400 * _SECOND}
WRITTEN: Final = "([0-9]{1,9})([smhd])"
"""What a written lifetime looks like."""

SHORTEST: Final = _UNITS["h"]
LONGEST: Final = 365 * _UNITS["d"]


def lifetime(text: str) -> int:
    """Return a lifetime in microseconds. Raises Refused: it is not written as one, too short or too long."""
    written = re.fullmatch(WRITTEN, text)
    life = int(written[1]) * _UNITS[written[2]] if written else 0
    if not SHORTEST <= life <= LONGEST:
        raise Refused("A lifetime is from one hour to 365 days, written as 12h or 90d.")
    return life
