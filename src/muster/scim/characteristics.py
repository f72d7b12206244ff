"""The characteristics an attribute can have (RFC 7643 §7), as closed vocabularies.

Law: the words and their spelling are the RFC's; a value outside these sets cannot be expressed.
"""

from __future__ import annotations

from enum import StrEnum


class Type(StrEnum):
    """Data type of an attribute (RFC 7643 §2.3; `binary` by erratum 5606)."""

    STRING = "string"
    BOOLEAN = "boolean"
    DECIMAL = "decimal"
    INTEGER = "integer"
    DATE_TIME = "dateTime"
    BINARY = "binary"
    REFERENCE = "reference"
    COMPLEX = "complex"


class Mutability(StrEnum):
    """When a client may write an attribute (RFC 7643 §7)."""

    READ_ONLY = "readOnly"
    READ_WRITE = "readWrite"
    IMMUTABLE = "immutable"
    WRITE_ONLY = "writeOnly"


class Returned(StrEnum):
    """When an attribute is part of an answer (RFC 7643 §7)."""

    ALWAYS = "always"
    NEVER = "never"
    DEFAULT = "default"
    REQUEST = "request"


class Uniqueness(StrEnum):
    """Over what an attribute's value is unique (RFC 7643 §7)."""

    NONE = "none"
    SERVER = "server"
    GLOBAL = "global"
