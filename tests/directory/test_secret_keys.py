"""The text of a secret key: what is made is understood, and what is not understood is never quoted."""

from base64 import b64encode, urlsafe_b64encode

import pytest

from muster.directory.secret_keys import keys_in, new_secret_key, secret_key_id

FIRST, SECOND = b"\xfb\xff" * 16, bytes(range(32))


def test_a_new_key_is_understood() -> None:
    """It holds the random bytes that were drawn."""
    assert keys_in(new_secret_key(lambda length: FIRST[:length])) == (FIRST,)


def test_both_alphabets_and_spaces_are_understood() -> None:
    """As other tools write base64; the order is kept."""
    for encode in (b64encode, urlsafe_b64encode):
        first, second = encode(FIRST).decode(), encode(SECOND).decode()
        assert keys_in(f"{first},{second}") == (FIRST, SECOND)
        assert keys_in(f" {second} , {first.rstrip('=')}\n") == (SECOND, FIRST)
    assert keys_in("") == keys_in("  ") == ()


@pytest.mark.parametrize(
    "text",
    [
        "correct horse battery staple",
        FIRST.hex(),
        b64encode(FIRST[:-1]).decode(),
        b64encode(FIRST + b"!").decode(),
        b64encode(FIRST).decode() + ",",
        b64encode(FIRST).decode() + ";" + b64encode(SECOND).decode(),
        "ключ",
    ],
)
def test_anything_else_is_refused_without_a_quotation(text: str) -> None:
    """The line says how to make a key."""
    with pytest.raises(ValueError, match="muster secret-key create") as refused:
        keys_in(text)
    assert text.split(",", maxsplit=1)[0] not in str(refused.value)


def test_a_key_that_is_named_twice_is_refused() -> None:
    """Also where it is written in two ways."""
    with pytest.raises(ValueError, match="twice"):
        keys_in(f"{b64encode(FIRST).decode()},{urlsafe_b64encode(FIRST).decode()}")


def test_an_id_is_the_keys_own() -> None:
    """Eight digits that are no part of the key, and always the same."""
    assert secret_key_id(SECOND) == secret_key_id(SECOND) != secret_key_id(FIRST)
    assert len(secret_key_id(SECOND)) == 8
    assert secret_key_id(SECOND) not in SECOND.hex()
    assert secret_key_id(SECOND) == "8d5c586c"  # for ever: databases have it
