"""Names of attributes as clients write them, looked up in a resource type (RFC 7644 §3.10, RFC 7643 §2.1).

Law: letter case never matters; a name means one attribute or none. Nothing is guessed: a tolerance that finds an
attribute where the RFC's notation does not is one of the dialect's, and leaves its note.
"""

from __future__ import annotations

from typing import NamedTuple

from muster.scim.dialect import Dialect, Notes
from muster.scim.schema import Attribute, ResourceType, Schema


class Found(NamedTuple):
    """What a name stands for: `attribute` with its `sub`-attribute or None, or (attribute None) a whole `extension`."""

    attribute: Attribute | None
    sub: Attribute | None = None
    extension: Schema | None = None


class Names:
    """The names that may be used with one resource type in one dialect; tolerances are written to `notes`."""

    __slots__ = ("_notes", "_resource_type", "dialect")

    def __init__(self, resource_type: ResourceType, dialect: Dialect, notes: Notes | None = None) -> None:
        self._resource_type = resource_type
        self.dialect = dialect
        self._notes = notes

    def find(self, name: str) -> Found | None:
        """Return what `name`, bare or qualified by a schema's URN, stands for; None when nothing.

        `userName`, `name.givenName`, `urn:…:User:name.givenName`, `urn:…:enterprise:2.0:User:manager.value`, and the
        URN of an extension alone.
        """
        if ":" in name:
            return self._qualified(name)
        top, dot, sub = name.partition(".")
        attribute = self._resource_type.attribute(top) or self._in_extensions(top)
        return _with_sub(attribute, sub if dot else None)

    def note(self, rule: str, where: str) -> None:
        """Keep the note that a tolerance was used, where notes are kept."""
        if self._notes is not None:
            self._notes.add(rule, where)

    def _qualified(self, name: str) -> Found | None:
        schema = self._longest_schema(name)
        if schema is None:
            return None
        rest = name[len(schema.id) + 1 :]
        base = schema is self._resource_type.schema
        if not rest:
            return None if base or len(name) > len(schema.id) else Found(None, extension=schema)
        if name[len(schema.id)] == ".":
            self.note("dot_after_urn", name)
        top, dot, sub = rest.partition(".")
        attribute = self._resource_type.attribute(top) if base else schema.attribute(top)
        return _with_sub(attribute, sub if dot else None)

    def _longest_schema(self, name: str) -> Schema | None:
        best: Schema | None = None
        ends = (":", ".", "") if self.dialect.dot_after_urn else (":", "")
        for schema in (self._resource_type.schema, *self._resource_type.extensions.values()):
            size = len(schema.id)
            if name[:size].lower() == schema.id.lower() and name[size : size + 1] in ends:
                best = schema if best is None or size > len(best.id) else best
        return best

    def _in_extensions(self, name: str) -> Attribute | None:
        if not self.dialect.unqualified_names:
            return None
        extensions = self._resource_type.extensions.values()
        found = [attribute for schema in extensions if (attribute := schema.attribute(name))]
        if len(found) != 1:
            return None
        self.note("unqualified_names", found[0].path)
        return found[0]


def _with_sub(attribute: Attribute | None, sub_name: str | None) -> Found | None:
    if attribute is None:
        return None
    if sub_name is None:
        return Found(attribute)
    sub = attribute.sub(sub_name)
    return Found(attribute, sub) if sub else None
