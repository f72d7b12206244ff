"""Attempts: who guesses locks themselves out, not who has the name."""

from __future__ import annotations

from muster.console.limits import Attempts

NAME = "operator@example.com"


def test_a_name_is_not_locked_for_its_owner() -> None:
    """Ten guesses from one address; its owner comes from another."""
    attempts = Attempts()
    assert [attempts.may(NAME, "203.0.113.1") for _ in range(11)] == [True] * 10 + [False]
    assert attempts.may(NAME, "198.51.100.7")
    attempts.forget(NAME, "203.0.113.1")
    assert attempts.may(NAME, "203.0.113.1")


def test_an_address_has_its_own_limit_and_then_counts_nowhere() -> None:
    """Sixty names from it; what is refused there takes nothing from a name."""
    attempts = Attempts()
    assert all(attempts.may(f"{number}@example.com", "203.0.113.1") for number in range(60))
    assert not any(attempts.may(NAME, "203.0.113.1") for _ in range(1000))
    assert attempts.may(NAME, "198.51.100.7")


def test_a_name_has_a_limit_of_its_own() -> None:
    """From however many addresses: guessing with many machines is limited too."""
    attempts = Attempts()
    tried = [attempts.may(NAME, f"203.0.113.{number}") for number in range(201)]
    assert tried == [True] * 200 + [False]


def test_a_network_of_ipv6_is_one_address() -> None:
    """Whoever has one address of it has them all."""
    attempts = Attempts()
    assert [attempts.may(NAME, f"2001:db8::{number:x}") for number in range(11)] == [True] * 10 + [False]
    assert attempts.may(NAME, "2001:db8:0:1::1")
    assert attempts.may(NAME, None)
