"""The chore that looks again whether verified domains are still their organizations' own, each once a day.

Law: what a check does is decided on the domain as it is in the transaction that keeps it, so that two processes that
check the same domain do no more than one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from muster.directory.domains import settle
from muster.directory.identifiers import PLATFORM
from muster.directory.organizations import Refused
from muster.directory.ownership import find
from muster.directory.ports import Database
from muster.directory.registers.domains import Domain
from muster.directory.world import World

AGE: Final = 24 * 3600 * 1_000_000  # microseconds that a check is good for
_AT_ONCE: Final = 16  # look-ups


async def recheck_domains(database: Database, world: World) -> int:
    """Check every verified domain whose latest check is a day old; return how many were checked."""
    before, checked = world.clock() - AGE, 0
    for organization in await database.consult(PLATFORM, lambda registers: registers.domains.organizations()):
        name = ""
        while due := await _due(database, organization, before, name):
            await _check(database, world, organization, due)
            checked, name = checked + len(due), due[-1].name
    return checked


async def _due(database: Database, organization: int, before: int, after: str) -> Sequence[Domain]:
    return await database.consult(
        organization, lambda registers: registers.domains.due(before, after, _AT_ONCE)
    )


async def _check(database: Database, world: World, organization: int, due: Sequence[Domain]) -> None:
    findings = await asyncio.gather(*(find(world.resolver, domain) for domain in due))
    for domain, finding in zip(due, findings, strict=True):
        with suppress(Refused):  # it was released, or claimed anew, meanwhile
            await settle(database, world, organization, domain, finding)
