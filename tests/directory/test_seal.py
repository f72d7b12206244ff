"""Sealed secrets: each opens under its key, where it was sealed for, and nowhere else."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.directory.seal import READABLE, Keyring, NotOpened, UnknownKey, key_of, readable
from muster.directory.secret_keys import secret_key_id

OLD, NEW = bytes(range(32)), bytes(range(32, 64))
ORGANIZATION, PURPOSE = 0xA000000001, "cursor_key"
SECRET = b"what has to be readable again!!!"

secrets = st.binary(max_size=200)
organizations = st.integers(1, 2**40 - 1)


def keyring(*keys: bytes) -> Keyring:
    """A keyring whose nonces are numbered."""
    numbers = itertools.count(1)
    return Keyring(keys, lambda length: next(numbers).to_bytes(length))


@given(secrets, organizations, st.text(max_size=20))
def test_there_and_back(secret: bytes, organization: int, purpose: str) -> None:
    """Any secret survives, sealed or readable."""
    for keys in (keyring(NEW), keyring(NEW, OLD), READABLE):
        assert keys.open(keys.keep(secret, organization, purpose), organization, purpose) == secret


def test_the_first_key_seals_and_all_open() -> None:
    """In whichever order a process has them; the id of the key can be read off."""
    for first, second in ((OLD, NEW), (NEW, OLD)):
        kept = keyring(first, second).keep(SECRET, ORGANIZATION, PURPOSE)
        assert key_of(kept) == secret_key_id(first)
        assert keyring(second, first).open(kept, ORGANIZATION, PURPOSE) == SECRET


def test_what_the_first_release_sealed_opens() -> None:
    """The form of what databases hold does not change."""
    head, nonce = "01a208cdcb", "00000000000000000000000000000001"
    sealed = (
        "e7ad497e29ebcc9bbd20fbdc065fd885fa69808391c6a577575cf0abcd871ec9b1bc642f35dc8ba52825637a0fd34071"
    )
    kept = bytes.fromhex(head + nonce + sealed)
    assert keyring(NEW).keep(SECRET, ORGANIZATION, PURPOSE) == kept
    assert keyring(NEW).open(kept, ORGANIZATION, PURPOSE) == SECRET


def test_what_is_sealed_does_not_show_it() -> None:
    """Neither the secret nor whether two are the same."""
    keys = keyring(NEW)
    first, second = (keys.keep(SECRET, ORGANIZATION, PURPOSE) for _ in range(2))
    assert SECRET not in first
    assert first[5:] != second[5:]


def test_it_opens_where_it_was_sealed_for_only() -> None:
    """Not in another organization, and not as something else."""
    kept = keyring(NEW).keep(SECRET, ORGANIZATION, PURPOSE)
    for organization, purpose in ((ORGANIZATION + 1, PURPOSE), (ORGANIZATION, "webhook")):
        with pytest.raises(NotOpened):
            keyring(NEW).open(kept, organization, purpose)


def test_an_unknown_key_is_named() -> None:
    """The error has the key's id, also where there is no key at all."""
    kept = keyring(NEW).keep(SECRET, ORGANIZATION, PURPOSE)
    for keys in (keyring(OLD), READABLE):
        with pytest.raises(UnknownKey, match=secret_key_id(NEW)):
            keys.open(kept, ORGANIZATION, PURPOSE)


def test_a_damaged_byte_is_noticed() -> None:
    """Each of them, as another key or as damage; only the form byte can say that nothing was sealed."""
    kept = keyring(NEW).keep(SECRET, ORGANIZATION, PURPOSE)
    for place in range(len(kept)):
        damaged = kept[:place] + bytes([kept[place] ^ 0x80]) + kept[place + 1 :]
        with pytest.raises((NotOpened, UnknownKey)):
            keyring(NEW).open(damaged, ORGANIZATION, PURPOSE)


def test_what_is_cut_short_is_noticed() -> None:
    """At any length; so is what is longer."""
    kept = keyring(NEW).keep(SECRET, ORGANIZATION, PURPOSE)
    for cut in (*(kept[:length] for length in range(len(kept))), kept + b"\0"):
        with pytest.raises(NotOpened):
            keyring(NEW).open(cut, ORGANIZATION, PURPOSE)


def test_readable_is_not_sealed() -> None:
    """What was kept before there was a key stays readable with one."""
    assert key_of(readable(SECRET)) is None
    assert keyring(NEW).open(readable(SECRET), ORGANIZATION, PURPOSE) == SECRET


def test_nothing_shows_a_key() -> None:
    """Neither the keyring's representation nor an error."""
    keys = keyring(NEW, OLD)
    assert repr(keys) == f"Keyring({secret_key_id(NEW)}, {secret_key_id(OLD)})"
    kept = keys.keep(SECRET, ORGANIZATION, PURPOSE)
    with pytest.raises(NotOpened) as refused:
        keys.open(kept, 1, PURPOSE)
    assert NEW.hex() not in repr(refused.value)
    assert SECRET.decode() not in repr(refused.value)
