"""Projections: attributes, excludedAttributes, and what `returned` says."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.scim.catalog import builtin, with_extensions
from muster.scim.errors import InvalidSyntax
from muster.scim.projection import Projection
from muster.scim.schema import CORE_USER, ENTERPRISE_USER

USER, GROUP = builtin().user, builtin().group
BADGE = "urn:example:badge:1.0:User"
BADGED = with_extensions(builtin(), [{
    "id": BADGE,
    "attributes": [
        {"name": "number", "returned": "always"},
        {"name": "color"},
        {"name": "history", "returned": "request"},
        {"name": "hint", "mutability": "writeOnly"},
        {"name": "internal", "returned": "never"},
        {"name": "doors", "type": "complex", "multiValued": True, "subAttributes": [
            {"name": "value"}, {"name": "code", "returned": "never"}, {"name": "log", "returned": "request"},
            {"name": "kind", "returned": "always"}]},
    ],
}]).user  # fmt: skip

ALICE: dict[str, Any] = {
    "schemas": [CORE_USER, ENTERPRISE_USER],
    "id": "2819c223",
    "externalId": "a1",
    "userName": "alice",
    "name": {"givenName": "Alice", "familyName": "Liddell"},
    "active": False,
    "emails": [{"value": "a@x.example", "type": "work"}, {"value": "a@y.example"}, {"display": "none"}],
    "groups": [{"value": "g1", "display": "Staff"}],
    ENTERPRISE_USER: {"department": "R", "manager": {"value": "m1", "displayName": "Bob"}},
    "meta": {"resourceType": "User", "version": 'W/"1"'},
}
BADGE_VALUE = {
    "number": 7, "color": "red", "history": "long", "hint": "cat", "internal": "x",
    "doors": [{"value": "n", "code": "1234", "log": "l", "kind": "k"}, {"code": "5"}],
}  # fmt: skip
BOB: dict[str, Any] = {"schemas": [CORE_USER, BADGE], "id": "b", "userName": "bob", BADGE: BADGE_VALUE}


def only(*names: str) -> dict[str, Any]:
    """Alice with `attributes`, less the minimum, which is checked."""
    kept = Projection.parse(list(names), None, USER).apply(ALICE)
    assert (kept.pop("schemas"), kept.pop("id")) == (ALICE["schemas"], ALICE["id"])
    return kept


def without(*names: str) -> set[str]:
    """What `excludedAttributes` takes from Alice, of the top level."""
    kept = Projection.parse(None, list(names), USER).apply(ALICE)
    assert all(
        ALICE[name] == value
        for name, value in kept.items()
        if name not in {"name", "emails", ENTERPRISE_USER}
    )
    return set(ALICE) - set(kept)


def badge(attributes: list[str] | None, excluded: list[str] | None, sent: set[str] | None = None) -> Any:
    """What is left of Bob's badge."""
    return Projection.parse(attributes, excluded, BADGED).apply(BOB, sent=sent or set()).get(BADGE)


@pytest.mark.parametrize("nothing", [None, []])
def test_nothing_asked(nothing: list[str] | None) -> None:
    """The resource as it stands; a password, never stored, makes no difference."""
    for resource_type in (USER, GROUP):
        assert Projection.parse(nothing, nothing, resource_type).is_default
    assert Projection.parse(nothing, None, USER).apply(ALICE) is ALICE


def test_attributes_add_to_the_minimum() -> None:
    """`schemas` and `id` are there, `meta` only when it is named (R185, R048)."""
    assert only("userName") == {"userName": "alice"}
    assert only("meta.version") == {"meta": {"version": 'W/"1"'}}
    assert only("id") == {}


@pytest.mark.parametrize(
    "name", ["USERNAME", "username", f"{CORE_USER}:userName", f"{CORE_USER.upper()}:USERNAME"]
)
def test_names_in_any_case_and_qualified(name: str) -> None:
    """Standard notation, letter case aside (R184)."""
    assert only(name) == {"userName": "alice"}


def test_sub_attributes() -> None:
    """Only the named parts; elements without them are left out (R184)."""
    assert only("name.givenName", "emails.TYPE") == {
        "name": {"givenName": "Alice"},
        "emails": [{"type": "work"}],
    }
    assert only("emails.value", "emails") == {"emails": ALICE["emails"]}
    assert only("emails.primary") == {}


def test_extensions() -> None:
    """The whole of one, an attribute of it, or a part of that."""
    assert only(ENTERPRISE_USER.lower()) == {ENTERPRISE_USER: ALICE[ENTERPRISE_USER]}
    assert only(f"{ENTERPRISE_USER}:department") == {ENTERPRISE_USER: {"department": "R"}}
    assert only(f"{ENTERPRISE_USER}:manager.value") == {ENTERPRISE_USER: {"manager": {"value": "m1"}}}
    assert only("department") == {}


@pytest.mark.parametrize(
    "name", ["nothing", 'emails[type eq "work"]', "name.nothing", "userName.x", "", ":", "urn:x:y", "."]
)
def test_unknown_names_are_ignored(name: str) -> None:
    """They name nothing: the minimum, or nothing excluded (R187)."""
    assert only(name) == {}
    assert without(name) == set()


def test_false_is_a_value() -> None:
    """A value that is false, or 0, is kept."""
    assert only("active") == {"active": False}


def test_excluded() -> None:
    """Takes away what is returned by default, and nothing else (R186, R048)."""
    assert without("groups") == {"groups"}
    assert without("META", "name") == {"meta", "name"}
    assert without("id", "schemas") == set()
    assert without(ENTERPRISE_USER) == {ENTERPRISE_USER}


