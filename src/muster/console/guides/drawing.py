"""How the picture of a form is laid out: which shape is where. The template `picture.html` draws it.

Law: a drawing is our own, of labelled boxes; it imitates no product's looks, and names what is read there.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal, NamedTuple

from muster.console.guides.guide import Input, Picture

WIDTH: Final = 440  # units of the drawing, as all that follows
_MARGIN: Final = 20
_HEAD: Final = 40
_BOXED: Final = 62  # a label with a box below it
_TICKED: Final = 32  # a box with its label beside it
_BUTTON: Final = 46
_LETTER: Final = 7.3  # how wide a letter of a value is
_LONGEST: Final = 50  # letters of a value
_KEY: Final = "mst_…"


class Shape(NamedTuple):
    """An input as it is drawn: its label, what stands in it, and how far from above it begins."""

    kind: Literal["text", "choice", "on", "off", "key"]
    label: str
    value: str
    y: int


class Drawing(NamedTuple):
    """A picture laid out: `button` is its text, how wide it is and where it begins; `told` says all of it in words."""

    title: str
    shapes: tuple[Shape, ...]
    button: tuple[str, int, int] | None
    height: int
    told: str
    width: int = WIDTH


def drawn(picture: Picture) -> Drawing:
    """Lay out a picture."""
    shapes, y = [], _HEAD + 12
    for one in picture.inputs:
        shapes.append(Shape(one.kind, one.label, shortened(_value(one)), y))
        y += _TICKED if one.kind in {"on", "off"} else _BOXED
    button = None
    if picture.button:
        button = picture.button, int(len(picture.button) * _LETTER) + 2 * _MARGIN, y + 2
        y += _BUTTON
    told = f"{picture.title}: " + "; ".join(_told(picture))
    return Drawing(picture.title, tuple(shapes), button, y + 8, told)


def shortened(value: str) -> str:
    """Return a value as it fits into a box: the middle of a long one is left out."""
    if len(value) <= _LONGEST:
        return value
    half = (_LONGEST - 1) // 2
    return f"{value[: _LONGEST - 1 - half]}…{value[-half:]}"


def _value(one: Input) -> str:
    return f"{one.value} {_KEY}".strip() if one.kind == "key" else one.value


def _told(picture: Picture) -> Iterator[str]:
    """Say each input in words, for who cannot see the picture."""
    for one in picture.inputs:
        match one.kind:
            case "on" | "off":
                yield f"{one.label}: {one.kind}"
            case "key":
                yield f"{one.label}: {_value(one)} (the key)"
            case _:
                yield f"{one.label}: {one.value}"
    if picture.button:
        yield f"button {picture.button}"
