"""Unicode's canonical composition in time that is linear in the text, whatever it is (UAX #15).

Law: the result is NFC, to the character. CPython sorts the marks behind a letter by insertion, which takes the square
of their number; so a long run of them is sorted before it gets there.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

_SHORT: Final = 128  # characters; the square of it is nothing
_LONG_RUN: Final = re.compile(rb"[^\0]{32,}+")  # of marks, by their classes: no language writes as many
# The characters that are marks only once they are decomposed, or become several; there will be no more of them.
_SEVERAL_MARKS: Final = ("\u0344", "\u0f73", "\u0f75", "\u0f81")


def nfc(text: str) -> str:
    """Return a text in NFC (normalization form C)."""
    if len(text) > _SHORT:
        text = "".join(_ordered(text))
    return unicodedata.normalize("NFC", text)


def _ordered(text: str) -> Iterator[str]:
    """Yield the pieces of an equivalent text, in which the marks of each long run are in canonical order."""
    for mark in _SEVERAL_MARKS:
        text = text.replace(mark, unicodedata.normalize("NFD", mark))
    end = 0
    for run in _LONG_RUN.finditer(bytes(map(unicodedata.combining, text))):
        yield text[end : run.start()]
        yield from sorted(text[run.start() : run.end()], key=unicodedata.combining)
        end = run.end()
    yield text[end:]
