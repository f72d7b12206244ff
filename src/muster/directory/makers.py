"""Who asks for changes, by the ids that are kept: console users, keys and service accounts by name, also when ended.

Law: the platform's own are named to its operators alone; for everybody else they are the platform's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from muster.directory.identifiers import PLATFORM, organization_of
from muster.directory.ports import Database
from muster.directory.registers.changes import Numbered
from muster.directory.registers.names import Maker


async def makers_of(
    database: Database, organization: int, ids: Iterable[str | None], *, for_operator: bool
) -> Mapping[str, Maker]:
    """Return who has these ids, by them, in the organization or at the platform.

    It takes as many statements for one as for many. Ids of nobody are left out, and the platform's unless it is
    `for_operator`.
    """
    asked = dict.fromkeys(id for id in ids if id is not None)
    found: dict[str, Maker] = {}
    for number in {organization, PLATFORM} if for_operator else {organization}:
        own = [id for id in asked if organization_of(id) == number]
        found |= {one.id: one for one in await _named(database, number, own)}
    return found


async def _named(database: Database, organization: int, ids: Sequence[str]) -> Sequence[Maker]:
    return await database.consult(organization, lambda registers: registers.names.makers(ids))


def ids_in(changes: Iterable[Numbered]) -> Iterable[str | None]:
    """Return the ids that changes are of, and of who made them."""
    for one in changes:
        yield one.change.actor.credential
        yield one.change.resource


def is_platforms(id: str) -> bool:
    """Whether an id is of a key or a console user of the platform."""
    return organization_of(id) == PLATFORM
