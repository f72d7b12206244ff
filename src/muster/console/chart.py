"""The chart of a connection's requests, hour by hour: numbers to draw, and the same numbers to read.

Law: pure; whatever happened, it has as many bars, and the highest is as high as the chart.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from muster.directory.registers.hours import HOUR, Hour

HOURS: Final = 24
WIDTH: Final = 720
HEIGHT: Final = 120
_STEP: Final = WIDTH / HOURS
_GAP: Final = 6


class Bar(NamedTuple):
    """One hour: where it stands, how high its requests and its errors are from the ground, and what it counts."""

    hour: int
    left: float
    width: float
    requests_height: float
    errors_height: float
    requests: int
    errors: int


class Chart(NamedTuple):
    """The bars, oldest first, and the highest number of requests in an hour."""

    bars: Sequence[Bar]
    most: int

    @property
    def requests(self) -> int:
        """Return how many requests there were in all hours."""
        return sum(bar.requests for bar in self.bars)

    @property
    def errors(self) -> int:
        """Return how many of them were answered with an error."""
        return sum(bar.errors for bar in self.bars)


def chart(hours: Sequence[Hour], now: int) -> Chart:
    """Return the chart of the hours up to the one that is now."""
    counted = {one.hour: one for one in hours}
    last = now // HOUR * HOUR
    shown = [last - place * HOUR for place in reversed(range(HOURS))]
    most = max((counted[hour].requests for hour in shown if hour in counted), default=0)
    return Chart([_bar(place, hour, counted.get(hour), most) for place, hour in enumerate(shown)], most)


def _bar(place: int, hour: int, counted: Hour | None, most: int) -> Bar:
    requests, errors = (counted.requests, counted.errors) if counted else (0, 0)
    scale = HEIGHT / most if most else 0.0
    left = place * _STEP + _GAP / 2
    return Bar(hour, left, _STEP - _GAP, _height(requests, scale), _height(errors, scale), requests, errors)


def _height(count: int, scale: float) -> float:
    """Return how high a bar is: one that counts anything can be seen."""
    return max(2.0, round(count * scale, 1)) if count else 0.0
