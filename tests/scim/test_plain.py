"""The short cut for plain values is one: with it and without it a body is read the same, refused the same, noted the same."""

from __future__ import annotations

from typing import Any
from unittest import mock

from hypothesis import given, settings
from hypothesis import strategies as st

from muster.scim import read, validate
from muster.scim.dialect import DEFAULT, STRICT, Dialect, Notes
from muster.scim.errors import ScimError
from muster.scim.read import Reader
from muster.scim.schema import Attribute
from muster.scim.validate import read_body
from tests.scim.patching import of

USER = of("User")
AWKWARD: tuple[Any, ...] = (
    "a", "", "work", "x\ny", "\x7f", "\x00", "å", "\ud800", "true", True, False, None, 0, 1.5, [], {}, [[]], ["a"], ["a", "a"],
    "a" * 1024, "a" * 1025, "a" * 65_536, "a" * 65_537, "å" * 65_537, [True], {"value": "a"}, [{"value": "a"}, {"value": "A", "type": "work"}], [{}], {"": ""},
)  # fmt: skip


def bodies() -> st.SearchStrategy[dict[str, Any]]:
    """A body of known names, or nearly, each in some letter case, with values that fit, nearly fit, or do not at all."""
    attributes = [one for one in USER.every_attribute() if one.name not in {"schemas", "userName"}]
    top = {one.name: values(one) for one in attributes if one.extension is None}
    enterprise = next(iter(USER.extensions.values()))
    inner = {one.name: values(one) for one in enterprise.attributes.values()}
    given = {
        "schemas": st.just([USER.schema.id, enterprise.id]),
        "userName": st.sampled_from(["ada", "Ä", " ", "a" * 1024, "a" * 1025]),
    }
    optional = top | {enterprise.id: st.fixed_dictionaries({}, optional=inner), "USERNAME": st.just("eve")}
    return st.fixed_dictionaries(
        given, optional={**optional, "nickname": st.just("x"), "unknown": st.just(1)}
    )


def values(attribute: Attribute) -> st.SearchStrategy[Any]:
    """A value of an attribute, or something else."""
    any_of = st.sampled_from(AWKWARD)
    names = [*(sub.name for sub in attribute.sub_attributes.values()), "VALUE", "other"]
    one = st.dictionaries(st.sampled_from(names), any_of, max_size=4) if attribute.sub_attributes else any_of
    return st.one_of(any_of, one, st.lists(one, max_size=3))


def understood(body: dict[str, Any], dialect: Dialect) -> tuple[Any, ...]:
    """What a body is read as, or refused with, and the notes."""
    notes = Notes()
    try:
        incoming = read_body(USER, body, dialect, notes)
    except ScimError as error:
        return (type(error), str(error), notes.items)
    return (repr(incoming.document), incoming.sent, notes.items)


@settings(max_examples=400)
@given(body=bodies(), dialect=st.sampled_from([DEFAULT, STRICT]))
def test_the_short_cut_changes_nothing(body: dict[str, Any], dialect: Dialect) -> None:
    """Whatever is in a body."""
    with (
        mock.patch.object(read, "all_plain", return_value=False),
        mock.patch.object(validate, "plain_attributes", return_value={}),
        mock.patch.object(Reader, "is_plain", return_value=False),
    ):
        expected = understood(body, dialect)
    assert understood(body, dialect) == expected
