"""How large a value may be: its characters, the number of its values, its bytes.

Law: whatever is refused here is refused by the attribute's name and the limit, which are in `limits`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from muster.scim.errors import InvalidValue
from muster.scim.limits import MAX_DOCUMENT_BYTES, MAX_NAME_CHARACTERS, MAX_STRING_CHARACTERS, MAX_VALUES
from muster.scim.schema import Attribute

_NAMES: Final = frozenset({"userName", "displayName", "externalId"})


def check_text(attribute: Attribute, text: str, where: str) -> None:
    """Raise `InvalidValue` for a string that is longer than the attribute takes."""
    most = MAX_NAME_CHARACTERS if attribute.path in _NAMES else MAX_STRING_CHARACTERS
    if len(text) > most:
        raise _too_large(f"{where}: at most {most} characters")


def check_count(values: Sequence[object], where: str, before: int = 0) -> None:
    """Raise `InvalidValue` for more values than an attribute may have, unless it has as many already."""
    if len(values) > max(MAX_VALUES, before):
        raise _too_large(f"{where}: at most {MAX_VALUES} values")


def check_document(size: int, largest: str, before: int = 0) -> None:
    """Raise `InvalidValue` for a document of more bytes than are kept, unless it is that large already.

    `largest` is the attribute that takes most of it.
    """
    if size > max(MAX_DOCUMENT_BYTES, before):
        raise _too_large(
            f"{largest}: with it the resource would have {size} bytes; at most {MAX_DOCUMENT_BYTES} are kept"
        )


def _too_large(detail: str) -> InvalidValue:
    return InvalidValue(detail, code="value-too-large")
