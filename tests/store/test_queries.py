"""Order, pages and totals of a query; that filters are answered rightly is proven in test_oracle."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import pytest

from muster.directory.ports import Transaction
from muster.directory.records import Kind
from muster.scim.keys import entries
from muster.scim.schema import ENTERPRISE_USER
from tests.scim.sample import SCHEMAS, VECTORS_URN
from tests.store.scene import NOW, Document, Scene, Side, group_document, user_document

PAGES = [(0, 5), (3, 5), (28, 5), (29, 1), (0, 30), (0, 1000), (30, 5), (1000, 5), (11, 7)]
TITLES = ("b", "B", "a", "Z", "\u00c5", "\u00e4", "_", "%", "10", "9", "stra\u00dfe", "\U0001f600")


@pytest.fixture(autouse=True, params=[2, 2000], ids=["many", "few"])
def few(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether SQLite sorts what an index finds, or follows the order and checks each row, must make no difference."""
    monkeypatch.setattr("muster.store.query.FEW", request.param)


def people(side: Side, number: int = 30) -> list[tuple[str, Document]]:
    """Users with awkward values, some without; created in another order than that of their names."""
    chance = random.Random(number)
    made: list[tuple[str, Document]] = []

    async def operation(transaction: Transaction) -> None:
        for position in range(number):
            document = user_document(f"user {chance.random()}", active=bool(position % 3))
            if position % 4:
                document["title"] = chance.choice(TITLES)
            if position % 5:
                document["externalId"] = chance.choice("aAbB") + str(position)
            if position % 3:
                document["emails"] = [
                    {"value": f"{chance.choice('abc')}@x", "type": "home"},
                    {"value": f"{chance.choice('abc')}@x", "type": "work", "primary": position % 2 == 0},
                ]
            row = side.row("User", document)
            await side.insert(transaction, "User", row, document)
            made.append((row.id, document))

    side.write(operation)
    return made


def sorted_ids(made: list[tuple[str, Document]], side: Side, path: str, *, descending: bool) -> list[str]:
    """The ids in the order that the RFC asks for, worked out from the index entries of the documents."""

    def key(document: Document) -> Any:
        found = [
            one.key for one in entries(side.type("User"), document) if (one.path, one.element) == (path, 0)
        ]
        return found[0] if found else None

    having = [
        (key(document), number, id) for number, (id, document) in enumerate(made) if key(document) is not None
    ]
    lacking = [id for id, document in made if key(document) is None]
    if descending:
        return [*reversed(lacking), *(id for _, _, id in sorted(having, reverse=True))]
    return [*(id for _, _, id in sorted(having)), *lacking]


@pytest.mark.parametrize("descending", [False, True], ids=["ascending", "descending"])
@pytest.mark.parametrize(
    "by", ["userName", "externalId", "title", "emails.value", "active", "name.givenName"]
)
def test_a_sorted_query_is_cut_into_pages(side: Side, by: str, *, descending: bool) -> None:
    """Missing values last, descending first (R173); the primary value counts (R175); every page from any offset."""
    made = people(side)
    expected = sorted_ids(made, side, by, descending=descending)
    for offset, limit in PAGES:
        page = side.query("User", sort=by, descending=descending, offset=offset, limit=limit)
        assert [user.id for user in page.resources] == expected[offset : offset + limit], (offset, limit)
        assert page.total == len(made)


@pytest.mark.parametrize("descending", [False, True], ids=["ascending", "descending"])
@pytest.mark.parametrize(
    "text",
    ["active eq true", 'title sw "a" or emails.type eq "work"', 'not (title eq "b")', 'title eq "zzz"'],
)
@pytest.mark.parametrize(
    "by", ["userName", "title", "emails.value", "meta.created", "meta.lastModified", "id"]
)
def test_a_filtered_query_is_sorted_and_cut_into_pages(
    side: Side, by: str, text: str, *, descending: bool
) -> None:
    """The order among what matches is that among all."""
    people(side)
    everyone = side.found("User", sort=by, descending=descending)
    matching = set(side.found("User", text))
    expected = [id for id in everyone if id in matching]
    for offset, limit in PAGES:
        page = side.query("User", text, sort=by, descending=descending, offset=offset, limit=limit)
        assert [user.id for user in page.resources] == expected[offset : offset + limit], (offset, limit)
        assert page.total == len(expected)


def test_without_a_sort_the_order_is_that_of_creation(side: Side) -> None:
    """Also when resources were stored in another order (R182); descending has no meaning then."""
    later = side.add("User", user_document("later"), created=NOW + 5_000_000)
    sooner = side.add("User", user_document("sooner"), created=NOW + 1_000_000)
    assert side.found("User") == [sooner, later]
    assert side.found("User", "active ne false") == [sooner, later]
    assert side.found("User", 'userName sw "l" or userName eq "sooner"') == [sooner, later]


