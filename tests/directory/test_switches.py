"""What a connection's switches are: its provider's, and what was chosen for it."""

import json
from ipaddress import ip_network
from typing import Any

import pytest

from muster.directory.switches import Guard, Switches, chosen, switches_of


@pytest.mark.parametrize(
    "provider, immutable", [("okta", True), ("jumpcloud", True), ("entra", False), ("generic", False)]
)
def test_what_is_not_chosen_is_the_default_of_the_provider(provider: str, immutable: bool) -> None:
    """Nothing is kept of a connection that nobody chose anything for."""
    assert switches_of(provider, "{}") == Switches(external_id_immutable=immutable)


def test_what_is_chosen_is_kept_and_nothing_else() -> None:
    """Also against the provider's default; the guard keeps what was chosen of it before."""
    kept = chosen("{}", {"external_id_immutable": False, "guard": {"users": 5}})
    kept = chosen(kept, {"guard": {"hold": True}, "allowed_networks": ["203.0.113.0/24", "2001:db8::1"]})
    kept = chosen(kept, {"purge_after_days": 30})
    assert set(json.loads(kept)) == {"external_id_immutable", "guard", "allowed_networks", "purge_after_days"}
    switches = switches_of("okta", kept)
    assert not switches.external_id_immutable
    assert switches.guard == Guard(users=5, hold=True)
    assert switches.allowed_networks == (ip_network("203.0.113.0/24"), ip_network("2001:db8::1/128"))
    assert switches_of("okta", chosen(kept, {"purge_after_days": None})).purge_after_days is None


def test_all_are_shown() -> None:
    """As JSON, each by its name, so that what is shown can be sent back."""
    kept = chosen("{}", {"allowed_networks": ["10.0.0.0/8"]})
    document = switches_of("entra", kept).document()
    assert switches_of("entra", chosen("{}", document)).document() == document
    assert document["allowed_networks"] == ["10.0.0.0/8"]
    assert document["guard"] == {"users": 10, "percent": 20, "minutes": 10, "hold": False}


@pytest.mark.parametrize(
    "changes, said",
    [
        ({"addopt": True}, "There is no switch 'addopt'"),
        ({"adopt": "yes"}, "adopt: it takes true or false"),
        ({"adopt": None}, "adopt: it takes true or false"),
        ({"purge_after_days": 0}, "purge_after_days: it takes a whole number from 1 to 3650, or null"),
        ({"purge_after_days": True}, "purge_after_days: it takes a whole number"),
        ({"allowed_networks": "10.0.0.0/8"}, "allowed_networks: it takes a list"),
        ({"allowed_networks": ["10.0.0.1/8"]}, "the network is 10.0.0.0/8"),
        ({"allowed_networks": ["office"]}, "'office' is no network"),
        ({"allowed_networks": [10]}, "'10' is no network"),
        ({"allowed_networks": ["::ffff:10.0.0.0/104"]}, "write it as IPv4"),
        ({"guard": True}, "guard: it takes an object"),
        ({"guard": {"people": 1}}, "guard: there is no 'people' in it"),
        ({"guard": {"percent": 101}}, "guard: percent: it takes a whole number from 0 to 100"),
    ],
)
def test_what_cannot_be_chosen_is_refused_by_name(changes: dict[str, Any], said: str) -> None:
    """In one line that says what is taken."""
    with pytest.raises(ValueError, match=r"^[^\n]+$") as refused:
        chosen('{"adopt":true}', changes)
    assert said in str(refused.value)


def test_a_name_of_a_later_release_is_left_alone() -> None:
    """It means nothing here, and is still kept when something else is chosen."""
    assert switches_of("okta", '{"tomorrow": 1}') == switches_of("okta", "{}")
    assert json.loads(chosen('{"tomorrow": 1}', {"adopt": True})) == {"tomorrow": 1, "adopt": True}
