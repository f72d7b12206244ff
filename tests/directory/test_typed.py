"""What people type who are not signed in yet: cut before it costs anything, and never taken for something shorter."""

from __future__ import annotations

import asyncio
import unicodedata

import pytest

from muster.directory.console_users import name_key
from muster.directory.organizations import Refused
from muster.directory.passphrase import LONGEST, Passphrases

MARKS = "a" + "\u0301" * 50_000 + "\u0316" * 50_000


@pytest.fixture
def normalized(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How long the texts were that were normalized."""
    lengths: list[int] = []
    normalize = unicodedata.normalize

    def counted(form: str, text: str) -> str:
        lengths.append(len(text))
        return normalize(form, text[:5000])  # type: ignore[arg-type]

    monkeypatch.setattr(unicodedata, "normalize", counted)
    return lengths


def test_little_is_normalized_of_what_is_long(normalized: list[int]) -> None:
    """Of a name, of a passphrase that is tried and of a new one."""
    passphrases = Passphrases()
    name_key(MARKS)
    assert not asyncio.run(passphrases.is_right(MARKS, None))
    with pytest.raises(Refused):
        asyncio.run(passphrases.hashed(MARKS, "ada"))
    assert len(normalized) == 3
    assert max(normalized) <= 4 * LONGEST


def test_a_passphrase_is_as_long_as_its_composed_form() -> None:
    """Letters with marks count once, however they were typed; what is beyond all bounds is refused, not cut."""
    passphrases = Passphrases()
    typed = "\u03b1\u0313\u0300\u0345" * LONGEST  # four characters each that are one
    hashed = asyncio.run(passphrases.hashed(typed, "ada"))
    assert asyncio.run(passphrases.is_right(unicodedata.normalize("NFC", typed), hashed))
    with pytest.raises(Refused):
        asyncio.run(passphrases.hashed(typed + "a", "ada"))
