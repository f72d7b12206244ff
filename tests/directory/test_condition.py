"""Versions as conditions."""

from __future__ import annotations

import pytest

from muster.directory.condition import Condition, etag, require
from muster.scim.errors import PreconditionFailed


@pytest.mark.parametrize(
    ("header", "holds"),
    [
        ('W/"3"', True),
        ('"3"', True),
        ("*", True),
        ('W/"2"', False),
        ('"2", W/"3"', True),
        ("3", False),
        ("", False),
        ('w/"3"', False),
    ],
)
def test_the_opaque_part_is_compared(header: str, *, holds: bool) -> None:
    """Weak and strong tags of the same version are the same; anything else is not (R239)."""
    assert Condition.parse(header).holds(3) is holds


def test_require_names_the_version_that_is() -> None:
    """A condition that does not hold is 412 and says what the version is now."""
    with pytest.raises(PreconditionFailed, match='W/"4"'):
        require(Condition.parse('W/"3"'), 4)
    require(None, 4)
    require(Condition.parse(etag(4)), 4)