def test_excluded_parts() -> None:
    """A part goes, the rest stays; what is empty then goes too."""
    kept = Projection.parse(None, ["name.givenName", "emails.value", "emails.type"], USER).apply(ALICE)
    assert (kept["name"], kept["emails"]) == ({"familyName": "Liddell"}, [{"display": "none"}])
    kept = Projection.parse(None, [f"{ENTERPRISE_USER}:manager"], USER).apply(ALICE)
    assert kept[ENTERPRISE_USER] == {"department": "R"}
    assert without(f"{ENTERPRISE_USER}:manager", f"{ENTERPRISE_USER}:department") == {ENTERPRISE_USER}


def test_refuses_both() -> None:
    """They exclude each other, unless one of them is empty."""
    with pytest.raises(InvalidSyntax, match="excludedAttributes"):
        Projection.parse(["id"], ["name"], USER)
    assert not Projection.parse(["id"], [], USER).is_default


def test_password_is_never_answered() -> None:
    """Even if it were there and asked for by name (R049, R067)."""
    stored = ALICE | {"password": "x"}
    for attributes in (["password"], [f"{CORE_USER}:password"]):
        assert "password" not in Projection.parse(attributes, None, USER).apply(stored)
    assert "password" not in Projection.parse(None, ["title"], USER).apply(stored)
    assert not Projection.parse(None, None, USER).wants("password")


def test_what_a_store_need_not_load() -> None:
    """Members and groups only when the answer may have them (R188)."""
    whole = Projection.parse(None, None, GROUP)
    assert whole.wants("members")
    assert whole.wants("members.display")
    assert not Projection.parse(None, ["Members"], GROUP).wants("members")
    assert not Projection.parse(["displayName"], None, GROUP).wants("members")
    values = Projection.parse(["members.value"], None, GROUP)
    assert (values.wants("members"), values.wants("members.value"), values.wants("members.display")) == (
        True,
        True,
        False,
    )
    assert not Projection.parse(None, ["members.display"], GROUP).wants("members.display")
    assert not whole.wants("nothing")


def test_wants_in_extensions() -> None:
    """Paths with a URN, of any depth."""
    projection = Projection.parse([f"{ENTERPRISE_USER}:manager.value"], None, USER)
    assert projection.wants(ENTERPRISE_USER)
    assert projection.wants(f"{ENTERPRISE_USER}:manager")
    assert projection.wants(f"{ENTERPRISE_USER}:manager.value")
    assert not projection.wants(f"{ENTERPRISE_USER}:manager.displayName")
    assert not projection.wants(f"{ENTERPRISE_USER}:department")
    assert Projection.parse(None, None, USER).wants(f"{ENTERPRISE_USER}:manager.displayName")


def test_what_an_extension_hides_is_removed_by_default() -> None:
    """With such an extension the stored resource is not the answer (R047, R049, R051)."""
    assert not Projection.parse(None, None, BADGED).is_default
    assert badge(None, None) == {"number": 7, "color": "red", "doors": [{"value": "n", "kind": "k"}]}
    assert badge(None, ["userName"]) == badge([BADGE], None) == badge(None, None)


def test_on_request() -> None:
    """Only when it is named itself (R051)."""
    assert badge([f"{BADGE}:history"], None) == {"number": 7, "history": "long"}
    assert badge([f"{BADGE}:doors.log"], None) == {"number": 7, "doors": [{"log": "l", "kind": "k"}]}
    assert badge([f"{BADGE}:doors", f"{BADGE}:doors.log"], None)["doors"] == [
        {"value": "n", "log": "l", "kind": "k"}
    ]


def test_never() -> None:
    """Not even when it is named or was sent."""
    hidden = ["hint", "internal", "doors.code"]
    assert badge([f"{BADGE}:{name}" for name in hidden], None) == {"number": 7}
    sent = badge(None, None, {f"{BADGE}:{name}".lower() for name in ("hint", "internal", "doors", "history")})
    assert set(sent) == {"number", "color", "history", "doors"}
    assert "code" not in sent["doors"][0]


def test_always() -> None:
    """With every projection, the exclusion of all included (R048)."""
    assert badge(["userName"], None) == {"number": 7}
    assert badge(None, [BADGE, f"{BADGE}:number"]) == {"number": 7}
    assert badge(None, [f"{BADGE}:doors.kind"])["doors"] == [{"value": "n", "kind": "k"}]


@pytest.mark.parametrize("more", [set(), {"username", BADGE.lower(), "x"}])
def test_sent_is_returned(more: set[str]) -> None:
    """What is returned on request is returned when the client wrote it (R051), unless it asked otherwise."""
    sent = {f"{BADGE}:history".lower()} | more
    assert badge(None, None, sent)["history"] == "long"
    assert badge(["userName"], None, sent) == {"number": 7}
    assert "history" not in badge(None, [f"{BADGE}:history"], sent)
    assert "history" not in badge(None, None, more)
    assert badge(None, None, {f"{BADGE}:doors".lower()})["doors"] == [{"value": "n", "log": "l", "kind": "k"}]


@given(
    st.lists(
        st.sampled_from(["id", "userName", "NAME", "emails.type", "meta", "groups", "x", ENTERPRISE_USER]),
        max_size=5,
    ),
    st.booleans(),
)
def test_a_projection_selects_in_order_and_changes_nothing(names: list[str], excluding: bool) -> None:
    """What is answered stands in the resource, in its order, and the resource stays as it was."""
    before = copy.deepcopy(ALICE)
    projection = Projection.parse(None, names, USER) if excluding else Projection.parse(names, None, USER)
    kept = projection.apply(ALICE)
    assert before == ALICE
    assert list(kept) == [name for name in ALICE if name in kept]
    assert all(projection.wants(name) for name in kept)
    assert {"schemas", "id"} <= set(kept)
