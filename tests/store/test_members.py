"""Members through a store: they come and go as rows, each counted once."""

import asyncio

import pytest

from muster.directory.ports import Transaction
from muster.directory.records import Kind, Member, StoredGroup
from tests.store.scene import NOW, Side, group_document, new_id, user_document


def members(side: Side, group: str, *, display: bool = False) -> list[Member]:
    """The members of a group, as read outside of any transaction."""
    return list(side.run(side.store.members(group, display=display)))


def group(side: Side, id: str) -> StoredGroup:
    """The group; it must be there."""
    found = side.run(side.store.group(id))
    assert found is not None
    return found


def test_members_come_in_the_order_they_were_added(side: Side) -> None:
    """Whatever their ids are."""
    users = [side.user(f"user {number}") for number in range(20)]
    staff = side.group("Staff")
    for user in users:
        side.join(staff, {user: "User"})
    assert [member.value for member in members(side, staff)] == users
    assert group(side, staff).members == 20


def test_members_are_shown_by_name_when_asked(side: Side) -> None:
    """By displayName, whether users or groups; who has none has no name."""
    ada, grace = side.user("ada", displayName="Ada L."), side.user("Grace")
    inner = side.group("Inner")
    outer = side.group("Outer", {ada: "User", grace: "User", inner: "Group"})
    assert members(side, outer, display=True) == [
        (ada, "User", "Ada L."),
        (grace, "User", None),
        (inner, "Group", "Inner"),
    ]
    assert members(side, outer) == [(ada, "User", None), (grace, "User", None), (inner, "Group", None)]


def test_adding_says_who_is_new(side: Side) -> None:
    """A member that is there already is none, and is not counted twice."""
    ada, grace = side.user("ada"), side.user("grace")
    staff = side.group("Staff", {ada: "User"})
    assert side.join(staff, {ada: "User", grace: "User"}) == [grace]
    assert side.join(staff, {}) == []
    assert group(side, staff).members == 2


def test_removing_says_who_was_a_member(side: Side) -> None:
    """The others stay; whoever was not is not counted."""
    ada, grace = side.user("ada"), side.user("grace")
    staff = side.group("Staff", {ada: "User", grace: "User"})
    assert side.write(lambda transaction: transaction.remove_members(staff, [ada, new_id()])) == [ada]
    assert [member.value for member in members(side, staff)] == [grace]
    assert group(side, staff).members == 1


@pytest.mark.parametrize("kind, left", [("User", ["Group"]), ("Group", ["User", "User"]), (None, [])])
def test_members_are_removed_by_kind_or_all(side: Side, kind: Kind | None, left: list[str]) -> None:
    """With None pending ones too, so that they cannot be added a second time as new."""
    document = user_document("gone")
    gone = side.add("User", document)
    side.delete("User", gone, document)
    inner = side.group("Inner")
    staff = side.group("Staff", {side.user("ada"): "User", side.user("grace"): "User", inner: "Group"})
    assert side.write(lambda transaction: transaction.add_pending(staff, [gone], NOW)) == [gone]
    removed = side.write(lambda transaction: transaction.remove_kind(staff, kind))
    assert len(removed) == 3 - len(left)
    assert [member.type for member in members(side, staff)] == left
    again = side.write(lambda transaction: transaction.add_pending(staff, [gone], NOW))
    assert again == ([gone] if kind is None else [])


def test_pending_members_are_in_no_answer(side: Side) -> None:
    """Not listed, not counted, not found by a filter; removed like a member."""
    document = user_document("gone")
    gone = side.add("User", document)
    side.delete("User", gone, document)
    staff = side.group("Staff")
    assert side.write(lambda transaction: transaction.add_pending(staff, [gone], NOW)) == [gone]
    assert side.write(lambda transaction: transaction.add_pending(staff, [gone], NOW)) == []
    assert (members(side, staff), group(side, staff).members) == ([], 0)
    assert side.found("Group", f'members.value eq "{gone}"') == []
    assert side.found("Group", "members pr") == []
    assert side.write(lambda transaction: transaction.are_members(staff, [gone])) == set()
    assert side.write(lambda transaction: transaction.remove_members(staff, [gone])) == []
    assert side.write(lambda transaction: transaction.add_pending(staff, [gone], NOW)) == [gone]


