"""Schemas, resource types, and the set of both that holds for one organization (RFC 7643 §6, §7).

Law: all of it is immutable once built; every look-up ignores letter case (RFC 7643 §2.1); an attribute knows its own
full path, so that nothing after parsing needs to carry a schema beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from muster.scim.characteristics import Mutability, Returned, Type, Uniqueness

CORE_USER = "urn:ietf:params:scim:schemas:core:2.0:User"
CORE_GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE_USER = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

_NOTHING: Mapping[str, Attribute] = MappingProxyType({})


@dataclass(frozen=True, slots=True, eq=False)
class Attribute:
    """One attribute or sub-attribute with its characteristics (RFC 7643 §2.2, §7).

    `path` is the full canonical path and identifies the attribute in its resource type: `userName`, `emails.value`,
    `urn:…:enterprise:2.0:User:department`, `urn:…:enterprise:2.0:User:manager.value`. `schema` is the URN of the schema
    that defines it ("" for the common attributes `schemas`, `id`, `externalId`, `meta`), `extension` that URN when the
    value lives under it in the resource, else None. `parent` is the complex attribute of a sub-attribute.
    """

    name: str
    type: Type = Type.STRING
    multi_valued: bool = False
    required: bool = False
    case_exact: bool = False
    mutability: Mutability = Mutability.READ_WRITE
    returned: Returned = Returned.DEFAULT
    uniqueness: Uniqueness = Uniqueness.NONE
    description: str = ""
    canonical_values: tuple[str, ...] = ()
    reference_types: tuple[str, ...] = ()
    sub_attributes: Mapping[str, Attribute] = field(default_factory=lambda: _NOTHING)
    schema: str = ""
    extension: str | None = None
    path: str = ""
    parent: Attribute | None = field(default=None, repr=False)

    def sub(self, name: str) -> Attribute | None:
        """Return the sub-attribute called `name` in any letter case, or None."""
        return self.sub_attributes.get(name.lower())

    @property
    def value_attribute(self) -> Attribute | None:
        """Return the `value` sub-attribute, which a bare mention of the attribute stands for, or None."""
        return self.sub_attributes.get("value")

    def __repr__(self) -> str:
        return f"<Attribute {self.path}>"


@dataclass(frozen=True, slots=True, eq=False)
class Schema:
    """A schema: its URN, and its attributes by lower-case name (RFC 7643 §7)."""

    id: str
    name: str
    description: str
    attributes: Mapping[str, Attribute]

    def attribute(self, name: str) -> Attribute | None:
        """Return the attribute called `name` in any letter case, or None."""
        return self.attributes.get(name.lower())


@dataclass(frozen=True, slots=True, eq=False)
class ResourceType:
    """A resource type with everything that may stand in its resources (RFC 7643 §6).

    `attributes` are the common attributes and those of the base schema, by lower-case name; `extensions` the extension
    schemas by lower-case URN.
    """

    name: str
    endpoint: str
    description: str
    schema: Schema
    extensions: Mapping[str, Schema]
    attributes: Mapping[str, Attribute]

    def attribute(self, name: str) -> Attribute | None:
        """Return the common or base attribute called `name` in any letter case, or None."""
        return self.attributes.get(name.lower())

    def extension(self, urn: str) -> Schema | None:
        """Return the extension schema with this URN in any letter case, or None."""
        return self.extensions.get(urn.lower())

    def every_attribute(self) -> Iterator[Attribute]:
        """Yield the top-level attributes: common, base, then those of each extension."""
        yield from self.attributes.values()
        for extension in self.extensions.values():
            yield from extension.attributes.values()


@dataclass(frozen=True, slots=True, eq=False)
class SchemaSet:
    """What one organization may store: the resource types and schemas that hold for it.

    Without `groups` they are not offered, though `group` still says what they are.
    """

    schemas: Mapping[str, Schema]
    user: ResourceType
    group: ResourceType
    groups: bool = True

    @property
    def resource_types(self) -> tuple[ResourceType, ...]:
        """Return the resource types, User first (RFC 7644 §4)."""
        return (self.user, self.group) if self.groups else (self.user,)

    def without_groups(self) -> SchemaSet:
        """Return the set for whom only users are offered: neither the schema of groups is in it, nor its extensions."""
        gone = {CORE_GROUP.lower(), *self.group.extensions}
        kept = {urn: schema for urn, schema in self.schemas.items() if urn not in gone}
        return SchemaSet(MappingProxyType(kept), self.user, self.group, groups=False)

    def schema(self, urn: str) -> Schema | None:
        """Return the schema with this URN in any letter case, or None."""
        return self.schemas.get(urn.lower())

    def resource_type(self, name: str) -> ResourceType:
        """Return the resource type called `User` or `Group`."""
        return self.user if name == "User" else self.group
