"""Which attributes were received: every path can be mapped, and what the mapping finds there is its example."""

from __future__ import annotations

from typing import Any

from muster.directory.mapping import Mapped, Source
from muster.directory.received import Received, received_paths
from muster.scim.catalog import builtin
from muster.scim.schema import ENTERPRISE_USER

USER = builtin().user
ADA: dict[str, Any] = {
    "userName": "ada",
    "active": True,
    "title": "",
    "name": {"givenName": "Ada"},
    "emails": [{"type": "work", "value": "a@x", "primary": True}, {"type": 'a "b"', "value": "b@x"}],
    "addresses": [{"locality": "London"}],
    ENTERPRISE_USER: {"department": "Analysis", "manager": {"value": "m-1"}},
    "urn:unknown": {"shade": "red"},
}
BOB: dict[str, Any] = {"userName": "b" * 100, "emails": [{"type": "work", "value": "bob@x"}], "title": "Dr"}


def test_paths_are_those_that_have_values() -> None:
    """With how many of the users have one; what cannot be mapped is not there."""
    found = {one.path: one for one in received_paths([ADA, BOB], USER)}
    assert found['emails[type eq "work"].value'] == Received('emails[type eq "work"].value', 2, "a@x")
    assert found["userName"].users == 2
    assert found["title"] == Received("title", 1, "Dr")
    assert found["name.givenName"].example == "Ada"
    assert found["addresses.locality"].example == "London"
    assert found[f"{ENTERPRISE_USER}:department"].example == "Analysis"
    assert found[f"{ENTERPRISE_USER}:manager.value"].example == "m-1"
    assert not {"active", "urn:unknown:shade", 'emails[type eq "work"].type'} & set(found)
    assert [*found] == sorted(found, key=str.lower)


def test_an_example_is_what_the_mapping_would_find() -> None:
    """Of several values at a path the first; a long one is cut."""
    for one in received_paths([ADA], USER):
        profile = Mapped([Source("username", one.path)], USER).profile(ADA)
        assert profile.fields["username"] == one.example
    assert received_paths([BOB], USER)[-1] == Received("userName", 1, "b" * 60)


def test_nobody_has_sent_anything() -> None:
    """Then nothing was received."""
    assert received_paths([], USER) == []