def test_what_ids_are_is_told_for_this_side_only(side: Side) -> None:
    """Users, groups, tombstones, and nothing of the unknown."""
    document = user_document("gone")
    gone = side.add("User", document)
    ada, staff = side.user("ada"), side.group("Staff")
    side.delete("User", gone, document)

    async def operation(transaction: Transaction) -> object:
        ids = [ada, staff, gone, new_id()]
        return await transaction.kinds(ids), set(await transaction.tombstones(ids))

    assert side.write(operation) == ({ada: "User", staff: "Group"}, {gone})


def test_all_members_are_told_to_a_step_that_must_see_them(side: Side) -> None:
    """With what they are; and of some ids, which are members."""
    ada, inner = side.user("ada"), side.group("Inner")
    staff = side.group("Staff", {ada: "User", inner: "Group"})
    assert side.write(lambda transaction: transaction.member_ids(staff)) == {ada: "User", inner: "Group"}
    assert side.write(lambda transaction: transaction.are_members(staff, [ada, new_id()])) == {ada}


def test_a_cycle_is_seen_before_it_is_made(side: Side) -> None:
    """Adding a group to itself, to its member, or to a member of its member."""
    inner = side.group("Inner")
    middle = side.group("Middle", {inner: "Group"})
    outer = side.group("Outer", {middle: "Group"})
    for target, added, cycle in (
        (outer, outer, True),
        (middle, outer, True),
        (inner, outer, True),
        (outer, inner, False),
    ):
        assert reaches(side, added, target) is cycle


def reaches(side: Side, added: str, target: str) -> bool:
    """Whether adding a group to another would be a cycle."""
    return side.write(lambda transaction: transaction.reaches([new_id(), added], target))


def test_a_groups_version_moves_once_each_time(side: Side) -> None:
    """By the store's own arithmetic, so that concurrent member changes lose none; its time never goes back."""
    staff = side.group("Staff")
    assert side.write(lambda transaction: transaction.touch_group(staff, NOW + 50)) == 2
    assert side.write(lambda transaction: transaction.touch_group(staff, NOW - 50)) == 3
    assert group(side, staff).last_modified == NOW + 50


def test_a_hundred_members_added_at_once_are_all_there(side: Side) -> None:
    """Concurrent adds of one member each lose none, and each moves the version."""
    users = [side.user(f"user {number}") for number in range(100)]
    staff = side.group("Staff")

    async def add(user: str) -> int:
        async def operation(transaction: Transaction) -> int:
            await transaction.add_members(staff, {user: "User"}, NOW, "r")
            return await transaction.touch_group(staff, NOW)

        return await side.store.write(operation)

    async def all_at_once() -> list[int]:
        return await asyncio.gather(*map(add, users))

    assert sorted(side.run(all_at_once())) == list(range(2, 102))
    assert group(side, staff).members == 100
    assert {member.value for member in members(side, staff)} == set(users)


def test_a_large_group_is_written_and_read_whole(side: Side) -> None:
    """More members than are read on the event loop, in their order."""

    async def operation(transaction: Transaction) -> list[str]:
        row = side.row("Group", group_document("Everyone"))
        await side.insert(transaction, "Group", row, group_document("Everyone"))
        users = []
        for number in range(1500):
            user = side.row("User", user_document(f"user {number}"))
            await side.insert(transaction, "User", user, user_document(f"user {number}"))
            users.append(user.id)
        await transaction.add_members(row.id, dict.fromkeys(users, "User"), NOW, "r")
        return [row.id, *users]

    everyone, *users = side.write(operation, heavy=True)
    assert [member.value for member in members(side, everyone)] == users
    page = side.query("Group", with_members=True)
    assert [member.value for member in page.members[everyone]] == users
    assert side.query("Group", 'displayName eq "everyone"', with_members=True) == page


def test_a_page_of_groups_has_the_members_of_each(side: Side) -> None:
    """By group, in order, with names; none for a group without."""
    ada, grace = side.user("ada"), side.user("grace", displayName="G")
    staff, none = side.group("Staff", {grace: "User", ada: "User"}), side.group("None")
    page = side.query("Group", with_members=True)
    assert page.members == {
        staff: [Member(grace, "User", "G"), Member(ada, "User", None)],
        none: [],
    }
    assert side.query("Group").members == {}
