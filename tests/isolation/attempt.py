"""One try of somebody who knows another's ids.

Law: an attempt builds exactly one request from an identity; whatever it needs beside that is its own side's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from tests.conformance.bodies import ENTERPRISE, PATCH_OP
from tests.isolation.world import Call, Identity, Side

Route = tuple[str, str]
Build = Callable[[Side, Identity], Call]

MANAGER = f"{ENTERPRISE}:manager"
NAME = "name-of-mine"


class Attempt(NamedTuple):
    """A route, the place in the request where the other's id stands, and how the request is made."""

    route: Route
    place: str
    build: Build

    @property
    def reads(self) -> bool:
        """Whether it only asks."""
        return self.route[0] in ("GET", "HEAD") or self.route[1].endswith("/.search")

    def __str__(self) -> str:
        return f"{self.route[0]} {self.route[1]}: {self.place}"


def patch(path: str, *operations: dict[str, Any]) -> Call:
    """A PATCH."""
    return Call("PATCH", path, {"schemas": [PATCH_OP], "Operations": list(operations)})