def test_times_sort_as_instants(side: Side) -> None:
    """By when they were created and changed."""
    first, second = side.add("User", user_document("b")), side.add("User", user_document("a"))
    side.now += 100
    side.change("User", first, user_document("b"), user_document("b", title="x"))
    assert side.found("User", sort="meta.created") == [first, second]
    assert side.found("User", sort="meta.created", descending=True) == [second, first]
    assert side.found("User", sort="meta.lastModified") == [second, first]


def test_a_count_of_zero_asks_for_the_total_only(side: Side) -> None:
    """Of all, of what matches, and on a unique attribute (R178)."""
    people(side, 7)
    side.user("ada")
    for text, total in (
        (None, 8),
        ('userName eq "ada"', 1),
        ('userName sw "user"', 7),
        ('title eq "none"', 0),
    ):
        page = side.query("User", text, limit=0)
        assert (page.total, list(page.resources)) == (total, [])


def test_a_page_behind_the_end_is_empty_with_the_right_total(side: Side) -> None:
    """R179; on a unique attribute too."""
    side.user("ada")
    for text in (None, 'userName eq "ada"', 'userName sw "a"'):
        page = side.query("User", text, offset=1)
        assert (page.total, list(page.resources)) == (1, [])


@pytest.mark.parametrize("kind", ["User", "Group"])
def test_unique_attributes_are_found_in_any_case_that_counts(side: Side, kind: Kind) -> None:
    """UserName and displayName regardless of case, externalId and id exactly; alone or beside others."""
    document, name = (user_document, "userName") if kind == "User" else (group_document, "displayName")
    id = side.add(kind, document("Stra\u00dfe", externalId="X1"))
    side.add(kind, document("other"))
    for text, found in {
        f'{name} eq "STRA\u00dfE"': True,
        f'{name} eq "strasse"': False,
        'externalId eq "X1"': True,
        'externalId eq "x1"': False,
        f'id eq "{id}"': True,
        f'id eq "{id.upper()}"': False,
        f'id eq "{id}" and {name} eq "other"': False,
        f'id eq "{id}" or {name} eq "none"': True,
    }.items():
        assert side.found(kind, text) == ([id] if found else []), text


def test_a_membership_is_probed_with_two_ids(side: Side) -> None:
    """`id eq "group" and members eq "user"`, as Entra asks (R166)."""
    ada, grace = side.user("ada"), side.user("grace")
    staff = side.group("Staff", {ada: "User"})
    assert side.found("Group", f'id eq "{staff}" and members eq "{ada}"') == [staff]
    assert side.found("Group", f'id eq "{staff}" and members eq "{grace}"') == []
    assert side.found("Group", f'members[value eq "{ada}"]') == [staff]


def test_numbers_sort_and_compare_as_numbers(scene: Scene) -> None:
    """Of a custom attribute: integers beside decimals, beyond what a float can tell apart, beyond 64 bits in a literal."""
    side = scene.side(schemas=SCHEMAS)
    number = next(
        a for a in SCHEMAS.user.extensions[VECTORS_URN.lower()].attributes.values()
        if a.type == "decimal" and not a.multi_valued
    )  # fmt: skip
    values = [Decimal("1.5"), Decimal(10), Decimal(9), Decimal("-0.5"), Decimal(2**53), Decimal(2**53 + 1)]
    ids = {
        value: side.add("User", user_document(str(value), **{VECTORS_URN: {number.name: value}}))
        for value in values
    }
    assert side.found("User", sort=number.path) == [ids[value] for value in sorted(values)]
    found: Mapping[str, Sequence[int | Decimal]] = {
        f"{number.path} gt 9": [10, 2**53, 2**53 + 1],
        f"{number.path} eq {2**53 + 1}": [2**53 + 1],
        f"{number.path} lt {10**30}": values,
        f"{number.path} gt -{10**30}": values,
        f"{number.path} gt {10**30}": [],
        f"{number.path} eq 1.50": [Decimal("1.5")],
    }
    for text, wanted in found.items():
        assert set(side.found("User", text)) == {ids[Decimal(value)] for value in wanted}, text


def test_an_extension_is_present_when_an_attribute_of_it_is(side: Side) -> None:
    """By its URN alone, and in `schemas`."""
    document = user_document("ada", **{ENTERPRISE_USER: {"department": "x"}})
    document["schemas"].append(ENTERPRISE_USER)
    ada = side.add("User", document)
    side.user("grace")
    assert side.found("User", f"{ENTERPRISE_USER} pr") == [ada]
    assert side.found("User", f'schemas eq "{ENTERPRISE_USER}"') == [ada]
