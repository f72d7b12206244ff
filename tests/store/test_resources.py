"""Users and groups through a store: what is written is what is read, and refused is not written."""

import asyncio

import pytest

from muster.directory.ports import Transaction
from muster.directory.records import GroupOf, Kind, StoredUser
from muster.scim.errors import Uniqueness
from muster.scim.schema import ENTERPRISE_USER
from tests.store.scene import NOW, Scene, Side, change, group_document, new_id, user_document


def read(side: Side, id: str, *, with_groups: bool = True) -> StoredUser:
    """The user; it must be there."""
    user = side.run(side.store.user(id, with_groups=with_groups))
    assert user is not None
    return user


def test_a_user_is_read_as_it_was_stored(side: Side) -> None:
    """Id, version, times and the document's bytes come back unchanged."""
    row = side.row("User", user_document("ada", displayName="Ada"))
    side.write(
        lambda transaction: side.insert(transaction, "User", row, user_document("ada", displayName="Ada"))
    )
    user = read(side, row.id)
    assert (user.id, user.version, user.created, user.last_modified) == (
        row.id,
        1,
        row.created,
        row.last_modified,
    )
    assert user.document == row.document
    assert (user.groups, user.manager_name, user.manager_known) == ((), None, False)


def test_a_group_is_read_as_it_was_stored(side: Side) -> None:
    """With the number of its members and without them."""
    ada = side.user("ada")
    id = side.group("Staff", {ada: "User"})
    group = side.run(side.store.group(id))
    assert group is not None
    assert (group.id, group.version, group.members) == (id, 1, 1)


def test_an_unknown_id_is_none(side: Side) -> None:
    """For users and groups alike; a user's id is no group's."""
    ada = side.user("ada")
    assert side.run(side.store.user(new_id())) is None
    assert side.run(side.store.user(ada.upper())) is None
    assert side.run(side.store.group(ada)) is None


def test_a_change_replaces_document_keys_and_entries(side: Side) -> None:
    """The new values are found, the old ones are not, and the version has moved."""
    before = user_document("ada", title="Dr", emails=[{"value": "a@x", "type": "work"}])
    after = user_document("lovelace", emails=[{"value": "b@x", "type": "work"}], active=False)
    id = side.add("User", before)
    side.change("User", id, before, after)
    side.write(lambda transaction: transaction.set_account(id, "inactive", NOW, revoke=True))
    assert read(side, id).version == 2
    for text, found in {
        'userName eq "LOVELACE"': True,
        'userName eq "ada"': False,
        'title eq "dr"': False,
        'emails.value eq "b@x"': True,
        'emails[type eq "work" and value eq "a@x"]': False,
        "active eq false": True,
        "active eq true": False,
    }.items():
        assert side.found("User", text) == ([id] if found else []), text


def test_the_groups_of_a_user_come_with_it(side: Side) -> None:
    """With their names; only when asked for."""
    ada = side.user("ada")
    staff = side.group("Staff", {ada: "User"})
    assert read(side, ada).groups == (GroupOf(staff, "Staff", direct=True),)
    assert read(side, ada, with_groups=False).groups == ()


def test_groups_through_groups_are_indirect(side: Side) -> None:
    """A user of an inner group is in the outer one too; in both ways, it is direct; once in each."""
    ada = side.user("ada")
    inner = side.group("Inner", {ada: "User"})
    middle = side.group("Middle", {inner: "Group"})
    outer = side.group("Outer", {middle: "Group", ada: "User"})
    assert set(read(side, ada).groups) == {
        GroupOf(inner, "Inner", direct=True),
        GroupOf(middle, "Middle", direct=False),
        GroupOf(outer, "Outer", direct=True),
    }


def test_without_nesting_only_direct_groups_are_looked_for(scene: Scene) -> None:
    """The store is told whether an organization nests groups."""
    side = scene.side(nested=False)
    ada = side.user("ada")
    inner = side.group("Inner", {ada: "User"})
    side.group("Outer", {inner: "Group"})
    assert [group.id for group in read(side, ada).groups] == [inner]


