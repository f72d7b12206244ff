"""How large a value may be: its characters, the number of its values, its bytes.

Law: whatever is refused here is refused by the attribute's name and the limit, which are in `limits`.
"""

from __future__ import annotations

from typing import Final

from muster.scim.errors import InvalidValue
from muster.scim.limits import MAX_NAME_CHARACTERS, MAX_STRING_CHARACTERS
from muster.scim.schema import Attribute

_NAMES: Final = frozenset({"userName", "displayName", "externalId"})
_CODE: Final = "value-too-large"


def check_text(attribute: Attribute, text: str, where: str) -> None:
    """Raise `InvalidValue` for a string that is longer than the attribute takes."""
    most = MAX_NAME_CHARACTERS if attribute.path in _NAMES else MAX_STRING_CHARACTERS
    if len(text) > most:
        raise InvalidValue(f"{where}: at most {most} characters", code=_CODE)
