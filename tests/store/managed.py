"""A connection that is managed by the use cases, by a clock that the test moves, on either store."""

from __future__ import annotations

import itertools
import os
from collections.abc import Coroutine
from typing import Any, TypeVar

import orjson

from muster.bootstrap import world
from muster.directory.authenticate import Authenticator
from muster.directory.connections import create_connection
from muster.directory.identifiers import NewKey, NewPair
from muster.directory.organizations import create_organization
from muster.directory.registers.registers import Registers
from muster.directory.world import World
from muster.store.session import Session
from tests.store.scene import Scene

T = TypeVar("T")

HOUR = 3600 * 1_000_000
DAY = 24 * HOUR

_CHANGES = (
    "SELECT operation, resource_type, resource, after FROM changes WHERE organization = ? ORDER BY sequence"
)
_names = (f"managed {number}" for number in itertools.count())


class Managed:
    """An organization with a connection and its first API key; `now` is what its clock shows."""

    def __init__(self, scene: Scene) -> None:
        self.database, self.now = scene.database, world().clock()
        self._scene = scene
        self.world = World(lambda: self.now, os.urandom, lambda: "request")
        name = next(_names)
        self.run(create_organization(self.database, self.world, name))
        self.connection, self.credential, self.key = self.run(
            create_connection(self.database, self.world, name, "okta", strict=False)
        )
        self.organization = self.connection.organization
        self._authenticator = Authenticator(self.database, self.world.clock)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a use case."""
        return self._scene.run(work)

    def opens(self, made: NewKey | NewPair) -> bool:
        """Whether a server that has seen whatever it has seen lets this in now."""
        return self.run(self._opens(made))

    async def _opens(self, made: NewKey | NewPair) -> bool:
        if isinstance(made, NewKey):
            access = await self._authenticator.access(made.api_key, anew=True)
        else:
            pair = f"{made.id}:{made.secret}"
            access = await self._authenticator.access(pair, "service_account_key", anew=True)
        return access is not None

    def changes(self) -> list[tuple[str, str, str, Any]]:
        """Operation, resource type, resource and what it is afterward, of all changes of the organization."""

        async def read(registers: Registers) -> list[tuple[Any, ...]]:
            session: Session = registers.uses._session  # type: ignore[attr-defined]
            return await session.fetch(_CHANGES, self.organization)

        found = self.run(self.database.consult(self.organization, read))
        return [(*named, orjson.loads(after) if after else None) for *named, after in found]