@pytest.mark.parametrize("display", ["Grace", "", None])
def test_the_name_of_the_manager_comes_with_the_user(side: Side, display: str | None) -> None:
    """A manager without a displayName is known, but has no name."""
    grace = side.user("grace", **({"displayName": display} if display is not None else {}))
    ada = side.user("ada", **{ENTERPRISE_USER: {"manager": {"value": grace}}})
    user = read(side, ada, with_groups=False)
    assert (user.manager_known, user.manager_name) == (True, display)


def test_a_manager_who_is_nobody_is_not_known(side: Side) -> None:
    """A reference is stored as sent; what it does not find is not invented."""
    ada = side.user("ada", **{ENTERPRISE_USER: {"manager": {"value": "the boss"}}})
    user = read(side, ada)
    assert (user.manager_known, user.manager_name) == (False, None)


def test_within_an_operation_a_user_is_read_with_or_without_its_groups(side: Side) -> None:
    """The transaction sees its own writes."""
    ada = side.user("ada")

    async def operation(transaction: Transaction) -> tuple[StoredUser | None, StoredUser | None]:
        row = side.row("Group", group_document("Staff"))
        await side.insert(transaction, "Group", row, group_document("Staff"))
        await transaction.add_members(row.id, {ada: "User"}, NOW, "r")
        return await transaction.user(ada), await transaction.user(ada, with_groups=True)

    plain, whole = side.write(operation)
    assert plain is not None
    assert plain.groups == ()
    assert whole is not None
    assert [group.display for group in whole.groups] == ["Staff"]


@pytest.mark.parametrize("kind, name", [("User", "userName"), ("Group", "displayName")])
def test_a_name_is_taken_once(side: Side, kind: Kind, name: str) -> None:
    """Compared without regard to case or width; the error names the attribute and nothing of the other resource."""
    document = user_document if kind == "User" else group_document
    id = side.add(kind, document("Straße"))
    with pytest.raises(Uniqueness, match=name) as refused:
        side.add(kind, document("\uff33tra\u00dfe"))
    assert id not in refused.value.detail
    assert side.query(kind).total == 1


@pytest.mark.parametrize("kind", ["User", "Group"])
def test_an_external_id_is_taken_once(side: Side, kind: Kind) -> None:
    """Case counts; no value is no conflict."""
    document = user_document if kind == "User" else group_document
    side.add(kind, document("a", externalId="X"))
    side.add(kind, document("b", externalId="x"))
    side.add(kind, document("c"))
    side.add(kind, document("d"))
    with pytest.raises(Uniqueness, match="externalId"):
        side.add(kind, document("e", externalId="X"))
    assert side.query(kind).total == 4


@pytest.mark.parametrize("kind, name", [("User", "userName"), ("Group", "displayName")])
def test_of_two_that_are_taken_the_name_is_told(side: Side, kind: Kind, name: str) -> None:
    """Whether one other resource has both, or two have one each; of a new one and of a change, on both stores alike."""
    document = user_document if kind == "User" else group_document
    side.add(kind, document("a", externalId="A"))
    side.add(kind, document("b", externalId="B"))
    before = document("c", externalId="C")
    third = side.add(kind, before)
    for external_id in ("A", "B"):
        with pytest.raises(Uniqueness, match=name):
            side.add(kind, document("A", externalId=external_id))
        with pytest.raises(Uniqueness, match=name):
            side.change(kind, third, before, document("A", externalId=external_id))


