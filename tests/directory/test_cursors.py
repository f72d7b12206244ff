"""Cursors: what is sealed comes back for the same question within its hour, and for nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.directory.cursors import Cursors, Place
from muster.scim.errors import ExpiredCursor, InvalidCursor
from muster.scim.limits import CURSOR_SECONDS

KEY = bytes(range(32))
NOW = 1_700_000_000_000_000
SECOND = 1_000_000
PLACE = Place(b'[0, "ada", 7]', 12)


@given(st.binary(max_size=200), st.integers(0, 2**40), st.binary(max_size=40))
def test_there_and_back(position: bytes, total: int, question: bytes) -> None:
    """Any place survives; the text has unreserved characters only."""
    text = Cursors(lambda: KEY).text(Place(position, total), question, NOW)
    assert Cursors(lambda: KEY).place(text, question, NOW) == (position, total)
    assert set(text) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")


@given(st.text(max_size=120) | st.binary(max_size=90).map(lambda sealed: sealed.hex()))
def test_anything_else_is_refused(text: str) -> None:
    """Any text that was not made here is an invalid cursor, in the same words."""
    with pytest.raises(InvalidCursor) as refused:
        Cursors(lambda: KEY).place(text, b"q", NOW)
    assert refused.value.detail == _refusal()


def _refusal() -> str:
    with pytest.raises(InvalidCursor) as refused:
        Cursors(lambda: KEY).place("x", b"q", NOW)
    return refused.value.detail


def test_another_question_or_key_is_refused() -> None:
    """A cursor is bound to who asked what."""
    text = Cursors(lambda: KEY).text(PLACE, b"q", NOW)
    for cursors, question in ((Cursors(lambda: KEY), b"r"), (Cursors(lambda: KEY[::-1]), b"q")):
        with pytest.raises(InvalidCursor) as refused:
            cursors.place(text, question, NOW)
        assert refused.value.detail == _refusal()


def test_it_expires() -> None:
    """It is good for its time, and says afterwards that it was."""
    text = Cursors(lambda: KEY).text(PLACE, b"q", NOW)
    assert Cursors(lambda: KEY).place(text, b"q", NOW + CURSOR_SECONDS * SECOND) == PLACE
    with pytest.raises(ExpiredCursor):
        Cursors(lambda: KEY).place(text, b"q", NOW + (CURSOR_SECONDS + 1) * SECOND)
    with pytest.raises(InvalidCursor):
        Cursors(lambda: KEY).place(text, b"r", NOW + (CURSOR_SECONDS + 1) * SECOND)


def test_padding_and_other_alphabets_are_refused() -> None:
    """One cursor has one text."""
    text = Cursors(lambda: KEY).text(PLACE, b"q", NOW)
    for other in (text + "=", text + "\n", f" {text}", text.replace("-", "+").replace("_", "/") + "+"):
        with pytest.raises(InvalidCursor):
            Cursors(lambda: KEY).place(other, b"q", NOW)


def test_the_key_is_asked_for_once_and_only_where_a_cursor_is() -> None:
    """Opening a sealed key costs a request without a cursor nothing."""
    asked: list[bytes] = []

    def key() -> bytes:
        asked.append(KEY)
        return KEY

    cursors = Cursors(key)
    assert asked == []
    assert cursors.place(cursors.text(PLACE, b"q", NOW), b"q", NOW) == PLACE
    assert asked == [KEY]
