"""Which address is what: one table of (path, method) → operation.

Law: an operation is reached only through its row here, and takes an `Exchange`, which cannot be made without an
authenticated `Access`: there is no path that skips authentication, because there is no prefix that grants it.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import NamedTuple

from muster.endpoint import discovery, operations
from muster.endpoint.answer import Answer, MethodNotAllowed
from muster.endpoint.bulk import bulk
from muster.endpoint.exchange import Exchange
from muster.scim.errors import InvalidVersion, NotFound

Handler = Callable[[Exchange], Awaitable[Answer]]
Methods = Mapping[str, Handler]


class Target(NamedTuple):
    """What a path means: the connection it names (None: the credential alone does), and the part after `v2`."""

    connection: str | None
    rest: list[str]


class Match(NamedTuple):
    """A route that was found: its handler, and the id, name or URN in its path ("" for none)."""

    handler: Handler
    id: str


_OTHER_VERSION = re.compile(r"v\d(\.\d)?", re.ASCII)

_ROOT: Methods = {"GET": operations.query_everything}
_ROOT_SEARCH: Methods = {"POST": operations.search_everything}

_COLLECTIONS: Mapping[str, Methods] = {
    "users": {"GET": operations.query_users, "POST": operations.create_user},
    "groups": {"GET": operations.query_groups, "POST": operations.create_group},
    "serviceproviderconfig": {"GET": discovery.service_provider_config},
    "resourcetypes": {"GET": discovery.resource_types},
    "schemas": {"GET": discovery.schemas},
    ".search": _ROOT_SEARCH,
    "bulk": {"POST": bulk},
    "me": dict.fromkeys(("GET", "POST", "PUT", "PATCH", "DELETE"), operations.me),
}

_SEARCHES: Mapping[str, Methods] = {
    "users": {"POST": operations.search_users},
    "groups": {"POST": operations.search_groups},
}

_ITEMS: Mapping[str, Methods] = {
    "users": {
        "GET": operations.retrieve_user,
        "PUT": operations.replace_user,
        "PATCH": operations.modify_user,
        "DELETE": operations.delete_user,
    },
    "groups": {
        "GET": operations.retrieve_group,
        "PUT": operations.replace_group,
        "PATCH": operations.modify_group,
        "DELETE": operations.delete_group,
    },
    "resourcetypes": {"GET": discovery.resource_type},
    "schemas": {"GET": discovery.schema},
}


def inventory() -> Iterator[tuple[str, str]]:
    """Return every (method, path after `v2`) that there is, in lower case, `{id}` for an id, a name or a URN."""
    for path, methods in [
        ("/", _ROOT),
        *((f"/{name}", methods) for name, methods in _COLLECTIONS.items()),
        *((f"/{name}/.search", methods) for name, methods in _SEARCHES.items()),
        *((f"/{name}/{{id}}", methods) for name, methods in _ITEMS.items()),
    ]:
        yield from ((method, path) for method in methods)


def locate(segments: list[str]) -> Target:
    """Read `/scim/v2/…` or `/scim/{connection}/v2/…`. Raises NotFound; InvalidVersion for another protocol version."""
    match segments:
        case ["scim", "v2", *rest]:
            return Target(None, rest)
        case ["scim", connection, "v2", *rest]:
            return Target(connection, rest)
        case ["scim", version, *_] | ["scim", _, version, *_] if _OTHER_VERSION.fullmatch(version):
            raise InvalidVersion("This server speaks SCIM 2.0: the path has v2 before the endpoint.")
    raise NotFound("There is nothing at this address; the SCIM base URL ends in /v2.")


def match(rest: list[str], method: str) -> Match:
    """Find the route of what stands after `v2`. Raises NotFound, MethodNotAllowed."""
    methods, id = _methods(rest)
    handler = methods.get(method)
    if handler is None:
        raise MethodNotAllowed(list(methods))
    return Match(handler, id)


def _methods(rest: list[str]) -> tuple[Methods, str]:
    methods: Methods | None = None
    id = ""
    match rest:
        case []:
            methods = _ROOT
        case [name]:
            methods = _COLLECTIONS.get(name.lower())
        case [name, ".search"]:
            methods = _SEARCHES.get(name.lower())
        case [name, id]:
            methods = _ITEMS.get(name.lower())
    if methods is None:
        raise NotFound("There is nothing at this address.")
    return methods, id
