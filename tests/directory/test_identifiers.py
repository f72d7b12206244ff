"""Public ids and API keys."""

from __future__ import annotations

import os
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.directory.identifiers import (
    key_hash,
    key_id,
    new_key,
    new_organization,
    new_pair,
    new_public_id,
    organization_of,
    pair_id,
)


@given(st.integers(min_value=1, max_value=2**40 - 1))
def test_a_public_id_leads_to_its_organization(organization: int) -> None:
    """The routing part is the organization, whatever the rest."""
    assert organization_of(new_public_id(organization, os.urandom)) == organization


def test_a_key_holds_its_id_and_is_found_by_scanners() -> None:
    """`mst_`, the public id, 160 random bits, a checksum; the hash is of the whole key."""
    organization = new_organization(os.urandom)
    key = new_key(organization, os.urandom)

    assert re.fullmatch(r"mst_[0-9a-z]{21}_[0-9a-z]{39}", key.api_key)
    assert key_id(key.api_key) == key.id
    assert organization_of(key.id) == organization
    assert key.hash == key_hash(key.api_key)
    assert key.api_key.endswith(key.last_four)


def test_keys_differ() -> None:
    """No two keys share an id or a secret."""
    keys = [new_key(7, os.urandom) for _ in range(1000)]
    assert len({key.id for key in keys}) == len({key.api_key for key in keys}) == 1000


@pytest.mark.parametrize("position", range(65))
def test_a_mistyped_key_is_refused_without_a_look_up(position: int) -> None:
    """The checksum catches any one wrong character."""
    key = new_key(1, os.urandom).api_key
    wrong = key[:position] + ("x" if key[position] != "x" else "y") + key[position + 1 :]
    assert key_id(wrong) is None


@given(st.text(max_size=80))
def test_no_text_breaks_the_reading_of_keys_and_ids(text: str) -> None:
    """Anything that is not one of ours is None, never an error."""
    assert key_id(text) is None
    assert pair_id(text) is None
    assert organization_of(text) is None or len(text) == 21


def test_a_pair_is_an_id_and_a_secret_that_scanners_find() -> None:
    """`mss_`, 160 random bits and a checksum, without the id; the hash is of both together."""
    organization = new_organization(os.urandom)
    pair = new_pair(organization, os.urandom)
    sent = f"{pair.id}:{pair.secret}"

    assert re.fullmatch(r"mss_[0-9a-z]{39}", pair.secret)
    assert pair_id(sent) == pair.id
    assert organization_of(pair.id) == organization
    assert pair.hash == key_hash(sent) != key_hash(pair.secret)
    assert pair.secret.endswith(pair.last_four)


@pytest.mark.parametrize("position", range(21, 65))
def test_a_mistyped_secret_is_refused_without_a_look_up(position: int) -> None:
    """The checksum catches any one wrong character, and so does what stands before it."""
    pair = new_pair(1, os.urandom)
    sent = f"{pair.id}:{pair.secret}"
    wrong = sent[:position] + ("x" if sent[position] != "x" else "y") + sent[position + 1 :]
    assert pair_id(wrong) is None
