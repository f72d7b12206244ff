"""How large values may be: up to the limit they are taken, beyond it refused by name."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.scim import elements, evaluate, value
from muster.scim.dialect import DEFAULT, STRICT, Dialect, Notes
from muster.scim.effort import Allowance
from muster.scim.errors import InvalidValue, PayloadTooLarge
from muster.scim.limits import MAX_NAME_CHARACTERS, MAX_STRING_CHARACTERS
from muster.scim.schema import ENTERPRISE_USER
from muster.scim.validate import read_body
from tests.scim.patching import ID, group, of, op, patch, plan, user

BOTH = pytest.mark.parametrize("dialect", [DEFAULT, STRICT], ids=lambda dialect: dialect.name)
SCHEMAS = [of("User").schema.id, ENTERPRISE_USER]


def read(dialect: Dialect, **values: Any) -> dict[str, Any]:
    """Read the body of a user."""
    body = {"schemas": SCHEMAS, "userName": "u", **values}
    return read_body(of("User"), body, dialect, Notes()).document


@BOTH
@pytest.mark.parametrize("letter", ["a", "å"])
@pytest.mark.parametrize("name", ["userName", "displayName", "externalId"])
def test_a_name_has_its_limit(name: str, letter: str, dialect: Dialect) -> None:
    """In characters, whichever they are."""
    longest = letter * MAX_NAME_CHARACTERS
    assert read(dialect, **{name: longest})[name] == longest
    with pytest.raises(InvalidValue, match=f"^{name}: at most 1024 characters") as refused:
        read(dialect, **{name: longest + letter})
    assert refused.value.code == "value-too-large"


@BOTH
@pytest.mark.parametrize("letter", ["a", "å"])
@pytest.mark.parametrize(
    "where, around",
    [
        ("title", lambda text: {"title": text}),
        ("name.familyName", lambda text: {"name": {"familyName": text}}),
        ("emails[1].value", lambda text: {"emails": [{"value": "x"}, {"value": text, "type": "work"}]}),
        (f"{ENTERPRISE_USER}:department", lambda text: {ENTERPRISE_USER: {"department": text}}),
    ],
)
def test_any_string_has_a_limit(where: str, around: Any, letter: str, dialect: Dialect) -> None:
    """Wherever it is in a body."""
    longest = letter * MAX_STRING_CHARACTERS
    given = around(longest)
    assert given.items() <= read(dialect, **given).items()
    with pytest.raises(InvalidValue) as refused:
        read(dialect, **around(longest + letter))
    assert refused.value.detail == f"{where}: at most 65536 characters"


@pytest.mark.parametrize(
    "operation",
    [
        {"path": "title", "value": "a" * 65_537},
        {"value": {"title": "a" * 65_537}},
        {"path": "name.givenName", "value": "å" * 65_537},
        {"path": "emails", "value": [{"value": "a" * 65_537}]},
        {"path": 'emails[type eq "work"].value', "value": "a" * 65_537},
        {"path": "userName", "value": "a" * 1025},
        {"path": "externalId", "value": "å" * 1025},
    ],
)
def test_a_patch_has_the_same_limits(operation: dict[str, Any]) -> None:
    """With a path, without, and through a filter."""
    with pytest.raises(InvalidValue, match=r"at most (65536|1024) characters"):
        patch(user(emails=[{"value": "x", "type": "work"}]), {"op": "replace", **operation})


def test_the_id_of_a_member_has_a_limit() -> None:
    """No id of ours is nearly as long."""
    operation = {"op": "add", "path": "members", "value": [{"value": "a" * 1025}]}
    with pytest.raises(InvalidValue, match=r"members\[0\].value: expected the id of a member, 1 to 1024"):
        patch(group(), operation)


EMAILS = [{"value": f"{number}@example.com"} for number in range(1000)]


@BOTH
def test_an_attribute_has_a_thousand_values(dialect: Dialect) -> None:
    """In a body; one more is refused by name before any is read."""
    assert len(read(dialect, emails=EMAILS)["emails"]) == 1000
    with pytest.raises(InvalidValue, match=r"^emails: at most 1000 values") as refused:
        read(dialect, emails=[*EMAILS, 7])
    assert refused.value.code == "value-too-large"


@pytest.mark.parametrize("path", ["emails", 'emails[value eq "x"]'])
def test_patches_do_not_add_more(path: str) -> None:
    """Neither a list nor an element that the path asks for; the code is said, and the number of the operation."""
    more = op("add", path, {"value": "x", "display": "x"})
    assert len(patch(user(emails=EMAILS[1:]), more)["emails"]) == 1000
    with pytest.raises(InvalidValue, match=r"^operation 1: emails.*: at most 1000 values") as refused:
        patch(user(emails=EMAILS), more)
    assert refused.value.code == "value-too-large"


def test_what_has_more_values_already_may_shrink() -> None:
    """What was stored before there was a limit is changed and removed, and does not grow."""
    stored = user(emails=[*EMAILS, *({"value": f"{number}@example.org"} for number in range(500))])
    changed = patch(stored, op("replace", 'emails[value eq "1@example.com"].display', "Ada"))
    assert len(changed["emails"]) == 1500
    assert len(patch(stored, op("remove", 'emails[value sw "1"]'))["emails"]) == 1500 - 111 * 2
    with pytest.raises(InvalidValue, match="at most 1000 values"):
        patch(stored, op("add", "emails", [{"value": "x"}]))


FILTER = " or ".join(f'value eq "{number}"' for number in range(25))


@pytest.mark.parametrize(
    "operations",
    [
        [op("add", "emails", [{"value": f"{number % 9}"}]) for number in range(1000)],
        [op("replace", f"emails[not ({FILTER})].display", "x")] * 50,
        [op("remove", "emails", [{"display": "x"}, {"primary": True}, {"type": "x"}])] * 200,
        [
            op("remove", "emails"),
            *(op("replace", f'emails[value eq "{number}"].display', "x") for number in range(300)),
        ],
    ],
)
def test_operations_look_through_so_much_and_no_more(
    operations: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many operations on many values are refused before they are done: what is compared is counted."""
    compared = 0
    real = value.key

    def counted(*given: Any) -> Any:
        nonlocal compared
        compared += 1
        return real(*given)

    for module in (evaluate, elements):
        monkeypatch.setattr(module, "key", counted)
    with pytest.raises(PayloadTooLarge, match=r"^operation \d+: emails.*more than 4194304 characters"):
        patch(user(emails=EMAILS[:900]), *operations)
    assert compared < 250_000


