"""Whether a connection may be used at all: its organization, its state, where the request comes from, what it is about.

Law: it is asked for every request that a live credential came with, before anything is read or done; each refusal says
what stands against it and who can change that. Whoever is refused here is told as soon as the store has confirmed it.
"""

from __future__ import annotations

from muster.directory.switches import Switches
from muster.endpoint.answer import Paused
from muster.endpoint.client_address import parsed
from muster.endpoint.exchange import Exchange
from muster.scim.errors import Forbidden, GroupsSwitchedOff

_GROUPS = "groups"


def admit(exchange: Exchange) -> None:
    """Raise Forbidden, Paused or GroupsSwitchedOff where the request is not to go on."""
    access = exchange.access
    if access.organization.disabled is not None:
        raise Forbidden(
            "This organization is disabled in Muster; its operator can enable it again.",
            code="connection-disabled",
        )
    if access.connection.state == "disabled":
        raise Forbidden(
            "This connection is disabled in Muster; enable it there, or stop provisioning in the IdP.",
            code="connection-disabled",
        )
    if access.switches.allowed_networks:
        _check_network(access.switches, exchange.address)
    if access.connection.state == "paused":
        raise Paused
    if exchange.route[:1] and exchange.route[0].lower() == _GROUPS and not access.switches.group_management:
        raise GroupsSwitchedOff


def _check_network(switches: Switches, client: str | None) -> None:
    address = parsed(client) if client is not None else None
    if address is None or not any(address in network for network in switches.allowed_networks):
        raise Forbidden(
            f"Requests from {client or 'an unknown address'} are not allowed for this connection; its allowed networks"
            " are set in Muster.",
            code="address-not-allowed",
        )
