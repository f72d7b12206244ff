"""Requests that may come again: what was answered the first time is answered each time, and nothing is done twice.

Law: the answer is sealed under what only the sender has, the management key and the Idempotency-Key that were sent, and
so is what tells requests apart: the database alone says neither what was asked nor what was answered. Only what
succeeded is kept, for a day; what failed may be tried again, and what has no answer after a minute is taken for lost.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from muster.directory.identifiers import PLATFORM
from muster.directory.organizations import Conflict, Refused
from muster.directory.ports import Administration, Database
from muster.directory.registers.idempotency import Noted
from muster.directory.registers.registers import Registers
from muster.directory.seal import NotOpened
from muster.directory.world import World

_SECOND: Final = 1_000_000  # microseconds
_KEPT: Final = 24 * 3600 * _SECOND
_LOST: Final = 60 * _SECOND
_KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_FIRST_FAILURE: Final = 400
_UNDERWAY: Final = "The same request is being answered right now; ask again in a moment."


class Reused(Refused):
    """The Idempotency-Key stands for another request."""

    code = "idempotency_key_reused"


class Underway(Conflict):
    """A request with this Idempotency-Key is being answered."""

    code = "idempotency_key_in_use"


class Sender(NamedTuple):
    """Whose request it is: the management key's organization (0: the platform), its id, and the key as it was sent."""

    organization: int
    api_key: str
    secret: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """A request that is to be answered now, for the first time."""

    organization: int
    noted: Noted
    key: bytes = field(repr=False)  # seals its answer


class Answered(NamedTuple):
    """What was answered to the same request before."""

    status: int
    answer: bytes


async def begin(
    database: Database, world: World, sender: Sender, name: str, request: bytes
) -> Attempt | Answered:
    """Note that a request is being answered, or return what was answered to it before.

    `name` is its Idempotency-Key, `request` everything that it asks. Raises Reused, Underway; NotOpened: what is kept
    is damaged.
    """
    derived = HKDF(SHA256(), 3 * _KEY_BYTES, None, b"muster: idempotency\0" + name.encode())
    material = derived.derive(sender.secret.encode())
    key, digest = material[:_KEY_BYTES], material[_KEY_BYTES : 2 * _KEY_BYTES].hex()
    told = hmac.digest(material[2 * _KEY_BYTES :], request, "sha256")
    noted = Noted(sender.api_key, digest, told, world.clock())

    async def operation(administration: Administration) -> Answered | None:
        return await _note(administration.registers, noted)

    before = await database.administer(sender.organization, operation)
    if before is None:
        return Attempt(sender.organization, noted, key)
    return before._replace(answer=_opened(before, key, _bound(noted, sender.organization, before.status)))


async def finish(database: Database, world: World, attempt: Attempt, status: int, answer: bytes) -> None:
    """Keep what was answered, sealed; forget the request when it failed, so that it can be tried again."""
    noted = attempt.noted
    if status < _FIRST_FAILURE:
        nonce = world.random(_NONCE_BYTES)
        bound = _bound(noted, attempt.organization, status)
        noted = replace(
            noted, status=status, answer=nonce + AESGCM(attempt.key).encrypt(nonce, answer, bound)
        )

    async def operation(administration: Administration) -> None:
        idempotency = administration.registers.idempotency
        await (idempotency.remove(noted) if noted.answer is None else idempotency.keep(noted))

    await database.administer(attempt.organization, operation)


async def prune_idempotency(database: Database, world: World) -> int:
    """Forget all requests of every organization, and of the platform, that began more than a day ago; return how many.

    A chore: safe to be done by several processes at once.
    """
    before, pruned = world.clock() - _KEPT, 0
    for number in (PLATFORM, *(one.organization for one in await database.organizations())):
        if await database.consult(number, lambda registers: registers.idempotency.older(before)):
            pruned += await database.administer(
                number, lambda administration: administration.registers.idempotency.prune(before)
            )
    return pruned


async def _note(registers: Registers, noted: Noted) -> Answered | None:
    """Note a request as one that is being answered. Return what was answered before, still sealed, if it was."""
    if await registers.idempotency.add(noted):
        return None
    before = await registers.idempotency.get(noted.api_key, noted.digest)
    if before is None:  # it has just failed elsewhere
        raise Underway(_UNDERWAY)
    age = noted.created - before.created
    if age <= _KEPT:
        if not hmac.compare_digest(before.request, noted.request):
            raise Reused("This Idempotency-Key was sent with another request; choose a new one for each.")
        if before.status is not None and before.answer is not None:
            return Answered(before.status, before.answer)
        if age <= _LOST:
            raise Underway(_UNDERWAY)
    if not await registers.idempotency.renew(noted, before):
        raise Underway(_UNDERWAY)
    return None


def _opened(before: Answered, key: bytes, bound: bytes) -> bytes:
    nonce, sealed = before.answer[:_NONCE_BYTES], before.answer[_NONCE_BYTES:]
    try:
        return AESGCM(key).decrypt(nonce, sealed, bound)
    except InvalidTag:
        raise NotOpened("an answer that was kept does not open: it is damaged") from None


def _bound(noted: Noted, organization: int, status: int) -> bytes:
    """Return what a sealed answer is bound to."""
    return f"{organization} {noted.api_key} {noted.digest} {status} ".encode() + noted.request