def test_long_values_are_looked_through_less_often() -> None:
    """As it is the characters that cost."""
    photos = [{"value": f"{number}".ljust(60_000, "x")} for number in range(17)]
    operation = op("replace", 'photos[value eq "x"].display', "x")
    patch(user(photos=photos), *[op("replace", 'photos[value ew "x"].display', "x")] * 3)
    with pytest.raises(PayloadTooLarge):
        patch(user(photos=photos), *[operation] * 5)


def test_what_idps_send_is_far_from_it() -> None:
    """A thousand operations on a user as there are."""
    emails = [
        {"value": f"{number}@example.com", "type": f"t{number}", "display": "Ada"} for number in range(10)
    ]
    operation = op("replace", 'emails[type eq "t3" and value co "@"].display', "Ada Lovelace")
    patch(user(emails=emails), *[operation] * 1000)


def test_an_honest_bulk_is_far_from_its_bound() -> None:
    """A thousand PATCHes, each of what one person's sync changes at most."""
    emails = [
        {"value": f"{number}@example.com", "type": f"t{number}", "display": "Ada"} for number in range(10)
    ]
    operation = op("replace", 'emails[type eq "t3" and value co "@"].display', "Ada Lovelace")
    bulk, one = Allowance(1000), plan(*[operation] * 5)
    for _ in range(1000):
        one.apply(user(emails=emails), ID, bulk)
    assert bulk.left > bulk.most / 2


def test_a_bulk_looks_through_little_more_than_one_patch() -> None:
    """Each PATCH is within its own bound; the fifth time they are more than all together may be."""
    emails = plan(*[op("add", "emails", [{"value": f"{number}"}]) for number in range(100)])
    bulk, document = Allowance(1), user(emails=EMAILS[:900])
    emails.apply(document, ID, bulk)
    with pytest.raises(
        PayloadTooLarge, match=r"^operation \d+: emails: all PATCHes of the bulk request.*4210688"
    ):
        emails.apply(document, ID, bulk)
    with pytest.raises(PayloadTooLarge, match=r"^operation 1: emails: all PATCHes of the bulk request"):
        plan(op("add", "emails", [{"value": "x"}])).apply(user(emails=EMAILS[:1]), ID, bulk)
    named = plan(op("replace", "displayName", "Ada")).apply(document, ID, bulk)
    assert named["displayName"] == "Ada"


PARTS = st.fixed_dictionaries(
    {}, optional={"type": st.sampled_from("aA"), "display": st.sampled_from("xX"), "primary": st.booleans()}
)


@given(st.lists(PARTS, max_size=6), st.lists(PARTS, max_size=4))
def test_listed_elements_are_those_with_all_of_their_parts(
    present: list[dict[str, Any]], listed: list[dict[str, Any]]
) -> None:
    """By definition, one with one; a listed one without parts means the elements without."""

    def parts(element: dict[str, Any]) -> set[tuple[str, Any]]:
        folded = {(name, str(part).lower()) for name, part in element.items()}
        return folded - {("primary", "false")}

    def is_listed(element: dict[str, Any]) -> bool:
        return any(parts(one) <= parts(element) if parts(one) else not parts(element) for one in listed)

    left = elements.without(of("User").attributes["emails"], present, listed)
    assert left == [element for element in present if not is_listed(element)]


def test_listed_elements_are_found_in_linear_time() -> None:
    """A second for forty thousand in as many; one with one it would be minutes."""
    script = (
        "from muster.scim.elements import without\n"
        "from tests.scim.patching import of\n"
        "many = [{'display': str(number)} for number in range(40_000)]\n"
        "assert without(of('User').attributes['emails'], many, many[1:]) == many[:1]\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)
