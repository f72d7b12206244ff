"""Reading a schema document (RFC 7643 §7) into a `Schema`.

Law: a document is read whole or refused with `InvalidSchema` naming the attribute; nothing in it is passed
over. This module knows the defaults and the vocabularies; what a custom extension may not do is in
`extension.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import TypeVar

from muster.scim.characteristics import Mutability, Returned, Type, Uniqueness
from muster.scim.errors import InvalidSchema
from muster.scim.schema import Attribute, Schema

SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:Schema"

_SCHEMA_MEMBERS = frozenset({"schemas", "id", "name", "description", "attributes", "meta", "resourceType"})
_ATTRIBUTE_MEMBERS = frozenset({
    "name", "type", "multiValued", "description", "required", "canonicalValues", "caseExact", "mutability",
    "returned", "uniqueness", "referenceTypes", "subAttributes",
})  # fmt: skip
_ALWAYS_EXACT = frozenset({Type.REFERENCE, Type.BINARY})  # RFC 7643 §2.3.6, §2.3.7; errata 6001

_Word = TypeVar("_Word", bound=StrEnum)


def read_schema(document: object, *, extension: bool) -> Schema:
    """Return the schema that `document`, a parsed JSON value, defines.

    `extension` says that its attributes live under its URN in a resource. A characteristic that is absent or
    null has the default of RFC 7643 §2.2 (R004). Raises InvalidSchema where the document is not a schema.
    """
    body = _object(document, "the schema")
    _known(body, _SCHEMA_MEMBERS, "the schema")
    if SCHEMA not in _texts(body, "schemas", "the schema", default=(SCHEMA,)):
        raise InvalidSchema(f"the schema: schemas must contain {SCHEMA}")
    urn = _text(body, "id", "the schema")
    if not urn:
        raise InvalidSchema("the schema: id must be its URN")
    top = Attribute(name="", schema=urn, extension=urn if extension else None, path=urn if extension else "")
    attributes = _attributes(body.get("attributes"), top, "attributes of the schema")
    return Schema(
        id=urn,
        name=_text(body, "name", "the schema"),
        description=_text(body, "description", "the schema"),
        attributes=attributes,
    )


def _attributes(definitions: object, around: Attribute, where: str) -> Mapping[str, Attribute]:
    """Return the attributes by lower-case name; `around` is their parent, or stands for the schema."""
    if not isinstance(definitions, list) or not definitions:
        raise InvalidSchema(f"{where}: a list of one attribute definition or more was expected")
    found: dict[str, Attribute] = {}
    for definition in definitions:
        attribute = _attribute(_object(definition, where), around, where)
        if attribute.name.lower() in found:
            raise InvalidSchema(
                f"{attribute.path}: the name is there twice (letter case does not distinguish names)"
            )
        found[attribute.name.lower()] = attribute
    return MappingProxyType(found)


def _attribute(body: Mapping[str, object], around: Attribute, where: str) -> Attribute:
    name = _text(body, "name", where)
    if not name:
        raise InvalidSchema(f"{where}: every attribute needs a name")
    path = _join(around, name)
    _known(body, _ATTRIBUTE_MEMBERS, path)
    type_ = _word(body, "type", path, Type.STRING)
    below: dict[str, Attribute] = {}
    attribute = Attribute(
        name=name,
        type=type_,
        multi_valued=_flag(body, "multiValued", path),
        required=_flag(body, "required", path),
        case_exact=_flag(body, "caseExact", path) or type_ in _ALWAYS_EXACT,
        mutability=(mutability := _word(body, "mutability", path, Mutability.READ_WRITE)),
        returned=_returned(body, path, mutability),
        uniqueness=_word(body, "uniqueness", path, Uniqueness.NONE),
        description=_text(body, "description", path),
        canonical_values=_texts(body, "canonicalValues", path),
        reference_types=_texts(body, "referenceTypes", path),
        sub_attributes=MappingProxyType(below),
        schema=around.schema,
        extension=around.extension,
        path=path,
        parent=around if around.name else None,
    )
    if attribute.reference_types and type_ is not Type.REFERENCE:
        raise InvalidSchema(f"{path}: referenceTypes is only for type reference, and the type is {type_}")
    below.update(_below(body, attribute))
    return attribute


def _below(body: Mapping[str, object], attribute: Attribute) -> Mapping[str, Attribute]:
    definitions = body.get("subAttributes")
    if attribute.type is Type.COMPLEX:
        return _attributes(definitions, attribute, f"subAttributes of {attribute.path}")
    if definitions:
        raise InvalidSchema(
            f"{attribute.path}: subAttributes is only for type complex, and the type is {attribute.type}"
        )
    return {}


def _returned(body: Mapping[str, object], path: str, mutability: Mutability) -> Returned:
    """Return the characteristic; what can only be written is never returned (R047)."""
    if mutability is not Mutability.WRITE_ONLY:
        return _word(body, "returned", path, Returned.DEFAULT)
    returned = _word(body, "returned", path, Returned.NEVER)
    if returned is not Returned.NEVER:
        raise InvalidSchema(f"{path}: a writeOnly attribute is never returned; returned must be never")
    return returned


def _join(around: Attribute, name: str) -> str:
    if not around.path:
        return name
    return f"{around.path}.{name}" if around.name else f"{around.path}:{name}"


def _object(value: object, where: str) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise InvalidSchema(f"{where}: a JSON object was expected")
    return value


def _known(body: Mapping[str, object], members: frozenset[str], where: str) -> None:
    unknown = sorted(set(body) - members)
    if unknown:
        raise InvalidSchema(f"{where}: {unknown[0]} is none of {', '.join(sorted(members))}")


def _text(body: Mapping[str, object], member: str, where: str) -> str:
    value = body.get(member)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise InvalidSchema(f"{where}: {member} must be a string")
    return value


def _flag(body: Mapping[str, object], member: str, where: str) -> bool:
    value = body.get(member)
    if value is None:
        return False
    if not isinstance(value, bool):
        raise InvalidSchema(f"{where}: {member} must be true or false")
    return value


def _texts(
    body: Mapping[str, object], member: str, where: str, default: tuple[str, ...] = ()
) -> tuple[str, ...]:
    value = body.get(member)
    if value is None:
        return default
    if not isinstance(value, list) or not all(isinstance(text, str) and text for text in value):
        raise InvalidSchema(f"{where}: {member} must be a list of strings")
    return tuple(value)


def _word(body: Mapping[str, object], member: str, where: str, default: _Word) -> _Word:
    value = body.get(member)
    if value is None:
        return default
    words = type(default)
    if not isinstance(value, str) or value not in {word.value for word in words}:
        raise InvalidSchema(f"{where}: {member} must be one of {', '.join(words)}")
    return words(value)
