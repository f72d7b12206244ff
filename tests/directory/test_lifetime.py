"""Lifetimes as they are written."""

import pytest

from muster.directory.lifetime import LINK_LIFE, LONGEST, OVERLAP, SHORTEST, lifetime
from muster.directory.organizations import Refused


@pytest.mark.parametrize(
    "text, microseconds",
    [
        ("1h", SHORTEST),
        ("60m", SHORTEST),
        ("3600s", SHORTEST),
        ("365d", LONGEST),
        ("52w", 364 * 24 * SHORTEST),
    ],
)
def test_a_lifetime_is_a_number_and_a_unit(text: str, microseconds: int) -> None:
    """In seconds, minutes, hours, days or weeks, bounds included."""
    assert lifetime(text) == microseconds


@pytest.mark.parametrize(
    "text", ["", "1", "h", "3599s", "8761h", "366d", "53w", "-90d", "1.5h", " 90d", "90d\n", "٩d"]
)
def test_what_is_none_or_out_of_bounds_is_refused(text: str) -> None:
    """With one line that says how to write it."""
    with pytest.raises(Refused, match="from one hour to 365 days"):
        lifetime(text)


def test_an_overlap_and_a_setup_link_have_bounds_of_their_own() -> None:
    """Seven days and thirty."""
    assert lifetime("1w", OVERLAP) == lifetime("7d")
    assert lifetime("30d", LINK_LIFE) == lifetime("30d")
    for text, bounds, saying in (
        ("8d", OVERLAP, "at most 7 days"),
        ("31d", LINK_LIFE, "one hour to 30 days"),
    ):
        with pytest.raises(Refused, match=saying):
            lifetime(text, bounds)
