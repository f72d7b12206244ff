"""When a workload counts as answered wrongly: most operations, most of the sample, or its end."""

import pytest

from bench.loop import Figures


@pytest.mark.parametrize(
    "operations, errors, verified, refuted, wrong",
    [
        (100, 0, 10, 0, False),
        (100, 3, 10, 3, False),  # a few
        (100, 51, 10, 2, True),  # most operations
        (100, 10, 10, 10, True),  # all that were looked at: what was not is no better
    ],
)
def test_most_of_the_sample_stands_for_all(
    operations: int, errors: int, verified: int, refuted: int, wrong: bool
) -> None:
    """An answer that was not compared counts as the compared ones do."""
    figures = Figures("W3", 1, operations, seconds=1.0, verified=verified, refuted=refuted)
    figures.errors["totalResults 0, expected 1"] = errors
    assert figures.record().get("wrong", False) is wrong


def test_the_end_counts() -> None:
    """Each answer was right, and a member is lost."""
    figures = Figures("W7a:10", 1, 10, seconds=1.0, final_state="9 members, 10 expected")
    assert figures.record()["final_state"] == "9 members, 10 expected"
