"""Canonical composition: what Unicode says it is, and linear in the text."""

import subprocess
import sys
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from muster.scim.nfc import nfc
from muster.scim.value import exact, fold

# Letters that take marks and some that come apart into them; marks of many classes, and those that are several at once.
LETTERS = "aB\u00c5\u1e69\u0627\u0f40\uac00\u1100\u1161\u11a8 "
MARKS = "\u0301\u0316\u031b\u0345\u0344\u0340\u0f73\u0f75\u0f81\u0f71\u0f72\u05b0\u094d\u3099\u302b\U0001d165\U0001e8d0"
RUNS = st.text(st.sampled_from(MARKS), min_size=30, max_size=60)
PIECES = st.one_of(
    st.text(st.sampled_from(LETTERS + MARKS), max_size=40), RUNS, st.text(st.characters(codec="utf-8"))
)
LONG = st.lists(PIECES, max_size=8).map("".join).map(lambda text: text + "\u0301\u0316" * 70)


@given(LONG)
def test_it_is_what_unicode_says(text: str) -> None:
    """For texts with long runs of marks, in any order, in and around anything else."""
    assert nfc(text) == unicodedata.normalize("NFC", text)


def test_every_character_among_many_marks() -> None:
    """Wherever in a long run a character is, also one that comes apart into marks."""
    run = "\u0301\u0316" * 16
    for code in range(sys.maxunicode + 1):
        if unicodedata.decomposition(chr(code)) or unicodedata.combining(chr(code)):
            text = f"{run}{chr(code)}{run * 4}"
            assert nfc(text) == unicodedata.normalize("NFC", text), hex(code)


@given(LONG)
def test_a_key_is_one_however_its_marks_are_ordered(text: str) -> None:
    """What is stored and what is looked for have one key, in whichever form either was sent."""
    for form in ("NFC", "NFD"):
        assert exact(unicodedata.normalize(form, text)) == exact(text)
    assert fold(fold(text)) == fold(text)


def test_a_million_marks_are_no_work() -> None:
    """A second or two; by insertion it would be days."""
    script = (
        "from muster.scim.value import exact, fold\n"
        "for marks in ('\\u0301' * 500_000 + '\\u0316' * 500_000, '\\u0f73' * 500_000):\n"
        "    assert len(fold('A' + marks)) == len(exact('A' + marks)) >= 1_000_000\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=120)
