"""What bodies are made of: the base of every model, and the values that stand in many of them.

Law: a field that is not known is refused by its name; times are RFC 3339 in UTC; lists are pages.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Generic, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
    model_validator,
)

from muster.scim.value import moment

T = TypeVar("T")

_LONGEST_NAME = 200


class Body(BaseModel):
    """What is sent: a field that is not known is refused, and so is a value of another type."""

    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def _whole(cls, value: Any) -> Any:
        """Take 7.0 for 7, as JSON Schema does."""
        if not isinstance(value, dict):
            return value
        return {name: _integer(one) if isinstance(one, float) else one for name, one in value.items()}


class Shown(BaseModel):
    """What is answered: exactly the fields that it names."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Page(Shown, Generic[T]):
    """A part of a list, and the cursor of the part that follows; null on the last one."""

    items: list[T]
    next: str | None = Field(description="Send it as `cursor` for what follows; null: this is the end.")


def _integer(number: float) -> float:
    return int(number) if number.is_integer() else number


UNPRINTABLE: Final = "Write printable characters, and not only spaces."


def _printable(text: str) -> str:
    if not text.isprintable() or not text.strip():
        raise ValueError(UNPRINTABLE)
    return text


Name = Annotated[str, Field(min_length=1, max_length=_LONGEST_NAME), AfterValidator(_printable)]
"""A name that people read: 1 to 200 printable characters."""

Moment = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]
"""An instant as it is answered: RFC 3339, UTC, milliseconds."""


def _given(value: object) -> object:
    if value is None:
        raise ValueError("Leave it out, or give it a value.")
    return value


def _without_null(schema: dict[str, Any]) -> None:
    """Describe a field that may be left out as what it is when it is there."""
    schema.pop("default", None)
    (there,) = [one for one in schema.pop("anyOf") if one != {"type": "null"}]
    schema.update(there | schema)


Left = Annotated[T | None, BeforeValidator(_given), Field(json_schema_extra=_without_null)]
"""A field that may be left out, and then is None; null is refused, for it would say nothing."""


def moment_or_none(microseconds: int | None) -> str | None:
    """Return an instant as it is answered, or None where there is none."""
    return None if microseconds is None else moment(microseconds)
