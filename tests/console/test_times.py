"""Times on pages: how long ago, with the exact one beside it."""

from __future__ import annotations

import re

import pytest

from muster.console.templates import distance, environment
from tests.api.platform import Platform
from tests.console.visitor import Visitor

SECOND = 1_000_000
DAY = 86_400 * SECOND
NOW = 1_795_694_364 * SECOND


@pytest.mark.parametrize(
    ("microseconds", "said"),
    [
        (0, "0 s ago"),
        (-59 * SECOND, "59 s ago"),
        (-3 * 3600 * SECOND, "3 h ago"),
        (-59 * DAY, "59 d ago"),
        (-60 * DAY, None),
        (90 * DAY, "in 90 d"),
        (7 * DAY - 1, "in 7 d"),
        (90 * 60 * SECOND, "in 2 h"),
        (1, "in 0 s"),
    ],
)
def test_a_distance_is_said_in_one_unit(microseconds: int, said: str | None) -> None:
    """Unless it is so long that the date says more."""
    assert distance(microseconds) == said


@pytest.mark.parametrize(
    ("ago", "said"), [(60 * SECOND, "1 min ago"), (100 * DAY, "2026-08-18")], ids=["lately", "long ago"]
)
def test_the_exact_time_is_in_the_title(ago: int, said: str) -> None:
    """To the second, in UTC."""
    made = environment().from_string("{{ time | ago }}{{ none | ago }}")
    shown = made.render(time=NOW - ago, now=NOW)
    assert f">{said}</time>-" in shown
    assert " UTC'" in shown


def test_settings_say_times_as_other_pages_do(admin: Visitor, acme: Platform) -> None:
    """How long ago, or how long until; the exact time is in the title."""
    acme.api.new_key(acme.organization)
    admin.post("/settings/invitations", role="auditor")
    page = admin.get("/settings").html.partition('id="keys"')[2]
    assert re.search(r"title='[^']+ UTC'>in 365 d</time>", page)
    assert re.search(r"title='[^']+ UTC'>in 7 d</time>", page)
    assert "<time datetime" not in page
