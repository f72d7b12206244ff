"""Design laws 4 and 6: of another organization, or another connection of the same one, nothing is there, in every verb."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pytest

from muster.directory.ports import Transaction
from muster.directory.records import Kind
from muster.scim.schema import ENTERPRISE_USER
from tests.store.scene import NOW, Scene, Side, group_document, user_document

Verb = Callable[[Transaction, Mapping[str, str]], Awaitable[Any]]

# What each verb says of another side's ids: nothing, and it changes nothing.
NOTHING: Mapping[str, tuple[Verb, Any]] = {
    "user": (lambda t, ids: t.user(ids["user"], with_groups=True), None),
    "group": (lambda t, ids: t.group(ids["staff"]), None),
    "kinds": (lambda t, ids: t.kinds(list(ids.values())), {}),
    "tombstones": (lambda t, ids: t.tombstones(list(ids.values())), set()),
    "add_members": (lambda t, ids: t.add_members(ids["staff"], {ids["user"]: "User"}, NOW, "r"), []),
    "add_pending": (lambda t, ids: t.add_pending(ids["staff"], [ids["gone"]], NOW), []),
    "remove_members": (lambda t, ids: t.remove_members(ids["staff"], [ids["member"]]), []),
    "remove_kind": (lambda t, ids: t.remove_kind(ids["staff"], None), []),
    "member_ids": (lambda t, ids: t.member_ids(ids["staff"]), {}),
    "are_members": (lambda t, ids: t.are_members(ids["staff"], [ids["member"]]), set()),
    "reaches": (lambda t, ids: t.reaches([ids["staff"]], ids["inner"]), False),
    "delete": (lambda t, ids: t.delete("User", ids["user"], (), NOW), ()),
    "delete group": (lambda t, ids: t.delete("Group", ids["staff"], (), NOW), ()),
    "set_account": (lambda t, ids: t.set_account(ids["user"], "removed", NOW, revoke=True), None),
}
FILTERS: Mapping[Kind, tuple[str, ...]] = {
    "User": (
        'id eq "{user}"', 'userName eq "ada"', 'externalId eq "1"', "userName pr", 'title eq "Dr"', 'not (title eq "x")',
        'title co "D"', 'groups.value eq "{staff}"', 'groups.display eq "Staff"', "groups pr", 'groups[type eq "direct"]',
        'emails[type eq "work" and value sw "a"]', 'meta.created gt "2000-01-01T00:00:00Z" or id pr', 'title ne "x"',
    ),
    "Group": (
        'id eq "{staff}"', 'displayName eq "Staff"', 'displayName co "a"', 'members.value eq "{member}"', "members pr",
        'members.type eq "Group"', "id pr", 'not (displayName eq "x")', 'externalId ne "x"',
    ),
}  # fmt: skip


@pytest.fixture(params=["another organization", "another connection"])
def sides(request: pytest.FixtureRequest, scene: Scene) -> tuple[Side, Side]:
    """The side that has everything, and the side that may know nothing of it."""
    first = scene.side()
    same = first.scope.organization if request.param == "another connection" else None
    return first, scene.side(same)


def furnish(side: Side) -> dict[str, str]:
    """Some of everything; the ids by what they are."""
    grace = side.user("grace", displayName="Grace")
    document = user_document("gone")
    gone = side.add("User", document)
    side.delete("User", gone, document)
    ada = user_document(
        "ada", externalId="1", title="Dr", emails=[{"value": "a@x", "type": "work"}],
        **{ENTERPRISE_USER: {"manager": {"value": grace}}},
    )  # fmt: skip
    user = side.add("User", ada)
    inner = side.group("Inner", {user: "User"})
    staff = side.group("Staff", {grace: "User", user: "User", inner: "Group"})
    side.write(lambda transaction: transaction.add_pending(staff, [gone], NOW))
    return {"user": user, "member": grace, "gone": gone, "inner": inner, "staff": staff}


def everything(side: Side, ids: Mapping[str, str]) -> list[object]:
    """All that a side can read."""
    read: list[object] = [side.query("User", with_groups=True), side.query("Group", with_members=True)]
    for verb in ("user", "group", "kinds", "tombstones", "member_ids", "are_members", "reaches"):
        call, _ = NOTHING[verb]
        read.append(side.write(lambda transaction, call=call: _awaited(call, transaction, ids)))  # type: ignore[misc]
    return read


async def _awaited(call: Verb, transaction: Transaction, ids: Mapping[str, str]) -> object:
    return await call(transaction, ids)


@pytest.mark.parametrize("verb", NOTHING)
def test_a_verb_of_one_side_does_not_touch_the_other(sides: tuple[Side, Side], verb: str) -> None:
    """It answers as for ids that nobody has, and all that the owner sees is as before."""
    first, second = sides
    ids = furnish(first)
    before = everything(first, ids)
    call, nothing = NOTHING[verb]
    answer = second.write(lambda transaction: _awaited(call, transaction, ids))
    assert answer == nothing
    assert answer == second.write(
        lambda transaction: _awaited(call, transaction, {k: str(uuid.uuid4()) for k in ids})
    )
    assert everything(first, ids) == before


def test_an_update_of_another_sides_resource_is_refused(sides: tuple[Side, Side]) -> None:
    """There is no such row; nothing is written."""
    first, second = sides
    ids = furnish(first)
    before = everything(first, ids)
    for kind, name, document in (
        ("User", "user", user_document("x")),
        ("Group", "staff", group_document("x")),
    ):
        row = second.row(kind, document, ids[name])  # type: ignore[arg-type]
        with pytest.raises(LookupError):
            second.write(lambda transaction, k=kind, r=row: transaction.update(k, r, (), ()))  # type: ignore[misc]
    with pytest.raises(LookupError):
        second.write(lambda transaction: transaction.touch_group(ids["staff"], NOW))
    assert everything(first, ids) == before


@pytest.mark.parametrize("kind", FILTERS)
def test_no_filter_reaches_the_other_side(sides: tuple[Side, Side], kind: Kind) -> None:
    """Also when both sides have the same names and values: each finds its own and counts its own."""
    first, second = sides
    ids = furnish(first)
    texts = [text.format(**ids) for text in FILTERS[kind]]
    for text in texts:
        assert first.query(kind, text).total > 0, text
        assert second.query(kind, text).total == 0, text
    own = furnish(second)
    mine = set(first.found(kind))
    for text in texts:
        assert set(first.found(kind, text)) <= mine
        assert not set(second.found(kind, text)) & mine
    assert not mine & set(own.values())


def test_reading_by_id_does_not_reach_the_other_side(sides: tuple[Side, Side]) -> None:
    """User, group and members; nor a total, a page in any order, or the name of a manager."""
    first, second = sides
    ids = furnish(first)
    for id in ids.values():
        assert second.run(second.store.user(id)) is None
        assert second.run(second.store.group(id)) is None
        assert list(second.run(second.store.members(id, display=True))) == []
    for sort in (None, "userName", "title", "meta.lastModified", "id"):
        for descending in (False, True):
            page = second.query("User", sort=sort, descending=descending)
            assert (page.total, list(page.resources)) == (0, [])
    spy = second.user("spy", **{ENTERPRISE_USER: {"manager": {"value": ids["member"]}}})
    user = second.run(second.store.user(spy))
    assert user is not None
    assert (user.manager_known, user.manager_name) == (False, None)


def test_names_and_external_ids_are_unique_for_each_side(sides: tuple[Side, Side]) -> None:
    """A write conflicts exactly with what the same side's filter can find (design law 6)."""
    first, second = sides
    furnish(first)
    furnish(second)
    assert first.query("User").total == second.query("User").total == 2


def test_a_member_of_the_other_side_shows_no_name(sides: tuple[Side, Side]) -> None:
    """Even if a use case let a foreign id in, the store would tell nothing about it."""
    first, second = sides
    ids = furnish(first)
    staff = second.group("Staff")
    second.write(lambda transaction: transaction.add_members(staff, {ids["user"]: "User"}, NOW, "r"))
    shown = second.run(second.store.members(staff, display=True))
    assert [member.display for member in shown] == [None]
    assert second.found("User", f'groups.value eq "{staff}"') == []
    second.write(lambda transaction: transaction.remove_members(staff, [ids["user"]]))
