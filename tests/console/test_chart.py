"""The chart of the last 24 hours: as many bars whatever happened, in proportion, and nothing that counts is invisible."""

from __future__ import annotations

from muster.console.chart import HEIGHT, HOURS, WIDTH, chart
from muster.directory.registers.hours import HOUR, Hour

NOW = 1000 * HOUR + 5


def test_nothing_happened() -> None:
    """There are bars of no height."""
    drawn = chart([], NOW)
    assert (len(drawn.bars), drawn.most, drawn.requests) == (HOURS, 0, 0)
    assert {bar.requests_height for bar in drawn.bars} == {0.0}


def test_bars_are_in_proportion() -> None:
    """The busiest hour is as high as the chart; a single error among many can be seen; what is older is not there."""
    hours = [Hour("c", 1000 * HOUR, 1000, 1), Hour("c", 999 * HOUR, 500, 500), Hour("c", 976 * HOUR, 9000, 0)]
    drawn = chart(hours, NOW)
    last, before = drawn.bars[-1], drawn.bars[-2]
    assert (last.requests_height, last.errors_height) == (HEIGHT, 2.0)
    assert (before.requests_height, before.errors_height) == (HEIGHT / 2, HEIGHT / 2)
    assert (drawn.requests, drawn.errors, drawn.most) == (1500, 501, 1000)
    assert drawn.bars[0].hour == 977 * HOUR
    assert 0 <= drawn.bars[0].left < last.left < last.left + last.width <= WIDTH