def test_a_change_may_not_take_a_name(side: Side) -> None:
    """It is refused and leaves everything as it was; keeping one's own name is no conflict."""
    side.user("grace", externalId="g")
    before = user_document("ada")
    ada = side.add("User", before)
    with pytest.raises(Uniqueness, match="userName"):
        side.change("User", ada, before, user_document("Grace", title="x"))
    with pytest.raises(Uniqueness, match="externalId"):
        side.change("User", ada, before, user_document("ada", externalId="g", title="x"))
    assert side.found("User", "title pr") == []
    side.change("User", ada, before, user_document("ADA", title="x"))
    assert side.found("User", 'userName eq "ada" and title pr') == [ada]


def test_a_deleted_user_is_gone_and_its_names_are_free(side: Side) -> None:
    """By id, by filter, from every group; the groups' versions have moved; the tombstone is known."""
    document = user_document("ada", externalId="1", title="Dr")
    ada, grace = side.add("User", document), side.user("grace")
    staff = side.group("Staff", {ada: "User", grace: "User"})
    other = side.group("Other", {ada: "User"})
    assert sorted(side.delete("User", ada, document)) == sorted([staff, other])
    assert side.run(side.store.user(ada)) is None
    assert side.found("User", "title pr") == []
    assert [member.value for member in side.run(side.store.members(staff, display=False))] == [grace]
    group = side.run(side.store.group(staff))
    assert group is not None
    assert (group.version, group.members) == (2, 1)
    assert side.write(lambda transaction: transaction.tombstones([ada, grace])) == {ada}
    assert side.add("User", document) != ada


def test_a_deleted_group_takes_its_memberships_with_it(side: Side) -> None:
    """Its members leave it, and it leaves the groups it was in."""
    ada = side.user("ada")
    inner = side.group("Inner", {ada: "User"})
    outer = side.group("Outer", {inner: "Group"})
    assert side.delete("Group", inner, group_document("Inner")) == [outer]
    assert read(side, ada).groups == ()
    assert not side.run(side.store.members(inner, display=False))
    assert side.run(side.store.members(outer, display=False)) == []
    assert side.write(lambda transaction: transaction.tombstones([inner])) == set()


def test_deleting_what_is_not_there_does_nothing(side: Side) -> None:
    """No tombstone, no counter moves."""

    async def operation(transaction: Transaction) -> object:
        return await transaction.delete("User", new_id(), (), NOW)

    assert list(side.write(operation)) == []  # type: ignore[call-overload]


def test_changes_are_numbered_without_gaps(side: Side) -> None:
    """Within the organization, whatever was refused in between."""

    async def refused(transaction: Transaction) -> None:
        await transaction.record(change("x"))
        raise ValueError("refused")

    first = side.write(lambda transaction: transaction.record(change("x"))) or 0
    with pytest.raises(ValueError, match="refused"):
        side.write(refused)
    assert side.write(lambda transaction: transaction.record(change("x"))) == first + 1


def test_many_at_once_get_one_name(side: Side) -> None:
    """Of a hundred concurrent creates with one userName one is stored, the others are refused."""

    async def race() -> list[BaseException | None]:
        rows = [side.row("User", user_document("ada")) for _ in range(100)]
        document = user_document("ada")
        writes = [
            side.store.write(lambda transaction, row=row: side.insert(transaction, "User", row, document))  # type: ignore[misc]
            for row in rows
        ]
        return await asyncio.gather(*writes, return_exceptions=True)

    results = side.run(race())
    assert sum(result is None for result in results) == 1
    assert sum(isinstance(result, Uniqueness) for result in results) == 99
    assert side.query("User").total == 1


def test_the_names_of_managers_are_read(side: Side) -> None:
    """Of one that has a name, one that has none, and nobody."""
    named, nameless = side.user("boss", displayName="The Boss"), side.user("quiet")

    async def names(transaction: Transaction) -> list[str | None]:
        found = [await transaction.name_of(named), await transaction.name_of(nameless)]
        with pytest.raises(LookupError):
            await transaction.name_of(new_id())
        return found

    for single in (True, False):
        assert side.run(side.store.write(names, single=single)) == ["The Boss", None]
