"""Warnings of credentials that expire soon: each once, on both stores, whoever looks."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from muster.directory.credentials import create_credential, rotate_credential
from muster.directory.expiry import warn_of_expiry
from tests.store.managed import DAY, HOUR, Managed
from tests.store.scene import Scene


@pytest.fixture
def managed(scene: Scene) -> Managed:
    """A connection with an API key that lives for 365 days."""
    return Managed(scene)


def warnings(managed: Managed) -> list[tuple[str, int]]:
    """Which credentials were warned of, and how many days before the end."""
    return [(id, after["days"]) for operation, _, id, after in managed.changes() if operation == "warn"]


def look(managed: Managed) -> int:
    """Let two processes look at once, and once more; how many warnings were given."""

    async def looks() -> list[int]:
        work: list[Any] = [warn_of_expiry(managed.database, managed.world) for _ in range(2)]
        return [*await asyncio.gather(*work), await warn_of_expiry(managed.database, managed.world)]

    return sum(managed.run(looks()))


def test_a_key_is_warned_of_three_times(managed: Managed) -> None:
    """30, 7 and 1 days before its end, each time once."""
    for left, expected in ((31, 0), (30, 1), (29, 0), (7, 1), (6, 0), (1, 1), (0, 0)):
        managed.now = managed.credential.expires - left * DAY
        assert look(managed) == expected, left
    assert warnings(managed) == [(managed.key.id, days) for days in (30, 7, 1)]


def test_a_warning_that_is_late_tells_of_the_days_that_are_left(managed: Managed) -> None:
    """What it is too late for is left out; after the end there is none."""
    managed.now = managed.credential.expires - 5 * DAY
    assert look(managed) == 1
    managed.now = managed.credential.expires
    assert look(managed) == 0
    assert warnings(managed) == [(managed.key.id, 7)]


@pytest.mark.parametrize("life, expected", [(HOUR, []), (DAY, []), (7 * DAY, [1]), (8 * DAY, [7, 1])])
def test_no_warning_is_of_more_days_than_a_key_has(managed: Managed, life: int, expected: list[int]) -> None:
    """One that lives for a day was made yesterday at the earliest: nobody has forgotten it."""
    made, key = managed.run(create_credential(managed.database, managed.world, managed.connection, life))
    for left in range(life // HOUR, -1, -1):
        managed.now = made.expires - left * HOUR
        managed.run(warn_of_expiry(managed.database, managed.world))
    assert warnings(managed) == [(key.id, days) for days in expected]


def test_what_has_its_end_already_is_not_warned_of(managed: Managed) -> None:
    """Neither a key that was revoked, nor one that was replaced."""
    arguments = (managed.database, managed.world, managed.organization, managed.key.id)
    managed.now = managed.credential.expires - 2 * DAY
    managed.run(rotate_credential(*arguments, DAY))
    assert look(managed) == 0


def test_a_warning_changes_nothing_of_what_a_key_opens(managed: Managed) -> None:
    """It opens what it did, and where there is an access epoch, that stays."""
    before = managed.run(managed.database.grant(managed.organization, managed.key.id))
    managed.now = managed.credential.expires - DAY
    assert look(managed) == 1
    assert managed.run(managed.database.grant(managed.organization, managed.key.id)) == before
    assert managed.opens(managed.key)


def test_what_was_replaced_is_not_counted_as_expiring(managed: Managed) -> None:
    """In the metrics neither: its end was wanted."""
    managed.now = managed.credential.expires - 2 * DAY
    before = managed.run(managed.database.census(managed.now)).expiring
    managed.run(rotate_credential(managed.database, managed.world, managed.organization, managed.key.id, DAY))
    assert (before, managed.run(managed.database.census(managed.now)).expiring) == ((0, 1, 1), (0, 0, 0))
