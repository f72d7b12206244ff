"""What may be created, and what may replace a resource (RFC 7644 §3.3, §3.5.1).

Law: a body becomes a document or is refused whole. What a client may not write is left aside, what it did not send is
unassigned; only `active`, immutable and readOnly values outlive a replace that leaves them out (R066, R194 to R196).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from muster.scim.characteristics import Mutability
from muster.scim.dialect import Dialect, Notes
from muster.scim.elements import same
from muster.scim.envelope import check_schemas, schemas_of
from muster.scim.errors import InvalidSyntax, InvalidValue
from muster.scim.errors import Mutability as NotMutable
from muster.scim.members import MEMBERS, MemberRef, read_members
from muster.scim.plain import PASSWORD, Plain, is_plain_text, plain_attributes
from muster.scim.read import Reader, refuse_twins
from muster.scim.schema import Attribute, ResourceType, Schema

SCHEMAS = "schemas"
ACTIVE = "active"


@dataclass(frozen=True, slots=True)
class Incoming:
    """A body as understood: the document to store, the members it lists, and what the client sent.

    `members` is None when none were given. `sent` holds, in lower case, the top-level names of the body and the full
    paths of its extension attributes (what `returned: request` depends on, R051).
    """

    document: dict[str, object]
    members: tuple[MemberRef, ...] | None
    sent: frozenset[str]


def read_body(resource_type: ResourceType, body: object, dialect: Dialect, notes: Notes) -> Incoming:
    """Return a resource's body as understood, before it is known what, if anything, it replaces.

    Raises `InvalidSyntax` for a body that is no such resource, `InvalidValue` for a value that is missing or of the
    wrong type, `PayloadTooLarge` for too many members.
    """
    return _Body(resource_type, Reader(dialect, notes)).read(body)


def new_document(resource_type: ResourceType, body: object, dialect: Dialect, notes: Notes) -> Incoming:
    """Return the document that a POST body makes; a User's `active` is true unless given (R066).

    Raises as `read_body` does.
    """
    incoming = read_body(resource_type, body, dialect, notes)
    if resource_type.attribute(ACTIVE) is not None:
        incoming.document.setdefault(ACTIVE, True)
    return incoming


def replaced_document(
    resource_type: ResourceType, stored: Mapping[str, object], incoming: Incoming
) -> dict[str, object]:
    """Return the document that a PUT body, as understood, makes of the `stored` one, which is not changed.

    Raises `Mutability` for another value of an immutable attribute that has one (R196).
    """
    document = dict(incoming.document)
    if (
        stored.get(ACTIVE) is not None
    ):  # whoever leaves `active` out never reactivates or deactivates by it (R066)
        document.setdefault(ACTIVE, stored[ACTIVE])
    _keep(resource_type, stored, document, incoming.sent)
    for schema in resource_type.extensions.values():
        _keep_extension(schema, stored, document, incoming.sent)
    document[SCHEMAS] = schemas_of(resource_type, document)
    return document


def check_required(holder: ResourceType | Schema, values: Mapping[str, object]) -> None:
    """Raise `InvalidValue` when `values` lacks an attribute that is required and the client's to give (R041)."""
    for attribute in _required(holder):
        if values.get(attribute.name) in (None, ""):
            raise InvalidValue(f"{attribute.path}: a value is required", code="attribute-required")


@lru_cache(maxsize=1024)
def _required(holder: ResourceType | Schema) -> tuple[Attribute, ...]:
    return tuple(
        attribute
        for attribute in holder.attributes.values()
        if attribute.required
        and attribute.mutability is not Mutability.READ_ONLY
        and attribute.name != SCHEMAS
    )


