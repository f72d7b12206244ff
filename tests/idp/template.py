"""Fill the variables of a conversation into what is sent and what is expected.

The law of this module: `{name}` is a variable only if it begins with a letter; a name that nobody set is an error, never
left as text. A string that is nothing but one variable becomes the variable's value, whatever its type.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

VARIABLE: Final = re.compile(r"\{([A-Za-z]\w*)\}")


class UnknownVariableError(LookupError):
    """A conversation names a variable that no step has captured."""


def fill(value: Any, variables: Mapping[str, Any]) -> Any:
    """Return `value` with variables replaced, and each `$each` object expanded into an array."""
    if isinstance(value, str):
        return _fill_text(value, variables)
    if isinstance(value, list):
        return [fill(element, variables) for element in value]
    if isinstance(value, dict) and "$each" in value:
        return [
            fill(value["item"], {**variables, value["as"]: one}) for one in fill(value["$each"], variables)
        ]
    if isinstance(value, dict):
        return {_fill_text(key, variables): fill(element, variables) for key, element in value.items()}
    return value


def _fill_text(text: str, variables: Mapping[str, Any]) -> Any:
    whole = VARIABLE.fullmatch(text)
    if whole:
        return _look_up(whole[1], variables)
    return VARIABLE.sub(lambda found: str(_look_up(found[1], variables)), text)


def _look_up(name: str, variables: Mapping[str, Any]) -> Any:
    if name not in variables:
        raise UnknownVariableError(f"no step has captured {{{name}}}; known: {', '.join(sorted(variables))}")
    return variables[name]
