"""What SQLite does to answer: every plan stays in one owner's range, and an index leads where there is one."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from muster.directory.records import Kind
from muster.scim.characteristics import Returned, Type
from muster.scim.expression import Compare, Operator
from muster.scim.schema import Attribute
from muster.store import memberships, resources
from muster.store.order import Order
from muster.store.query import Query
from muster.store.sqlite import SqliteDatabase
from muster.store.statements import select_by, select_members
from tests.scim.sample import SCHEMAS
from tests.store.scene import Scene, Side

SORT = "USE TEMP B-TREE FOR ORDER BY"
STRINGS = {Type.STRING, Type.REFERENCE}
DERIVED = {"meta.location", "members.$ref", "members.display", "groups.$ref"}
# A step that is neither a look-up within (organization, owner), nor by row number, nor a walk through what such steps
# have found, which has one of these names.
ANYWHERE = re.compile(
    r"^(SCAN (?!(?:a|above|b|below|f|j|json_each|o|p|pairs)\b|\(subquery|CONSTANT)"
    r"|SEARCH (?!.*\(organization=\? AND owner=\?|.*INTEGER PRIMARY KEY \(rowid=\?\)))"
)


@pytest.fixture(params=[False, True], ids=["flat", "nested"])
def user(request: pytest.FixtureRequest, sqlite: SqliteDatabase, own: Side) -> Side:
    """A side with custom attributes of every type."""
    nested: bool = request.param
    return Scene(sqlite, own.scene.runner).side(own.scope.organization, nested=nested, schemas=SCHEMAS)


def plan_of(side: Side, sql: str, values: object) -> list[str]:
    """The steps of a statement's plan."""
    database = side.scene.database
    assert isinstance(database, SqliteDatabase)
    return [str(row[3]) for row in database.reader.execute(f"EXPLAIN QUERY PLAN {sql}", values).fetchall()]  # type: ignore[arg-type]


def orders(side: Side, kind: Kind, text: str | Compare | None, sort: str | None = None) -> Iterator[Order]:
    """The orders that a query may be answered in."""
    for descending in (False, True):
        query = Query(side.plan(kind, text, sort, descending=descending), side.scope, nested=True)
        yield query.order
        if query._condition.wide:
            yield query.following()


def steps(side: Side, kind: Kind, text: str | Compare | None, sort: str | None = None) -> list[str]:
    """The steps of the statements that answer a query: its page and its total."""
    found: list[str] = []
    for order in orders(side, kind, text, sort):
        for part in order.parts():
            found += plan_of(side, f"{part.sql} LIMIT 5 OFFSET 3", part.values)
        counting = order.counting()
        found += plan_of(side, counting.sql, counting.values)
    return found


def simple(kind: Kind) -> list[Attribute]:
    """Every attribute and sub-attribute that a filter may compare."""
    attributes = [
        one
        for attribute in SCHEMAS.resource_type(kind).every_attribute()
        for one in (attribute.sub_attributes.values() if attribute.type is Type.COMPLEX else (attribute,))
        if attribute.returned is not Returned.NEVER
    ]
    return [one for one in attributes if one.path not in DERIVED and one.returned is not Returned.NEVER]


@pytest.mark.parametrize("kind", ["User", "Group"])
def test_every_filter_stays_within_one_owner(user: Side, kind: Kind) -> None:
    """Each attribute with each operator: no table and no index is read beyond (organization, owner)."""
    for attribute in simple(kind):
        # What no resource can have becomes a constant, of which SQLite plans nothing: an instant within a
        # millisecond, a kind of member that there is not.
        key: str | int = "user" if attribute.type in STRINGS | {Type.BINARY} else 0
        for operator in Operator:
            node = Compare(attribute, operator, key, str(key) if operator in {"co", "sw", "ew"} else key)
            if attribute.path in {"members.type", "groups.type"} and operator in {Operator.GT, Operator.LT}:
                continue
            offending = [step for step in steps(user, kind, node) if ANYWHERE.match(step)]
            assert offending == [], f"{node}"


@pytest.mark.parametrize("kind", ["User", "Group"])
@pytest.mark.parametrize("operator", [Operator.EQ, Operator.SW, Operator.GE, Operator.LT])
def test_equality_prefixes_and_orderings_are_led_by_an_index(
    own: Side, kind: Kind, operator: Operator
) -> None:
    """Of every attribute that is stored: the rows come from an index range of its keys, not from all rows."""
    for attribute in simple(kind):
        computed = attribute.path in {"meta.version", "meta.resourceType"} or attribute.path.endswith(
            "s.type"
        )
        related = (attribute.parent or attribute).path in {"groups", "members"}
        if computed or (related and (operator is not Operator.EQ or attribute.name != "value")):
            continue
        if operator is Operator.SW and attribute.type not in STRINGS:
            continue
        node = Compare(attribute, operator, None, "a" if attribute.type in STRINGS | {Type.BINARY} else 1)
        query = Query(own.plan(kind, node), own.scope, nested=False)
        (part,) = query.order.parts()
        plan = plan_of(own, f"{part.sql} LIMIT 5 OFFSET 3", part.values)
        assert "SEARCH r USING INTEGER PRIMARY KEY (rowid=?)" in plan, f"{node}"
        assert any(
            re.search(r"(key|id|name_key|created|last_modified|member|group_id)[=<>]", step) for step in plan
        )