class _Body:
    """Reads the body of one resource; what it finds gathers in `document`, `members` and `sent`."""

    __slots__ = ("document", "members", "reader", "resource_type", "sent")

    def __init__(self, resource_type: ResourceType, reader: Reader) -> None:
        self.resource_type = resource_type
        self.reader = reader
        self.document: dict[str, object] = {SCHEMAS: []}
        self.members: tuple[MemberRef, ...] | None = None
        self.sent: set[str] = set()

    def read(self, body: object) -> Incoming:
        if not isinstance(body, dict):
            raise InvalidSyntax(f"The body: expected a {self.resource_type.name} as a JSON object")
        lowered = {name.lower(): name for name in body}
        if len(lowered) != len(body):
            refuse_twins(body, "The body")
        self.sent.update(lowered)
        reader = self.reader
        listed = body.get(lowered.get(SCHEMAS, SCHEMAS))
        urns = check_schemas(listed, self.resource_type, reader.dialect, reader.notes)
        plain = self._plain(self.resource_type)
        for name, value in body.items():
            if plain.get(name) is type(value) and (type(value) is not str or is_plain_text(value)):
                self.document[name] = value
            else:
                self._read_member_of_body(name, value, urns)
        self.document[SCHEMAS] = schemas_of(self.resource_type, self.document)
        check_required(self.resource_type, self.document)
        return Incoming(self.document, self.members, frozenset(self.sent))

    def _plain(self, holder: ResourceType | Schema) -> Plain:
        """Return the attributes of which a plain value is taken as it is."""
        return plain_attributes(holder) if self.reader.dialect.formats_unchecked else {}

    def _read_member_of_body(self, name: str, value: object, urns: frozenset[str]) -> None:
        attribute = self.resource_type.attribute(name)
        if attribute is not None:
            if attribute.path == MEMBERS:
                self.members = None if value is None else read_members(value, self.reader)
            elif attribute.name != SCHEMAS:
                self._read_attribute(attribute, value, self.document)
            return
        schema = self.resource_type.extension(name)
        if schema is None:
            self.reader.unknown(name)
        elif value is not None:
            self._read_extension(schema, value, urns)

    def _read_attribute(self, attribute: Attribute, value: object, into: dict[str, object]) -> None:
        if attribute.mutability is Mutability.READ_ONLY:
            if value:
                self.reader.notes.add("read_only", attribute.path)
            return
        if attribute.multi_valued and not isinstance(value, list) and value not in (None, ""):
            self.reader.lone(attribute.path)
        read = self.reader.value(attribute, value, attribute.path)
        if attribute.path == PASSWORD:
            self.reader.notes.add("password_discarded", PASSWORD)
        elif read is not None:
            into[attribute.name] = read

    def _read_extension(self, schema: Schema, value: object, urns: frozenset[str]) -> None:
        if not isinstance(value, dict):
            raise InvalidValue(f"{schema.id}: expected an object with the extension's attributes")
        refuse_twins(value, schema.id)
        if schema.id.lower() not in urns:
            self._unlisted(schema)
        values: dict[str, object] = {}
        for name, part in value.items():
            attribute = schema.attribute(name)
            if attribute is None:
                self.reader.unknown(f"{schema.id}:{name}")
            else:
                self.sent.add(attribute.path.lower())
                self._read_attribute(attribute, part, values)
        if values:
            check_required(schema, values)
            self.document[schema.id] = values

    def _unlisted(self, schema: Schema) -> None:
        if not self.reader.dialect.unlisted_extensions:
            raise InvalidSyntax(f"{schema.id}: the extension is not listed in schemas")
        self.reader.notes.add("unlisted_extensions", schema.id)


def _keep(
    holder: ResourceType | Schema,
    stored: Mapping[str, object],
    values: dict[str, object],
    sent: frozenset[str],
) -> None:
    """Carry what a replace cannot change from `stored` over to `values`."""
    for attribute in _kept(holder):
        before = stored.get(attribute.name)
        if before is None:
            continue
        if attribute.mutability is Mutability.READ_ONLY:
            values[attribute.name] = before
            continue
        given = values.get(attribute.name)
        if attribute.path.lower() in sent and not same(attribute, given, before):
            raise NotMutable(
                f"{attribute.path}: it is immutable and has another value", code="attribute-immutable"
            )
        values[attribute.name] = before


@lru_cache(maxsize=1024)
def _kept(holder: ResourceType | Schema) -> tuple[Attribute, ...]:
    """Return the attributes that a replace cannot change."""
    return tuple(
        attribute
        for attribute in holder.attributes.values()
        if attribute.mutability in (Mutability.READ_ONLY, Mutability.IMMUTABLE) and attribute.name != SCHEMAS
    )


def _keep_extension(
    schema: Schema, stored: Mapping[str, object], document: dict[str, object], sent: frozenset[str]
) -> None:
    before = stored.get(schema.id)
    if not isinstance(before, Mapping):
        return
    given = document.get(schema.id)
    values = dict(given) if isinstance(given, Mapping) else {}
    _keep(schema, before, values, sent)
    if values:
        document[schema.id] = values
