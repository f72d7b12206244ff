"""What can be switched on and off at a connection, and what its provider is begun with.

Law: a connection keeps only what was chosen for it; the rest is its provider's default. What is chosen is checked name
by name before it is kept; what is kept is read leniently, so that a name of a later release does not stop this one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any, Final

import orjson

Network = IPv4Network | IPv6Network

MOST_DAYS: Final = 3650
MOST_NETWORKS: Final = 100
MOST_USERS: Final = 1_000_000
MOST_MINUTES: Final = 24 * 60
MOST_PERCENT: Final = 100


@dataclass(frozen=True, slots=True)
class Guard:
    """When deactivations are too many: more than `users` and than `percent` of all within `minutes`.

    `hold`: the accounts that it happens to keep their access until somebody has approved.
    """

    users: int = 10
    percent: int = 20
    minutes: int = 10
    hold: bool = False


@dataclass(frozen=True, slots=True)
class Switches:
    """The switches of a connection as they stand.

    `purge_after_days`: how long a deleted user is kept, None for ever; `allowed_networks`: where requests come from,
    none for anywhere; `external_id_immutable`: the same externalId is the same person, whenever it comes back.
    """

    group_management: bool = True
    adopt: bool = False
    verified_domains_only: bool = False
    purge_after_days: int | None = None
    allowed_networks: tuple[Network, ...] = ()
    external_id_immutable: bool = False
    guard: Guard = Guard()

    def document(self) -> dict[str, Any]:
        """Return all switches as JSON has them."""
        shown = {one.name: getattr(self, one.name) for one in fields(self)}
        return shown | {
            "allowed_networks": [str(network) for network in self.allowed_networks],
            "guard": asdict(self.guard),
        }


NOTHING_CHOSEN: Final = Switches()
"""The switches of what no IdP is behind."""

_OF_PROVIDER: Final[Mapping[str, Mapping[str, Any]]] = {
    "okta": {"external_id_immutable": True},
    "jumpcloud": {"external_id_immutable": True},
}


def switches_of(provider: str, kept: str) -> Switches:
    """Return the switches of a connection of this provider that keeps this JSON."""
    chosen = {**_OF_PROVIDER.get(provider, {}), **orjson.loads(kept)}
    return Switches(**{name: _CHECKS[name](value) for name, value in chosen.items() if name in _CHECKS})


def chosen(kept: str, changes: Mapping[str, Any]) -> str:
    """Return the JSON that a connection keeps once `changes` are made to what it kept; `guard` is changed name by name.

    Raises ValueError with one line that names the switch, and what it takes.
    """
    after: dict[str, Any] = orjson.loads(kept)
    for name, value in changes.items():
        check = _CHECKS.get(name)
        if check is None:
            raise ValueError(f"There is no switch {name[:64]!r}; there are {', '.join(_CHECKS)}.")
        if name == "guard" and isinstance(value, Mapping):
            value = {**after.get("guard", {}), **value}  # noqa: PLW2901 - what was chosen before stays
        try:
            check(value)
        except ValueError as error:
            raise ValueError(f"{name}: {error}.") from None
        after[name] = value
    return orjson.dumps(after, option=orjson.OPT_SORT_KEYS).decode()


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("it takes true or false (on or off in --switch)")  # noqa: TRY004 - a value that was sent, not a bug
    return value


def _number(value: Any, least: int, most: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise ValueError(f"it takes a whole number from {least} to {most}")
    return value


def _days(value: Any) -> int | None:
    if value is None:
        return None
    try:
        return _number(value, 1, MOST_DAYS)
    except ValueError as error:
        raise ValueError(f"{error}, or null for never (never in --switch)") from None


def _networks(value: Any) -> tuple[Network, ...]:
    if not isinstance(value, list) or len(value) > MOST_NETWORKS:
        raise ValueError(
            f"it takes a list of at most {MOST_NETWORKS} networks (with commas between in --switch; nothing for none)"
        )
    return tuple(_network(text) for text in value)


def _network(text: Any) -> Network:
    try:
        if not isinstance(text, str):
            raise ValueError  # noqa: TRY004, TRY301 - a value that was sent, not a bug
        network = ip_network(text, strict=False)
    except ValueError:
        raise ValueError(f"{str(text)[:64]!r} is no network; write it as 203.0.113.0/24") from None
    if (
        "/" in text
        and str(network).partition("/")[0] != str(ip_network(text.partition("/")[0])).partition("/")[0]
    ):
        raise ValueError(f"{text[:64]!r} is an address in a network; the network is {network}")
    if isinstance(network, IPv6Network) and network.network_address.ipv4_mapped is not None:
        raise ValueError(f"{text[:64]!r} is for IPv4 addresses; write it as IPv4")
    return network


_GUARD: Final[Mapping[str, Callable[[Any], Any]]] = {
    "users": lambda value: _number(value, 1, MOST_USERS),
    "percent": lambda value: _number(value, 0, MOST_PERCENT),
    "minutes": lambda value: _number(value, 1, MOST_MINUTES),
    "hold": _flag,
}


def _guard(value: Any) -> Guard:
    if not isinstance(value, Mapping):
        raise ValueError(f"it takes an object of {', '.join(_GUARD)} (guard.users=10 in --switch)")  # noqa: TRY004 - as above
    found = {}
    for name, given in value.items():
        if name not in _GUARD:
            raise ValueError(f"there is no {str(name)[:64]!r} in it; there are {', '.join(_GUARD)}")
        try:
            found[name] = _GUARD[name](given)
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from None
    return Guard(**found)


_CHECKS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "group_management": _flag,
    "adopt": _flag,
    "verified_domains_only": _flag,
    "purge_after_days": _days,
    "allowed_networks": _networks,
    "external_id_immutable": _flag,
    "guard": _guard,
}
