"""Management keys: what opens the management API, for one organization or for the platform (organization 0).

Law: a key is shown once; one that is revoked, expired, or of an organization that is disabled opens nothing from the
next request on. A key makes no management key that may more than it may, or that outlives it: who gets hold of one for
a while has it no longer than that. What IdPs are given is not bound by this: a platform makes SCIM credentials of a
year with a key of an hour (ADR 15). The platform's first key comes from the command line, for there is no other way in.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from muster.directory.document import dump
from muster.directory.identifiers import (
    MANAGEMENT_KEY,
    PLATFORM,
    NewKey,
    key_hash,
    key_id,
    new_key,
    organization_of,
)
from muster.directory.lifetime import LONGEST, SHORTEST
from muster.directory.organizations import Conflict, Missing, Refused
from muster.directory.ports import Administration, Database
from muster.directory.records import Actor, Change, Operation
from muster.directory.registers.api_keys import ApiKey, ManagementScope, Position
from muster.directory.registers.registers import Registers
from muster.directory.world import World

_LONGEST_NAME: Final = 200
_PART: Final = 200
_NO_HASH: Final = bytes(32)
_RESOURCE: Final = "ApiKey"
_HOUR: Final = 3600 * 1_000_000  # microseconds
_USUAL: Final = 90 * 24 * _HOUR


class Maker(NamedTuple):
    """The management key that makes another one: what it may, and when it ends."""

    scopes: frozenset[ManagementScope]
    expires: int


async def live_key(database: Database, now: int, text: str) -> ApiKey | None:
    """Return the management key that a text is, if it opens something now."""
    id = key_id(text, MANAGEMENT_KEY)
    organization = organization_of(id) if id else None
    if id is None or organization is None:
        return None

    async def operation(registers: Registers) -> ApiKey | None:
        found = await registers.organization.get()
        barred = organization != PLATFORM and (found is None or found.disabled is not None)
        return None if barred else await registers.api_keys.get(id)

    key = await database.consult(organization, operation)
    # Compared also when there is nothing to compare with: an unknown id takes as long as a wrong secret.
    same = hmac.compare_digest(key.hash if key else _NO_HASH, key_hash(text))
    return key if key and same and key.revoked is None and now < key.expires else None


async def create_api_key(
    database: Database,
    world: World,
    organization: int,
    name: str,
    scopes: Sequence[ManagementScope],
    life: int | None = None,
    maker: Maker | None = None,
) -> tuple[ApiKey, NewKey]:
    """Create a management key that lives for `life` microseconds; None: for 90 days, or as long as `maker` lives.

    `maker` is the key that makes it; None: an operator does. Raises Refused: the name, no scope, the life; it would
    have more than its maker.
    """
    name = name.strip()
    if not name or len(name) > _LONGEST_NAME or not name.isprintable():
        raise Refused(f"A management key's name has 1 to {_LONGEST_NAME} printable characters.")
    if not scopes:
        raise Refused("A management key has at least one scope: read, write.")
    now, actor = world.clock(), world.actor()
    life = _life(life, _left(maker, now))
    _check_scopes(scopes, maker)
    key, made = _new(world, organization, name, scopes, now, life)

    async def operation(administration: Administration) -> None:
        await _add(administration, actor, key)

    await database.administer(organization, operation)
    return key, made


async def list_api_keys(
    database: Database, organization: int, after: Position | None, limit: int
) -> Sequence[ApiKey]:
    """Return up to `limit` management keys behind a position, oldest first."""
    return await database.consult(organization, lambda registers: registers.api_keys.list(after, limit))


async def list_every_api_key(database: Database, organization: int) -> Sequence[ApiKey]:
    """Return all management keys of an organization, oldest first."""
    found: list[ApiKey] = []
    while part := await list_api_keys(database, organization, _behind(found), _PART):
        found += part
    return found


def _behind(found: Sequence[ApiKey]) -> Position | None:
    return Position(found[-1].created, found[-1].id) if found else None


async def api_key(database: Database, organization: int, id: str) -> ApiKey:
    """Return a management key. Raises Missing."""
    found = await database.consult(organization, lambda registers: registers.api_keys.get(id))
    if found is None:
        raise _unknown()
    return found


async def revoke_api_key(database: Database, world: World, organization: int, id: str) -> ApiKey:
    """Revoke a management key, which is dead with the next request. Raises Missing; Conflict: it is revoked already."""
    now, actor = world.clock(), world.actor()

    async def operation(administration: Administration) -> ApiKey:
        return await _revoke(administration, actor, id, now, Operation.REVOKE)

    return await database.administer(organization, operation)


async def rotate_api_key(
    database: Database, world: World, organization: int, id: str, maker: Maker | None = None
) -> tuple[ApiKey, NewKey]:
    """Replace a management key by a new one of the same name, scopes and length of life; the old one is dead at once.

    `maker` is the key that asks, which the new one does not outlive; None: an operator asks. Raises Missing;
    Conflict: it is revoked already; Refused: it would have more than its maker.
    """
    now, actor = world.clock(), world.actor()
    left = _left(maker, now)

    async def operation(administration: Administration) -> tuple[ApiKey, NewKey]:
        old = await _revoke(administration, actor, id, now, Operation.ROTATE)
        _check_scopes(old.scopes, maker)
        key, made = _new(world, organization, old.name, old.scopes, now, min(old.expires - old.created, left))
        await _add(administration, actor, key)
        return key, made

    return await database.administer(organization, operation)


def _life(wanted: int | None, left: int) -> int:
    """Return how long a new key lives whose maker has `left` microseconds. Raises Refused."""
    life = min(_USUAL, left) if wanted is None else wanted
    if not SHORTEST <= life <= LONGEST:
        raise Refused("A management key lives from one hour to 365 days.")
    if life > left:
        raise Refused(
            f"A management key makes none that outlives it, and this one has {left // _HOUR} hours left: ask for less,"
            " or use `muster api-key create`."
        )
    return life


def _left(maker: Maker | None, now: int) -> int:
    """Return how long a new key may live, at most. Raises Refused: its maker ends too soon to make any."""
    left = LONGEST if maker is None else min(LONGEST, maker.expires - now)
    if left < SHORTEST:
        raise Refused("The management key that asks ends within the hour: use `muster api-key create`.")
    return left


def _check_scopes(scopes: Sequence[ManagementScope], maker: Maker | None) -> None:
    """Raise Refused where a key would make one that may more than it may; `write` includes `read`."""
    if maker is not None and "write" not in maker.scopes and not set(scopes) <= maker.scopes:
        raise Refused("A management key makes none that may more than it may itself.")


def _new(
    world: World, organization: int, name: str, scopes: Sequence[ManagementScope], now: int, life: int
) -> tuple[ApiKey, NewKey]:
    made = new_key(organization, world.random, MANAGEMENT_KEY)
    kept = tuple(sorted(set(scopes)))
    author = world.author()
    key = ApiKey(organization, made.id, name, made.hash, made.last_four, kept, now, author, now + life, None)
    return key, made


async def _add(administration: Administration, actor: Actor, key: ApiKey) -> None:
    await administration.registers.api_keys.add(key)
    after = dump({"name": key.name, "scopes": key.scopes, "expires": key.expires})
    change = Change(key.created, actor, Operation.CREATE, _RESOURCE, key.id, 1, None, after)
    await _record(administration, key, change)


async def _revoke(
    administration: Administration, actor: Actor, id: str, now: int, operation: Operation
) -> ApiKey:
    keys = administration.registers.api_keys
    key = await keys.get(id)
    if key is None:
        raise _unknown()
    if not await keys.revoke(id, now):
        raise Conflict("This management key is revoked already.")
    after = dump({"revoked": now})
    await _record(administration, key, Change(now, actor, operation, _RESOURCE, id, 2, None, after))
    return replace(key, revoked=now)


async def _record(administration: Administration, key: ApiKey, change: Change) -> None:
    """Write the change row, in the organization that the key is of; the platform is none, and has no changes."""
    if key.organization != PLATFORM:
        await administration.record(change)


def _unknown() -> Missing:
    return Missing("There is no management key with this id.")