@pytest.mark.parametrize(
    "text",
    [
        'emails[type eq "work" and value eq "a@x"]',
        'emails[value sw "a" and type eq "work"]',
        'emails.value eq "a@x" and active eq true',
        'userName eq "a" or externalId eq "b" or emails.value eq "c"',
        'userName sw "a" and not (title eq "x")',
        'title eq "a" and (name.givenName co "b" or displayName ew "c")',
        'id eq "x" and groups.value eq "y"',
    ],
)
def test_compound_filters_are_led_by_their_best_part(own: Side, text: str) -> None:
    """The rest is checked on the rows that one index range finds, by one look for each."""
    for step in steps(own, "User", text):
        assert not step.startswith("SEARCH r") or "rowid" in step, step
        assert ANYWHERE.match(step) is None


@pytest.mark.parametrize(
    "text", ['displayName eq "x" and members eq "y"', 'id eq "x" and members[value eq "y"]']
)
def test_a_membership_probe_does_not_read_the_members(own: Side, text: str) -> None:
    """One look into the index for the pair, whatever the size of the group."""
    plan = steps(own, "Group", text)
    assert any("member=? AND group_id=?" in step or "group_id=? AND member=?" in step for step in plan)
    assert not any("SCAN" in step for step in plan)


@pytest.mark.parametrize(
    "sort",
    [
        None,
        "userName",
        "externalId",
        "id",
        "meta.created",
        "meta.lastModified",
        "title",
        "emails.value",
        "active",
    ],
)
def test_a_sorted_page_is_read_from_an_index(own: Side, sort: str | None) -> None:
    """In either direction, without sorting and without a look at the rows; so is a deep one."""
    for order in orders(own, "User", None, sort):
        for part in order.parts():
            plan = plan_of(own, f"{part.sql} LIMIT 5 OFFSET 3", part.values)
            assert SORT not in plan, part.sql
            assert all(
                "COVERING" in step or "PRIMARY KEY (org" in step for step in plan if "SEARCH" in step
            ), plan


@pytest.mark.parametrize(
    "text", ["active eq true", 'meta.lastModified gt "2020-01-01T00:00:00Z"', "title pr", 'title co "x"']
)
def test_what_matches_many_is_not_sorted(own: Side, text: str) -> None:
    """The order of creation is followed, and each row is checked, until the page is full."""
    query = Query(own.plan("User", text), own.scope, nested=False)
    order = query.following() if query._condition.wide else query.order
    (part,) = order.parts()
    assert SORT not in plan_of(own, f"{part.sql} LIMIT 5 OFFSET 3", part.values)


def test_look_ups_are_a_few_steps(own: Side) -> None:
    """By id and by each unique key, with groups and manager: index look-ups only."""
    for column in ("id", "name_key", "external_id"):
        for nested in (False, True):
            sql = select_by("User", column, groups=True, nested=nested)
            plan = plan_of(own, sql, (*own.scope, "x"))
            assert plan[0].endswith(f"(organization=? AND owner=? AND {column}=?)")
            assert [step for step in plan if ANYWHERE.match(step)] == []
    plan = plan_of(own, select_members(display=True), (*own.scope, "[]"))
    assert [step for step in plan if ANYWHERE.match(step)] == []


@pytest.mark.parametrize(
    "statement, step",
    [
        (memberships._GIVEN_MEMBERS, "member=? AND group_id=?"),
        (memberships._REMOVE, "member=? AND group_id=?"),
        (memberships._ARE_MEMBERS, "member=? AND group_id=?"),
        (memberships._REMOVE_PENDING, "group_id=? AND member=?"),
        (memberships._KINDS, "organization=? AND owner=? AND id=?"),
        (memberships._REACHES, "organization=? AND owner=? AND member=?"),
        (resources.LEAVE, "organization=? AND owner=? AND member=?"),
        (resources.LEFT, "organization=? AND owner=? AND id=?"),
    ],
)
def test_a_member_change_looks_for_its_members_only(own: Side, statement: str, step: str) -> None:
    """Design law 3: the other members of the group, or the other groups, are not walked through."""
    values = (*own.scope, "[]", "[]")[: 4 if "?4" in statement else 3]
    plan = plan_of(own, statement, values)
    assert any(step in line for line in plan), plan
    assert [line for line in plan if ANYWHERE.match(line)] == []
