"""What a custom extension schema may define (RFC 7643 §2.1, §2.3.8, §3.1, §3.3).

Law: a schema that passes here can be named in every path and filter without ambiguity, promises nothing that
is not kept, and has no place for credentials.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from muster.scim.characteristics import Type, Uniqueness
from muster.scim.errors import InvalidSchema
from muster.scim.schema import Attribute, Schema

COMMON_NAMES = frozenset({"schemas", "id", "externalid", "meta"})
REFERENCE_TYPES = frozenset({"User", "Group", "external", "uri"})

_MESSAGES = "urn:ietf:params:scim:api:"
_MAX_NAME = 64
_MAX_URN = 256
# RFC 8141 §2; after the namespace only those characters that cannot end the URN in a path or filter.
_URN = re.compile(r"urn:[a-z0-9][a-z0-9-]{0,30}[a-z0-9](:[a-z0-9._~-]+)+\Z", re.IGNORECASE | re.ASCII)
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9$_-]*\Z")
_CREDENTIAL = re.compile(
    r"password|passwd|passphrase|passcode|secret(?!ar)|totp|^hotp(seed|key)?$|otpseed|credential|recoverycode|backupcode"
    r"|(private|api|access|signing|encryption)key|(access|refresh|bearer|auth|session|id)token"
)


def check_extension(schema: Schema) -> None:
    """Raise InvalidSchema, naming the attribute, unless `schema` may extend a resource type."""
    _check_urn(schema.id)
    for attribute in schema.attributes.values():
        _check(attribute)
        if attribute.name.lower() in COMMON_NAMES:
            raise InvalidSchema(
                f"{attribute.path}: {attribute.name} is an attribute of every resource; choose another name"
            )
        for sub in attribute.sub_attributes.values():
            _check(sub)
            if sub.type is Type.COMPLEX:
                raise InvalidSchema(f"{sub.path}: a sub-attribute cannot be complex (RFC 7643 §2.3.8)")


def check_distinct(schema: Schema, others: Iterable[Schema]) -> None:
    """Raise InvalidSchema when one of `others` has this URN, or a path could be read as either of two."""
    urn = schema.id.lower()
    for other in others:
        if other.id.lower() == urn:
            raise InvalidSchema(f"{schema.id}: there is a schema with this URN already")
        if _names_attribute(urn, other) or _names_attribute(other.id.lower(), schema):
            raise InvalidSchema(f"{schema.id}: with {other.id}, a URN would also be the path of an attribute")


def _names_attribute(urn: str, schema: Schema) -> bool:
    start = schema.id.lower() + ":"
    return urn.startswith(start) and schema.attribute(urn.removeprefix(start).partition(".")[0]) is not None


def _check_urn(urn: str) -> None:
    if len(urn) > _MAX_URN or not _URN.match(urn):
        raise InvalidSchema(
            "the schema: id must be a URN such as urn:example:scim:schemas:1.0:User, "
            f"at most {_MAX_URN} letters, digits and - . _ ~ :"
        )
    if urn.lower().startswith(_MESSAGES):
        raise InvalidSchema(f"{urn}: URNs that begin with {_MESSAGES} are those of messages, not of schemas")


def _check(attribute: Attribute) -> None:
    _check_name(attribute)
    if attribute.uniqueness is not Uniqueness.NONE:
        raise InvalidSchema(
            f"{attribute.path}: uniqueness must be none; values of extensions are not kept unique"
        )
    unknown = set(attribute.reference_types) - REFERENCE_TYPES
    if unknown:
        raise InvalidSchema(
            f"{attribute.path}: referenceTypes may be User, Group, external and uri, not {min(unknown)} (RFC 7643 §7)"
        )


def _check_name(attribute: Attribute) -> None:
    name, path = attribute.name, attribute.path
    reference = name == "$ref" and attribute.parent is not None
    if len(name) > _MAX_NAME or not (reference or _NAME.match(name)):
        raise InvalidSchema(
            f"{path}: a name is a letter, then letters, digits, $, - and _, at most {_MAX_NAME} in all; "
            "$ref is allowed as a sub-attribute"
        )
    if _CREDENTIAL.search(re.sub(r"[^a-z0-9]", "", name.lower())):
        raise InvalidSchema(
            f"{path}: the name is that of a credential, and credentials are not kept in resources"
        )
