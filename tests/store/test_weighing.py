"""What a deactivation meets is found out by as many steps among ten deactivations as among thousands."""

from __future__ import annotations

import pytest

from muster.directory.guard import Weighed
from muster.directory.ports import Administration
from muster.directory.switches import Guard
from muster.store.session import Session
from tests.store.scene import NOW, Side
from tests.store.working import work

GUARD = Guard(users=1000, percent=0)


def deactivated(side: Side, number: int) -> None:
    """Note so many deactivations, half of them too long ago."""

    async def note(administration: Administration) -> None:
        session: Session = administration.registers.held._session  # type: ignore[attr-defined]
        for one in range(1, number + 1):
            await session.execute(
                'INSERT INTO deactivations (organization, owner, number, time, "user", basis)'
                " VALUES (?, ?, ?, ?, ?, 0)",
                side.scope.organization,
                side.scope.owner,
                one,
                NOW if one > number // 2 else 0,
                f"gone {one}",
            )

    side.run(side.scene.database.administer(side.scope.organization, note))


def weighed(side: Side, user: str) -> tuple[int, Weighed]:
    """How much the store does to weigh a deactivation, and what it finds."""
    return work(side, lambda transaction: transaction.weigh(user, NOW + 1, GUARD))


@pytest.mark.parametrize(("number", "many"), [(1998, 0), (2000, 1001), (3000, 1001)])
def test_it_costs_the_same_whatever_there_was(side: Side, number: int, many: int) -> None:
    """Few steps more than where nothing was noted; and the line is found exactly."""
    few, _ = weighed(side, side.user("first"))
    deactivated(side.scene.side(side.scope.organization), 10)
    other = side.scene.side(side.scope.organization)
    deactivated(other, number)
    user = other.user("second")
    steps, found = weighed(other, user)
    assert (found.status, found.many) == ("active", many)
    assert steps < 2 * few + 20


def test_an_account_that_is_not_active_is_not_noted(side: Side) -> None:
    """Nor one that is not there; each is answered as it is."""
    user = side.user("ada", active=False)
    for asked, status in ((user, "inactive"), ("nobody", None)):
        assert weighed(side, asked)[1][1:] == (status, 0)

    async def stale(administration: Administration) -> bool:
        return await administration.registers.deactivations.stale(NOW + 10)

    assert not side.run(side.scene.database.administer(side.scope.organization, stale))
