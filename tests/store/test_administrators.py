"""Whether somebody is the last administrator is found out without walking through anybody else's groups."""

from muster.directory.ports import Administration
from muster.directory.records import Kind
from muster.store.session import Session
from tests.store.scene import Side
from tests.store.working import work

CROWD = 400
PERMISSION = "platform.administer"


def give(side: Side, role: str) -> None:
    """Give a role the permission."""

    async def add(administration: Administration) -> None:
        session: Session = administration.registers.held._session  # type: ignore[attr-defined]
        sql = "INSERT INTO permissions (organization, role, permission, created, created_by) VALUES (?, ?, ?, 0, '')"
        await session.execute(sql, side.scope.organization, role, PERMISSION)

    side.run(side.scene.database.administer(side.scope.organization, add))


def asked(side: Side, user: str) -> tuple[int, bool]:
    """How much is done to tell whether a user is the last administrator, and the answer."""
    return work(side, lambda transaction: transaction.registers.administrators.is_last(PERMISSION, user))


def test_who_is_none_and_who_is_one_of_two(side: Side) -> None:
    """Among hundreds of members of other groups, of other connections and of the role itself."""
    crowd: dict[str, Kind] = dict.fromkeys((side.user(f"user {number}") for number in range(CROWD)), "User")
    anybody = next(iter(crowd))
    side.group("Everybody", crowd)
    ada, grace = side.user("ada"), side.user("grace")
    inner = side.group("Inner", {ada: "User"})
    give(side, side.group("Administrators", {inner: "Group"}))
    other = side.scene.side(side.scope.organization)
    assert [asked(one, user)[1] for one, user in ((side, anybody), (side, ada), (other, ada))] == [
        False,
        True,
        True,
    ]
    few, _ = asked(side, ada)
    side.join(inner, {grace: "User"})
    assert not asked(side, ada)[1]
    there = other.user("edsger")
    give(other, other.group("Others", {there: "User"}))
    steps, last = asked(other, there)
    assert (last, steps < 3 * few + 50) == (False, True)
    side.join(inner, crowd)
    steps, last = asked(side, anybody)
    assert (last, steps < 3 * few + 50) == (False, True)
    steps, last = asked(side, "nobody")
    assert (last, steps < 3 * few + 50) == (False, True)
