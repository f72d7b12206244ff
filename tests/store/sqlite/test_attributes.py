"""The numbers that stand for attributes: no two attributes of a resource type ever share one."""

import pytest

from muster.directory.ports import Administration
from muster.store import attributes
from muster.store.attributes import attribute_number, check_numbers
from tests.scim.sample import SCHEMAS, VECTORS
from tests.store.scene import NOW, Side
from tests.store.test_administration import SCHEMA


def test_the_numbers_of_known_attributes_differ() -> None:
    """Of the standard schemas and of an extension with every type; they are those that are in databases already."""
    for resource_type in SCHEMAS.resource_types:
        check_numbers(resource_type)
    assert attribute_number("User", "emails.value") != attribute_number("Group", "emails.value")
    assert attribute_number("User", "title") == 413780857651


def test_a_schema_whose_attributes_share_a_number_is_refused(
    own: Side, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However unlikely: it is said, and nothing is stored."""
    name = VECTORS["schemas"][0]["attributes"][0]["name"]
    number = attributes.attribute_number
    monkeypatch.setattr(
        attributes,
        "attribute_number",
        lambda kind, path: number(kind, "title" if path.endswith(f":{name}") else path),
    )

    async def add(administration: Administration) -> None:
        await administration.add_schema("urn:x", SCHEMA, NOW)

    async def administer() -> None:
        await own.scene.database.administer(own.scope.organization, add)

    with pytest.raises(ValueError, match="cannot be stored beside"):
        own.run(administer())
    assert own.run(own.scene.database.schemas(own.scope.organization)) == []
