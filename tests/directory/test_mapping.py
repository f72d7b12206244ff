"""From a document to a profile: paths, transforms, what is missing, and what is refused by name."""

from typing import Any

import pytest

from muster.directory.mapping import (
    DEFAULT_MAPPING,
    FIELDS,
    Mapped,
    MappingError,
    Source,
    checked,
    dumped,
    loaded,
)
from muster.scim.catalog import builtin, with_extensions
from muster.scim.schema import ENTERPRISE_USER
from tests.conformance.bodies import SCHEMA, attribute

USER = builtin().user
FULL: dict[str, Any] = {
    "userName": "Ada@Example.com",
    "name": {"givenName": " Ada "},
    "title": "   ",
    "emails": [
        {"type": "home", "value": "first@example.com"},
        {"type": "work", "value": "second@example.com"},
        {"type": "work", "value": "Third@example.com", "primary": True},
    ],
    "phoneNumbers": [{"type": "fax", "value": "1"}],
    "addresses": [{"type": "work", "locality": "London"}],
    "active": True,
    ENTERPRISE_USER: {"department": "Engines", "manager": {"value": "m1"}},
}


def profile(*sources: Source, document: dict[str, Any] = FULL) -> dict[str, str | None]:
    """The fields that a mapping makes."""
    return dict(Mapped(sources, USER).profile(document).fields)


@pytest.mark.parametrize(
    "path, expected",
    [
        ("userName", "Ada@Example.com"),
        ("USERNAME", "Ada@Example.com"),
        ("name.givenName", " Ada "),
        ("name.familyName", None),
        ("emails.value", "Third@example.com"),
        ('emails[type eq "home"].value', "first@example.com"),
        ('emails[type eq "work"].value', "Third@example.com"),
        ('emails[type eq "work" and not (primary eq true)].value', "second@example.com"),
        ("emails.primary", "true"),
        ('phoneNumbers[type eq "work"].value', None),
        (f"{ENTERPRISE_USER}:department", "Engines"),
        (f"{ENTERPRISE_USER}:manager.value", "m1"),
        ("urn:ietf:params:scim:schemas:core:2.0:User:name.givenName", " Ada "),
    ],
)
def test_a_path_yields_the_value_that_it_names(path: str, expected: str | None) -> None:
    """The primary one first; letter case of names does not matter."""
    assert profile(*checked([Source("email", path)], USER)) == {"email": expected}


@pytest.mark.parametrize(
    "document", [{}, {"emails": []}, {"emails": None}, {"emails": [{}]}, {"emails": ["x"]}]
)
def test_a_document_that_lacks_it_yields_none(document: dict[str, Any]) -> None:
    """Whatever shape the lack has."""
    assert profile(Source("email", "emails.value"), document=document) == {"email": None}


def test_transforms_and_what_is_left_of_nothing() -> None:
    """Lower, trim; only spaces, trimmed, are missing."""
    assert profile(
        Source("username", "userName", "lower"),
        Source("first_name", "name.givenName", "trim"),
        Source("position", "title", "trim"),
        Source("city", "title"),
    ) == {"username": "ada@example.com", "first_name": "Ada", "position": None, "city": "   "}


def test_what_is_missing_is_told_where_that_is_asked_for() -> None:
    """And only there."""
    found = Mapped(
        [Source("position", "title", "trim", warn_when_missing=True), Source("last_name", "name.familyName")],
        USER,
    ).profile(FULL)
    assert found.warnings == ["position: title is missing"]


def test_the_default_mapping_is_one() -> None:
    """It passes its own checks, and comes back from how it is stored."""
    assert checked(DEFAULT_MAPPING, USER) == DEFAULT_MAPPING
    assert loaded(None) == loaded(dumped(DEFAULT_MAPPING)) == DEFAULT_MAPPING
    assert len(set(FIELDS)) == len(FIELDS)


@pytest.mark.parametrize(
    "source, named",
    [
        (Source("surname", "name.familyName"), "'surname'"),
        (Source("email", "mails.value"), "mails"),
        (Source("email", "emails.adress"), "adress"),
        (Source("email", "emails"), "emails holds several"),
        (Source("email", 'emails[type eq "work"]'), "holds several"),
        (Source("email", "emails[type eq work].value"), "email"),
        (Source("email", "emails[0].value"), "email"),
        (Source("email", ""), "email"),
        (Source("email", ENTERPRISE_USER), "holds several"),
        (Source("email", "department"), "department"),
        (Source("email", "password"), "password"),
        (Source("email", "id"), "id cannot"),
        (Source("email", "meta.created"), "meta.created cannot"),
        (Source("email", "groups.value"), "groups.value cannot"),
        (Source("email", "active"), "active cannot"),
        (Source("email", "userName", "upper"), "transform"),  # type: ignore[arg-type]
    ],
)
def test_what_cannot_be_mapped_is_refused_by_name(source: Source, named: str) -> None:
    """With the place of the entry."""
    with pytest.raises(MappingError) as refused:
        checked([Source("username", "userName"), source], USER)
    assert refused.value.place == 1
    assert named in str(refused.value)


def test_a_field_has_one_source() -> None:
    """The second one is refused."""
    with pytest.raises(MappingError, match="one source"):
        checked([Source("email", "userName"), Source("email", "title")], USER)


def test_custom_attributes_are_mapped_and_may_be_gone_later() -> None:
    """Known: mapped. Not known any more: empty, and told."""
    document = {"schemas": [SCHEMA], "id": "urn:example:shade", "name": "Shade", "description": "A colour."}
    custom = with_extensions(builtin(), [document | {"attributes": [attribute("shade", type="string")]}])
    source = checked([Source("position", "urn:example:shade:shade")], custom.user)
    stored = {"urn:example:shade": {"shade": "red"}}
    assert Mapped(source, custom.user).profile(stored).fields == {"position": "red"}
    gone = Mapped(source, USER).profile(stored)
    assert (gone.fields, gone.warnings) == (
        {"position": None}, ["position: urn:example:shade:shade is not known any more"],
    )  # fmt: skip
